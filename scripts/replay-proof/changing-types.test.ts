// @module-tag law

import { expect, test } from 'vitest'
import { verify } from '../../audit/verify.ts'
import { openMemoryLog } from '../../connectors/embedded/memory-log.ts'
import { parseRelease } from '../../operators/release/file/parse.ts'
import { builtInEvents } from '../../schemas/catalog/built-in-events.ts'
import { catalogOf } from '../../schemas/catalog/catalog.ts'
import { firstCatalog } from '../../schemas/catalog/first-catalog.ts'
import type { DeadLetter, Decision, EventTypeVersion } from '../../schemas/generated.ts'
import type { InputRecord } from '../../schemas/input-record.ts'
import { hours, type Time, type Topic } from '../../schemas/record.ts'
import { topics } from '../../schemas/topics.ts'
import { openMemoryStore } from '../../state/stores/memory-store.ts'
import { input } from '../../testing/topology-test.ts'
import { plan } from '../../topology/graph/plan.ts'
import { journey } from '../../topology/journey.ts'
import type { Log, TopicPartition } from '../../topology/log/log.ts'
import { controlRecord, releaseControl } from '../../topology/replay/control-record.ts'
import { HistoryRunner } from '../../topology/replay/history-runner.ts'
import { createTopics, writeHistory } from '../../topology/replay/history-writer.ts'
import { type Hashes, hashesOf } from '../../topology/replay/run-hashes.ts'
import { Worker } from '../../topology/runtime/worker.ts'
import { IdleWatcher } from '../../topology/test/idle-watcher.ts'
import { values } from '../logs/summary.ts'
import { replayPeople } from './replay-people.ts'

const optional = (name: string, type: string) => ({ name, type: ['null', type], default: null })
const cardPaid = (...fields: readonly object[]) => ({
  ...firstCatalog.declaration,
  events: { card_paid: { type: 'record', name: 'CardPaid', fields: fields as never } } as const,
})
/** The type of a bank's event, and as it becomes: the shop is called merchant, there is a risk, and no country any more. */
const catalogs = {
  first: cardPaid({ name: 'amount', type: 'double' }, { name: 'shop', type: 'string' }, optional('country', 'string')),
  second: cardPaid(
    optional('risk', 'double'),
    { name: 'merchant', aliases: ['shop'], type: 'string' },
    { name: 'amount', type: 'double' },
    { name: 'currency', type: 'string', default: 'EUR' },
  ),
}
type Version = keyof typeof catalogs

const secret = 'the secret of the bank'
const topologies = {
  first: journey({ secret, catalog: catalogOf(catalogs.first, builtInEvents) }),
  second: journey({ secret, catalog: catalogOf(catalogs.second, builtInEvents) }),
}

const head = (version: number) => `release: bank
version: ${version}
catalog: bank.catalog.yaml
person: { jurisdiction: DE, country: DE, timeZone: UTC }
identifiers: { types: [{ type: customer_no, priority: 1, limit: 1 }, { type: card_no, priority: 2, limit: 9 }] }
consent: { regimes: { DE: opt-in }, exemptPurposes: [service] }
exploration: { algorithm: epsilon-greedy, epsilon: 0, floor: 0 }
quietHours: [{ id: night, channels: [sms], from: "22:00", to: "08:00" }]
triggers: [card_paid]
`
const texts = {
  first: `${head(1)}features:
  - { name: spent, event: card_paid, kind: sum, field: amount, window: 30d }
  - { name: last_shop, event: card_paid, kind: last, field: shop, type: text }
actions:
  - { id: casino, purpose: service, treatments: [sms], value: 5, applicability: [{ id: a, when: event.shop == "casino" }] }
  - { id: abroad, purpose: service, treatments: [sms], value: 9, applicability: [{ id: b, when: 'has(event.country) && event.country != "DE"' }] }
  - { id: rich, purpose: service, treatments: [sms], value: 1, applicability: [{ id: c, when: features.spent > 500 }] }
`,
  second: `${head(2)}features:
  - { name: spent, event: card_paid, kind: sum, field: amount, window: 30d }
  - { name: last_merchant, event: card_paid, kind: last, field: merchant, type: text }
actions:
  - { id: casino, purpose: service, treatments: [sms], value: 5, applicability: [{ id: a, when: event.merchant == "casino" }] }
  - { id: risky, purpose: service, treatments: [sms], value: 9, applicability: [{ id: b, when: has(event.risk) && event.risk > 0.5 }] }
  - { id: rich, purpose: service, treatments: [sms], value: 1, applicability: [{ id: c, when: features.spent > 500 }] }
  - { id: pounds, purpose: service, treatments: [sms], value: 7, applicability: [{ id: d, when: event.currency == "GBP" }] }
`,
}

