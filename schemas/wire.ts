import { Unresolvable } from './codec/resolution.ts'
import type { RecordType, Topic } from './record.ts'

/** Says why a record cannot be used. The record becomes a dead letter with this reason; it is never a bug. */
export class BadRecord extends Error {
  readonly reason: string
  constructor(reason: string, detail: string) {
    super(detail)
    this.name = 'BadRecord'
    this.reason = reason
  }
}

/** Counts the bytes in front of the Avro payload: a zero and four for the schema's id (Confluent's wire format). */
export const headerLength = 5

/** Reads the schema id in front of framed bytes. */
export const schemaIdOf = (bytes: Uint8Array): number =>
  ((bytes[1]! << 24) | (bytes[2]! << 16) | (bytes[3]! << 8) | bytes[4]!) >>> 0

/** Tells whether bytes begin as a framed record does. */
export const isFramed = (bytes: Uint8Array): boolean => bytes.length >= headerLength && bytes[0] === 0

/** Writes the frame into the room that was left for it in front of the payload. */
export function writeFrame(bytes: Uint8Array, id: number): void {
  bytes[0] = 0
  bytes[1] = id >>> 24
  bytes[2] = id >>> 16
  bytes[3] = id >>> 8
  bytes[4] = id
}

/** Encodes a value of one of a topic's types, with its frame. */
export function encodeValue<T>(type: RecordType<T>, value: T): Uint8Array {
  const bytes = type.schema.encode(value, headerLength)
  writeFrame(bytes, type.schema.id)
  return bytes
}

/** Lists the types of record that are written on a topic, by name. */
export const writtenTypes = (topic: Topic): readonly (readonly [name: string, type: RecordType<any>])[] =>
  Object.entries(topic.types).filter(([, { isSalvage }]) => !isSalvage)

const typesById = new WeakMap<Topic, ReadonlyMap<number, string>>()

function typeNames(topic: Topic): ReadonlyMap<number, string> {
  let names = typesById.get(topic)
  if (!names) {
    names = new Map(writtenTypes(topic).map(([name, { schema }]) => [schema.id, name]))
    typesById.set(topic, names)
  }
  return names
}

/** Names the topic's type that these bytes hold; throws BadRecord when they hold none of them. */
export function typeOf(topic: Topic, bytes: Uint8Array): string {
  if (!isFramed(bytes)) throw new BadRecord('bad-frame', 'not a framed Avro record')
  const id = schemaIdOf(bytes)
  const name = typeNames(topic).get(id) ?? writtenTypes(topic).find(([, { schema }]) => schema.reads(id))?.[0]
  if (name === undefined) throw new BadRecord('unknown-schema', `schema ${id} does not belong to '${topic.name}'`)
  return name
}

/** Decodes framed bytes to their value; throws BadRecord when they do not decode. */
export function decodeValue<T>(type: RecordType<T>, bytes: Uint8Array): T {
  try {
    const { schema } = type
    const writtenBy = schemaIdOf(bytes)
    return schema.decode(bytes, schema.reads(writtenBy) ? writtenBy : schema.id, headerLength)
  } catch (error) {
    const detail = `not a ${type.schema.name}: ${(error as Error).message}`
    if (error instanceof Unresolvable) throw new BadRecord('unresolvable-value', detail)
    throw new BadRecord('bad-bytes', detail)
  }
}
