import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Decision, Identifier } from '../schemas/generated.ts'
import type { InputRecord } from '../schemas/input-record.ts'
import { days, hours, minutes, type Time } from '../schemas/record.ts'
import { topics } from '../schemas/topics.ts'
import { typeOf } from '../schemas/wire.ts'
import { openStore } from '../state/stores/open-store.ts'
import { consent, event, receipt, releaseFrom } from '../testing/builders.ts'
import { TopologyTest } from '../testing/topology-test.ts'
import { journey } from './journey.ts'
import { NaiveHistory } from './test/naive-history.ts'
import { shop } from './test/shop.ts'

const topology = journey({ secret: 'the secret of the oracle' })
const release = shop(`triggers: [order_completed, page_viewed]
features:
  - { name: orders_30d, event: order_completed, kind: count, window: 30d }
actions:
  - { id: thanks, treatments: [email], value: 10, applicability: [{ id: order, when: 'event.type == "order_completed"' }] }
  - { id: news, treatments: [push], value: 2 }
  - { id: reminder, treatments: [email], value: 5, eligibility: [{ id: staged, when: 'context.stage == "remind"' }] }
caps: [{ id: few, max: 2, window: 2d }]
quietHours: [{ id: night, channels: [email], from: "21:00", to: "08:00" }]
journeys:
  - id: cart
    trigger: { event: product_added }
    stages: [{ id: remind, wait: 30m, decide: true }]
    goal: { event: order_completed }
    timeout: 1d
`).replace('type: device_id, priority: 2, limit: 10', 'type: device_id, priority: 2, limit: 2')

/** A Monday, eleven in the morning in New York. */
const t0 = Date.UTC(2024, 4, 6, 15)
const gaps = [0, 0, 1, 400, 20_000, 45_000, minutes(10), hours(1), hours(5), hours(9)]

/** One step of a history; what a receipt answers is known only when it is its turn. */
const step = fc.record({
  gap: fc.constantFrom(...gaps),
  what: fc.constantFrom(
    ...([
      'order',
      'order',
      'order',
      'both',
      'both',
      'login',
      'login',
      'view',
      'cart',
      'no',
      'yes',
      'receipt',
      'receipt',
    ] as const),
  ),
  customer: fc.constantFrom('c1', 'c2', 'c3'),
  device: fc.constantFrom('d1', 'd2', 'd3', 'd4'),
  isByDevice: fc.boolean(),
  outcome: fc.constantFrom('delivered', 'bounced', 'clicked'),
})
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

const kinds = [topics.control, topics.consents, topics.receipts, topics.events].map(({ name }) => name)

/** Plays the steps to the oracle, and returns the history that they made. */
function play(steps: readonly Step[], oracle: NaiveHistory, counts: Record<string, number>) {
  const history: InputRecord[] = [releaseFrom(release, { at: t0 - 1 })]
  oracle.feed(history[0]!)
  let at: Time = t0
  let group: { readonly id: string; readonly record: InputRecord }[] = []
  const feed = () => {
    group.sort((a, b) => kinds.indexOf(a.record.topic) - kinds.indexOf(b.record.topic) || (a.id < b.id ? -1 : 1))
    for (const { record } of group) {
      oracle.feed(record)
      history.push(record)
    }
    group = []
  }
  for (const [n, { gap, what, customer, device, isByDevice, outcome }] of steps.entries()) {
    if (gap > 0) feed()
    at += gap
    const id = `e${String(n).padStart(3, '0')}`
    const own: Identifier = isByDevice ? { type: 'device_id', value: device } : { type: 'customer_id', value: customer }
    const both = [
      { type: 'customer_id', value: customer },
      { type: 'device_id', value: device },
    ]
    const about = { at, eventId: id }
    const made = (): InputRecord | null => {
      if (what === 'order') return event('order_completed', {}, { ...about, identifiers: [own] })
      if (what === 'both') return event('order_completed', {}, { ...about, identifiers: both })
      if (what === 'login') return event('identity_linked', {}, { ...about, identifiers: both })
      if (what === 'view') return event('page_viewed', {}, { ...about, identifiers: [own] })
      if (what === 'cart') return event('product_added', {}, { ...about, identifiers: [own] })
      if (what === 'no') return consent({ status: 'withdrawn' }, { ...about, identifiers: [own] })
      if (what === 'yes') return consent({ status: 'granted' }, { ...about, identifiers: [own] })
      const sent = oracle.decisions.findLast(decision => decision.outcome.kind === 'ACT')
      if (!sent) return null
      const { decisionId, subject } = sent
      return receipt({ decisionId, personId: subject.personId, kind: outcome, receiptId: id }, { at })
    }
    const record = made()
    if (record) group.push({ id: record.topic === topics.receipts.name ? `${id}` : id, record })
  }
  feed()
  countPairs(history, counts)
  oracle.until(at + days(2))
  return { history, end: at + days(2) }
}

