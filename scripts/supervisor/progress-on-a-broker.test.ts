// @module-tag process
// @module-tag broker
// @module-tag slow

import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Admin } from 'kafkajs'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { kafkaClient } from '../../connectors/kafka/kafka-client.ts'
import { type KafkaLog, openKafkaLog } from '../../connectors/kafka/kafka-log.ts'
import { canMountDisks, fillDisk, mountedDisk, unmountDisk } from '../../testing/test/small-disk.ts'
import { journey } from '../../topology/journey.ts'
import { createTopics } from '../../topology/replay/history-writer.ts'
import { settings } from '../config/config.ts'
import { singlePartitionTopics } from '../logs/partitions.ts'
import { WorkerProcess } from './worker-process.ts'

const broker = inject('broker')
const brokers = 'lacks' in broker ? [] : broker.brokers.split(',')
const secret = 'the secret of the test'
const topology = journey({ secret })

describe.skipIf('lacks' in broker)('a worker on a broker', () => {
  let folder: string
  let prefix: string
  let log: KafkaLog
  let lines: any[]
  let workers: WorkerProcess[]
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'joai-progress-'))
    prefix = `progress-${randomUUID()}.`
    lines = []
    workers = []
    log = await openLog('writer')
    await createTopics(log, topology, 2, singlePartitionTopics)
    await log.createTopic('ticks', 1)
  })
  afterEach(async () => {
    for (const worker of workers) await worker.close()
    await log.close()
    rmSync(folder, { recursive: true })
  })

  const openLog = (app: string) => openKafkaLog({ brokers, clientId: app, app: prefix + app, prefix })

  async function started(data = folder, store = 'memory'): Promise<WorkerProcess> {
    const { config } = settings({ brokers: brokers.join(','), prefix, data, secret, store })
    const options = { config, topology, kind: 'live', standby: false, index: workers.length } as const
    const logger = pino({ level: 'info' }, { write: line => lines.push(JSON.parse(line)) })
    const worker = await WorkerProcess.start({ ...options, logger, openLog: () => openLog('app') }, error => {
      throw error
    })
    workers.push(worker)
    await expect.poll(async () => (await worker.status()).ready).toBe(true)
    return worker
  }

  async function admin(work: (admin: Admin) => Promise<unknown>): Promise<void> {
    const one = kafkaClient({ brokers, clientId: 'owner' }).admin()
    await one.connect()
    await work(one)
    await one.disconnect()
  }

  const grow = (topic: string, count: number) =>
    admin(one => one.createPartitions({ topicPartitions: [{ topic: prefix + topic, count }] }))

  /** Writes what is no event, as anyone may: each becomes a dead letter. */
  async function write(partition: number, count: number): Promise<void> {
    const producer = kafkaClient({ brokers, clientId: 'someone' }).producer()
    await producer.connect()
    const messages = Array.from({ length: count }, () => ({ partition, value: 'no event' }))
    await producer.send({ topic: `${prefix}events`, messages })
    await producer.disconnect()
  }

  const letters = async () => (await log.read('dead-letters', 0, 0, 1000)).length
  const said = (message: string) => lines.filter(({ msg }) => msg.includes(message))
  const taskOf = async (worker: WorkerProcess, name: string) =>
    (await worker.status()).tasks.find(task => task.name === name)!

  test('reads partitions that an input gets while it runs, and says so; a restart without `apply` goes on', async () => {
    const both = [await started(), await started()]
    await grow('events', 8)
    for (let partition = 2; partition < 8; partition++) await write(partition, 1)
    await expect.poll(letters).toBe(6)
    for (const worker of both) {
      await expect.poll(async () => (await worker.status()).ready).toBe(true)
      const { tasks, metrics } = await worker.status()
      expect(tasks.filter(({ topic }) => topic === 'events').length).toBe(4)
      expect(JSON.stringify(metrics)).toContain('{"value":8,"labels":{"topic":"events","worker":')
    }
    const grown = { level: 40, topic: 'events', before: 2, now: 8 }
    expect(said('topic has more partitions')).toMatchObject([grown, grown])
    for (const worker of both) await worker.close()

    await grow('events', 9)
    const next = await started()
    await write(8, 3)
    await expect.poll(letters).toBe(9)
    expect((await taskOf(next, 'intake/events/8')).state).toBe('running')
    expect(said('task stopped')).toEqual([])
  })

  test('does not follow an internal log that grows, says so, and is not ready', async () => {
    const worker = await started()
    await grow('people', 3)
    await expect.poll(async () => (await worker.status()).withoutTask).toEqual(['people/2'])
    expect((await worker.status()).ready).toBe(false)
    await expect.poll(() => said('which are not read').length).toBe(1)
    expect(said('which are not read')).toMatchObject([{ level: 50, topic: 'people', before: 2, now: 3 }])
  })

  test("is not ready behind someone's open transaction, counts what waits, and says why once", async () => {
    const worker = await started()
    const hanging = kafkaClient({ brokers, clientId: 'hanging' }).producer({
      transactionalId: `${prefix}hanging`,
      idempotent: true,
      maxInFlightRequests: 1,
      transactionTimeout: 600_000,
    })
    await hanging.connect()
    const transaction = await hanging.transaction()
    await transaction.send({ topic: `${prefix}events`, messages: [{ partition: 1, value: 'hangs' }] })
    await write(1, 20)
    const stalled = { state: 'running', lag: 21, stalled: 'open-transaction' }
    await expect.poll(() => taskOf(worker, 'intake/events/1'), { interval: 500 }).toMatchObject(stalled)
    const { ready, metrics, tasks } = await worker.status()
    expect(ready).toBe(false)
    expect(tasks.filter(task => task.stalled !== null).length).toBe(1)
    const labels = '"labels":{"topic":"events","partition":"1","reason":"open-transaction","worker":"0"}'
    expect(JSON.stringify(metrics)).toContain(labels)
    expect(await letters()).toBe(0)

    await transaction.abort()
    await hanging.disconnect()
    await expect.poll(letters).toBe(20)
    await expect.poll(async () => (await worker.status()).ready).toBe(true)
    expect(await taskOf(worker, 'intake/events/1')).toMatchObject({ lag: 0, stalled: null })
    expect(said('does not move')).toMatchObject([{ task: 'intake/events/1', reason: 'open-transaction', lag: 21 }])
    expect(said('moves again').length).toBe(1)
  })

  test('costs the tasks of a topic that was deleted, and no others, and reads it once it is there again', async () => {
    const worker = await started()
    await admin(one => one.deleteTopics({ topics: [`${prefix}reference`] }))
    await expect.poll(async () => (await taskOf(worker, 'intake/reference/0')).state).not.toBe('running')
    await write(0, 100)
    await expect.poll(letters).toBe(100)
    const rest = (await worker.status()).tasks.filter(({ topic }) => topic !== 'reference')
    expect(new Set(rest.map(({ state }) => state))).toEqual(new Set(['running']))
    await admin(one => one.createTopics({ topics: [{ topic: `${prefix}reference`, numPartitions: 1 }] }))
    await expect.poll(async () => (await worker.status()).ready).toBe(true)
    expect([...new Set(said('task lost').map(({ task }) => task))]).toEqual(['intake/reference/0'])
  })

  test('counts what waits for a task that stopped', async () => {
    const worker = await started()
    const value = Buffer.from('nothing of ours')
    await log.append([1, 2, 3].map(timestamp => ({ topic: 'identities', partition: 0, key: 'k', value, timestamp })))
    // Ticks come there too, so that more and more waits.
    const stalled = async () => (await taskOf(worker, 'stitching/identities/0')).stalled
    await expect.poll(stalled, { interval: 500 }).toBe('unreadable-record')
    const { state, position, lag } = await taskOf(worker, 'stitching/identities/0')
    expect({ state, position }).toEqual({ state: 'stopped', position: null })
    expect(lag).toBeGreaterThan(3)
    expect((await worker.status()).ready).toBe(false)
  })

  test.skipIf(!canMountDisks)('goes on when the disk of its store was full and has room again', async () => {
    const disk = mountedDisk()
    try {
      const worker = await started(disk, 'rocksdb')
      fillDisk(join(disk, 'other'))
      let written = 0
      const isFull = () => lines.some(({ error }) => error?.code === 'store-failed')
      for (; !isFull(); written += 50) {
        await write(0, 50)
        await expect.poll(async () => isFull() || (await letters()) === written + 50).toBe(true)
      }
      await expect.poll(async () => (await worker.status()).ready).toBe(false)
      rmSync(join(disk, 'other'))
      await write(0, 50)
      await expect.poll(letters).toBe(written + 50)
      await expect.poll(async () => (await worker.status()).ready).toBe(true)
      expect(said('task stopped')).toEqual([])
      await worker.close()
    } finally {
      unmountDisk(disk)
    }
  })
})
