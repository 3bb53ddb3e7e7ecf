// @module-tag broker
// @module-tag slow

import { randomUUID } from 'node:crypto'
import { describe, expect, inject, test } from 'vitest'
import { verify } from '../../audit/verify.ts'
import { openKafkaLog } from '../../connectors/kafka/kafka-log.ts'
import { type Cut, CuttingProxy } from '../../connectors/test/cutting-proxy.ts'
import type { InputRecord } from '../../schemas/input-record.ts'
import { hours } from '../../schemas/record.ts'
import { topics } from '../../schemas/topics.ts'
import { openMemoryStore } from '../../state/stores/memory-store.ts'
import { TopologyTest } from '../../testing/topology-test.ts'
import { journey } from '../../topology/journey.ts'
import { createTopics, HistoryWriter } from '../../topology/replay/history-writer.ts'
import { decisionsHash } from '../../topology/replay/run-hashes.ts'
import type { TaskEvent } from '../../topology/runtime/task-loop.ts'
import { Worker } from '../../topology/runtime/worker.ts'
import { beforehand, randomHistory, secret } from '../../topology/test/random-history.ts'
import { singlePartitionTopics } from '../logs/partitions.ts'
import { countOf } from '../logs/summary.ts'
import { ingestInto } from './ingest-cluster.ts'

const broker = inject('broker')
const customers = 8
const topology = journey({ secret })
const events = randomHistory(1815, { records: 500, customers, merges: false }).filter(
  ({ topic }) => topic === topics.events.name,
)

async function* all(records: readonly InputRecord[]): AsyncGenerator<InputRecord> {
  yield* records
}

describe.skipIf('lacks' in broker)('a worker whose answers are lost', () => {
  test('learns at each takeover what has landed, and decides each trigger once', async () => {
    const bench = await TopologyTest.open(topology)
    await bench.run(beforehand(customers))
    await bench.run(events, { until: { multipleOf: hours(6) } })
    const decisions = await countOf(bench.log, topics.decisions, 'decision')

    const [address] = (broker as { brokers: string }).brokers.split(',')
    const app = `lost-${randomUUID()}`
    const log = await openKafkaLog({ brokers: [address!], clientId: app, app, prefix: `${app}.` })
    await createTopics(log, topology, 2, singlePartitionTopics)
    const proxy = await CuttingProxy.open(address!)
    const cutLog = await openKafkaLog({ brokers: proxy.brokers, clientId: app, app, prefix: `${app}.` })
    const news: TaskEvent[] = []
    const worker = new Worker({
      topology,
      log: cutLog,
      store: openMemoryStore(),
      time: 'history',
      batch: 10,
      onEvent: one => news.push(one),
    })
    worker.assign(
      [...log.topics()].flatMap(([topic, count]) =>
        Array.from({ length: count }, (_, partition) => ({ topic, partition })),
      ),
    )
    await ingestInto({
      log,
      topology,
      records: all(beforehand(customers)),
      tickMs: Number.POSITIVE_INFINITY,
      progress: () => undefined,
    })
    await expect.poll(() => countOf(log, topics.people, 'event')).toBe(customers)

    const cuts = new Map<string, number>()
    let commits = 0
    proxy.cut = id => {
      if (++commits % 5 !== 0) return null
      const where: Cut = commits % 10 === 0 ? 'before' : 'after'
      const name = `${where} ${/\.(intake|stitching|deciding)\./.exec(id)![1]}`
      const count = cuts.get(name) ?? 0
      if (count >= 3) return null
      cuts.set(name, count + 1)
      return where
    }
    const writer = new HistoryWriter(log, topology, { tickMs: hours(6) })
    for (const event of events) writer.add(event)
    writer.end()
    await writer.flush()
    await expect.poll(() => countOf(log, topics.decisions, 'decision')).toBe(decisions)
    await worker.close()

    const subTopologies = ['intake', 'stitching', 'deciding']
    expect(Object.fromEntries(cuts)).toEqual(
      Object.fromEntries(
        subTopologies.flatMap(name => [
          [`before ${name}`, 3],
          [`after ${name}`, 3],
        ]),
      ),
    )
    const of = (kind: TaskEvent['kind']) => news.filter(one => one.kind === kind)
    expect(of('lost').length).toBeGreaterThanOrEqual(18)
    expect(of('stopped')).toEqual([])
    for (const one of news) if (one.kind === 'committed') expect(one.duplicates).toBe(0)
    expect(await decisionsHash(log)).toBe(await decisionsHash(bench.log))
    expect((await verify(log)).ok).toBe(true)
    await cutLog.close()
    await proxy.close()
    await log.close()
  })
})
