// @module-tag law

import { expect, test } from 'vitest'
import { verify } from '../../audit/verify.ts'
import { openMemoryLog } from '../../connectors/embedded/memory-log.ts'
import type { Decision } from '../../schemas/generated.ts'
import type { InputRecord } from '../../schemas/input-record.ts'
import { hours } from '../../schemas/record.ts'
import { topics } from '../../schemas/topics.ts'
import { values } from '../../scripts/logs/summary.ts'
import { TopologyTest } from '../../testing/topology-test.ts'
import { journey } from '../journey.ts'
import type { Log } from '../log/log.ts'
import { createTopics, writeHistory } from '../replay/history-writer.ts'
import { decisionsHash } from '../replay/run-hashes.ts'
import { Cluster } from '../test/processes.ts'
import { beforehand, chance, randomHistory, secret } from '../test/random-history.ts'

// .ci/long asks for more runs, from a seed that it prints.
const { JOAI_RUNS = '3', JOAI_SEED = '2017' } = process.env
const seeds = Array.from({ length: Number(JOAI_RUNS) }, (_, n) => Number(JOAI_SEED) + n)
const topology = journey({ secret })
const partitions = 3
const customers = 8
/** Counts the incidents and outcomes of all runs, by kind. */
const happened: Record<string, number> = {}

const eventsOf = (seed: number) =>
  randomHistory(seed, { records: 400, customers, merges: false }).filter(({ topic }) => topic === 'events')

async function inOneProcess(history: readonly InputRecord[]): Promise<Log> {
  const bench = await TopologyTest.open(topology, { partitions })
  await bench.run(beforehand(customers))
  await bench.run(history, { until: { multipleOf: hours(6) } })
  return bench.log
}

async function outcomesOf(log: Log): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for await (const { outcome, trigger } of values<Decision>(log, topics.decisions, 'decision')) {
    const name = `${outcome.kind} on ${trigger.eventId === '' ? 'a timer' : 'an event'}`
    counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}

test.each(seeds)(
  'workers that are killed, paused, fenced and reassigned make the decisions of one sequential run (seed %i)',
  async seed => {
    const history = eventsOf(seed)
    const expected = await inOneProcess(history)
    const log = openMemoryLog()
    await createTopics(log, topology, partitions)
    const cluster = new Cluster(topology, log, chance(seed), { size: 3 })
    await writeHistory(log, topology, beforehand(customers), { tickMs: Number.POSITIVE_INFINITY })
    await cluster.settle()
    await writeHistory(log, topology, history, { tickMs: hours(6) })
    for (let n = 0; n < 40; n++) await cluster.incident()
    await cluster.settle()
    await cluster.close()

    expect(await outcomesOf(log)).toEqual(await outcomesOf(expected))
    expect(await decisionsHash(log)).toBe(await decisionsHash(expected))
    const { laws, ok } = await verify(log)
    expect(laws.filter(({ violationCount }) => violationCount > 0)).toEqual([])
    expect(ok).toBe(true)
    for (const counts of [cluster.counts, cluster.events, await outcomesOf(log)])
      for (const [kind, count] of Object.entries(counts)) happened[kind] = (happened[kind] ?? 0) + count
  },
)

test('the hard cases occurred', () => {
  for (const kind of [
    ...['killed', 'wiped', 'stopped', 'resumed', 'moved', 'zombies'],
    ...['lost: fenced', 'lost: lost', 'restoring', 'closed'],
    ...['ACT on an event', 'SILENCE on an event', 'DEFER on an event', 'ACT on a timer'],
  ])
    expect(happened[kind], kind).toBeGreaterThan(0)
})
