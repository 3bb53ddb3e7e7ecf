import type { types } from 'avsc'
import type { Schema } from '../codec/schema.ts'
import { CustomerEvent, ReferenceChange } from '../generated.ts'
import type { Topic } from '../record.ts'
import { referenceTypes } from '../reference-data.ts'
import { BadRecord, writtenTypes } from '../wire.ts'
import { foldWord } from '../words.ts'
import { buildRecord, buildValue, type JsonFields, objectOf, required, wrongType } from './build-value.ts'
import { isTooDeep, isTooLarge } from './json-limits.ts'

/** The first byte of JSON input. Framed Avro starts with a zero. */
export const jsonStart = 0x7b

/**
 * Reads JSON from an input topic, so that anyone can produce with a shell: names its type among the topic's and builds
 * its value by the rules of `buildValue`. The data of an event stay as they are: only a catalog knows their type. Throws BadRecord,
 * which names fields and never quotes values.
 */
export function parseJson(topic: Topic, bytes: Uint8Array): { readonly type: string; readonly value: unknown } {
  return readFields(topic, objectOf(readJson(bytes), ''))
}

/** Builds the value of an input topic from the fields of its JSON form; throws BadRecord. */
export function readFields(topic: Topic, fields: JsonFields): { readonly type: string; readonly value: unknown } {
  const [first, ...others] = writtenTypes(topic).filter(([, { key }]) => key !== null)
  if (first === undefined || others.length > 0 || topic.foreign)
    throw new BadRecord('bad-frame', `'${topic.name}' takes no JSON`)
  const [type, { schema }] = first
  return { type, value: envelopes.get(schema)?.(fields) ?? buildValue(schema.type, fields, '') }
}

/** Reads JSON within the limits of an input; throws BadRecord. */
export function readJson(bytes: Uint8Array): unknown {
  if (isTooLarge(bytes)) throw new BadRecord('oversize', 'more than 256 KiB')
  if (isTooDeep(bytes)) throw new BadRecord('too-deep', 'more than 32 levels')
  const text = decode(bytes)
  const value = parsed(text)
  if (escapedHalf.test(text) && !isWellFormed(value))
    throw new BadRecord('ill-formed-text', 'a text has half of a surrogate pair')
  assertFinite(value, '')
  return value
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The parser's own message would quote personal data from its input.
    throw new BadRecord('bad-json', 'not JSON')
  }
}

/** A number of JSON that is too large for a double is read as infinite. */
function assertFinite(value: unknown, path: string): void {
  if (typeof value === 'number' && !Number.isFinite(value)) throw wrongType(path, 'double')
  if (typeof value !== 'object' || value === null) return
  const isList = Array.isArray(value)
  for (const [name, one] of Object.entries(value))
    assertFinite(one, isList ? `${path}[${name}]` : path === '' ? name : `${path}.${name}`)
}

/** In UTF-8 only an escape can stand for half of a surrogate pair. */
const escapedHalf = /\\u[dD][89a-fA-F]/

function isWellFormed(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed()
  if (typeof value !== 'object' || value === null) return true
  return Object.entries(value).every(([name, one]) => name.isWellFormed() && isWellFormed(one))
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new BadRecord('bad-utf8', 'not UTF-8')
  }
}

/** For each schema with a `data` field whose type is named by the field `type`: how to read it. */
const envelopes = new Map<Schema<any>, (fields: JsonFields) => unknown>([
  [CustomerEvent, openEnvelope(CustomerEvent)],
  [ReferenceChange, envelope(ReferenceChange, referenceTypes)],
])

function openEnvelope(schema: Schema<any>) {
  const head = (schema.type as types.RecordType).fields.filter(({ name }) => name !== 'data')
  return (fields: JsonFields): unknown => {
    const { type, ...others } = buildRecord(head, fields, '')
    const data = required(fields, 'data', '')
    if (data === null) throw new BadRecord('null-field', 'data is null')
    return { ...others, type: foldWord(type as string), data: { 'joai.OpenData': { fields: objectOf(data, 'data') } } }
  }
}

function envelope(schema: Schema<any>, dataTypes: Readonly<Record<string, Schema<any>>>) {
  const { fields: all } = schema.type as types.RecordType
  const data = all.find(({ name }) => name === 'data')!.type as types.UnwrappedUnionType
  const branches = new Set(data.types.map(branch => branch.name))
  const head = all.filter(({ name }) => name !== 'data')
  return (fields: JsonFields): unknown => {
    const { type, ...others } = buildRecord(head, fields, '')
    const name = foldWord(type as string)
    const own = Object.hasOwn(dataTypes, name) ? dataTypes[name] : undefined
    if (!own || !branches.has(own.name)) throw new BadRecord('unknown-type', 'the event type is not known here')
    return { ...others, type: name, data: { [own.name]: buildValue(own.type, required(fields, 'data', ''), 'data') } }
  }
}
