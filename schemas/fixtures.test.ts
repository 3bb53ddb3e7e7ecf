import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import avro from 'avsc'
import { describe, expect, test } from 'vitest'
import { identify, type Schema, schema } from './codec/schema.ts'
import * as generated from './generated.ts'
import { topics } from './topics.ts'
import { decodeValue, encodeValue, typeOf, writeFrame } from './wire.ts'

const folder = join(import.meta.dirname, 'test/fixtures')
const current = new Map(Object.values(generated as unknown as Record<string, Schema<any>>).map(one => [one.name, one]))
const files = readdirSync(folder)

/** Checks that a value has all of an older one, in which records may lack the fields that came later. */
function expectHeld(now: unknown, then: unknown, path: string): void {
  const open = (now as { readonly 'joai.OpenData'?: unknown } | null)?.['joai.OpenData']
  if (open !== undefined && !Object.hasOwn(then as object, 'joai.OpenData'))
    expectHeld((open as { readonly fields: unknown }).fields, Object.values(then as object)[0], path)
  else if (typeof then !== 'object' || then === null || then instanceof Uint8Array) expect(now, path).toEqual(then)
  else {
    if (Array.isArray(then)) expect(now, path).toHaveLength(then.length)
    for (const [key, value] of Object.entries(then))
      expectHeld((now as typeof then)?.[key as never], value, `${path}.${key}`)
  }
}

describe('bytes that an earlier version wrote', () => {
  test.each(files)('is read for ever: %s', file => {
    const { schema: json, value, bytes } = JSON.parse(readFileSync(join(folder, file), 'utf8'))
    const written = avro.Type.forSchema(json)
    // What is in unions of values is compared as plain values.
    const plain = schema<Record<string, unknown>>(json)
    const now = current.get(json.name)!
    const [, name, id] = /^(\w+)-(\d+)\.json$/.exec(file)!
    expect(json.name).toBe(`joai.${name}`)
    expect(now.reads(Number(id))).toBe(true)
    const buffer = Buffer.from(bytes, 'base64')
    expect(written.toString(written.fromBuffer(buffer))).toBe(value)
    const read = now.decode(buffer, Number(id))
    const kept = Object.keys(JSON.parse(value)).filter(field => Object.hasOwn(read, field))
    expect(kept.length).toBeGreaterThan(0)
    const then = plain.decode(buffer)
    for (const field of kept) expectHeld(read[field], then[field], field)
  })

  test.each(files)('is read by a reader that is shown the schema: %s', file => {
    const { schema: json, value, bytes } = JSON.parse(readFileSync(join(folder, file), 'utf8'))
    const fresh = schema<object>(JSON.parse(current.get(json.name)!.json))
    fresh.alsoRead(JSON.stringify(json))
    const id = Number(/-(\d+)\.json$/.exec(file)![1])
    const read = fresh.decode(Buffer.from(bytes, 'base64'), id)
    expect(Object.keys(read).filter(field => Object.hasOwn(JSON.parse(value), field))).not.toEqual([])
  })

  test('include an example of every version that is current', () => {
    const absent = [...current.values()].filter(
      ({ name, id }) => !files.includes(`${name.replace(/^joai\./, '')}-${id}.json`),
    )
    expect(absent.map(({ name }) => `${name}: npm run generate`)).toEqual([])
    expect(files.length).toBeGreaterThan(50)
  })
})

const older = { type: 'record', name: 'joai.Tick', fields: [] } as const
const newer = {
  type: 'record',
  name: 'joai.Reward',
  fields: [...JSON.parse(generated.Reward.json).fields, { name: 'currency', type: 'string', default: 'USD' }],
} as const

describe('a schema', () => {
  test('has the same id whatever its docs say, and another if a default changes', () => {
    const json = JSON.parse(generated.Reward.json)
    const told = JSON.stringify({ ...json, doc: 'in other words', fields: json.fields.map(documented) })
    expect(identify(told).id).toBe(generated.Reward.id)
    const fields = (doc: string) => [{ name: 'd', type: { type: 'map', values: 'string' }, default: { doc } }]
    const ids = ['a', 'b'].map(doc => schema({ type: 'record', name: 'Defaulted', fields: fields(doc) }).id)
    expect(ids[0]).not.toBe(ids[1])
  })

  test('has the same id however its text is laid out', () => {
    const { fields, ...head } = JSON.parse(generated.Reward.json)
    const reordered = JSON.stringify({ fields, ...head, name: 'Reward', namespace: 'joai' }, null, 2)
    expect(identify(reordered)).toEqual({ name: 'joai.Reward', id: generated.Reward.id })
  })

  test('reads the values of a later version once it knows that version', () => {
    const later = schema<object>(newer)
    const { reward } = topics.rewards.types
    const value = { ...sample(generated.Reward), currency: 'EUR' }
    const bytes = later.encode(value, 5)
    writeFrame(bytes, later.id)
    expect(() => typeOf(topics.rewards, bytes)).toThrow(/does not belong to 'rewards'/)
    expect(reward.schema.alsoRead(later.json)).toBe(later.id)
    expect(typeOf(topics.rewards, bytes)).toBe('reward')
    const { currency: _more, ...ours } = value
    expect(decodeValue(reward, bytes)).toEqual(ours)
    expect(decodeValue(reward, encodeValue(reward, ours as generated.Reward))).toEqual(ours)
  })

  test('refuses a version in which something is missing', () => {
    expect(() => generated.Tick.alsoRead(JSON.stringify(older))).toThrow(/at/)
    expect(generated.Tick.reads(identify(JSON.stringify(older)).id)).toBe(false)
  })
})

const documented = (field: object) => ({ ...field, doc: 'in other words' })

function sample<T>(of: Schema<T>): T {
  return avro.Type.forSchema(JSON.parse(of.json)).random() as T
}
