// @module-tag process
// @module-tag broker
// @module-tag slow

import { mkdtempSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { verify } from '../../audit/verify.ts'
import { brokerLacks, startBroker } from '../../connectors/kafka/broker/local-broker.ts'
import type { LocalBroker } from '../../connectors/kafka/broker/process-broker.ts'
import type { InputRecord } from '../../schemas/input-record.ts'
import { hours } from '../../schemas/record.ts'
import { topics } from '../../schemas/topics.ts'
import { BuiltPackage, lastLine } from '../../testing/test/built-package.ts'
import { isWanted } from '../../testing/test/tags.ts'
import { TopologyTest } from '../../testing/topology-test.ts'
import { journey } from '../../topology/journey.ts'
import type { Log } from '../../topology/log/log.ts'
import { HistoryWriter } from '../../topology/replay/history-writer.ts'
import { decisionsHash } from '../../topology/replay/run-hashes.ts'
import { beforehand, randomHistory, secret } from '../../topology/test/random-history.ts'
import { settings } from '../config/config.ts'
import { openClusterLog } from '../logs/cluster.ts'
import { countOf } from '../logs/summary.ts'
import { ingestInto } from './ingest-cluster.ts'

// Starts a broker of its own, because it restarts it. The chaos run kills a broker too; this prints how soon workers go on.
const isOurs = Boolean(process.env.JOAI_LONG) && isWanted('process', 'broker', 'slow')
const lacks = isOurs ? await brokerLacks({}) : 'it is left to the long check'
const customers = 40
const topology = journey({ secret })
const events = randomHistory(1901, { records: 2000, customers, merges: false }).filter(
  ({ topic }) => topic === topics.events.name,
)

/** How long the broker is away before it starts again: by then clients have given up by themselves. */
const awayMs = 3000

async function inOneProcess(): Promise<Log> {
  const bench = await TopologyTest.open(topology)
  await bench.run(beforehand(customers))
  await bench.run(events, { until: { multipleOf: hours(6) } })
  return bench.log
}

async function* all(records: readonly InputRecord[]): AsyncGenerator<InputRecord> {
  yield* records
}

describe.skipIf(lacks !== null)(`a broker under workers${lacks === null ? '' : ` (skipped: ${lacks})`}`, () => {
  let built: BuiltPackage
  let broker: LocalBroker
  let folder: string
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'joai-restart-'))
    built = BuiltPackage.build()
    broker = await startBroker({ cache: process.env.JOAI_CACHE ?? join(homedir(), '.cache', 'joai') })
  })
  afterAll(async () => {
    await broker?.stop()
    rmSync(folder, { recursive: true })
  })

  test('may be killed and started again: they go on as soon as it answers, and nothing is lost or doubled', async () => {
    const { brokers } = broker
    const expected = await inOneProcess()
    const decisions = await countOf(expected, topics.decisions, 'decision')
    const env = { JOAI_SECRET: secret, JOAI_DATA: folder, JOAI_BROKERS: brokers }
    const place = { cwd: folder, env }
    expect(await built.run(['apply', '--history', '--partitions', '6'], place)).toMatchObject({ code: 0, err: '' })
    const workers = await built.start(['run', '--workers', '2', '--port', '0', '--json'], {
      ...place,
      until: /"running"/,
    })
    const log = await openClusterLog(settings({ brokers, data: folder, secret }).config, topology)
    const tell = () => undefined
    await ingestInto({
      log,
      topology,
      records: all(beforehand(customers)),
      tickMs: Number.POSITIVE_INFINITY,
      progress: tell,
    })
    await expect.poll(() => countOf(log, topics.people, 'event')).toBe(customers)
    const writer = new HistoryWriter(log, topology, { tickMs: hours(6) })
    const before = await countOf(log, topics.decisions, 'decision')
    for (const event of events) writer.add(event)
    writer.end()
    await writer.flush()
    const decided = await seen(log, topics.decisions.name, before + 50)
    await broker.restart(awayMs)
    const answered = performance.now()
    expect(await seen(log, topics.decisions.name, decided + 1)).toBeLessThan(decisions)
    const gapMs = Math.round(performance.now() - answered)
    await expect.poll(() => countOf(log, topics.decisions, 'decision')).toBe(decisions)
    process.stderr.write(`the first decision after the broker answered again: ${gapMs} ms\n`)
    // Workers end on a signal also while their group is out of reach.
    await broker.restart()
    const ran = await workers.end('SIGTERM')
    expect(lastLine(ran)).toEqual({ workers: 2, restarts: 0, code: 0 })
    expect(await seen(log, topics.decisions.name, decisions)).toBe(decisions)
    expect(await decisionsHash(log)).toBe(await decisionsHash(expected))
    expect((await verify(log)).ok).toBe(true)
    await log.close()
  })
})

/** Waits for so many records of a topic of a broker that may be away; answers how many there were by then. */
async function seen(log: Log, topic: string, least: number): Promise<number> {
  for (;;) {
    let count = 0
    try {
      for (let partition = 0; partition < log.topics().get(topic)!; partition++)
        for (let next = 0; ; ) {
          const records = await log.read(topic, partition, next, 1000)
          if (records.length === 0) break
          count += records.length
          next = records.at(-1)!.offset + 1
        }
    } catch {
      count = 0
      await delay(50)
    }
    if (count >= least) return count
    await delay(20)
  }
}
