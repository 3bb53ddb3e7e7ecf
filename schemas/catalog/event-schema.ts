import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { type AvroSchema, type Schema, schema } from '../codec/schema.ts'

/** The fields of an event by name. A field that the event lacks is absent or null. */
export type EventFields = Readonly<Record<string, unknown>>

/** A version of an event type: its fields, and the hash by which a payload names it. */
export interface EventSchema {
  /** The name of the event type, such as `order_completed`. */
  readonly name: string
  /** The first 16 hex digits of the SHA-256 of `json`. */
  readonly hash: string
  /** The Avro record as canonical JSON, without docs. */
  readonly json: string
  readonly schema: Schema<EventFields>
  /** The paths of the fields of logical type `timestamp-millis`; a list on the way counts for each of its elements. */
  readonly times: readonly (readonly string[])[]
  /** The fields of each class of data, as paths such as `lines.diagnosis`; a class of a record is one of all its fields. */
  readonly classes: Readonly<Record<DataClass, readonly string[]>>
}

/** What is to be done with a field: encrypted, kept out of every other field, or kept from marketing. */
export type DataClass = 'personal' | 'card' | 'health'

/** Makes the schema of an event type from its Avro record; throws an Error where that is no Avro record. */
export function eventSchema(name: string, record: AvroSchema, own = schema<EventFields>(record)): EventSchema {
  if (own.type.typeName !== 'record') throw new Error(`'${name}' is no Avro record`)
  const json = canonical(record)
  return {
    name,
    hash: bytesToHex(sha256(utf8ToBytes(json))).slice(0, 16),
    json,
    schema: own,
    times: timesIn(record, []),
    classes: {
      personal: ofClass(record, 'personal'),
      card: ofClass(record, 'card'),
      health: ofClass(record, 'health'),
    },
  }
}

/** Finds the times of a type. The Avro library forgets logical types, so they are looked for in the JSON. */
function timesIn(part: unknown, path: readonly string[]): (readonly string[])[] {
  if (Array.isArray(part)) return part.flatMap(branch => timesIn(branch, path))
  if (part === null || typeof part !== 'object') return []
  const {
    type,
    logicalType,
    fields = [],
    items,
  } = part as {
    readonly type: unknown
    readonly logicalType?: unknown
    readonly fields?: readonly { readonly name: string; readonly type: unknown }[]
    readonly items?: unknown
  }
  if (type === 'long') return logicalType === 'timestamp-millis' ? [path] : []
  const inner = fields.flatMap(field => timesIn(field.type, [...path, field.name]))
  return [...inner, ...timesIn(items, path), ...timesIn(type, path)]
}

/** Lists the fields of a class, at any depth. */
function ofClass(part: unknown, wanted: DataClass, path = ''): string[] {
  if (Array.isArray(part)) return part.flatMap(branch => ofClass(branch, wanted, path))
  if (part === null || typeof part !== 'object') return []
  const {
    type,
    fields = [],
    items,
  } = part as {
    readonly type: unknown
    readonly fields?: readonly { readonly name: string; readonly type: unknown; readonly classes?: readonly string[] }[]
    readonly items?: unknown
  }
  const inner = fields.flatMap(({ name, type: own, classes = [] }) => {
    const at = path === '' ? name : `${path}.${name}`
    return classes.includes(wanted) ? [at] : ofClass(own, wanted, at)
  })
  return [...inner, ...ofClass(items, wanted, path), ...ofClass(type, wanted, path)]
}

/** Reads a version of an event type from its canonical JSON. */
export const eventSchemaFrom = (name: string, json: string): EventSchema =>
  eventSchema(name, JSON.parse(json) as AvroSchema)

/** Writes JSON with sorted keys and without docs, so that the hash depends on nothing but the fields. */
function canonical(part: unknown): string {
  if (Array.isArray(part)) return `[${part.map(canonical).join(',')}]`
  if (part === null || typeof part !== 'object') return JSON.stringify(part)
  const entries = Object.entries(part).filter(([key, value]) => key !== 'doc' && value !== undefined)
  entries.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${canonical(value)}`).join(',')}}`
}
