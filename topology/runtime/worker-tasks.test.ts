import { setImmediate as yieldToEventLoop } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { openMemoryLog } from '../../connectors/embedded/memory-log.ts'
import type { Decision } from '../../schemas/generated.ts'
import type { InputRecord } from '../../schemas/input-record.ts'
import { hours } from '../../schemas/record.ts'
import { ticks, topics } from '../../schemas/topics.ts'
import { values } from '../../scripts/logs/summary.ts'
import { openMemoryStore } from '../../state/stores/memory-store.ts'
import { type Store, StoreError } from '../../state/stores/store.ts'
import { TopologyTest } from '../../testing/topology-test.ts'
import { journey } from '../journey.ts'
import { ConnectorError, type Log, type TopicPartition, taskName } from '../log/log.ts'
import { createTopics, writeHistory } from '../replay/history-writer.ts'
import { TaskStopped } from '../task/checkpoint.ts'
import { RowCache } from '../task/row-cache.ts'
import { IdleWatcher } from '../test/idle-watcher.ts'
import { beforehand, lawsRelease, randomHistory, secret } from '../test/random-history.ts'
import type { TaskEvent } from './task-loop.ts'
import { Worker, type WorkerOptions } from './worker.ts'

const topology = journey({ secret })
const partitions = 2
const history = randomHistory(7, { records: 200, merges: false })

async function newLog(): Promise<Log> {
  const log = openMemoryLog()
  await createTopics(log, topology, partitions)
  return log
}

interface Working {
  readonly worker: Worker
  readonly events: TaskEvent[]
  /** All partitions of all logs that the worker reads. */
  readonly all: readonly TopicPartition[]
  idle(mayStop?: readonly string[]): Promise<void>
}

function working(log: Log, options: Partial<WorkerOptions> = {}): Working {
  const watcher = new IdleWatcher()
  const events: TaskEvent[] = []
  const worker = new Worker({
    topology,
    log,
    store: openMemoryStore(),
    time: 'history',
    idleMs: 1,
    onEvent(one) {
      events.push(one)
      watcher.onEvent(one)
    },
    ...options,
  })
  const all = worker.topics.flatMap(topic =>
    Array.from({ length: log.topics().get(topic)! }, (_, partition) => ({ topic, partition })),
  )
  return { worker, events, all, idle: mayStop => watcher.allIdle(log, worker.plans, mayStop) }
}

const eventsOf = <K extends TaskEvent['kind']>({ events }: Working, kind: K, task?: string) =>
  events.filter(
    (one): one is Extract<TaskEvent, { kind: K }> => one.kind === kind && (task === undefined || one.task === task),
  )

const decisionsOf = async (log: Log): Promise<number> => {
  let count = 0
  for await (const _ of values<Decision>(log, topics.decisions, 'decision')) count++
  return count
}

test('a task that finds a gap stops and reports it; all others continue', async () => {
  const log = await newLog()
  const source = 'intake/events/0'
  const cause = { source, position: 0, n: 1000, causeId: 'x', path: [0] }
  await log.append([{ topic: 'identities', partition: 1, key: '', value: new Uint8Array(), timestamp: 1, cause }])
  await writeHistory(log, topology, [lawsRelease(), ...history], { tickMs: hours(6) })
  const running = working(log)
  running.worker.assign(running.all)
  await running.idle(['stitching/identities/1'])
  const [stopped, ...others] = eventsOf(running, 'stopped')
  expect(others).toEqual([])
  expect(stopped).toMatchObject({ task: 'stitching/identities/1', error: expect.any(TaskStopped) })
  const stateOf = (task: string) => running.worker.tasks.find(({ name }) => name === task)!.state
  expect(stateOf('stitching/identities/1')).toBe('stopped')
  expect(stateOf('stitching/identities/0')).toBe('running')
  await running.worker.close()
  // Decisions were made for the persons of the healthy half.
  expect(await decisionsOf(log)).toBeGreaterThan(0)
})

test('a zombie that finds a gap learns that it was fenced, and raises no alarm', async () => {
  const log = await newLog()
  const running = working(log, { backOffMs: { first: 1, fenced: 1_000_000, most: 1_000_000 } })
  running.worker.assign(running.all)
  await running.idle()
  await log.acquire({ subTopology: 'stitching', topic: 'identities', partition: 1 })
  const cause = { source: 'intake/events/0', position: 0, n: 1000, causeId: 'x', path: [0] }
  await log.append([{ topic: 'identities', partition: 1, key: '', value: new Uint8Array(), timestamp: 1, cause }])
  await expect.poll(() => eventsOf(running, 'lost')).toMatchObject([{ error: { code: 'fenced' } }])
  expect(eventsOf(running, 'stopped')).toEqual([])
  await running.worker.close()
})

test('a partition that returns is opened only when its earlier rows are in the store', async () => {
  const log = await newLog()
  await writeHistory(log, topology, [lawsRelease(), ...history], { tickMs: hours(6) })
  const disk = openMemoryStore()
  let release: () => void = () => undefined
  let held = 0
  const gate = new Promise<void>(resolve => {
    release = resolve
  })
  const slow: Store = {
    ...disk,
    getMany: keys => disk.getMany(keys),
    range: range => disk.range(range),
    clear: range => disk.clear(range),
    close: () => disk.close(),
    async write(changes) {
      if (changes.some(({ key }) => key.startsWith('deciding/'))) {
        held++
        await gate
      }
      await disk.write(changes)
    },
  }
  const running = working(log, { store: slow })
  running.worker.assign(running.all)
  await expect.poll(() => held).toBe(partitions)
  running.worker.assign([])
  running.worker.assign(running.all)
  for (let n = 0; n < 1000; n++) await yieldToEventLoop()
  expect(eventsOf(running, 'opened', 'stitching/identities/0')).toHaveLength(2)
  expect(eventsOf(running, 'opened', 'deciding/people/0')).toHaveLength(1)
  release()
  await running.idle()
  expect(eventsOf(running, 'opened', 'deciding/people/0')).toHaveLength(2)
  await running.worker.close()
})