/** Counts receipts and consents that stand within a second of each other. */
function countPairs(history: readonly InputRecord[], counts: Record<string, number>): void {
  const of = (topic: string) => history.filter(record => record.topic === topic).map(({ timestamp }) => timestamp)
  const [receipts, consents] = [of(topics.receipts.name), of(topics.consents.name)]
  if (receipts.some(a => consents.some(b => Math.abs(a - b) < 1000))) count(counts, 'receiptAndConsentInASecond')
}

const count = (counts: Record<string, number>, what: string) => {
  counts[what] = (counts[what] ?? 0) + 1
}

/** Counts the hard cases of a history, each once. */
function countHard({ decisions, passed, firedBetween }: NaiveHistory, counts: Record<string, number>): void {
  const merged = passed.filter(
    ({ topic, emission }) => topic === 'people' && typeOf(topics.people, emission.value) === 'rows',
  )
  const isFresh = ({ subject, time }: Decision) =>
    merged.some(
      ({ emission: { key, timestamp } }) =>
        key === subject.personId && timestamp <= time.decidedAt && time.decidedAt - timestamp <= minutes(1),
    )
  if (decisions.some(isFresh)) count(counts, 'mergeWithinTheMinute')
  const refused = passed.filter(
    ({ topic, emission }) => topic === 'identities' && typeOf(topics.identities, emission.value) === 'refused',
  )
  if (refused.length > 0) count(counts, 'refusedLink')
  const isCapped = ({ candidates }: Decision) => candidates.some(({ removedBy }) => removedBy?.reason === 'cap-reached')
  if (decisions.some(isCapped)) count(counts, 'capThatBinds')
  if (firedBetween > 0) count(counts, 'timerBetweenInputs')
}

/** What a decision says, without where anything stands on the logs. */
function told({ trigger, consent: found, reference, provenance, ...decision }: Decision): string {
  return JSON.stringify({
    ...decision,
    trigger: { ...trigger, origin: null },
    consent: found.map(one => ({ ...one, records: null })),
    reference: reference.map(one => ({ ...one, record: null })),
    provenance: { ...provenance, input: null, previousHash: null, hash: null },
  })
}

/** Refused lines among the others, at any time. */
function* withRefused(history: readonly InputRecord[], each: number): Generator<InputRecord> {
  for (const record of history) {
    yield record
    for (let n = 0; n < each; n++)
      yield {
        topic: topics.events.name,
        key: `${n}`,
        timestamp: record.timestamp,
        value: Buffer.from(`{"refused ${n}`),
      }
  }
}

const runs = Number(process.env.JOAI_RUNS ?? 12)
const seed = Number(process.env.JOAI_SEED ?? Date.now() % 2 ** 31)

test('a history replays as an oracle decides it that drains every input through every hop before the next', {
  tags: ['law'],
  timeout: 3_600_000,
}, async () => {
  const counts: Record<string, number> = {}
  const folder = mkdtempSync(join(tmpdir(), 'joai-oracle-'))
  let run = 0
  try {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 20, maxLength: 45 }),
        fc.integer({ min: 1, max: 4 }),
        fc.constantFrom(1, 3, 500),
        fc.constantFrom(0, 1, 1000),
        fc.constantFrom(0, 0, 0, 60),
        fc.constantFrom(0, 0, 1, 5),
        async (steps, partitions, batch, cacheRows, restartEvery, refused) => {
          const oracle = new NaiveHistory(topology)
          const { history, end } = play(steps, oracle, counts)
          countHard(oracle, counts)
          const kind = run % 25 === 7 ? 'rocksdb' : run % 25 === 8 ? 'level' : 'memory'
          const each = run % 50 === 11 ? Math.ceil(10_000 / history.length) : refused
          const store = await openStore(kind, join(folder, `${run++}`))
          const bench = await TopologyTest.open(topology, { partitions, batch, cacheRows, store })
          await bench.run(withRefused(history, each), { until: end, restartEvery: each > 5 ? 0 : restartEvery })
          const decided = (await bench.read(topics.decisions, 'decision')).map(({ value }) => told(value))
          await store.close()
          expect(decided.sort()).toEqual(oracle.decisions.map(told).sort())
          count(counts, 'histories')
          counts.decisions = (counts.decisions ?? 0) + decided.length
        },
      ),
      { numRuns: runs, seed, endOnFailure: Boolean(process.env.JOAI_FAST) },
    )
  } finally {
    rmSync(folder, { recursive: true })
    console.log(`seed ${seed}: ${JSON.stringify(counts)}`)
  }
  for (const hard of [
    'mergeWithinTheMinute',
    'refusedLink',
    'capThatBinds',
    'receiptAndConsentInASecond',
    'timerBetweenInputs',
  ])
    expect(counts[hard] ?? 0, hard).toBeGreaterThanOrEqual(runs < 100 ? 1 : 0.2 * runs)
})
