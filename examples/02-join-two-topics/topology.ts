// 2. Join two topics: each order is joined with the profile of its customer.
// Only a clock could order two inputs, so both go through one log, keyed by customer, where the order is the position.

import { operator } from 'joai/operator'
import { table } from 'joai/state'
import { keyed, schema, topic, topology } from 'joai/topology'

interface Profile {
  readonly customer: string
  readonly city: string
}
interface Order {
  readonly customer: string
  readonly amount: number
}
interface LocatedOrder extends Order {
  readonly city: string
}

const customer = { name: 'customer', type: 'string' } as const
const city = { name: 'city', type: 'string' } as const
const amount = { name: 'amount', type: 'double' } as const
const Profile = schema<Profile>({ type: 'record', name: 'Profile', fields: [customer, city] })
const Order = schema<Order>({ type: 'record', name: 'Order', fields: [customer, amount] })
const LocatedOrder = schema<LocatedOrder>({ type: 'record', name: 'LocatedOrder', fields: [customer, amount, city] })

const byCustomer = (value: { readonly customer: string }) => value.customer
export const profiles = topic('profiles', 'input', { profile: keyed(Profile, byCustomer) })
export const orders = topic('orders', 'input', { order: keyed(Order, byCustomer) })
export const customers = topic('customers', 'internal', {
  profile: keyed(Profile, byCustomer),
  order: keyed(Order, byCustomer),
})
export const located = topic('located-orders', 'public', { order: keyed(LocatedOrder, byCustomer) })

const homes = table('homes', { schema: Profile, empty: { customer: '', city: 'unknown' } })

/** Adds to each order the city in the customer's profile, if that is known by then. */
export const locate = operator({
  name: 'locate',
  input: { profile: Profile, order: Order },
  output: LocatedOrder,
  writes: homes,
  on: {
    profile: ({ value }) => ({ row: value }),
    order: ({ value }, { city }) => ({ emit: [{ ...value, city }] }),
  },
})

const join = topology('join-two-topics', graph => {
  const { profile } = graph.source(profiles, 'keying')
  const { order } = graph.source(orders, 'keying')
  const keyedByCustomer = graph.repartition(customers, { profile, order }, 'joining')
  graph.sink(located, {
    order: graph.process(locate, { profile: keyedByCustomer.profile, order: keyedByCustomer.order }),
  })
})

export { join as topology }
