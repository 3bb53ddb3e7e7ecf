import type { InputRecord } from '../../connectors/adapters/adapter.ts'
import type { CustomerEvent } from '../../schemas/generated.ts'
import type { Topic } from '../../schemas/record.ts'
import { topics } from '../../schemas/topics.ts'
import { decodeValue, typeOf } from '../../schemas/wire.ts'

const byName = new Map<string, Topic<any>>(Object.values(topics).map(topic => [topic.name, topic]))

/** An input record as a line of JSON that the adapter `json-lines` reads, and anyone can. */
export function inJson({ topic: name, key, timestamp, value }: InputRecord): string {
  const topic = byName.get(name)
  if (!topic) throw new Error(`'${name}' is no topic of the main topology`)
  const decoded: unknown = decodeValue(topic.types[typeOf(topic, value)]!, value)
  return JSON.stringify({ topic: name, key, timestamp, value: name === topics.events.name ? flat(decoded) : decoded })
}

/** In JSON the type of an event says what its data are; no name of a schema stands around them. */
const flat = (event: unknown) => ({
  ...(event as CustomerEvent),
  data: Object.values((event as CustomerEvent).data)[0] as object,
})
