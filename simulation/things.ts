import type { FeatureValue, ReferenceChange } from '../schemas/generated.ts'
import type { IdentifiedRecord } from '../schemas/input-record.ts'
import { days, hours, minutes, type Time } from '../schemas/record.ts'
import { topics } from '../schemas/topics.ts'
import { encodeValue } from '../schemas/wire.ts'
import type { Chance } from './chance.ts'
import { cellIds, plans } from './contract.ts'
import { lot, type World } from './customer.ts'
import { priceOn, products } from './shopping.ts'

/** No customer has this number: what happens to things is drawn apart from what anyone does. */
const nobody = -1

/** What is told of products, plans and cells on one day: a function of seed and day. */
export function thingsOf(world: World, day: number): readonly IdentifiedRecord[] {
  const chance = lot(world.seed, nobody, 'things', day)
  const start = world.start + days(day)
  const changes: ReferenceChange[] = []
  const tell = (at: Time, type: string, data: ReferenceChange['data']) =>
    changes.push({
      changeId: `${type}-${day}-${changes.length}`,
      type,
      occurredAt: at,
      source: 'simulation',
      schemaVersion: 1,
      data,
    })
  if (day === 0) introduce(world, chance, tell)
  for (const product of products) {
    const { sku } = product
    for (let change = chance.between(0, 3); change > 0; change--)
      tell(start + chance.between(minutes(1), hours(24) - 1), 'stock_changed', {
        'joai.StockChanged': { sku, onHand: onHandBy(chance) },
      })
    const [old, price] = [priceOn(world, product, day - 1), priceOn(world, product, day)]
    if (day > 0 && old !== price)
      tell(start + chance.between(1, minutes(1)), 'price_changed', { 'joai.PriceChanged': { sku, old, new: price } })
  }
  for (const cellId of cellIds)
    if (chance.is(0.3))
      tell(start + chance.between(minutes(5), hours(20)), 'network_incident', {
        'joai.NetworkIncident': { cellId, severity: chance.between(1, 3) },
      })
  return changes.map(recordOf)
}

type Tell = (at: Time, type: string, data: ReferenceChange['data']) => void

/** All that there is, before the first customer comes. */
function introduce(world: World, chance: Chance, tell: Tell): void {
  const soon = world.start + 1000
  const set = (key: string, attributes: FeatureValue[]) =>
    tell(soon, 'reference_set', { 'joai.ReferenceSet': { key, attributes } })
  for (const product of products)
    set(`product/${product.sku}`, [
      text('style', product.style),
      number('margin', product.margin),
      number('onHand', onHandBy(chance)),
      number('price', priceOn(world, product, 0)),
    ])
  for (const { planId, gb, price } of plans) set(`plan/${planId}`, [number('gb', gb), number('price', price)])
}

/** Some are sold out, some nearly. */
const onHandBy = (chance: Chance): number =>
  chance.is(0.12) ? 0 : chance.is(0.2) ? chance.between(1, 4) : chance.between(5, 60)

const number = (name: string, value: number): FeatureValue => ({ name, number: value, text: null })
const text = (name: string, value: string): FeatureValue => ({ name, number: null, text: value })

function recordOf(change: ReferenceChange): IdentifiedRecord {
  const [said] = Object.values(change.data) as { key?: string; sku?: string; cellId?: string }[]
  const { key, sku, cellId } = said!
  return {
    topic: topics.reference.name,
    key: key ?? (sku === undefined ? `cell/${cellId}` : `product/${sku}`),
    timestamp: change.occurredAt,
    value: encodeValue(topics.reference.types.change, change),
    id: change.changeId,
  }
}
