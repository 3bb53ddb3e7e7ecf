import { describe, expect, test } from 'vitest'
import { Unresolvable } from './resolution.ts'
import { type AvroSchema, schema } from './schema.ts'

const field = (type: AvroSchema, more: object = {}) => ({ name: 'f', type, ...more })
const record = (...fields: readonly object[]): AvroSchema => ({
  type: 'record',
  name: 'R',
  namespace: 'joai',
  fields: fields as never,
})
const named = (name: string, ...fields: readonly object[]): AvroSchema => ({
  type: 'record',
  name,
  fields: fields as never,
})
const choice = (name: string, symbols: readonly string[], more: object = {}): AvroSchema =>
  ({ type: 'enum', name, symbols, ...more }) as never
const fixed = (name: string, size: number): AvroSchema => ({ type: 'fixed', name, size }) as never
const seen = (name = 'joai.Seen') => named(name, { name: 'url', type: 'string' })
const sold = (name = 'joai.Sold') => named(name, { name: 'price', type: 'double' })

/** Writes a value of one field by one schema, and reads it by another. */
function read(reader: AvroSchema, writer: AvroSchema, value: unknown, more: object = {}): unknown {
  const ours = schema<{ f: unknown }>(record(field(reader, more)))
  const theirs = schema<{ f: unknown }>(record(field(writer)))
  const writtenBy = ours.alsoRead(theirs.json)
  return ours.decode(theirs.encode({ f: value }), writtenBy).f
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null))

describe('a value of another version of a schema is read by what is there', () => {
  test.each<[what: string, reader: AvroSchema, writer: AvroSchema, value: unknown, expected?: unknown]>([
    ['an optional text that is there', 'string', ['null', 'string'], 'a'],
    ['one that comes first', 'string', ['string', 'null'], 'a'],
    ['a text that ours may lack', ['null', 'string'], 'string', 'a'],
    ['nothing, where both may lack it', ['string', 'null'], ['null', 'string'], null],
    ['a number among texts', 'long', ['null', 'string', 'int'], 7],
    ['an int as a long', 'long', ['null', 'int'], 7],
    ['an int as a double', ['null', 'double'], ['null', 'int'], 7],
    ['a long as a double', ['null', 'double'], 'long', 2 ** 50 + 1],
    ['an int as a float, rounded', 'float', ['int', 'null'], 16_777_217, 16_777_216],
    ['a float as a double', ['double', 'null'], ['null', 'float'], 0.5],
    ['the same kind before one to promote to', ['null', 'double', 'long'], 'long', 9, { long: 9 }],
    ['bytes as a text', ['null', 'string'], ['null', 'bytes'], Buffer.from('é'), 'é'],
    [
      'a record, one more branch of which is unknown',
      [seen()],
      [seen(), sold()],
      { 'joai.Seen': { url: '/' } },
      { url: '/' },
    ],
    ['a record by itself as a branch', [seen(), sold()], sold(), { price: 2 }, { 'joai.Sold': { price: 2 } }],
    ['branches in another order', [seen(), sold()], [sold(), seen()], { 'joai.Sold': { price: 2 } }],
    [
      'a branch of another namespace',
      [seen(), sold()],
      [sold('acme.Sold')],
      { price: 2 },
      { 'joai.Sold': { price: 2 } },
    ],
    ['a branch of a field that is unreadable elsewhere', 'string', ['string', seen()], 'a'],
    [
      'items by their branches',
      { type: 'array', items: 'string' },
      { type: 'array', items: ['null', 'string'] },
      ['a', 'b'],
    ],
    ['an empty list of what is unreadable', { type: 'array', items: 'string' }, { type: 'array', items: 'long' }, []],
    ['entries', { type: 'map', values: 'double' }, { type: 'map', values: ['null', 'int'] }, { a: 1 }],
    ['a symbol that both have', choice('C', ['A', 'B']), choice('C', ['Z', 'B']), 'B'],
    ['a symbol that ours lacks, by its default', choice('C', ['A'], { default: 'A' }), choice('C', ['B']), 'B', 'A'],
    ['a symbol of another namespace', choice('joai.C', ['A']), choice('acme.C', ['A']), 'A'],
    ['a fixed', ['null', fixed('F', 2)], fixed('F', 2), Buffer.from('ab')],
    [
      'an alias',
      named('joai.New', { name: 'b', aliases: ['a'], type: 'long' }),
      named('New', { name: 'a', type: 'int' }),
      { a: 1 },
      { b: 1 },
    ],
    [
      'a renamed record',
      { ...(seen() as object), aliases: ['acme.Looked'] } as never,
      seen('acme.Looked'),
      { url: '/' },
    ],
    ['a logical type, by what it is made of', 'long', ['null', { type: 'long', logicalType: 'timestamp-millis' }], 5],
    ['a text with a logical type', 'string', { type: 'string', logicalType: 'uuid' }, 'u'],
    [
      'a decimal',
      ['null', 'bytes'],
      { type: 'bytes', logicalType: 'decimal', precision: 4, scale: 2 },
      Buffer.from('a'),
    ],
  ])('%s', (_what, reader, writer, value, expected = value) => {
    expect(plain(read(reader, writer, value))).toEqual(plain(expected))
  })

  test('a field that the writer lacks has its default, also in a branch', () => {
    const ours = named(
      'joai.Seen',
      { name: 'url', type: 'string' },
      { name: 'tags', type: ['null', 'string'], default: null },
    )
    expect(plain(read(['null', ours], ['null', seen()], { url: '/' }))).toEqual({ url: '/', tags: null })
  })

  test('a record that contains itself is read to its end', () => {
    const list = (value: string): AvroSchema =>
      named('joai.List', { name: 'value', type: value }, { name: 'next', type: ['null', 'joai.List'] })
    const value = { value: 1, next: { value: 2, next: null } }
    expect(plain(read(list('double'), list('int'), value))).toEqual(value)
  })
})

