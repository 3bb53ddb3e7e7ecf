import type { Schema } from './codec/schema.ts'
import {
  BillIssued,
  CheckoutStarted,
  ConsentChanged,
  ContractChanged,
  ContractEndNear,
  Exposure,
  IdentityLinked,
  OrderCompleted,
  PageViewed,
  PaymentFailed,
  type PersonEvent,
  PlanChanged,
  PortOutRequested,
  ProductAdded,
  ProductRemoved,
  ProfileChanged,
  Redemption,
  TicketClosed,
  TicketOpened,
  UsageRated,
} from './generated.ts'

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
  product_removed: ProductRemoved,
  checkout_started: CheckoutStarted,
  usage_rated: UsageRated,
  bill_issued: BillIssued,
  payment_failed: PaymentFailed,
  ticket_opened: TicketOpened,
  ticket_closed: TicketClosed,
  contract_end_near: ContractEndNear,
  port_out_requested: PortOutRequested,
  plan_changed: PlanChanged,
  contract_changed: ContractChanged,
} as const

export type EventType = keyof typeof eventTypes
export type EventData<T extends EventType = EventType> = (typeof eventTypes)[T] extends Schema<infer V> ? V : never

export const isEventType = (type: string): type is EventType => Object.hasOwn(eventTypes, type)

/** Where the fields stay once they are decoded: on the bytes themselves, which is cheaper than a map beside them. */
const decoded = Symbol('decoded')

/** The fields of an event, decoded once. The door has checked that they decode. */
export function eventData<T extends EventType>(event: Pick<PersonEvent, 'type' | 'payload'>): EventData<T> {
  const payload = event.payload as Uint8Array & { [decoded]?: unknown }
  payload[decoded] ??= eventTypes[event.type as EventType].decode(payload)
  return payload[decoded] as EventData<T>
}
