// @module-tag broker

import { randomUUID } from 'node:crypto'
import { describe, expect, inject, test } from 'vitest'
import { verify } from '../../audit/verify.ts'
import { kafkaClient } from '../../connectors/kafka/kafka-client.ts'
import { type KafkaLog, openKafkaLog } from '../../connectors/kafka/kafka-log.ts'
import { Membership } from '../../connectors/kafka/membership.ts'
import type { InputRecord } from '../../schemas/input-record.ts'
import { hours } from '../../schemas/record.ts'
import { topics } from '../../schemas/topics.ts'
import { openMemoryStore } from '../../state/stores/memory-store.ts'
import { TopologyTest } from '../../testing/topology-test.ts'
import { plan } from '../../topology/graph/plan.ts'
import { journey } from '../../topology/journey.ts'
import type { Log } from '../../topology/log/log.ts'
import { createTopics, HistoryWriter } from '../../topology/replay/history-writer.ts'
import { decisionsHash } from '../../topology/replay/run-hashes.ts'
import type { TaskEvent } from '../../topology/runtime/task-loop.ts'
import { Worker } from '../../topology/runtime/worker.ts'
import { beforehand, randomHistory, secret } from '../../topology/test/random-history.ts'
import { singlePartitionTopics } from '../logs/partitions.ts'
import { countOf } from '../logs/summary.ts'
import { replayPeople } from '../replay-proof/replay-people.ts'
import { ingestInto } from './ingest-cluster.ts'

const broker = inject('broker')
const brokers = 'lacks' in broker ? [] : broker.brokers.split(',')
const topology = journey({ secret })
const customers = 8
const events = randomHistory(2017, { records: 500, customers, merges: false }).filter(
  ({ topic }) => topic === topics.events.name,
)

async function inOneProcess(): Promise<Log> {
  const bench = await TopologyTest.open(topology)
  await bench.run(beforehand(customers))
  await bench.run(events, { until: { multipleOf: hours(6) } })
  return bench.log
}

async function* all(records: readonly InputRecord[]): AsyncGenerator<InputRecord> {
  yield* records
}

/** A member of a group and the tasks that it is given, with a client and a store of its own. */
class Node {
  readonly news: TaskEvent[] = []
  readonly log: KafkaLog
  readonly membership: Membership
  readonly #worker: Worker

  private constructor(log: KafkaLog, worker: Worker, membership: Membership, news: TaskEvent[]) {
    this.log = log
    this.#worker = worker
    this.membership = membership
    this.news = news
  }

  static async start(app: string, prefix: string): Promise<Node> {
    const connection = { brokers, clientId: app }
    const log = await openKafkaLog({ ...connection, app, prefix })
    const news: TaskEvent[] = []
    // A fenced worker stays out of the way: its partitions belong to another one.
    const backOffMs = { first: 50, fenced: 600_000, most: 600_000 }
    const options = { topology, log, store: openMemoryStore(), time: 'history', batch: 20, idleMs: 1 } as const
    const worker = new Worker({ ...options, backOffMs, onEvent: one => news.push(one) })
    const membership = await Membership.join({
      kafka: kafkaClient(connection),
      groupId: app,
      topics: worker.topics.map(topic => prefix + topic),
      // Longer than a busy machine ever pauses: a member that is taken for dead would be fenced, and stay away.
      sessionTimeoutMs: 120_000,
      assigned: mine =>
        worker.assign(mine.map(({ topic, partition }) => ({ topic: topic.slice(prefix.length), partition }))),
      failed: error => expect.unreachable(error.message),
    })
    return new Node(log, worker, membership, news)
  }

  count(kind: TaskEvent['kind'], code?: string): number {
    return this.news.filter(
      one => one.kind === kind && (code === undefined || ('error' in one && codeOf(one.error) === code)),
    ).length
  }

  /** Why tasks stopped for good. */
  stops(): string[] {
    return this.news.flatMap(one => (one.kind === 'stopped' ? [`${one.task}: ${(one.error as Error).stack}`] : []))
  }

  async close(): Promise<void> {
    await this.#worker.close()
    await this.membership.leave()
    await this.log.close()
  }
}

const codeOf = (error: unknown) => (error as { code?: string }).code

describe.skipIf('lacks' in broker)('workers on a broker', () => {
  test('decide what one process decides, also when one of them is taken for dead and is not', async () => {
    const expected = await inOneProcess()
    const decisions = await countOf(expected, topics.decisions, 'decision')
    const app = `workers-${randomUUID()}`
    const prefix = `${randomUUID()}.`
    const log = await openKafkaLog({ brokers, clientId: app, app, prefix })
    await createTopics(log, topology, 6, singlePartitionTopics)
    const told: string[] = []
    const ingested = ingestInto({
      log,
      topology,
      records: all(beforehand(customers)),
      tickMs: Number.POSITIVE_INFINITY,
      progress: text => told.push(text),
    })
    // Nobody works yet: it is told so, and goes on once somebody does.
    await expect.poll(() => told[0]).toMatch(/^waiting until workers have put the release on identities\/0/)
    const nodes = await Promise.all([Node.start(app, prefix), Node.start(app, prefix)])
    await ingested
    await expect.poll(() => countOf(log, topics.people, 'event')).toBe(customers)
    const writer = new HistoryWriter(log, topology, { tickMs: hours(6) })
    for (const event of events.slice(0, 150)) writer.add(event)
    await writer.flush()
    // The group gives its partitions away, and it goes on with them.
    const [zombie, other] = nodes
    await zombie.membership.leave()
    const third = await Node.start(app, prefix)
    for (const event of events.slice(150)) writer.add(event)
    writer.end()
    await writer.flush()
    await expect.poll(() => countOf(log, topics.decisions, 'decision')).toBe(decisions)
    await Promise.all([zombie, other, third].map(node => node.close()))

    expect(await countOf(log, topics.decisions, 'decision')).toBe(decisions)
    expect(decisions).toBeGreaterThan(100)
    expect(await decisionsHash(log)).toBe(await decisionsHash(expected))
    expect((await verify(log)).ok).toBe(true)
    const proof = {
      log,
      plans: plan(topology),
      store: openMemoryStore(),
      kind: 'history',
      batch: 100,
      cacheRows: 100,
    } as const
    expect(await replayPeople(proof)).toMatchObject({ equal: true, differences: [] })
    expect(zombie.count('lost', 'fenced')).toBeGreaterThan(0)
    for (const node of [zombie, other, third]) {
      expect(node.stops()).toEqual([])
      expect(node.count('committed')).toBeGreaterThan(0)
    }
    await log.close()
  })
})