test('a standby already has the rows when its process acquires the partition', async () => {
  const log = await newLog()
  const id = { subTopology: 'deciding', topic: 'people', partition: 0 }
  const disk = openMemoryStore()
  const first = working(log)
  const standby = working(log, { standby: true, store: disk })
  first.worker.assign(first.all)
  await writeHistory(log, topology, [lawsRelease(), ...history], { tickMs: hours(6) })
  await first.idle()
  const { next: end } = await log.changelog(id, 0, 1_000_000)
  await expect.poll(() => new RowCache(disk, taskName(id), 0).appliedUntil()).toBe(end)
  await first.worker.close()
  const restored = async (by: Working) => {
    by.worker.assign([id])
    await expect.poll(() => eventsOf(by, 'opened')).toHaveLength(1)
    await by.worker.close()
    return eventsOf(by, 'restoring', taskName(id)).map(({ applied }) => applied)
  }
  expect(end).toBeGreaterThan(2)
  expect(await restored(standby)).toEqual([end])
  expect(await restored(working(log))).toEqual([0, end])
})

test('a standby continues where it was after the log or its store was out of reach', async () => {
  const log = await newLog()
  const id = { subTopology: 'deciding', topic: 'people', partition: 0 }
  const first = working(log)
  first.worker.assign(first.all)
  await writeHistory(log, topology, [lawsRelease(), ...history], { tickMs: hours(6) })
  await first.idle()
  await first.worker.close()
  const { next: end } = await log.changelog(id, 0, 1_000_000)

  const refused = { log: 0, store: 0 }
  let away: keyof typeof refused | null = 'log'
  const changelog = log.changelog.bind(log)
  log.changelog = async (...asked) => {
    if (away !== 'log') return changelog(...asked)
    refused.log++
    throw new ConnectorError('broker-failed', 'the broker is away', { retryable: true })
  }
  const disk = openMemoryStore()
  const full: Store = {
    ...disk,
    getMany: keys => disk.getMany(keys),
    async write(changes) {
      if (away !== 'store') return disk.write(changes)
      refused.store++
      throw new StoreError('store-failed', 'no space left on device')
    },
  }
  const standby = working(log, { standby: true, store: full })
  await expect.poll(() => refused.log).toBeGreaterThan(0)
  away = 'store'
  await expect.poll(() => refused.store).toBeGreaterThan(0)
  away = null
  await expect.poll(() => new RowCache(disk, taskName(id), 0).appliedUntil()).toBe(end)
  expect(eventsOf(standby, 'stopped')).toEqual([])
  await standby.worker.close()
})

/** Keeps the events up to the first one whose decision was deferred. */
async function untilDeferred(): Promise<InputRecord[]> {
  const events = randomHistory(11, { records: 800, merges: false }).filter(({ topic }) => topic === topics.events.name)
  const bench = await TopologyTest.open(topology)
  await bench.run([...beforehand(8), ...events])
  const deferred = (await bench.read(topics.decisions, 'decision')).find(({ value }) => value.outcome.kind === 'DEFER')
  const at = deferred!.value.time.decidedAt
  return events.filter(({ timestamp }) => timestamp <= at)
}

test('in a live application time comes from the log of ticks alone, and deferred decisions are made by it', async () => {
  const log = await newLog()
  await log.createTopic(ticks.name, 1)
  const running = working(log, { time: 'live' })
  running.worker.assign(running.all)
  await writeHistory(log, topology, beforehand(8), { tickMs: Number.POSITIVE_INFINITY })
  await running.idle()
  const events = await untilDeferred()
  await writeHistory(log, topology, events, { tickMs: Number.POSITIVE_INFINITY })
  const last = events.at(-1)!.timestamp
  // A tick on an input log, which no live application has, must not advance the clock.
  await writeHistory(log, topology, [{ ...events[0]!, timestamp: last }], { tickMs: hours(500) })
  await running.idle()
  const decidedByTimer = async () => {
    const times: number[] = []
    for await (const { trigger, time } of values<Decision>(log, topics.decisions, 'decision'))
      if (trigger.eventId === '') times.push(time.decidedAt)
    return times
  }
  expect(await decidedByTimer()).toEqual([])
  const tick = { topic: ticks.name, partition: 0, key: '', value: new Uint8Array() }
  const tickAt = async (timestamp: number) => {
    await log.append([{ ...tick, timestamp }])
    await running.idle()
  }
  await tickAt(last + 1)
  expect(await decidedByTimer()).toEqual([])
  await tickAt(last + hours(500))
  await running.worker.close()
  const times = await decidedByTimer()
  expect(times.length).toBeGreaterThan(0)
  // A decision carries the time at which its timer was due, not the tick's.
  expect(times.every(at => at > last && at < last + hours(24))).toBe(true)
})

test('a worker that closes opens no more tasks, even if the group assigns it partitions', async () => {
  const log = await newLog()
  const one = working(log)
  one.worker.assign(one.all.slice(0, 2))
  await expect.poll(() => eventsOf(one, 'opened')).toHaveLength(2)
  const closing = one.worker.close()
  one.worker.assign(one.all)
  await closing
  one.worker.assign(one.all)
  expect(one.worker.tasks).toEqual([])
  expect(eventsOf(one, 'opened')).toHaveLength(2)
})
