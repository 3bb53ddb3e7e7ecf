import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openEmbeddedLog } from '../connectors/embedded/embedded-log.ts'
import type { InputRecord } from '../schemas/input-record.ts'
import { topics } from '../schemas/topics.ts'
import { encodeValue } from '../schemas/wire.ts'
import { readReleaseFile } from '../scripts/input/release-file.ts'
import { openStore } from '../state/stores/open-store.ts'
import { journey } from '../topology/journey.ts'
import type { Log } from '../topology/log/log.ts'
import { releaseControl } from '../topology/replay/control-record.ts'
import { HistoryRunner } from '../topology/replay/history-runner.ts'
import { createTopics, writeHistory } from '../topology/replay/history-writer.ts'
import { stateHash } from '../topology/replay/run-hashes.ts'
import type { Customers } from './customers.ts'
import { ownSeconds, threadSeconds } from './processor-time.ts'

export interface EmbeddedRun {
  readonly directory: string
  readonly eventsPerSecond: number
  /** Processor seconds of all threads, and of the thread that folds; NaN where they can't be measured. */
  readonly cpuSecondsPerMillion: number
  readonly foldSecondsPerMillion: number
  /** Duration of a fixed piece of work in a process of its own, before and after: the speed of the machine. */
  readonly yardstickMs: number
  readonly recordsPerSecond: number
  readonly decisions: number
  readonly latenciesMs: readonly number[]
  readonly rowBytesPerPerson: number
  readonly diskBytesPerPerson: number
  readonly restartMs: number
  readonly stateVerified: boolean
}

export interface MeasureOptions {
  readonly customers: Customers
  readonly release: string
  readonly secret: string
  readonly cacheRows: number
}

/** Measures one repeat: introduces all persons, folds the measured events, then measures latency and restart and checks the state. */
export async function measure({ customers, release, secret, cacheRows }: MeasureOptions): Promise<EmbeddedRun> {
  const directory = mkdtempSync(join(tmpdir(), 'joai-bench-'))
  const topology = journey({ secret })
  const open = async (state = 'state') => {
    const log = await openEmbeddedLog(join(directory, 'log'))
    const store = await openStore('rocksdb', join(directory, state))
    await createTopics(log, topology, 1)
    return { log, store }
  }
  let { log, store } = await open()
  await writeHistory(log, topology, [
    controlRecord(release, customers.startedAt - 1),
    ...recordsOf(customers, 0, customers.persons),
  ])
  let runner = await HistoryRunner.open({ topology, log, store, cacheRows })
  await runner.drain()

  await writeHistory(log, topology, recordsOf(customers, customers.persons, customers.persons + customers.events))
  const yardstickBefore = yardstickMs()
  const before = {
    records: runner.records,
    decisions: await decisionsIn(log),
    cpu: ownSeconds(),
    fold: threadSeconds(),
    at: performance.now(),
  }
  await runner.drain()
  const seconds = (performance.now() - before.at) / 1000
  const cpuSeconds = ownSeconds() - before.cpu
  const foldSeconds = before.fold === null ? Number.NaN : threadSeconds()! - before.fold
  const yardstickAfter = yardstickMs()
  const decisions = (await decisionsIn(log)) - before.decisions
  const records = runner.records - before.records

  const latenciesMs = await latencies(log, runner, customers, topology)
  const live = await stateHash(runner.tasks)
  const rowBytes = await bytesOfRows(runner)
  await store.close()
  await log.close()

  const restarting = performance.now()
  ;({ log, store } = await open())
  runner = await HistoryRunner.open({ topology, log, store, cacheRows })
  const first = await decisionsIn(log)
  const after = customers.persons + customers.events + 1_000_000
  await writeHistory(log, topology, recordsOf(customers, after, after + 4))
  await runner.drain()
  if ((await decisionsIn(log)) === first) throw new Error('the restart led to no decision')
  const restartMs = performance.now() - restarting
  const afterRestart = await stateHash(runner.tasks)
  await store.close()
  await log.close()

  ;({ log, store } = await open('rebuilt'))
  runner = await HistoryRunner.open({ topology, log, store, cacheRows })
  const stateVerified = (await stateHash(runner.tasks)) === afterRestart && afterRestart !== live
  await store.close()
  await log.close()
  return {
    directory,
    eventsPerSecond: customers.events / seconds,
    cpuSecondsPerMillion: (cpuSeconds * 1_000_000) / customers.events,
    foldSecondsPerMillion: (foldSeconds * 1_000_000) / customers.events,
    yardstickMs: (yardstickBefore + yardstickAfter) / 2,
    recordsPerSecond: records / seconds,
    decisions,
    latenciesMs,
    rowBytesPerPerson: rowBytes / customers.persons,
    diskBytesPerPerson: sizeOf(join(directory, 'state-rocksdb')) / customers.persons,
    restartMs,
    stateVerified,
  }
}

/** Measures latency at 1,000 events a second for ten seconds: from the time at which an event is due until its decision is committed. */
async function latencies(
  log: Log,
  runner: HistoryRunner,
  customers: Customers,
  topology: ReturnType<typeof journey>,
): Promise<number[]> {
  const count = 10_000
  const from = customers.persons + customers.events
  const found: number[] = []
  const started = performance.now()
  for (let next = 0; next < count; ) {
    const due = Math.min(count, Math.floor(performance.now() - started))
    if (due <= next) {
      await new Promise(resolve => setTimeout(resolve, 1))
      continue
    }
    await writeHistory(log, topology, recordsOf(customers, from + next, from + due))
    await runner.drain()
    const now = performance.now() - started
    for (let n = next; n < due; n++) if ((from + n) % 4 === 0) found.push(now - n)
    next = due
  }
  return found
}

const yardstick = fileURLToPath(new URL('./yardstick.js', import.meta.url))
const yardstickMs = (): number => Number(execFileSync(process.execPath, [yardstick]))

function* recordsOf(customers: Customers, from: number, to: number): Generator<InputRecord> {
  for (let n = from; n < to; n++) yield customers.record(n, Math.floor(customers.startedAt + n * customers.everyMs))
}

function controlRecord(file: string, timestamp: number): InputRecord {
  const control = releaseControl(readReleaseFile(file))
  return {
    topic: topics.control.name,
    key: control.controlId,
    timestamp,
    value: encodeValue(topics.control.types.control, control),
  }
}

const decisionsIn = (log: Log): Promise<number> => log.end(topics.decisions.name, 0)

async function bytesOfRows({ tasks }: HistoryRunner): Promise<number> {
  let bytes = 0
  for (const task of tasks) for await (const rows of task.rows.all()) bytes += rows.encode()?.length ?? 0
  return bytes
}

function sizeOf(directory: string): number {
  return readdirSync(directory).reduce((sum, file) => sum + statSync(join(directory, file)).size, 0)
}
