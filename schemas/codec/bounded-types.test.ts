import { describe, expect, test } from 'vitest'
import { CustomerEvent } from '../generated.ts'
import { type AvroSchema, schema } from './schema.ts'

const Names = schema<{ names: readonly string[] }>({
  type: 'record',
  name: 'Names',
  fields: [{ name: 'names', type: { type: 'array', items: 'string' } }],
})

/** Encodes a number as Avro does, zigzag and in as few bytes as possible. */
function long(value: number): Buffer {
  const bytes: number[] = []
  let rest = value < 0 ? BigInt(-value) * 2n - 1n : BigInt(value) * 2n
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128)
  return Buffer.from([...bytes, Number(rest)])
}
const text = (value: string) => Buffer.concat([long(value.length), Buffer.from(value)])

test('an array decodes to what was encoded, in one block or in several, with sizes or without', () => {
  for (const names of [[], ['ann'], ['ann', '', 'bob'], Array.from({ length: 5000 }, (_, i) => `n${i}`)])
    expect(Names.decode(Names.encode({ names })).names).toEqual(names)
  const blocks = [long(1), text('ann'), long(-2), long(8), text('bob'), text('cat'), long(0)]
  expect(Names.decode(Buffer.concat(blocks)).names).toEqual(['ann', 'bob', 'cat'])
})

test('a few bytes that claim an array of billions are refused before memory is allocated', () => {
  const head = [text('e1'), text('page_viewed'), long(1_700_000_000_000)]
  for (const claimed of [
    [long(4_000_000_000)],
    [long(-4_000_000_000), long(8)],
    [long(1), text('t'), text('v'), long(2 ** 50)],
  ])
    expect(() => CustomerEvent.decode(Buffer.concat([...head, ...claimed]))).toThrow(
      'an array is longer than its bytes',
    )
})

test('a map decodes to what was encoded, and a few bytes that claim billions of entries are refused at once', () => {
  const Numbers = schema<Record<string, number>>({ type: 'map', values: 'long' })
  for (const map of [{}, { ann: 1 }, { ann: 1, '': -2, bob: 2 ** 40 }])
    expect(Numbers.decode(Numbers.encode(map))).toEqual(map)
  const blocks = [long(1), text('ann'), long(1), long(-1), long(5), text('bob'), long(2), long(0)]
  expect(Numbers.decode(Buffer.concat(blocks))).toEqual({ ann: 1, bob: 2 })
  for (const claimed of [
    [long(4_000_000_000)],
    [long(-4_000_000_000), long(8)],
    [long(1), text('a'), long(1), long(2 ** 50)],
  ])
    expect(() => Numbers.decode(Buffer.concat(claimed))).toThrow('a map is longer than its bytes')
})

describe('a field that only another version of the schema has', () => {
  const field = (name: string, type: AvroSchema) => ({ name, type })
  const numbers = { type: 'map', values: 'long' } as const
  const names = { type: 'array', items: 'string' } as const
  const Short = schema<{ last: string }>({ type: 'record', name: 'R', fields: [field('last', 'string')] })
  const read = (besides: AvroSchema, bytes: readonly Buffer[]) => {
    const fields = [field('besides', besides), field('last', 'string')]
    const writtenBy = Short.alsoRead(JSON.stringify({ type: 'record', name: 'R', fields }))
    return Short.decode(Buffer.concat([...bytes, text('z')]), writtenBy).last
  }

  test('is skipped, in blocks with sizes or without', () => {
    expect(read(names, [long(1), text('ann'), long(-2), long(8), text('bob'), text('cat'), long(0)])).toBe('z')
    expect(read(numbers, [long(1), text('ann'), long(1), long(-1), long(5), text('bob'), long(2), long(0)])).toBe('z')
    expect(read(names, [long(0)])).toBe('z')
  })

  test('is refused at once where a few bytes claim that it is endless, or point back to themselves', () => {
    for (const besides of [names, numbers])
      for (const claimed of [
        [long(4_000_000_000)],
        [long(-4_000_000_000), long(1)],
        [long(-1), long(4_000_000_000)],
        [long(-1), long(-2)],
      ])
        expect(() => read(besides, claimed)).toThrow(/^an? (array|map) is longer than its bytes$/)
  })
})
