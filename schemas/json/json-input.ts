import type { Type, types } from 'avsc'
import type { Schema } from '../codec/schema.ts'
import { eventTypes } from '../event-data.ts'
import { CustomerEvent, ReferenceChange } from '../generated.ts'
import type { Topic } from '../record.ts'
import { referenceTypes } from '../reference-data.ts'
import { BadRecord, writtenTypes } from '../wire.ts'
import { foldWord } from '../words.ts'
import { isTooDeep, isTooLarge } from './json-limits.ts'
import { parseTime } from './json-time.ts'

type Fields = Readonly<Record<string, unknown>>

/** The first byte of JSON input. Framed Avro starts with a zero. */
export const jsonStart = 0x7b

/**
 * Reads JSON from an input topic, so that anyone can produce with a shell: names its type among the topic's and builds
 * its value. Times are milliseconds or ISO 8601 with a zone. Fields that are missing or null take their
 * defaults, words of closed lists may be in any case, unknown fields are ignored. Throws BadRecord, which names fields and never quotes values.
 */
export function parseJson(topic: Topic, bytes: Uint8Array): { readonly type: string; readonly value: unknown } {
  const [first, ...others] = writtenTypes(topic).filter(([, { key }]) => key !== null)
  if (first === undefined || others.length > 0) throw new BadRecord('bad-frame', `'${topic.name}' takes no JSON`)
  const [type, { schema }] = first
  const fields = objectOf(parse(bytes), '')
  return { type, value: envelopes.get(schema)?.(fields) ?? build(schema.type, fields, '') }
}

function parse(bytes: Uint8Array): unknown {
  if (isTooLarge(bytes)) throw new BadRecord('oversize', 'more than 256 KiB')
  if (isTooDeep(bytes)) throw new BadRecord('too-deep', 'more than 32 levels')
  const text = decode(bytes)
  const value = parsed(text)
  if (escapedHalf.test(text) && !isWellFormed(value))
    throw new BadRecord('ill-formed-text', 'a text has half of a surrogate pair')
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

/** For each schema with a `data` field whose branch is named by the field `type`: how to read it. */
const envelopes = new Map<Schema<any>, (fields: Fields) => unknown>([
  [CustomerEvent, envelope(CustomerEvent, eventTypes)],
  [ReferenceChange, envelope(ReferenceChange, referenceTypes)],
])

function envelope(schema: Schema<any>, dataTypes: Readonly<Record<string, Schema<any>>>) {
  const { fields: all } = schema.type as types.RecordType
  const data = all.find(({ name }) => name === 'data')!.type as types.UnwrappedUnionType
  const branches = new Set(data.types.map(branch => branch.name))
  const head = all.filter(({ name }) => name !== 'data')
  return (fields: Fields): unknown => {
    const { type, ...others } = record(head, fields, '')
    const name = foldWord(type as string)
    const own = Object.hasOwn(dataTypes, name) ? dataTypes[name] : undefined
    if (!own || !branches.has(own.name)) throw new BadRecord('unknown-type', 'the event type is not known here')
    return { ...others, type: name, data: { [own.name]: build(own.type, required(fields, 'data', ''), 'data') } }
  }
}

/** Builds the value of an Avro type from JSON; `path` names the field in errors. */
function build(type: Type, json: unknown, path: string): unknown {
  const { typeName } = type
  if (typeName.startsWith('union')) return json === null ? nothing(type, path) : build(present(type), json, path)
  if (json === null) throw new BadRecord('null-field', `${path} is null`)
  if (typeName === 'record') return record((type as types.RecordType).fields, objectOf(json, path), path)
  if (typeName === 'array') return list((type as types.ArrayType).itemsType, json, path)
  const value = typeName === 'long' ? parseTime(json) : typeName === 'enum' ? foldedWord(json) : json
  if (!type.isValid(value) || (typeof value === 'number' && !Number.isFinite(value))) throw wrongType(path, typeName)
  return value
}

function record(fields: readonly types.Field[], json: Fields, path: string): Record<string, unknown> {
  const value: Record<string, unknown> = {}
  for (const { name, type, defaultValue } of fields.map(described)) {
    const assumed = Object.hasOwn(json, name) && json[name] !== null ? undefined : defaultValue
    value[name] = assumed === undefined ? build(type, required(json, name, path), at(path, name)) : assumed
  }
  return value
}

const foldedWord = (json: unknown): unknown => (typeof json === 'string' ? foldWord(json) : json)

const described = (field: types.Field) => ({ name: field.name, type: field.type, defaultValue: field.defaultValue() })

function list(items: Type, json: unknown, path: string): unknown {
  if (!Array.isArray(json)) throw wrongType(path, 'array')
  return json.map((item, index) => build(items, item, `${path}[${index}]`))
}

function required(json: Fields, name: string, path: string): unknown {
  if (Object.hasOwn(json, name)) return json[name]
  throw new BadRecord('missing-field', `${at(path, name)} is missing`)
}

function objectOf(json: unknown, path: string): Fields {
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json as Fields
  throw wrongType(path, 'object')
}

/** The branch of a union that is not null. Inputs have only unions of null and one other type. */
const present = (type: Type): Type =>
  (type as types.UnwrappedUnionType).types.find(branch => branch.typeName !== 'null') as Type

function nothing(type: Type, path: string): null {
  if ((type as types.UnwrappedUnionType).types.some(branch => branch.typeName === 'null')) return null
  throw new BadRecord('null-field', `${path} is null`)
}

const at = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`)
const wrongType = (path: string, wanted: string): BadRecord =>
  new BadRecord('wrong-type', `${path === '' ? 'the record' : path} is not of type ${wanted}`)
