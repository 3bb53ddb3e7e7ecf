// @module-tag broker
// @module-tag slow

import { randomUUID } from 'node:crypto'
import { describe, expect, inject, test } from 'vitest'
import { Cluster } from '../../connectors/kafka/cluster.ts'
import { openKafkaLog } from '../../connectors/kafka/kafka-log.ts'
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
const brokers = 'lacks' in broker ? [] : broker.brokers.split(',')
const customers = 24
const topology = journey({ secret })
const events = randomHistory(1913, { records: 800, customers, merges: false }).filter(
  ({ topic }) => topic === topics.events.name,
)

async function inOneProcess() {
  const bench = await TopologyTest.open(topology)
  await bench.run(beforehand(customers))
  await bench.run(events, { until: { multipleOf: hours(6) } })
  return { hash: await decisionsHash(bench.log), decisions: await countOf(bench.log, topics.decisions, 'decision') }
}

describe.skipIf('lacks' in broker)('topics that somebody sets to another codec', () => {
  test('are read all the same, changelogs too, over restarts without a store: every decision is that of one process', async () => {
    const expected = await inOneProcess()
    const app = `codecs-${randomUUID()}`
    const connection = { brokers, clientId: app, prefix: `${app}.` }
    const log = await openKafkaLog({ ...connection, app })
    await createTopics(log, topology, 2, singlePartitionTopics)
    const cluster = await Cluster.connect(connection)
    const stops: TaskEvent[] = []
    const start = async () => {
      const own = await openKafkaLog({ ...connection, app })
      const onEvent = (one: TaskEvent) => void (one.kind === 'stopped' && stops.push(one))
      const worker = new Worker({
        topology,
        log: own,
        store: openMemoryStore(),
        time: 'history',
        batch: 20,
        idleMs: 1,
        onEvent,
      })
      worker.assign(
        worker.topics.flatMap(topic =>
          Array.from({ length: own.topics().get(topic)! }, (_, partition) => ({ topic, partition })),
        ),
      )
      return async () => {
        await worker.close()
        await own.close()
      }
    }
    let stop = await start()
    const records = (async function* () {
      yield* beforehand(customers)
    })()
    await ingestInto({ log, topology, records, tickMs: Number.POSITIVE_INFINITY, progress: () => undefined })
    await expect.poll(() => countOf(log, topics.people, 'event')).toBe(customers)

    const writer = new HistoryWriter(log, topology, { tickMs: hours(6) })
    const codecs = ['zstd', 'lz4', 'snappy', 'gzip', 'producer']
    for (const [n, codec] of codecs.entries()) {
      const before = await countOf(log, topics.decisions, 'decision')
      const changelogs = ['stitching.identities-changelog', 'deciding.people-changelog']
      for (const [name, topic] of await cluster.topics([...log.topics().keys(), ...changelogs]))
        await cluster.configure(name, topic, { 'compression.type': codec })
      const share = Math.ceil(events.length / codecs.length)
      for (const event of events.slice(n * share, (n + 1) * share)) writer.add(event)
      if (n === codecs.length - 1) writer.end()
      await writer.flush()
      await expect.poll(() => countOf(log, topics.decisions, 'decision')).toBeGreaterThan(before)
      await stop()
      stop = await start()
    }
    await expect.poll(() => countOf(log, topics.decisions, 'decision')).toBe(expected.decisions)
    expect(await decisionsHash(log)).toBe(expected.hash)
    expect(stops).toEqual([])
    await stop()
    await cluster.close()
    await log.close()
  })
})
