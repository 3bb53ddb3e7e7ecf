import type { EventData, EventType } from '../schemas/event-data.ts'

/** The types of event on the topic `events`; consents have a topic of their own. */
export type BuiltEventType = Exclude<EventType, 'consent_changed' | 'consent_unreadable'>

/** The usual fields of each type of event, which a test may replace. */
export const usualFields: { readonly [T in BuiltEventType]: EventData<T> } = {
  order_completed: {
    orderId: 'o',
    storeId: '',
    value: 20,
    discount: 0,
    cartId: null,
    margin: null,
    lines: [],
  },
  exposure: { actionId: 'action-1', channel: 'email', until: null },
  redemption: { actionId: 'action-1', couponId: 'coupon-1', value: 1 },
  page_viewed: { url: '/', productId: null },
  product_added: { cartId: 'c', sku: 's', quantity: 1, price: 20 },
  product_removed: { cartId: 'c', sku: 's', quantity: 1, price: 20 },
  checkout_started: { cartId: 'c', value: 20, currency: 'EUR' },
  profile_changed: { timeZone: null, jurisdiction: null },
  identity_linked: { reason: '' },
  contract_changed: { planId: 'm', cellId: 'cell-1', tenureMonths: 24, credit: 'ok' },
  contract_end_near: { days: 30 },
  plan_changed: { from: 'l', to: 'm' },
  usage_rated: { gb: 0.1, planId: 'm' },
  bill_issued: { amount: 50, delta: 0.2, dueAt: Date.UTC(2024, 0, 31) },
  payment_failed: { code: 'card-expired' },
  ticket_opened: { topic: 'bill' },
  ticket_closed: { topic: 'bill', csat: null },
  port_out_requested: { operator: 'other' },
}
