// @module-tag law

import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { VerifyReport } from '../../../audit/laws/report.ts'
import { verify } from '../../../audit/verify.ts'
import { openMemoryLog } from '../../../connectors/embedded/memory-log.ts'
import { hours } from '../../../schemas/record.ts'
import { topics } from '../../../schemas/topics.ts'
import { openMemoryStore } from '../../../state/stores/memory-store.ts'
import { journey } from '../../../topology/journey.ts'
import type { Commit, Log, OutputRecord, TaskId } from '../../../topology/log/log.ts'
import { createTopics, writeHistory } from '../../../topology/replay/history-writer.ts'
import { Worker } from '../../../topology/runtime/worker.ts'
import { IdleWatcher } from '../../../topology/test/idle-watcher.ts'
import { lawsRelease, randomHistory, secret } from '../../../topology/test/random-history.ts'

const topology = journey({ secret })
const partitions = [0, 1, 2]

interface RunOptions {
  /** Changes what is committed. */
  readonly spoil?: (commit: Commit) => Commit
  /** Called before every commit of deciding, with the log and the number of the commit. */
  readonly before?: (log: Log, commits: number) => Promise<void>
}

/** Lets workers fold a history in which persons merge, three partitions at their own pace. */
async function run({ spoil = commit => commit, before }: RunOptions = {}): Promise<Log> {
  const log = openMemoryLog()
  await createTopics(log, topology, partitions.length)
  await writeHistory(log, topology, [lawsRelease(), ...randomHistory(11)], { tickMs: hours(6) })
  let commits = 0
  const commit = async (given: readonly Commit[]) => {
    if (given.some(({ owner }) => owner.task.subTopology === 'deciding')) await before?.(log, commits++)
    return log.commit(given.map(spoil))
  }
  const through = new Proxy(log, {
    get: (own, name) => (name === 'commit' ? commit : Reflect.get(own, name).bind(own)),
  })
  const watcher = new IdleWatcher()
  const onEvent = watcher.onEvent.bind(watcher)
  const options = { topology, log: through, store: openMemoryStore(), time: 'history', idleMs: 1, batch: 5 } as const
  const worker = new Worker({ ...options, onEvent })
  worker.assign(worker.topics.flatMap(topic => partitions.map(partition => ({ topic, partition }))))
  await watcher.allIdle(log, worker.plans)
  await worker.close()
  return log
}

/** Lets the workers go on between any two requests of a reader, and asks for the position of one task after the other. */
function slow(log: Log): Log {
  const slowed =
    (name: keyof Log) =>
    async (...given: readonly unknown[]) => {
      for (let yields = 0; yields < 3; yields++) await setImmediate()
      return (log[name] as (...given: readonly unknown[]) => unknown)(...given)
    }
  const positions = async (tasks: readonly TaskId[], outputs: readonly string[]) => {
    const found: (number | null)[] = []
    for (const task of tasks)
      found.push(...(await (slowed('settledPositions')([task], outputs) as ReturnType<Log['settledPositions']>)))
    return found
  }
  const ways: Partial<Record<keyof Log, unknown>> = {
    end: slowed('end'),
    read: slowed('read'),
    settledPositions: positions,
  }
  return new Proxy(log, { get: (own, name) => ways[name as keyof Log] ?? Reflect.get(own, name).bind(own) })
}

const violations = ({ laws }: VerifyReport): string[] =>
  laws.flatMap(({ law, violations }) => violations.map(({ detail }) => `${law}: ${detail}`))

test('an audit at any moment of a run finds no violation in what is merely not finished, and judges all of it at the end', async () => {
  const found: string[] = []
  let [audits, undecided, growing] = [0, 0, true]
  const log = await run({
    async before(log, commits) {
      if (commits % 4 !== 0) return
      const report = await verify(commits % 8 === 0 ? slow(log) : log, { grows: true })
      audits++
      if (report.undecided > 0) undecided++
      growing &&= report.ok
      found.push(...violations(report))
    },
  })
  expect(found.slice(0, 5)).toEqual([])
  expect(growing).toBe(true)
  expect(audits).toBeGreaterThan(30)
  expect(undecided).toBeGreaterThan(20)
  const report = await verify(log)
  expect(violations(report)).toEqual([])
  expect(report.undecided).toBe(0)
})

test.for([
  ['a decision', topics.decisions.name, /led to no decision/],
  ['a send', 'sends.email', /nothing was sent/],
] as const)('%s that is lost while a run is under way is found, then and at the end', async ([, lost, message]) => {
  let dropped = 0
  const spoil = (commit: Commit): Commit => {
    const at = commit.outputs.findIndex(({ topic }: OutputRecord) => topic === lost)
    if (at < 0 || dropped++ > 0) return commit
    return { ...commit, outputs: commit.outputs.filter((_, i) => i !== at) }
  }
  const during: string[] = []
  const log = await run({
    spoil,
    before: async (log, commits) => {
      if (dropped > 0 && commits % 4 === 0) during.push(...violations(await verify(log, { grows: true })))
    },
  })
  expect(during.some(detail => message.test(detail))).toBe(true)
  expect(violations(await verify(log)).some(detail => message.test(detail))).toBe(true)
})
