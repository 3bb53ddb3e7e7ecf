import { expect, test } from 'vitest'
import { verify } from '../audit/verify.ts'
import { canonicalJson, releaseHash } from '../operators/release/canonical.ts'
import { parseRelease } from '../operators/release/file/parse.ts'
import type { ReferenceChange } from '../schemas/generated.ts'
import type { InputRecord } from '../schemas/input-record.ts'
import { hours, minutes } from '../schemas/record.ts'
import { topics } from '../schemas/topics.ts'
import { input, TopologyTest } from '../testing/topology-test.ts'
import { journey } from './journey.ts'

const t0 = Date.UTC(2024, 3, 8, 8)
const text = `release: shop
version: 1
person: { jurisdiction: US, country: US, timeZone: America/New_York }
identifiers: { types: [{ type: customer_id, priority: 1, limit: 1 }] }
consent: { regimes: { US: opt-out } }
triggers: [page_viewed]
features:
  - { name: last_sku, event: product_added, kind: last, field: sku }
reference:
  - { name: product, key: features.last_sku, attributes: { onHand: number, name: text } }
  - { name: cell, key: "'7'", attributes: { severity: number, incidentAt: hours-since } }
exploration: { epsilon: 0, floor: 0 }
actions:
  - { id: reminder, treatments: [push], value: 9, eligibility: [{ id: stocked, when: reference.product.onHand >= 5 }] }
  - { id: low_stock, treatments: [push], value: 10, eligibility: [{ id: few, when: reference.product.onHand > 0 && reference.product.onHand < 5 }] }
  - { id: similar, treatments: [push], value: 5, eligibility: [{ id: gone, when: reference.product.known && reference.product.onHand == 0 }] }
  - id: apology
    treatments: [sms]
    value: 60
    eligibility: [{ id: fresh, when: reference.cell.incidentAt <= 24 && reference.cell.severity >= 2 }]
journeys:
  - id: cart
    trigger: { event: product_added, when: reference.product.onHand > 0 }
    stages: [{ id: remind, wait: 30m, decide: true }]
    goal: { event: order_completed }
    timeout: 2h
    reentry: always
`
const { release, problems } = parseRelease(text, 'shop.yaml')
const document = canonicalJson(release!)
const control = { controlId: 'shop', kind: 'release', document, hash: releaseHash(document) } as const

let count = 0
const changes = (type: string, branch: string, data: object, timestamp: number): InputRecord => {
  const change = { changeId: `c${count++}`, type, occurredAt: timestamp, source: '', schemaVersion: 1 }
  const value = { ...change, data: { [`joai.${branch}`]: data } } as unknown as ReferenceChange
  return input(topics.reference, 'change', value, { key: change.changeId, timestamp })
}
const stock = (onHand: number, timestamp: number) =>
  changes('stock_changed', 'StockChanged', { sku: 'tea', onHand }, timestamp)
function happens(
  customer: string,
  type: string,
  fields: Readonly<Record<string, unknown>>,
  timestamp: number,
): InputRecord {
  const event = { eventId: `e${count++}`, type, occurredAt: timestamp, source: '', schemaVersion: 1 }
  const identifiers = [{ type: 'customer_id', value: customer }]
  const value = { ...event, identifiers, data: { 'joai.OpenData': { fields } } }
  return input(topics.events, 'event', value, { key: customer, timestamp })
}
const adds = (customer: string, timestamp: number) =>
  happens(customer, 'product_added', { cartId: 'c', sku: 'tea', quantity: 1, price: 2 }, timestamp)
const views = (customer: string, timestamp: number) =>
  happens(customer, 'page_viewed', { url: '/', productId: null }, timestamp)

const customers = ['anna', 'ben', 'cem', 'dora']
const at = (h: number) => t0 + hours(h)
const history: readonly InputRecord[] = [
  input(topics.control, 'control', control, { key: 'shop', timestamp: t0 - minutes(2) }),
  ...customers.map(customer => adds(customer, t0)),
  changes(
    'reference_set',
    'ReferenceSet',
    {
      key: 'product/tea',
      attributes: [
        { name: 'onHand', number: 9, text: null },
        { name: 'name', number: null, text: 'Tea' },
      ],
    },
    at(1),
  ),
  ...customers.map(customer => views(customer, at(2))),
  ...customers.map(customer => adds(customer, at(3))),
  stock(3, at(3) + minutes(20)),
  ...customers.map(customer => views(customer, at(5))),
  stock(0, at(6)),
  ...customers.map(customer => views(customer, at(7))),
  changes('network_incident', 'NetworkIncident', { cellId: '7', severity: 2 }, at(8)),
  ...customers.map(customer => views(customer, at(9))),
  ...customers.map(customer => views(customer, at(33))),
]

async function decided(options: object) {
  const run = await TopologyTest.open(journey({ secret: 's' }), options)
  await run.run(history, { until: { multipleOf: minutes(5) } })
  return run
}

test('stock and incidents decide which sends are made, and every decision records the reference data that it used', async () => {
  expect(problems).toEqual([])
  const run = await decided({ partitions: 3 })
  const decisions = (await run.read(topics.decisions, 'decision')).map(({ value }) => value)
  const byTime = new Map<number, string[]>()
  for (const { time, outcome, trigger } of decisions) {
    const hour = (time.decidedAt - t0) / hours(1)
    byTime.set(hour, [...(byTime.get(hour) ?? []), `${trigger.stage}${outcome.actionId}`])
  }
  const all = (what: string) => customers.map(() => what)
  // The journey did not begin before the product was known, and a stage decides by the stock at its own time.
  expect([...byTime].sort(([a], [b]) => a - b)).toEqual([
    [2, all('reminder')],
    [3.5, all('remindlow_stock')],
    [5, all('low_stock')],
    [7, all('similar')],
    [9, all('apology')],
    [33, all('similar')],
  ])
  const last = decisions.find(({ time }) => time.decidedAt === at(33))!
  expect(last.reference).toMatchObject([
    { name: 'product', key: 'product/tea', values: [{ number: 0 }, { text: 'Tea' }], record: { topic: 'reference' } },
    { name: 'cell', key: 'cell/7', values: [{ number: 2 }, { number: 25 }] },
  ])
  const report = await verify(run.log)
  expect(report.laws.flatMap(({ violations }) => violations)).toEqual([])
  expect(report.laws.find(({ law }) => law === 'reference')?.checked).toBe(24)
})

test('neither the batch size nor the number of partitions changes decisions that use reference data', async () => {
  const { decisionsHash, stateHash } = await (await decided({ partitions: 2 })).hashes()
  expect(await (await decided({ partitions: 2, batch: 1, cacheRows: 1 })).hashes()).toMatchObject({
    decisionsHash,
    stateHash,
  })
  expect((await (await decided({ partitions: 1 })).hashes()).decisionsHash).toBe(decisionsHash)
})
