import { readingFields } from '../codec/schema.ts'
import { type BuiltInData, type BuiltInType, builtInEvent } from './built-in-events.ts'
import { type EventFields, type EventSchema, eventSchemaFrom } from './event-schema.ts'
import { firstCatalog } from './first-catalog.ts'

/** The part of an event that says what its payload is. */
export interface WrittenEvent {
  readonly type: string
  /** The hash of the version of the type that wrote the payload; empty for that of version 0.1. */
  readonly schema: string
  readonly payload: Uint8Array
}

/** Finds the versions of event types that were announced, by their hashes. The rows that an operator reads are one. */
export interface Versions {
  readonly versions: (hash: string) => { readonly json: string } | undefined
}

/** PERF: the fields are kept as a property of the bytes, which is cheaper than a map beside them. */
const decoded = Symbol('decoded')
const decodedBy = Symbol('decodedBy')
type Payload = Uint8Array & { [decoded]?: EventFields; [decodedBy]?: EventSchema }

/**
 * Reads the fields of an event, once, as the reader's version of its type has them. Fields of another version count by their
 * names and aliases; what that version lacks, or has of a type that does not fit, has its default or is absent. Throws an Error
 * where no version with the hash was announced.
 */
export function eventFields(event: WrittenEvent, own: EventSchema, announced: Versions): EventFields {
  const payload = event.payload as Payload
  if (payload[decodedBy] !== own) {
    payload[decoded] = event.schema === own.hash ? own.schema.decode(payload) : readerOf(event, own, announced)(payload)
    payload[decodedBy] = own
  }
  return payload[decoded]!
}

/** Tells whether the payload of an event can be read by a version of its type; null stands for one that differs. */
export const isReadable = ({ type, schema }: WrittenEvent, own: EventSchema | null, announced: Versions): boolean =>
  schema === '' ? firstCatalog.events.has(type) : schema === own?.hash || announced.versions(schema) !== undefined

/** Reads the fields of an event of a type that the engine itself understands. */
export const builtInData = <T extends BuiltInType>(event: WrittenEvent, type: T, announced: Versions): BuiltInData<T> =>
  eventFields(event, builtInEvent(type), announced) as BuiltInData<T>

type FieldsReader = (payload: Uint8Array) => EventFields

/** How versions read one another: a function of the two, which is made once. */
const readers = new WeakMap<EventSchema, Map<string, FieldsReader>>()

function readerOf({ type, schema: hash }: WrittenEvent, own: EventSchema, announced: Versions): FieldsReader {
  const known = readers.get(own) ?? new Map<string, FieldsReader>()
  readers.set(own, known)
  const before = known.get(hash)
  if (before) return before
  const written = hash === '' ? firstCatalog.events.get(type) : versionOf(type, announced.versions(hash)?.json)
  if (written === undefined) throw new Error(`no version '${hash}' of the event type '${type}' was announced`)
  const reader = written.hash === own.hash ? own.schema.decode : readingFields(own.schema, written.schema)
  const read: FieldsReader = payload => reader(payload)
  known.set(hash, read)
  return read
}

const versionOf = (type: string, json: string | undefined): EventSchema | undefined =>
  json === undefined ? undefined : eventSchemaFrom(type, json)
