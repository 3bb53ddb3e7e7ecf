import type { CustomerEvent, ReferenceChange } from '../schemas/generated.ts'
import type { IdentifiedRecord } from '../schemas/input-record.ts'
import type { Topic } from '../schemas/record.ts'
import { topics } from '../schemas/topics.ts'
import { decodeValue, typeOf } from '../schemas/wire.ts'

const byName = new Map<string, Topic<any>>(Object.values(topics).map(topic => [topic.name, topic]))

/** An input record as a line of JSON that the adapter `json-lines` reads, and anyone can. */
export function inJson({ topic: name, key, timestamp, value }: IdentifiedRecord): string {
  const topic = byName.get(name)
  if (!topic) throw new Error(`'${name}' is no topic of the main topology`)
  const decoded: unknown = decodeValue(topic.types[typeOf(topic, value)]!, value)
  const hasType = name === topics.events.name || name === topics.reference.name
  return JSON.stringify({
    topic: name,
    key,
    timestamp,
    value: hasType ? flat(decoded as CustomerEvent | ReferenceChange) : decoded,
  })
}

/** In JSON the type of what happened says what its data are; no name of a schema stands around them. */
const flat = (event: CustomerEvent | ReferenceChange) => ({ ...event, data: Object.values(event.data)[0] as object })
