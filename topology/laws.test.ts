// @module-tag law

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { verify } from '../audit/verify.ts'
import type { InputRecord } from '../schemas/input-record.ts'
import { hours } from '../schemas/record.ts'
import { topics } from '../schemas/topics.ts'
import { summarize } from '../scripts/logs/summary.ts'
import { TopologyTest } from '../testing/topology-test.ts'
import { journey } from './journey.ts'
import { Interrupted } from './replay/history-fold.ts'
import { chance, type HistoryOptions, lawsRelease, randomHistory, secret } from './test/random-history.ts'

const topology = journey({ secret })
const tickMs = hours(6)
const seed = fc.integer({ min: 1, max: 1_000_000 })
// .ci/long asks for more runs, from a seed that it prints.
const { JOAI_RUNS = '4', JOAI_SEED = '2017' } = process.env
const runs = { numRuns: Number(JOAI_RUNS), seed: Number(JOAI_SEED) }

async function ran(
  history: readonly InputRecord[],
  options: { partitions?: number; batch?: number; cacheRows?: number } = {},
): Promise<TopologyTest> {
  const bench = await TopologyTest.open(topology, options)
  await bench.run([lawsRelease(), ...history], { until: { multipleOf: tickMs } })
  return bench
}

const law = (
  name: string,
  holds: (history: InputRecord[], seed: number) => Promise<void>,
  options: HistoryOptions = {},
) =>
  test(name, () =>
    fc.assert(
      fc.asyncProperty(seed, one => holds(randomHistory(one, options), one)),
      runs,
    ),
  )

law('neither the size of the micro-batch nor that of the cache changes a result', async history => {
  const whole = await (await ran(history)).hashes()
  expect(await (await ran(history, { batch: 1 })).hashes()).toEqual(whole)
  expect(await (await ran(history, { batch: 7, cacheRows: 0 })).hashes()).toEqual(whole)
})

law('the number of partitions changes no decision, even where persons merge', async history => {
  const { decisionsHash } = await (await ran(history)).hashes()
  for (const partitions of [4, 12])
    expect((await (await ran(history, { partitions })).hashes()).decisionsHash).toBe(decisionsHash)
})

law('a restart at any record changes no result', async (history, seed) => {
  const random = chance(seed)
  const whole = await (await ran(history, { partitions: 3 })).hashes()
  const bench = await TopologyTest.open(topology, { partitions: 3, batch: 5 })
  let restarts = 0
  // Each start runs a little longer than the previous one, so that some are killed in the middle of their first round.
  const killed = (life: number) => ({ interrupt: (records: number) => records >= life })
  const going = async (run: () => Promise<void>): Promise<boolean> =>
    run().then(
      () => false,
      error => {
        if (!(error instanceof Interrupted)) throw error
        return true
      },
    )
  let alive = await going(() =>
    bench.run([lawsRelease(), ...history], { until: { multipleOf: tickMs }, interrupt: killed(3).interrupt }),
  )
  for (let life = 10; alive; life += 40 + Math.floor(random() * 400)) {
    restarts++
    alive = await going(() => bench.resume(killed(life)))
  }
  expect(restarts).toBeGreaterThan(3)
  expect(await bench.hashes()).toEqual(whole)
})

law(
  'a duplicate event changes no decision, whenever it arrives',
  async (history, seed) => {
    const random = chance(seed)
    const { decisionsHash } = await (await ran(history)).hashes()
    const copies = history.flatMap((record, index) =>
      random() < 0.2
        ? Array.from({ length: 1 + Math.floor(random() * 9) }, () => ({
            ...record,
            timestamp: history[Math.min(history.length - 1, index + Math.floor(random() * 40))]!.timestamp,
          }))
        : [],
    )
    expect(copies.length).toBeGreaterThan(50)
    const twice = [...history, ...copies].sort(
      (a, b) => a.timestamp - b.timestamp || history.indexOf(b) - history.indexOf(a),
    )
    expect((await (await ran(twice)).hashes()).decisionsHash).toBe(decisionsHash)
  },
  { merges: false },
)

law(
  'every law of the verifier holds for every history, and each was checked',
  async history => {
    const bench = await ran(history, { partitions: 4 })
    const { laws, ok } = await verify(bench.log)
    expect(laws.filter(({ violationCount }) => violationCount > 0)).toEqual([])
    expect(ok).toBe(true)
    expect(laws.find(({ law }) => law === 'experiments')?.checked).toBeGreaterThan(100)
  },
  { records: 600 },
)

test('the hard cases occur', async () => {
  const bench = await ran(randomHistory(4711, { records: 2000, customers: 12 }), { partitions: 4 })
  const summary = await summarize(bench.log)
  const refused = (await bench.read(topics.identityChanges, 'change')).filter(
    ({ value }) => value.kind === 'refused',
  ).length
  const late = (await bench.read(topics.deadLetters, 'letter')).filter(
    ({ value }) => value.reason === 'too-late',
  ).length
  expect({ ...summary, refused, late }).toMatchObject({
    merges: expect.any(Number),
    outcomes: { ACT: expect.any(Number), DEFER: expect.any(Number), SILENCE: expect.any(Number) },
  })
  for (const [name, count] of Object.entries({
    refused,
    late,
    merges: summary.merges,
    timers: summary.timerDecisions,
    cancelled: summary.cancellations,
    rewards: summary.rewards,
  }))
    expect(count, name).toBeGreaterThan(0)
  for (const reason of [
    'consent-unknown',
    'consent-withdrawn',
    'not-eligible',
    'rule-error',
    'cap-reached',
    'budget-spent',
    'suppressed',
    'quiet-hours',
  ])
    expect(Object.keys(summary.removedBy), reason).toContain(reason)
})
