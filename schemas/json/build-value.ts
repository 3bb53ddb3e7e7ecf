import type { Type, types } from 'avsc'
import { BadRecord } from '../wire.ts'
import { foldWord } from '../words.ts'
import { parseTime } from './json-time.ts'

/** The fields of a record by name, as JSON gives them. */
export type JsonFields = Readonly<Record<string, unknown>>

/**
 * Builds the value of an Avro type from plain values; `path` names the field in errors. Times are milliseconds or ISO 8601 with a
 * zone. JsonFields that are missing or null take their defaults, words of closed lists may be in any case, unknown fields are
 * ignored. Throws BadRecord, which names fields and never quotes values.
 */
export function buildValue(type: Type, json: unknown, path: string): unknown {
  const { typeName } = type
  if (typeName.startsWith('union')) return json === null ? nothing(type, path) : buildValue(present(type), json, path)
  if (json === null) throw new BadRecord('null-field', `${path} is null`)
  if (typeName === 'record') return buildRecord((type as types.RecordType).fields, objectOf(json, path), path)
  if (typeName === 'array') return list((type as types.ArrayType).itemsType, json, path)
  if (typeName === 'map') return entries((type as types.MapType).valuesType, objectOf(json, path), path)
  const value = typeName === 'long' ? parseTime(json) : typeName === 'enum' ? foldedWord(json) : json
  if (!type.isValid(value)) throw wrongType(path, typeName)
  // JSON has no such number, and its reader refuses those that are too large.
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new BadRecord('not-a-number', `${path} is infinite or not a number`)
  return value
}

/** Builds a record of these fields. One that is not there by its name may be there by an alias, an earlier name of it. */
export function buildRecord(fields: readonly types.Field[], json: JsonFields, path: string): Record<string, unknown> {
  const value: Record<string, unknown> = {}
  for (const field of fields) {
    const { name, type } = field
    const given = Object.hasOwn(json, name) ? name : (field.aliases.find(alias => Object.hasOwn(json, alias)) ?? name)
    const assumed = Object.hasOwn(json, given) && json[given] !== null ? undefined : (field.defaultValue() as unknown)
    value[name] = assumed === undefined ? buildValue(type, required(json, given, path), at(path, given)) : assumed
  }
  return value
}

const foldedWord = (json: unknown): unknown => (typeof json === 'string' ? foldWord(json) : json)

function list(items: Type, json: unknown, path: string): unknown {
  if (!Array.isArray(json)) throw wrongType(path, 'array')
  return json.map((item, index) => buildValue(items, item, `${path}[${index}]`))
}

const entries = (values: Type, json: JsonFields, path: string): JsonFields =>
  Object.fromEntries(Object.entries(json).map(([name, one]) => [name, buildValue(values, one, at(path, name))]))

/** Returns a field that must be there; throws BadRecord where it is not. */
export function required(json: JsonFields, name: string, path: string): unknown {
  if (Object.hasOwn(json, name)) return json[name]
  throw new BadRecord('missing-field', `${at(path, name)} is missing`)
}

/** Returns the fields of an object; throws BadRecord for anything else. */
export function objectOf(json: unknown, path: string): JsonFields {
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json as JsonFields
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
/** Says that a value is not of the type that its field has. */
export const wrongType = (path: string, wanted: string): BadRecord =>
  new BadRecord('wrong-type', `${path === '' ? 'the record' : path} is not of type ${wanted}`)
