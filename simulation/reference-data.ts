import type { FeatureValue, ReferenceChange } from '../schemas/generated.ts'
import type { IdentifiedRecord } from '../schemas/input-record.ts'
import { days, hours, minutes, type Time } from '../schemas/record.ts'
import { topics } from '../schemas/topics.ts'
import { encodeValue } from '../schemas/wire.ts'
import type { Chance } from './chance.ts'
import { cellIds, plans } from './contract.ts'
import { chanceFor, type SimulationSettings } from './customer.ts'
import { priceOn, products } from './shopping.ts'

/** No customer has this number, so reference changes are drawn from a stream of their own. */
const noCustomer = -1

/** Returns the changes of products, plans and cells of one day. They depend on the settings and the day only. */
export function referenceRecordsOf(settings: SimulationSettings, day: number): readonly IdentifiedRecord[] {
  const chance = chanceFor(settings.seed, noCustomer, 'things', day)
  const start = settings.start + days(day)
  const changes: ReferenceChange[] = []
  const add = (at: Time, type: string, data: ReferenceChange['data']) =>
    changes.push({
      changeId: `${type}-${day}-${changes.length}`,
      type,
      occurredAt: at,
      source: 'simulation',
      schemaVersion: 1,
      data,
    })
  if (day === 0) addInitialData(settings, chance, add)
  for (const product of products) {
    const { sku } = product
    for (let change = chance.between(0, 3); change > 0; change--)
      add(start + chance.between(minutes(1), hours(24) - 1), 'stock_changed', {
        'joai.StockChanged': { sku, onHand: drawStock(chance) },
      })
    const [old, price] = [priceOn(settings, product, day - 1), priceOn(settings, product, day)]
    if (day > 0 && old !== price)
      add(start + chance.between(1, minutes(1)), 'price_changed', { 'joai.PriceChanged': { sku, old, new: price } })
  }
  for (const cellId of cellIds)
    if (chance.is(0.3))
      add(start + chance.between(minutes(5), hours(20)), 'network_incident', {
        'joai.NetworkIncident': { cellId, severity: chance.between(1, 3) },
      })
  return changes.map(recordOf)
}

type AddChange = (at: Time, type: string, data: ReferenceChange['data']) => void

/** Adds all products and plans, before the first customer acts. */
function addInitialData(settings: SimulationSettings, chance: Chance, add: AddChange): void {
  const at = settings.start + 1000
  const set = (key: string, attributes: FeatureValue[]) =>
    add(at, 'reference_set', { 'joai.ReferenceSet': { key, attributes } })
  for (const product of products)
    set(`product/${product.sku}`, [
      text('style', product.style),
      number('margin', product.margin),
      number('onHand', drawStock(chance)),
      number('price', priceOn(settings, product, 0)),
    ])
  for (const { planId, gb, price } of plans) set(`plan/${planId}`, [number('gb', gb), number('price', price)])
}

/** Draws the stock of a product: some are sold out, and some nearly so. */
const drawStock = (chance: Chance): number =>
  chance.is(0.12) ? 0 : chance.is(0.2) ? chance.between(1, 4) : chance.between(5, 60)

const number = (name: string, value: number): FeatureValue => ({ name, number: value, text: null })
const text = (name: string, value: string): FeatureValue => ({ name, number: null, text: value })

function recordOf(change: ReferenceChange): IdentifiedRecord {
  const [data] = Object.values(change.data) as { key?: string; sku?: string; cellId?: string }[]
  const { key, sku, cellId } = data!
  return {
    topic: topics.reference.name,
    key: key ?? (sku === undefined ? `cell/${cellId}` : `product/${sku}`),
    timestamp: change.occurredAt,
    value: encodeValue(topics.reference.types.change, change),
    id: change.changeId,
  }
}
