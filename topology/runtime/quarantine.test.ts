import { expect, test } from 'vitest'
import { verify } from '../../audit/verify.ts'
import { openMemoryLog } from '../../connectors/embedded/memory-log.ts'
import type { Decision } from '../../schemas/generated.ts'
import type { InputRecord } from '../../schemas/input-record.ts'
import { hours } from '../../schemas/record.ts'
import { topics } from '../../schemas/topics.ts'
import { values } from '../../scripts/logs/summary.ts'
import { replayPeople } from '../../scripts/replay-proof/replay-people.ts'
import { openMemoryStore } from '../../state/stores/memory-store.ts'
import { journey } from '../journey.ts'
import type { Log } from '../log/log.ts'
import { createTopics, writeHistory } from '../replay/history-writer.ts'
import { brittle } from '../test/brittle.ts'
import { IdleWatcher } from '../test/idle-watcher.ts'
import { Cluster } from '../test/processes.ts'
import { chance, lawsRelease, randomHistory, secret } from '../test/random-history.ts'
import type { TaskEvent } from './task-loop.ts'
import { Worker } from './worker.ts'

const topology = journey({ secret }, brittle)
const history = randomHistory(3, { records: 200, customers: 20 })
const half = history[90]!.timestamp
const version = (n: number, timestamp: number): InputRecord => ({
  ...lawsRelease(text => text.replace(/^version: .*$/m, `version: ${n}`)),
  timestamp,
})
const partitions = 3
const all = { topology, time: 'history', idleMs: 1 } as const

/** Runs workers on a log: a new one, with a store of its own, where the one before is closed. */
class Running {
  readonly events: TaskEvent[] = []
  readonly watcher = new IdleWatcher()
  readonly worker: Worker
  readonly #log: Log

  constructor(log: Log, batch: number) {
    this.#log = log
    this.worker = new Worker({
      ...all,
      log,
      batch,
      store: openMemoryStore(),
      onEvent: event => {
        this.events.push(event)
        this.watcher.onEvent(event)
      },
    })
    const partitionsOf = (topic: string) => Array.from({ length: partitions }, (_, partition) => ({ topic, partition }))
    this.worker.assign(this.worker.topics.flatMap(partitionsOf))
  }

  idle(mayStop: readonly string[] = []): Promise<void> {
    return this.watcher.allIdle(this.#log, this.worker.plans, mayStop)
  }

  /** The tasks of deciding to which this happened. */
  tasksOf(kind: TaskEvent['kind']): readonly string[] {
    return [...new Set(this.events.flatMap(one => (one.kind === kind ? [one.task] : [])))].sort()
  }
}

async function newLog(): Promise<Log> {
  const log = openMemoryLog()
  await createTopics(log, topology, partitions)
  return log
}
const written = (log: Log, records: readonly InputRecord[]) =>
  writeHistory(log, topology, records, { tickMs: hours(6) })
const decisionsOf = async (log: Log): Promise<readonly Decision[]> => {
  const found: Decision[] = []
  for await (const decision of values<Decision>(log, topics.decisions, 'decision')) found.push(decision)
  return found
}

/** Checks that the log obeys every law, and that a replay of \`people\` gives the same bytes and rows. */
async function assertSound(log: Log): Promise<void> {
  expect((await verify(log)).laws.flatMap(({ violations }) => violations)).toEqual([])
  const { plans } = new Worker({ ...all, log, store: openMemoryStore() })
  for (const batch of [1, 500]) {
    const proof = await replayPeople({ log, plans, store: openMemoryStore(), kind: 'history', batch, cacheRows: 10 })
    expect(proof).toMatchObject({ equal: true, differences: [] })
  }
}

test.each([3])('on workers the release before goes on in every partition, in batches of %i', async batch => {
  const log = await newLog()
  await written(log, [version(2, history[0]!.timestamp - 1), ...history.slice(0, 90)])
  const running = new Running(log, batch)
  await running.idle()
  await written(log, [version(3, half)])
  await running.idle()
  await written(log, history.slice(90, 150))
  await running.idle()
  expect(running.tasksOf('quarantined').length).toBeGreaterThan(0)
  const before = new Set((await decisionsOf(log)).map(({ decisionId }) => decisionId))
  await written(log, history.slice(150))
  await running.idle()
  await running.worker.close()
  expect(running.tasksOf('stopped')).toEqual([])
  const after = (await decisionsOf(log)).filter(({ decisionId }) => !before.has(decisionId))
  expect(new Set(after.map(({ provenance }) => provenance.releaseVersion))).toEqual(new Set([2]))
  await assertSound(log)
})

test('where nothing goes on, only the partitions concerned wait, and a later release is folded ahead, also by another worker', async () => {
  const log = await newLog()
  await written(log, [version(3, history[0]!.timestamp - 1), ...history])
  const first = new Running(log, 7)
  const deciding = [0, 1, 2].map(partition => `deciding/people/${partition}`)
  await first.idle(deciding)
  await expect.poll(() => first.tasksOf('stopped').length).toBeGreaterThan(0)
  expect(first.events.filter(one => one.kind === 'stopped')[0]).toMatchObject({ error: { code: 'stuck' } })
  await written(log, [version(5, history.at(-1)!.timestamp + 1), version(6, history.at(-1)!.timestamp + 2)])
  // The last release reaches the partition of a stuck task in every case; the one before it throws too.
  await expect.poll(async () => (await decisionsOf(log)).some(one => one.provenance.releaseVersion === 6)).toBe(true)
  await first.worker.close()
  const second = new Running(log, 100)
  await second.idle()
  await second.worker.close()
  await assertSound(log)
})

// .ci/long asks for more runs, from a seed that it prints.
const { JOAI_RUNS = '2', JOAI_SEED = '2017' } = process.env
const seeds = Array.from({ length: Number(JOAI_RUNS) }, (_, n) => Number(JOAI_SEED) + n)

test.each(seeds)(
  'workers that are killed, paused, fenced and reassigned meanwhile lose and double nothing (seed %i)',
  { tags: ['law', 'slow'] },
  async seed => {
    const log = await newLog()
    const random = chance(seed)
    const cluster = new Cluster(topology, log, random, { size: 3 })
    await written(log, [version(2, history[0]!.timestamp - 1)])
    await cluster.settle()
    await written(log, history.slice(0, 60))
    await cluster.settle()
    for (const [n, records] of [
      [version(3, half)],
      history.slice(60, 130),
      [version(5, half), version(6, half)],
      history.slice(130),
    ].entries()) {
      await written(log, records)
      for (let incidents = 0; incidents < 10 + n; incidents++) await cluster.incident()
      // Else the next release might overtake the one that throws before any record was folded under it.
      if (n === 1) await cluster.settle()
    }
    await cluster.settle()
    await cluster.close()
    expect(cluster.events.quarantined).toBeGreaterThan(0)
    expect(cluster.counts.killed + cluster.counts.wiped).toBeGreaterThan(0)
    await assertSound(log)
  },
)
