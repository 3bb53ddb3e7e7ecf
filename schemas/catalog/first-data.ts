import type { CustomerEvent } from '../generated.ts'
import type { EventFields, EventSchema } from './event-schema.ts'
import { firstCatalog } from './first-catalog.ts'

/** The data of an event of a type of version 0.1, under the name of its record: `{ 'joai.PageViewed': { … } }`. */
export type FirstData = Readonly<Record<`joai.${string}`, object>>

const byRecord = new Map<string, EventSchema>([...firstCatalog.events.values()].map(type => [type.schema.name, type]))

/** Encodes the data of an event of a type of version 0.1. */
export function encodedData(data: FirstData): CustomerEvent['data'] {
  const [[record, fields]] = Object.entries(data) as [[string, EventFields]]
  const { hash: schema, schema: type } = byRecord.get(record)!
  return { 'joai.EncodedData': { schema, payload: type.encode(fields) } }
}

/** Reads the data of an event of a type of version 0.1, in either form. */
export function eventFieldsOf({ type, data }: Pick<CustomerEvent, 'type' | 'data'>): EventFields {
  if ('joai.OpenData' in data) return data['joai.OpenData'].fields
  return firstCatalog.events.get(type)!.schema.decode(data['joai.EncodedData'].payload)
}
