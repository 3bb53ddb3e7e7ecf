import { expect, test } from 'vitest'
import { operator } from '../operators/operator.ts'
import { schema } from '../schemas/codec/schema.ts'
import type { InputRecord } from '../schemas/input-record.ts'
import { broadcast, keyed, topic } from '../schemas/record.ts'
import { topics } from '../schemas/topics.ts'
import { sharedTable, table } from '../state/table.ts'
import { input, TopologyTest } from '../testing/topology-test.ts'
import { topology } from './graph/builder.ts'
import { Interrupted } from './replay/history-fold.ts'

interface Price {
  readonly item: string
  readonly price: number
}
interface Order {
  readonly customer: string
  readonly item: string
}
interface Bill extends Order {
  readonly price: number
}
const text = (name: string) => ({ name, type: 'string' })
const long = (name: string) => ({ name, type: 'long' })
const Price = schema<Price>({ type: 'record', name: 'Price', fields: [text('item'), long('price')] })
const Order = schema<Order>({ type: 'record', name: 'Order', fields: [text('customer'), text('item')] })
const Bill = schema<Bill>({ type: 'record', name: 'Bill', fields: [text('customer'), text('item'), long('price')] })
const Amount = schema<{ readonly price: number }>({ type: 'record', name: 'Amount', fields: [long('price')] })

const prices = topic('prices', 'input', { price: keyed(Price, ({ item }) => item) })
const orders = topic('orders', 'input', { order: keyed(Order, ({ customer }) => customer) })
const sales = topic('sales', 'internal', {
  price: broadcast(Price, ({ item }) => item),
  order: keyed(Order, ({ customer }) => customer),
})
const bills = topic('bills', 'public', { bill: keyed(Bill, ({ customer }) => customer) })

const priceList = sharedTable('price-list', {
  schema: Amount,
  empty: { price: 0 },
  rowsMax: 3,
  expires: ({ price }) => price === 0,
})
const spent = table('spent', { schema: Amount, empty: { price: 0 } })

const shop = topology('shop', graph => {
  const { price } = graph.source(prices, 'door')
  const { order } = graph.source(orders, 'door')
  const sold = graph.repartition(sales, { price, order }, 'till')
  graph.process(
    operator({
      name: 'pricing',
      input: { price: Price },
      output: Bill,
      writes: priceList,
      on: { price: ({ value }) => ({ row: { price: value.price } }) },
    }),
    { price: sold.price },
  )
  const bill = graph.process(
    operator({
      name: 'billing',
      input: { order: Order },
      output: Bill,
      writes: spent,
      reads: { priceOf: priceList },
      on: {
        order({ value }, row, { priceOf }) {
          const price = priceOf(value.item)?.price ?? -1
          return { row: { price: row.price + price }, emit: [{ ...value, price }] }
        },
      },
    }),
    { order: sold.order },
  )
  graph.sink(bills, { bill })
})

let at = 0
const costs = (item: string, price: number): InputRecord =>
  input(prices, 'price', { item, price }, { key: item, timestamp: ++at })
const buys = (customer: string, item: string): InputRecord =>
  input(orders, 'order', { customer, item }, { key: customer, timestamp: ++at })

const history = [
  ...[costs('tea', 3), costs('bun', 2)],
  ...Array.from({ length: 30 }, (_, n) => buys(`c${n}`, n % 2 === 0 ? 'tea' : 'jam')),
  costs('tea', 4),
  ...Array.from({ length: 30 }, (_, n) => buys(`c${n}`, 'tea')),
  costs('bun', 0),
  costs('jam', 5),
  ...[buys('c1', 'bun'), buys('c2', 'jam')],
]

const charged = async (shop: TopologyTest) =>
  (await shop.read(bills, 'bill')).map(({ value }) => `${value.customer} ${value.item} ${value.price}`)

async function run(options: object, records: readonly InputRecord[] = history): Promise<TopologyTest> {
  const test = await TopologyTest.open(shop, options)
  await test.run(records)
  return test
}

test('every partition knows all prices, and drops products that are no longer sold', async () => {
  const bought = await charged(await run({ partitions: 3 }))
  expect(bought).toHaveLength(62)
  for (const line of ['c0 tea 3', 'c1 jam -1', 'c0 tea 4', 'c1 bun -1', 'c2 jam 5', 'c3 tea 4'])
    expect(bought.filter(one => one === line)).toHaveLength(1)
})

test('neither the batch size, nor a cache of one customer, nor a restart changes a lookup', async () => {
  const hashes = await (await run({ partitions: 2 })).hashes()
  for (const batch of [1, 7]) expect(await (await run({ partitions: 2, batch, cacheRows: 1 })).hashes()).toEqual(hashes)
  const killed = await TopologyTest.open(shop, { partitions: 2 })
  for (const half of [history.slice(0, 35), history.slice(35)]) await killed.run(half)
  expect(await charged(killed)).toEqual(await charged(await run({ partitions: 2 })))
  expect((await killed.hashes()).stateHash).toBe(hashes.stateHash)
})

test('a kill in the middle loses no shared row', async () => {
  const killed = await TopologyTest.open(shop, { partitions: 2, batch: 1 })
  let slices = 0
  const dies = { interrupt: () => ++slices > 45 }
  await expect(killed.run(history, dies)).rejects.toThrow(Interrupted)
  await killed.resume()
  expect(await killed.hashes()).toEqual(await (await run({ partitions: 2 })).hashes())
})

test('one row too many becomes a dead letter; a row that is removed makes room again', async () => {
  const full = [costs('a', 1), costs('b', 1), costs('c', 1), costs('d', 1), costs('a', 2), costs('b', 0), costs('e', 9)]
  const test = await run({ partitions: 1 }, [...full, ...['a', 'd', 'e'].map(item => buys('c', item))])
  expect(await charged(test)).toEqual(['c a 2', 'c d -1', 'c e 9'])
  expect((await test.read(topics.deadLetters, 'letter')).map(({ value }) => value.reason)).toEqual(['table-full'])
})

test('shared rows have no timers, and no timer calls an operator for them', () => {
  const timed = operator({
    name: 'timed',
    input: { price: Price },
    output: Bill,
    writes: priceList,
    on: { price: () => ({}) },
    timer: () => ({}),
  })
  const wiring = () =>
    topology('timed', graph => {
      const { price } = graph.source(prices, 'door')
      graph.process(timed, { price: graph.repartition(sales, { price }, 'till').price })
    })
  expect(wiring).toThrow("operator 'timed' has a timer, but shared rows have none")
})
