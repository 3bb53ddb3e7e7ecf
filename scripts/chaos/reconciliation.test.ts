import { expect, test } from 'vitest'
import { openMemoryLog } from '../../connectors/embedded/memory-log.ts'
import { parseRelease } from '../../operators/release/file/parse.ts'
import { topics } from '../../schemas/topics.ts'
import { event, releaseFrom } from '../../testing/builders.ts'
import { TopologyTest } from '../../testing/topology-test.ts'
import { journey } from '../../topology/journey.ts'
import type { Log, LogRecord } from '../../topology/log/log.ts'
import { reconcile } from './reconciliation.ts'

const text = `release: shop
version: 1
person: { jurisdiction: US, country: US, timeZone: America/New_York }
identifiers: { types: [{ type: customer_id, priority: 1, limit: 9 }] }
consent: { regimes: { US: opt-out } }
triggers: [order_completed]
actions: [{ id: thanks, purpose: marketing, treatments: [email], value: 9 }]
exploration: { algorithm: epsilon-greedy, epsilon: 0, floor: 0 }
`
const t0 = Date.UTC(2024, 4, 6, 15)
const order = (customer: string, source: string, at = t0) => {
  const identifiers = [{ type: 'customer_id', value: customer }]
  return event('order_completed', {}, { at, eventId: '1', source, identifiers })
}

/** Runs orders of one id, and reconciles the log without the decisions that a test takes out. */
async function reconciled(without: (n: number) => boolean) {
  const bench = await TopologyTest.open(journey({ secret: 'the secret of the reconciliation' }))
  await bench.run([
    releaseFrom(text, { at: t0 - 1 }),
    order('anna', 'shop'),
    order('anna', 'till'),
    order('ben', 'shop'),
    order('ben', 'shop', t0 + 1),
  ])
  return reconcile(await copied(bench.log, without), parseRelease(text, 'shop.yaml').release!)
}

async function copied(log: Log, without: (n: number) => boolean): Promise<Log> {
  const copy = openMemoryLog()
  for (const [topic, partitions] of log.topics()) {
    await copy.createTopic(topic, partitions)
    const all: readonly LogRecord[] = await log.read(topic, 0, 0, 1_000)
    const kept = topic === topics.decisions.name ? all.filter((_, n) => !without(n)) : all
    await copy.append(kept.map(record => ({ ...record, topic, partition: 0 })))
  }
  return copy
}

test('orders of one id of two customers and two systems are three triggers, and a duplicate is none', async () => {
  const { events, triggers, decisions, duplicates, findings } = await reconciled(() => false)
  expect({ events, triggers, decisions, duplicates, findings }).toEqual({
    ...{ events: 4, triggers: 3, decisions: 3, duplicates: 0 },
    findings: [],
  })
})

test.each([0, 1, 2])('decision %i that is missing is found, though others are on events of the same id', async n => {
  const { findings } = await reconciled(one => one === n)
  expect(findings.filter(finding => finding.includes('led to no decision'))).toHaveLength(1)
})
