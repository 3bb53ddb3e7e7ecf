import { eventFieldsOf } from '../schemas/catalog/first-data.ts'
import type { CustomerEvent, ReferenceChange } from '../schemas/generated.ts'
import type { IdentifiedRecord } from '../schemas/input-record.ts'
import type { Topic } from '../schemas/record.ts'
import { topics } from '../schemas/topics.ts'
import { decodeValue, typeOf } from '../schemas/wire.ts'

const byName = new Map<string, Topic<any>>(Object.values(topics).map(topic => [topic.name, topic]))

/** Formats an input record as a line of JSON, as the adapter `json-lines` reads it. */
export function jsonLineOf({ topic: name, key, timestamp, value }: IdentifiedRecord): string {
  const topic = byName.get(name)
  if (!topic) throw new Error(`the main topology has no topic '${name}'`)
  const decoded: unknown = decodeValue(topic.types[typeOf(topic, value)]!, value)
  const hasType = name === topics.events.name || name === topics.reference.name
  return JSON.stringify({
    topic: name,
    key,
    timestamp,
    value: hasType ? withFlatData(decoded as CustomerEvent | ReferenceChange) : decoded,
  })
}

/** Leaves out the schema name around the data: in JSON the type says what the data are. */
const withFlatData = (event: CustomerEvent | ReferenceChange) => ({
  ...event,
  data: 'eventId' in event ? eventFieldsOf(event) : (Object.values(event.data)[0] as object),
})
