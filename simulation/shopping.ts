import type { Identifier, OrderCompleted } from '../schemas/generated.ts'
import { hours, minutes, type Time } from '../schemas/record.ts'
import type { Chance } from './chance.ts'
import { type Customer, chanceFor, type Device, type SimulationSettings } from './customer.ts'
import type { EventRecorder } from './event-recorder.ts'
import { newOrder } from './sample-household.ts'

/** A product of the web shop: one size of one style. */
export interface Product {
  readonly sku: string
  readonly style: string
  /** The price without a reduction. */
  readonly price: number
  /** As a share of the price. */
  readonly margin: number
}

const sizes = [38, 40, 42, 44]
const styles = [
  { style: 'socks', price: 9, margin: 0.55 },
  { style: 'shirt', price: 24, margin: 0.45 },
  { style: 'jeans', price: 59, margin: 0.35 },
  { style: 'trainers', price: 79, margin: 0.3 },
  { style: 'boots', price: 129, margin: 0.2 },
  { style: 'coat', price: 249, margin: 0.15 },
] as const

/** All products, style by style. */
export const products: readonly Product[] = styles.flatMap(({ style, price, margin }) =>
  sizes.map(size => ({ sku: `${style}-${size}`, style, price, margin })),
)

/** Returns the price of a product on a day; sometimes it is reduced. */
export function priceOn({ seed }: SimulationSettings, { sku, price }: Product, day: number): number {
  const isReduced = chanceFor(
    seed,
    products.findIndex(product => product.sku === sku),
    'price',
    day,
  ).is(0.05)
  return isReduced ? Math.round(90 * price) / 100 : price
}

/** The store id of orders from the web shop. */
const webStore = 'web'

/** Makes an order of the web shop; `cartId` is null for an order without a cart. */
export function webOrder(orderId: string, cartId: string | null, bought: readonly Product[]): OrderCompleted {
  const value = bought.reduce((sum, { price }) => sum + price, 0)
  const earned = bought.reduce((sum, { price, margin }) => sum + price * margin, 0)
  return {
    orderId,
    storeId: webStore,
    value,
    discount: 0,
    cartId,
    margin: Math.round((100 * earned) / value) / 100,
    lines: bought.map(({ sku, price }) => ({ productId: sku, category: '', quantity: 1, value: price, discount: 0 })),
  }
}

/** Records one visit of a customer: to a store, or to the web shop, where carts are bought or abandoned. */
export function visit(recorder: EventRecorder, device: Device | null): void {
  const { chance, customer } = recorder
  const at = recorder.moment()
  if (device === null || !chance.is(0.6)) shopInStore(recorder, at)
  else {
    const own = chance.is(0.5) ? device.identifier : device.cookie
    const identifiers = at < device.login ? [own] : [customer.id, own]
    if (customer.borrowed && chance.is(0.25)) identifiers.push(customer.borrowed)
    shopOnline(recorder, at, identifiers)
  }
}

function shopInStore(recorder: EventRecorder, at: Time): void {
  const { chance, customer } = recorder
  if (!chance.is(customer.buysAnyway)) return
  const identifiers = inStore(customer, chance)
  // Most customers buy a single item.
  const order = newOrder(chance, recorder.id('order'), customer.likes, chance.is(0.75) ? 1 : 7)
  recorder.recordEvent(at, 'order_completed', identifiers, { 'joai.OrderCompleted': order })
  // Many customers withdraw consent at the checkout.
  if (chance.is(0.03))
    recorder.recordConsent(at + chance.between(minutes(6), minutes(40)), 'withdrawn', chance.is(0.7) ? null : 'push')
}

function inStore({ id, email, loyalty, borrowed }: Customer, chance: Chance): Identifier[] {
  const identifiers = [id]
  if (loyalty && chance.is(0.6)) identifiers.push(loyalty)
  if (chance.is(0.2)) identifiers.push(email)
  if (borrowed && chance.is(0.25)) identifiers.push(borrowed)
  return identifiers
}

function shopOnline(recorder: EventRecorder, at: Time, identifiers: readonly Identifier[]): void {
  const { chance } = recorder
  const viewed = viewedIn(chance)
  viewed.forEach(({ sku }, n) => {
    recorder.recordEvent(at + n * minutes(1), 'page_viewed', identifiers, {
      'joai.PageViewed': { url: `/p/${sku}`, productId: sku },
    })
  })
  if (chance.is(0.7)) fillCart(recorder, at + viewed.length * minutes(1), identifiers, viewed[0]!)
}

/** Draws the products that are viewed: one, sometimes in a second size, and sometimes another one. */
function viewedIn(chance: Chance): Product[] {
  const first = chance.of(products)
  const index = products.indexOf(first)
  const otherSize = products[index % 4 === 3 ? index - 1 : index + 1]!
  return [first, ...(chance.is(0.35) ? [otherSize] : []), ...(chance.is(0.3) ? [chance.of(products)] : [])]
}

function fillCart(recorder: EventRecorder, from: Time, identifiers: readonly Identifier[], first: Product): void {
  const { chance } = recorder
  const { buysAnyway } = recorder.customer
  const cartId = recorder.id('cart')
  const cart = [first, ...Array.from({ length: chance.between(0, 2) }, () => chance.of(products))].map(product => ({
    ...product,
    price: priceOn(recorder.settings, product, recorder.day),
  }))
  let at = from
  const change = (type: 'product_added' | 'product_removed', { sku, price }: Product) => {
    at += chance.between(20_000, minutes(3))
    const changed = { cartId, sku, quantity: 1, price }
    const data = type === 'product_added' ? { 'joai.ProductAdded': changed } : { 'joai.ProductRemoved': changed }
    recorder.recordEvent(at, type, identifiers, data)
  }
  for (const product of cart) change('product_added', product)
  if (cart.length > 1 && chance.is(0.15)) change('product_removed', cart.pop()!)
  const value = cart.reduce((sum, { price }) => sum + price, 0)
  const isBought = chance.is(0.7 * buysAnyway)
  if (!isBought && chance.is(0.25)) {
    at += chance.is(0.5) ? chance.between(minutes(1), minutes(10)) : chance.between(minutes(40), hours(5))
    for (const product of cart) change('product_removed', product)
    return
  }
  if (!isBought && chance.is(0.6)) return
  at += chance.between(minutes(1), minutes(6))
  recorder.recordEvent(at, 'checkout_started', identifiers, {
    'joai.CheckoutStarted': { cartId, value, currency: 'EUR' },
  })
  if (!isBought) return
  // Some customers complete the checkout hours later.
  at += chance.is(0.7) ? chance.between(minutes(1), minutes(5)) : chance.between(minutes(40), hours(9))
  const order = webOrder(recorder.id('order'), cartId, cart)
  recorder.recordEvent(at, 'order_completed', identifiers, { 'joai.OrderCompleted': order })
}
