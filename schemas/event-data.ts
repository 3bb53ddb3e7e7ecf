import {
  ConsentChanged,
  Exposure,
  IdentityLinked,
  OrderCompleted,
  PageViewed,
  type PersonEvent,
  ProductAdded,
  ProfileChanged,
  Redemption,
} from './generated.ts'
import type { Schema } from './schema.ts'

/** The event types of the main topology. A type is added here, as an .avsc file, and as a branch of CustomerEvent. */
export const eventTypes = {
  order_completed: OrderCompleted,
  exposure: Exposure,
  redemption: Redemption,
  page_viewed: PageViewed,
  product_added: ProductAdded,
  profile_changed: ProfileChanged,
  identity_linked: IdentityLinked,
  consent_changed: ConsentChanged,
} as const

export type EventType = keyof typeof eventTypes
export type EventData<T extends EventType = EventType> = (typeof eventTypes)[T] extends Schema<infer V> ? V : never

export const isEventType = (type: string): type is EventType => Object.hasOwn(eventTypes, type)

const decoded = new WeakMap<Uint8Array, unknown>()

/** The fields of an event, decoded once. The door has checked that they decode. */
export function eventData<T extends EventType>(event: Pick<PersonEvent, 'type' | 'payload'>): EventData<T> {
  let data = decoded.get(event.payload)
  if (data === undefined) {
    data = eventTypes[event.type as EventType].decode(event.payload)
    decoded.set(event.payload, data)
  }
  return data as EventData<T>
}
