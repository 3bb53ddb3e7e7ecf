// @module-tag broker
// @module-tag slow

import { randomUUID } from 'node:crypto'
import kafkajs from 'kafkajs'
import { describe, expect, inject, test } from 'vitest'
import { kafkaClient } from '../../connectors/kafka/kafka-client.ts'
import { type KafkaLog, openKafkaLog } from '../../connectors/kafka/kafka-log.ts'
import type { DeadLetter } from '../../schemas/generated.ts'
import { hours } from '../../schemas/record.ts'
import { topics } from '../../schemas/topics.ts'
import { openMemoryStore } from '../../state/stores/memory-store.ts'
import { TopologyTest } from '../../testing/topology-test.ts'
import { journey } from '../../topology/journey.ts'
import { createTopics, HistoryWriter } from '../../topology/replay/history-writer.ts'
import type { TaskEvent } from '../../topology/runtime/task-loop.ts'
import { Worker } from '../../topology/runtime/worker.ts'
import { beforehand, randomHistory, secret } from '../../topology/test/random-history.ts'
import { singlePartitionTopics } from '../logs/partitions.ts'
import { countOf, values } from '../logs/summary.ts'
import { ingestInto } from './ingest-cluster.ts'

const broker = inject('broker')
const brokers = 'lacks' in broker ? [] : broker.brokers.split(',')
const topology = journey({ secret })
const customers = 8
const events = randomHistory(1848, { records: 200, customers, merges: false }).filter(
  ({ topic }) => topic === topics.events.name,
)
const halves = [events.slice(0, 50), events.slice(50)] as const

/** A worker that has all partitions, on a log of its own. */
async function started(app: string, prefix: string) {
  const log = await openKafkaLog({ brokers, clientId: app, app, prefix })
  const news: TaskEvent[] = []
  const options = { topology, log, store: openMemoryStore(), time: 'history', batch: 20, idleMs: 1 } as const
  const worker = new Worker({ ...options, onEvent: one => news.push(one) })
  const all = worker.topics.flatMap(topic =>
    Array.from({ length: log.topics().get(topic)! }, (_, partition) => ({ topic, partition })),
  )
  worker.assign(all)
  const stop = async () => {
    await worker.close()
    await log.close()
    return news.filter(({ kind }) => kind === 'stopped')
  }
  return { worker, log, stop }
}

/** Packs bytes as one literal of snappy, in a block without Java's framing. */
function snappy(bytes: Buffer): Buffer {
  const length = Buffer.from([(bytes.length & 0x7f) | 0x80, bytes.length >> 7])
  return Buffer.concat([length, Buffer.from([61 << 2, (bytes.length - 1) & 0xff, (bytes.length - 1) >> 8]), bytes])
}

/** Each is one batch of its own, and one dead letter. */
async function poison(topic: string): Promise<number> {
  const { CompressionTypes, CompressionCodecs } = kafkajs
  CompressionCodecs[CompressionTypes.Snappy] = () => ({
    compress: async ({ buffer }: { buffer: Buffer }) => snappy(buffer),
  })
  const producer = kafkaClient({ brokers, clientId: 'poison' }).producer()
  await producer.connect()
  const plain = [
    { key: 'no value', value: null },
    { key: null, value: 'no key' },
    { key: 'bad bytes', value: Buffer.from([0xff, 0, 0xff]) },
    { key: 'oversize', value: Buffer.alloc((8 << 20) - 1000, 'x') },
  ]
  const batches = [
    ...plain.map(message => ({ message, compression: CompressionTypes.None })),
    { message: { key: 'bomb', value: Buffer.alloc(200e6) }, compression: CompressionTypes.GZIP },
    { message: { key: 'packed', value: Buffer.alloc(1000, 'x') }, compression: CompressionTypes.Snappy },
  ]
  for (const { message, compression } of batches)
    await producer.send({ topic, messages: [{ ...message, partition: 0, timestamp: '1711350000000' }], compression })
  await producer.disconnect()
  return batches.length
}

async function lettersIn(log: KafkaLog): Promise<DeadLetter[]> {
  const letters: DeadLetter[] = []
  for await (const letter of values<DeadLetter>(log, topics.deadLetters, 'letter')) letters.push(letter)
  return letters.filter(({ position }) => position.topic === topics.events.name)
}

describe.skipIf('lacks' in broker)('poison on a broker', () => {
  test('costs each bad record one dead letter, also over a restart, and its neighbours are decided', async () => {
    const bench = await TopologyTest.open(topology)
    await bench.run(beforehand(customers))
    await bench.run(events, { until: { multipleOf: hours(6) } })
    const decisions = await countOf(bench.log, topics.decisions, 'decision')
    const usual = await countOf(bench.log, topics.deadLetters, 'letter')
    const app = `poison-${randomUUID()}`
    const prefix = `${randomUUID()}.`
    const log = await openKafkaLog({ brokers, clientId: app, app, prefix })
    await createTopics(log, topology, 2, singlePartitionTopics)
    const first = await started(app, prefix)
    const tickMs = Number.POSITIVE_INFINITY
    await ingestInto({
      log,
      topology,
      records: (async function* () {
        yield* beforehand(customers)
      })(),
      tickMs,
      progress: () => undefined,
    })
    await expect.poll(() => countOf(log, topics.people, 'event')).toBe(customers)
    const writer = new HistoryWriter(log, topology, { tickMs: hours(6) })
    for (const event of halves[0]) writer.add(event)
    await writer.flush()
    const before = process.memoryUsage().rss
    let bad = await poison(`${prefix}${topics.events.name}`)
    await expect.poll(async () => (await lettersIn(log)).length).toBeGreaterThan(0)
    expect(await first.stop()).toEqual([])
    // The next owner begins behind the committed dead letters, and before all others.
    const second = await started(app, prefix)
    for (const event of halves[1]) writer.add(event)
    await writer.flush()
    bad += await poison(`${prefix}${topics.events.name}`)
    writer.end()
    await writer.flush()
    await expect.poll(() => countOf(log, topics.decisions, 'decision')).toBe(decisions)
    await expect.poll(async () => (await lettersIn(log)).length).toBe(bad + usual)

    const letters = await lettersIn(log)
    expect(new Set(letters.map(({ position }) => `${position.partition}/${position.offset}`)).size).toBe(letters.length)
    const after = async () => {
      const task = second.worker.tasks.find(({ topic, partition }) => topic === 'events' && partition === 0)
      return task?.position ? (await log.read('events', 0, task.position, 10)).length : null
    }
    await expect.poll(after).toBe(0)
    expect(letters.filter(({ reason }) => reason === 'oversize').length).toBe(2)
    // The bombs alone would be 400 MB.
    expect(process.memoryUsage().rss - before).toBeLessThan(300e6)
    expect(await second.stop()).toEqual([])
    await log.close()
  })
})