const monday = Date.UTC(2024, 0, 1)

function releaseAt(version: Version, at: Time): InputRecord {
  const { release, problems } = parseRelease(texts[version], 'bank.yaml', {
    catalog: () => ({ declaration: catalogs[version], problems: [] }),
  })
  if (release === null) throw new Error(problems.map(({ line, message }) => `${line}: ${message}`).join('\n'))
  return controlRecord(releaseControl(release), at)
}

function paid(customer: string, at: Time, fields: Readonly<Record<string, unknown>>, card?: string): InputRecord {
  const eventId = `${customer}-${(at - monday) / hours(1)}`
  const more = card === undefined ? [] : [{ type: 'card_no', value: card }]
  const identifiers = customer === '' ? more : [{ type: 'customer_no', value: customer }, ...more]
  const data = { 'joai.OpenData': { fields } }
  const event = { eventId, type: 'card_paid', occurredAt: at, identifiers, source: 'core', schemaVersion: 1, data }
  return input(topics.events, 'event', event, { key: customer, timestamp: at })
}
const at = (day: number, hour: number): Time => monday + hours(24 * day + hour)

/** What is deployed, and what comes then. */
interface Phase {
  readonly deployed: Version
  readonly records: readonly InputRecord[]
}

const phases: readonly Phase[] = [
  {
    deployed: 'first',
    records: [
      releaseAt('first', at(0, 8)),
      paid('anna', at(0, 9), { amount: 50, shop: 'bakery', country: 'DE' }),
      paid('anna', at(0, 10), { amount: 120, shop: 'casino', country: 'FR' }),
      paid('', at(0, 11), { amount: 400, shop: 'garage' }, 'card-7'),
      paid('carl', at(0, 22), { amount: 10, shop: 'casino', country: 'DE' }),
    ],
  },
  // Intake is upgraded before the release.
  {
    deployed: 'second',
    records: [
      paid('anna', at(0, 23), { amount: 130, merchant: 'casino', risk: 0.9, currency: 'GBP' }),
      releaseAt('second', at(0, 23.5)),
      // Two persons become one: what was written by the first version moves.
      paid('dora', at(1, 9), { amount: 200, merchant: 'opera', risk: 0.1 }, 'card-7'),
      paid('dora', at(1, 10), { amount: 1, merchant: 'kiosk' }),
      paid('emil', at(1, 11), { amount: 70, merchant: 'kiosk', risk: 0.8 }),
      paid('emil', at(1, 12), { amount: 70, merchant: 'kiosk', currency: 'GBP' }),
      paid('finn', at(1, 23), { amount: 5, merchant: 'casino', risk: 0.9 }),
    ],
  },
  // Both go back.
  {
    deployed: 'first',
    records: [
      releaseAt('first', at(1, 23.5)),
      paid('anna', at(2, 9), { amount: 300, shop: 'bakery', country: 'IT' }),
      paid('dora', at(2, 10), { amount: 1, shop: 'kiosk' }),
      paid('anna', at(2, 11), { amount: 1, merchant: 'casino', risk: 0.9 }),
    ],
  },
]

/** The decisions by time: when, which release, and what. */
const told = (decisions: readonly Decision[]): readonly string[] =>
  decisions
    .map(({ time, trigger, outcome, provenance }) => {
      const what = outcome.kind === 'ACT' ? outcome.actionId : outcome.kind
      const since = (time.decidedAt - monday) / hours(1)
      return `${String(since).padStart(2)}h v${provenance.releaseVersion}: ${trigger.eventId || 'again'} ${what}`
    })
    .toSorted()

const expected = [
  ' 9h v1: anna-9 SILENCE',
  '10h v1: anna-10 abroad',
  '11h v1: -11 SILENCE',
  '22h v1: carl-22 DEFER',
  // An old release reads the name that the field has now, and knows no risk and no country.
  '23h v1: anna-23 DEFER',
  // In the morning the new release reads the event that the first version wrote, and that of the second.
  '32h v2: again casino',
  '32h v2: again risky',
  '33h v2: dora-33 SILENCE',
  '34h v2: dora-34 rich',
  '35h v2: emil-35 risky',
  '36h v2: emil-36 pounds',
  '47h v2: finn-47 DEFER',
  // The old release is back, and reads what the new version wrote.
  '56h v1: again casino',
  '57h v1: anna-57 abroad',
  '58h v1: dora-58 rich',
]

