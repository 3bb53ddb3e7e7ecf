import type { Identifier, OrderCompleted } from '../schemas/generated.ts'
import { hours, minutes, type Time } from '../schemas/record.ts'
import type { Chance } from './chance.ts'
import { type Customer, type Device, lot, type World } from './customer.ts'
import type { Diary } from './diary.ts'
import { newOrder } from './sample-customer.ts'

/** What the shop on the web sells: one size of one style. */
export interface Product {
  readonly sku: string
  readonly style: string
  /** When nothing is reduced. */
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

/** What a product costs on a day: now and then it is reduced. */
export function priceOn({ seed }: World, { sku, price }: Product, day: number): number {
  const isReduced = lot(
    seed,
    products.findIndex(product => product.sku === sku),
    'price',
    day,
  ).is(0.05)
  return isReduced ? Math.round(90 * price) / 100 : price
}

/** The store of orders that were made on the web. */
export const webStore = 'web'

/** What an order on the web is told as; `cartId` is null for one without a cart. */
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

/** One visit of a customer: to a store, or on the web, where carts are filled, and bought or left. */
export function visit(diary: Diary, device: Device | null): void {
  const { chance, customer } = diary
  const at = diary.moment()
  if (device === null || !chance.is(0.6)) shopInStore(diary, at)
  else {
    const own = chance.is(0.5) ? device.identifier : device.cookie
    const identifiers = at < device.login ? [own] : [customer.id, own]
    if (customer.borrowed && chance.is(0.25)) identifiers.push(customer.borrowed)
    shopOnline(diary, at, identifiers)
  }
}

function shopInStore(diary: Diary, at: Time): void {
  const { chance, customer } = diary
  if (!chance.is(customer.buysAnyway)) return
  const identifiers = inStore(customer, chance)
  // Most only fetch what ran out.
  const order = newOrder(chance, diary.id('order'), customer.likes, chance.is(0.75) ? 1 : 7)
  diary.tell(at, 'order_completed', identifiers, { 'joai.OrderCompleted': order })
  // Many say no just when they are asked at the checkout.
  if (chance.is(0.03))
    diary.say(at + chance.between(minutes(6), minutes(40)), 'withdrawn', chance.is(0.7) ? null : 'push')
}

function inStore({ id, email, loyalty, borrowed }: Customer, chance: Chance): Identifier[] {
  const identifiers = [id]
  if (loyalty && chance.is(0.6)) identifiers.push(loyalty)
  if (chance.is(0.2)) identifiers.push(email)
  if (borrowed && chance.is(0.25)) identifiers.push(borrowed)
  return identifiers
}

function shopOnline(diary: Diary, at: Time, identifiers: readonly Identifier[]): void {
  const { chance } = diary
  const viewed = viewedIn(chance)
  viewed.forEach(({ sku }, n) => {
    diary.tell(at + n * minutes(1), 'page_viewed', identifiers, {
      'joai.PageViewed': { url: `/p/${sku}`, productId: sku },
    })
  })
  if (chance.is(0.7)) fillCart(diary, at + viewed.length * minutes(1), identifiers, viewed[0]!)
}

/** A product, sometimes in two sizes, and sometimes another one. */
function viewedIn(chance: Chance): Product[] {
  const first = chance.of(products)
  const place = products.indexOf(first)
  const otherSize = products[place % 4 === 3 ? place - 1 : place + 1]!
  return [first, ...(chance.is(0.35) ? [otherSize] : []), ...(chance.is(0.3) ? [chance.of(products)] : [])]
}

function fillCart(diary: Diary, from: Time, identifiers: readonly Identifier[], first: Product): void {
  const { chance } = diary
  const { buysAnyway } = diary.customer
  const cartId = diary.id('cart')
  const cart = [first, ...Array.from({ length: chance.between(0, 2) }, () => chance.of(products))].map(product => ({
    ...product,
    price: priceOn(diary.world, product, diary.day),
  }))
  let at = from
  const change = (type: 'product_added' | 'product_removed', { sku, price }: Product) => {
    at += chance.between(20_000, minutes(3))
    const changed = { cartId, sku, quantity: 1, price }
    const data = type === 'product_added' ? { 'joai.ProductAdded': changed } : { 'joai.ProductRemoved': changed }
    diary.tell(at, type, identifiers, data)
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
  diary.tell(at, 'checkout_started', identifiers, { 'joai.CheckoutStarted': { cartId, value, currency: 'EUR' } })
  if (!isBought) return
  // Some sleep on it, or nearly do.
  at += chance.is(0.7) ? chance.between(minutes(1), minutes(5)) : chance.between(minutes(40), hours(9))
  const order = webOrder(diary.id('order'), cartId, cart)
  diary.tell(at, 'order_completed', identifiers, { 'joai.OrderCompleted': order })
}
