import type { RecordType, Topic } from './record.ts'

/** A record that cannot be used. It is dead-lettered with this reason; it is never a bug. */
export class BadRecord extends Error {
  readonly reason: string
  constructor(reason: string, detail: string) {
    super(detail)
    this.name = 'BadRecord'
    this.reason = reason
  }
}

/** Bytes in front of the Avro payload: a zero, and the schema's id in four (Confluent's wire format). */
export const headerLength = 5

/** Frames a value of one of the topic's types. */
export function encodeValue<T>(type: RecordType<T>, value: T): Uint8Array {
  const bytes = type.schema.encode(value, headerLength)
  bytes[0] = 0
  const { id } = type.schema
  bytes[1] = id >>> 24
  bytes[2] = id >>> 16
  bytes[3] = id >>> 8
  bytes[4] = id
  return bytes
}

const typesById = new WeakMap<Topic, ReadonlyMap<number, string>>()

function typeNames(topic: Topic): ReadonlyMap<number, string> {
  let names = typesById.get(topic)
  if (!names) {
    names = new Map(Object.entries(topic.types).map(([name, { schema }]) => [schema.id, name]))
    typesById.set(topic, names)
  }
  return names
}

/** The name, among the topic's types, of what these bytes hold; throws BadRecord when they hold none. */
export function typeOf(topic: Topic, bytes: Uint8Array): string {
  if (bytes.length < headerLength || bytes[0] !== 0) throw new BadRecord('bad-frame', 'not a framed Avro record')
  const id = ((bytes[1]! << 24) | (bytes[2]! << 16) | (bytes[3]! << 8) | bytes[4]!) >>> 0
  const name = typeNames(topic).get(id)
  if (name === undefined) throw new BadRecord('unknown-schema', `schema ${id} does not belong to '${topic.name}'`)
  return name
}

/** The value that these framed bytes hold; throws BadRecord when they do not decode. */
export function decodeValue<T>(type: RecordType<T>, bytes: Uint8Array): T {
  try {
    return type.schema.decode(bytes.subarray(headerLength))
  } catch (error) {
    throw new BadRecord('bad-bytes', `not a ${type.schema.name}: ${(error as Error).message}`)
  }
}
