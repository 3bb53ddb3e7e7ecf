import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { InputRecord } from '../../../schemas/input-record.ts'
import type { Topic } from '../../../schemas/record.ts'
import { decodeValue, typeOf } from '../../../schemas/wire.ts'
import { type BuiltPackage, lastLine, type Ran } from '../../../testing/test/built-package.ts'
import { TopologyTest } from '../../../testing/topology-test.ts'
import type { Topology } from '../../../topology/graph/topology.ts'
import type { Log } from '../../../topology/log/log.ts'
import { topicRecords } from '../../../topology/log/log-reader.ts'
import { HistoryWriter } from '../../../topology/replay/history-writer.ts'
import { settings } from '../../config/config.ts'
import { openClusterLog } from '../../logs/cluster.ts'
import { recordCount } from '../../logs/summary.ts'
import { RunUnderKills } from './run-under-kills.ts'

/** A history, and the topology that folds it. */
export interface KilledHistory {
  readonly topology: Topology
  /** Ingested by the command, before anything is killed. */
  readonly first: readonly InputRecord[]
  /** Appended in portions; in the midst of each but the last a worker is killed. */
  readonly rest: readonly InputRecord[]
  readonly tickMs: number
}

/** An application with two workers that are killed while they fold a history. */
export interface KilledOptions extends KilledHistory {
  readonly built: BuiltPackage
  /** The folder of its files; it may be shared. */
  readonly folder: string
  readonly brokers: string
  readonly secret: string
  /** How commands are told which topology it is. */
  readonly flags?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly runFlags?: readonly string[]
  /** A topic that gets something of every portion. */
  readonly watched: Topic
  readonly kills: number
  /** Waits until what was ingested is folded as far as the rest needs it. */
  readonly settled?: (log: Log) => Promise<void>
}

/** The application once all has been appended; the caller ends the run and closes the log. */
export interface KilledApplication {
  readonly run: RunUnderKills
  readonly log: Log
  /** Runs a command on the application. */
  joai(...args: readonly string[]): Promise<Ran>
  /** Runs a command that is not told which topology it is. */
  untold(...args: readonly string[]): Promise<Ran>
}

/** Plans, applies, runs and ingests by the command, kills workers, and resolves when all input has been appended. */
export async function killed(options: KilledOptions): Promise<KilledApplication> {
  const { topology, built, folder, brokers, secret, flags = [], runFlags = [], kills } = options
  const prefix = `${randomUUID()}.`
  const data = join(folder, prefix)
  const set = { JOAI_SECRET: secret, JOAI_DATA: data, JOAI_BROKERS: brokers, JOAI_PREFIX: prefix }
  const place = { cwd: folder, env: { ...set, ...options.env } }
  const joai = (...args: readonly string[]) => built.run([...args, ...flags], place)
  const untold = (...args: readonly string[]) => built.run(args, { cwd: folder, env: set })
  const deploy = ['--history', '--partitions', '2']
  const planned = await joai('plan', ...deploy, '--json')
  expect(planned, planned.err).toMatchObject({ code: 0, err: '' })
  expect(await joai('apply', ...deploy)).toMatchObject({ code: 0, err: '' })
  // Brokers that were given may allow no shorter session.
  const session = process.env.KAFKA_BROKERS ? '6000' : '2000'
  const small = ['--workers', '2', '--batch', '10', '--session-timeout-ms', session]
  const run = await RunUnderKills.start(built, place, ...small, ...runFlags, ...flags)
  const log = await openClusterLog(settings({ brokers, prefix, data, secret }).config, topology)
  try {
    await ingested(options, joai)
    await options.settled?.(log)
    await appended(options, run, log)
    expect(run.counts.kills).toBe(kills)
    return { run, log, joai, untold }
  } catch (error) {
    await run.end()
    await log.close()
    throw error
  }
}

async function ingested({ folder, first, brokers }: KilledOptions, joai: KilledApplication['joai']): Promise<void> {
  const file = join(folder, `${randomUUID()}.jsonl`)
  writeFileSync(file, first.map(asLine).join(''))
  const ran = await joai('ingest', '--adapter', 'json-lines', '--input', file, '--brokers', brokers, '--json')
  expect(ran, ran.err).toMatchObject({ code: 0 })
  expect(lastLine(ran)).toMatchObject({ records: first.length })
}

async function appended(options: KilledOptions, run: RunUnderKills, log: Log): Promise<void> {
  const { topology, rest, tickMs, watched, kills } = options
  const writer = new HistoryWriter(log, topology, { tickMs })
  const size = Math.ceil(rest.length / (kills + 1))
  for (let portion = 0; portion <= kills; portion++) {
    await run.ready()
    const before = await recordCount(log, watched.name)
    for (const record of rest.slice(portion * size, (portion + 1) * size)) writer.add(record)
    if (portion === kills) writer.end()
    await writer.flush()
    if (portion === kills) return
    // Its first outputs are there, and the rest of it is under way.
    await expect.poll(() => recordCount(log, watched.name), { interval: 5 }).toBeGreaterThan(before)
    await run.kill(portion % 2)
  }
}

/** The log of one process that folds the same history without kills. */
export async function inOneProcess({ topology, first, rest, tickMs }: KilledHistory): Promise<Log> {
  const bench = await TopologyTest.open(topology)
  await bench.run(first)
  await bench.run(rest, { until: { multipleOf: tickMs } })
  return bench.log
}

/** All that topics hold, each record as its key and value in text, sorted: nothing orders one task against another. */
export async function contentsOf(log: Log, topics: readonly Topic<any>[]): Promise<string[]> {
  const contents: string[] = []
  for (const topic of topics)
    for await (const { key, value } of topicRecords(log, topic.name)) {
      const type = typeOf(topic, value)
      contents.push(`${topic.name} ${key} ${JSON.stringify(decodeValue(topic.types[type]!, value))}`)
    }
  return contents.sort()
}

/** A record as a line that the adapter `json-lines` reads. */
const asLine = ({ topic, key, timestamp, value }: InputRecord): string =>
  `${JSON.stringify({ topic, key, timestamp, base64: Buffer.from(value).toString('base64') })}\n`