describe('a value that can not be read is refused by itself, and says why', () => {
  test.each<[what: string, reader: AvroSchema, writer: AvroSchema, value: unknown, why: string]>([
    ['nothing', 'string', ['null', 'string'], null, 'f: a value of type null is not a value of type string'],
    [
      'an unknown branch',
      [seen()],
      [seen(), sold()],
      { 'joai.Sold': { price: 1 } },
      "f: there is no branch for 'joai.Sold'",
    ],
    [
      'a branch that lacks a field',
      [named('joai.Seen', { name: 'id', type: 'long' }), 'null'],
      ['null', seen()],
      { url: '/' },
      "f: 'id' is missing and has no default",
    ],
    ['a symbol', choice('C', ['A']), choice('C', ['A', 'B']), 'B', "f: 'joai.C' has no symbol 'B'"],
    [
      'an item',
      { type: 'array', items: 'string' },
      { type: 'array', items: ['long', 'string'] },
      [1],
      'f[]: a value of type long is not a value of type string',
    ],
    [
      'a long that would lose its end',
      ['null', 'int'],
      ['null', 'long'],
      1,
      'f: there is no branch for a value of type long',
    ],
    [
      'a fixed of another size',
      [fixed('F', 2), 'null'],
      [fixed('F', 3), 'null'],
      Buffer.from('abc'),
      "f: 'joai.F' has 3 bytes, not 2",
    ],
  ])('%s', (_what, reader, writer, value, why) => {
    expect(() => read(reader, writer, value)).toThrow(new Unresolvable(why))
  })

  test('and so is a schema of which no value can be read', () => {
    const ours = schema(record(field('string')))
    const theirs = schema(record(field(['null', 'long'])))
    expect(() => ours.alsoRead(theirs.json)).toThrow('f: a value of type null is not a value of type string')
    expect(ours.reads(theirs.id)).toBe(false)
  })
})

test('bytes that are not of their schema are no matter of versions', () => {
  const ours = schema<object>(record(field(choice('C', ['A'], { default: 'A' }))))
  const wider = record(field(choice('C', ['A', 'B'])), { name: 'more', type: ['null', 'string'] })
  const writtenBy = ours.alsoRead(schema(wider).json)
  expect(ours.decode(Buffer.from([2, 0]), writtenBy)).toEqual({ f: 'A' })
  for (const [bytes, why] of [
    [[8, 0], "'joai.C' has no symbol 4"],
    [[2, 8], "'more' has a union without such a branch"],
    [[2, 2, 8], 'truncated bytes'],
  ] as const)
    try {
      ours.decode(Buffer.from(bytes), writtenBy)
      expect.unreachable()
    } catch (error) {
      expect(error).not.toBeInstanceOf(Unresolvable)
      expect((error as Error).message).toBe(why)
    }
})