const all = async <T>(log: Log, topic: Topic<any>, type: string): Promise<T[]> => {
  const found: T[] = []
  for await (const value of values<T>(log, topic, type)) found.push(value)
  return found
}
const decisionsOf = (log: Log) => all<Decision>(log, topics.decisions, 'decision')

async function fold(partitions: number, { batch = 500, isForgetful = false } = {}) {
  const log = openMemoryLog()
  await createTopics(log, topologies.first, partitions)
  const kept = openMemoryStore()
  let hashes: Hashes | undefined
  for (const { deployed, records } of phases) {
    const topology = topologies[deployed]
    await writeHistory(log, topology, records)
    const store = isForgetful ? openMemoryStore() : kept
    const runner = await HistoryRunner.open({ topology, log, store, batch, cacheRows: 3, freeze: true })
    await runner.drain()
    hashes = await hashesOf(log, runner)
  }
  return { log, hashes: hashes! }
}

test('a type gains, loses and renames fields while events flow, forward and back, and each release sees its own', async () => {
  const { log } = await fold(1)
  expect(told(await decisionsOf(log))).toEqual(expected)
  const letters = await all<DeadLetter>(log, topics.deadLetters, 'letter')
  expect(letters.map(({ reason }) => reason)).toEqual(['missing-field'])
  const { laws } = await verify(log)
  expect(laws.flatMap(({ violations }) => violations)).toEqual([])
})

test('batches, lost stores and partitions change no decision while types change', async () => {
  const { hashes } = await fold(2)
  expect((await fold(2, { batch: 1 })).hashes).toEqual(hashes)
  expect((await fold(2, { isForgetful: true })).hashes).toEqual(hashes)
  expect((await fold(3)).hashes.decisionsHash).toBe(hashes.decisionsHash)
})

/** Lets workers fold what comes, of which some are upgraded before others: inputs of odd partitions have the other version. */
async function worked({ isRolling = false } = {}): Promise<Log> {
  const log = openMemoryLog()
  const count = 3
  await createTopics(log, topologies.first, count)
  const each = phases.flatMap(({ deployed, records }) => records.map(record => ({ deployed, record })))
  for (const [n, { deployed, record }] of each.entries()) {
    // The next comes when this one has gone through all hops, since workers know no order between logs.
    const until = (each[n + 1]?.record.timestamp ?? at(3, 12)) - 1
    await writeHistory(log, topologies[deployed], [record], { tickMs: hours(1), until })
    const watcher = new IdleWatcher()
    const onEvent = watcher.onEvent.bind(watcher)
    const workerOf = (version: Version) =>
      new Worker({ topology: topologies[version], log, store: openMemoryStore(), time: 'history', idleMs: 1, onEvent })
    const [worker, other] = [workerOf(deployed), workerOf(deployed === 'first' ? 'second' : 'first')]
    const assigned = worker.topics.flatMap(topic => [0, 1, 2].map(partition => ({ topic, partition })))
    const isOthers = ({ topic, partition }: TopicPartition) =>
      isRolling && topic === topics.events.name && partition % 2 === 1
    worker.assign(assigned.filter(one => !isOthers(one)))
    other.assign(assigned.filter(isOthers))
    await watcher.allIdle(log, worker.plans)
    await worker.close()
    await other.close()
  }
  return log
}

test('on workers each release sees its own as well, and what they wrote is found again from people alone', async () => {
  const log = await worked()
  expect(told(await decisionsOf(log))).toEqual(expected)
  expect(await replayedFrom(log)).toEqual({ equal: true, differences: [] })
})

test('while workers are upgraded one by one, what they wrote is found again from people alone', async () => {
  const log = await worked({ isRolling: true })
  const announced = await all<EventTypeVersion>(log, topics.people, 'schema')
  expect(new Set(announced.filter(({ type }) => type === 'card_paid').map(({ hash }) => hash)).size).toBe(2)
  expect(await replayedFrom(log)).toEqual({ equal: true, differences: [] })
  expect((await decisionsOf(log)).length).toBeGreaterThan(5)
})

async function replayedFrom(log: Log) {
  const options = {
    log,
    plans: plan(topologies.first),
    store: openMemoryStore(),
    kind: 'history',
    batch: 7,
    cacheRows: 10,
  } as const
  const { equal, differences } = await replayPeople(options)
  return { equal, differences }
}
