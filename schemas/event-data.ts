import type { Schema } from './codec/schema.ts'
import {
  BillIssued,
  CheckoutStarted,
  ConsentChanged,
  ConsentUnreadable,
  ContractChanged,
  ContractEndNear,
  Exposure,
  IdentityLinked,
  OrderCompleted,
  PageViewed,
  PaymentFailed,
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

/** Maps the event types of version 0.1 to schemas. */
export const eventTypes = {
  order_completed: OrderCompleted,
  exposure: Exposure,
  redemption: Redemption,
  page_viewed: PageViewed,
  product_added: ProductAdded,
  profile_changed: ProfileChanged,
  identity_linked: IdentityLinked,
  consent_changed: ConsentChanged,
  consent_unreadable: ConsentUnreadable,
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

/** The name of an event type. */
export type EventType = keyof typeof eventTypes
/** The fields of an event of this type. */
export type EventData<T extends EventType = EventType> = (typeof eventTypes)[T] extends Schema<infer V> ? V : never
