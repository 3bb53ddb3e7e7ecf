// @module-tag broker
// @module-tag slow

import { randomUUID } from 'node:crypto'
import { describe, expect, inject, test } from 'vitest'
import { kafkaClient } from '../../connectors/kafka/kafka-client.ts'
import { openKafkaLog } from '../../connectors/kafka/kafka-log.ts'
import type { DeadLetter } from '../../schemas/generated.ts'
import { hours } from '../../schemas/record.ts'
import { topics } from '../../schemas/topics.ts'
import { writeFrame } from '../../schemas/wire.ts'
import { openMemoryStore } from '../../state/stores/memory-store.ts'
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
const customers = 24
const topology = journey({ secret })
const events = randomHistory(1912, { records: 600, customers, merges: false }).filter(
  ({ topic }) => topic === topics.events.name,
)

function unknownSchema(): Buffer {
  const bytes = Buffer.alloc(20)
  writeFrame(bytes, 0x7abcdef0)
  return bytes
}

/** Someone who may write there, and should not. */
async function spoil(topic: string, partition: number, value: Buffer): Promise<number> {
  const producer = kafkaClient({ brokers, clientId: 'stranger' }).producer()
  await producer.connect()
  const [written] = await producer.send({ topic, messages: [{ partition, key: 'k', value }] })
  await producer.disconnect()
  return Number(written!.baseOffset)
}

describe.skipIf('lacks' in broker)('a record of an internal log that can not be read', () => {
  test.each([
    ['of no schema', Buffer.from('nothing of ours'), 'bad-frame'],
    ['of a schema that nobody knows', unknownSchema(), 'unknown-schema'],
  ])(
    '%s stops its task, which says where; the others go on, and nothing behind it is taken',
    async (_, bytes, reason) => {
      const app = `unreadable-${randomUUID()}`
      const prefix = `${app}.`
      const log = await openKafkaLog({ brokers, clientId: app, app, prefix })
      await createTopics(log, topology, 4, singlePartitionTopics)
      const start = async () => {
        // Of its own: a log reads each partition at one place.
        const log = await openKafkaLog({ brokers, clientId: app, app, prefix })
        const news: TaskEvent[] = []
        const options = { topology, log, store: openMemoryStore(), time: 'history', batch: 20, idleMs: 1 } as const
        const worker = new Worker({ ...options, onEvent: one => news.push(one) })
        worker.assign(
          worker.topics.flatMap(topic =>
            Array.from({ length: log.topics().get(topic)! }, (_, partition) => ({ topic, partition })),
          ),
        )
        const stops = () =>
          news.flatMap(one => (one.kind === 'stopped' ? [[one.task, (one.error as Error).message]] : []))
        const close = async () => {
          await worker.close()
          await log.close()
        }
        return { worker, stops, close }
      }
      const first = await start()
      const records = (async function* () {
        yield* beforehand(customers)
      })()
      await ingestInto({ log, topology, records, tickMs: Number.POSITIVE_INFINITY, progress: () => undefined })
      await expect.poll(() => countOf(log, topics.people, 'event')).toBe(customers)

      const bad = new Map<string, number>()
      for (const [name, partition] of [
        ['identities', 1],
        ['people', 0],
      ] as const)
        bad.set(`${name}/${partition}`, await spoil(prefix + name, partition, bytes))
      const writer = new HistoryWriter(log, topology, { tickMs: hours(6) })
      for (const event of events) writer.add(event)
      writer.end()
      await writer.flush()
      await expect.poll(() => first.stops().length).toBe(2)
      const told = [
        [
          'stitching/identities/1',
          expect.stringContaining(`record ${bad.get('identities/1')} of identities/1 can't be read`),
        ],
        ['deciding/people/0', expect.stringContaining(`record ${bad.get('people/0')} of people/0 can't be read`)],
      ]
      expect(first.stops()).toEqual(expect.arrayContaining(told))
      for (const [, message] of first.stops()) expect(message).toContain(`[${reason}]`)

      // The other partitions fold all that there is, and decide.
      const left = async () => {
        const tasks = first.worker.tasks.filter(({ state }) => state !== 'stopped')
        const counts = tasks.map(
          async ({ topic, partition, position }) => (await log.read(topic, partition, position!, 10)).length,
        )
        return (await Promise.all(counts)).reduce((sum, count) => sum + count)
      }
      await expect.poll(left).toBe(0)
      const decided = [1, 2, 3].map(
        async partition => (await log.read(topics.decisions.name, partition, 0, 1000)).length,
      )
      expect(Math.min(...(await Promise.all(decided)))).toBeGreaterThan(0)

      // Nothing at or behind it was taken, nothing was put aside, and whoever comes next stops there again.
      const positions = await log.positions([
        { topic: 'identities', partition: 1 },
        { topic: 'people', partition: 0 },
      ])
      expect(positions[0]).toBeLessThanOrEqual(bad.get('identities/1')!)
      expect(positions[1]).toBeLessThanOrEqual(bad.get('people/0')!)
      for await (const letter of values<DeadLetter>(log, topics.deadLetters, 'letter'))
        expect(letter.reason).not.toBe(reason)
      await first.close()
      const second = await start()
      await expect.poll(() => second.stops().length).toBe(2)
      expect(second.stops()).toEqual(expect.arrayContaining(told))
      await second.close()
      await log.close()
    },
  )
})
