// @module-tag broker

import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { codeOf, commitOf, output, task, valuesOf } from '../../test/log-fixture-contract.ts'
import { kafkaClient } from '../kafka-client.ts'
import { type KafkaLog, openKafkaLog } from '../kafka-log.ts'
import { readFetchResponse } from './fetch-response.ts'
import { type Connections, connectionsOf, fetchRaw } from './kafkajs-internals.ts'
import { recordBatches } from './record-batches.ts'
import { type TransactionVersion, transactionVersionOf } from './transactions.ts'

const broker = inject('broker')
const brokers = 'lacks' in broker ? [] : broker.brokers.split(',')
const epochAt = 51
const firstSequenceAt = 53

describe.skipIf('lacks' in broker)('the two ways of transactions', () => {
  const logs: KafkaLog[] = []
  let connections: Connections
  let app: string
  beforeEach(async () => {
    app = `ways-${randomUUID()}`
    connections = connectionsOf(kafkaClient({ brokers, clientId: app }))
    await connections.connect()
  })
  afterEach(async () => {
    await Promise.all([...logs.splice(0), connections].map(one => ('close' in one ? one.close() : one.disconnect())))
  })

  async function opened(transactionVersion?: TransactionVersion): Promise<KafkaLog> {
    const way = transactionVersion === undefined ? {} : { transactionVersion }
    const log = await openKafkaLog({ brokers, clientId: app, app, prefix: `${app}.`, ...way })
    logs.push(log)
    await log.createTopic('in', 4)
    await log.createTopic('out', 2)
    return log
  }

  const anyBroker = () => connections.findGroupCoordinator({ groupId: app, coordinatorType: 0 })

  /** Returns the epoch and the first sequence of each batch, without markers. */
  async function origins(partition: number): Promise<[number, number][]> {
    const topic = `${app}.out`
    await connections.addMultipleTargetTopics([topic])
    const { leader } = connections.findTopicPartitionMetadata(topic).find(one => one.partitionId === partition)!
    const leading = await connections.findBroker({ nodeId: leader })
    const found: [number, number][] = []
    for (let fetchOffset = 0; ; ) {
      const asked = [{ topic, partitions: [{ partition, fetchOffset, maxBytes: 1 << 20 }] }]
      const [response] = readFetchResponse(await fetchRaw(leading, asked, { maxWaitTime: 100, maxBytes: 1 << 20 }))
      for (const { lastOffset, isControl, bytes } of recordBatches(response!.batches)) {
        fetchOffset = lastOffset + 1
        if (!isControl) found.push([bytes.readInt16BE(epochAt), bytes.readInt32BE(firstSequenceAt)])
      }
      if (fetchOffset >= response!.lastStableOffset) return found
    }
  }

  async function threeCommits(log: KafkaLog): Promise<[number, number][]> {
    const owner = await log.acquire(task(0))
    for (let position = 1; position <= 3; position++)
      await log.commit([{ ...commitOf(owner, position, []), outputs: [output('a'), output('b')] }])
    // Waits until everything can be read.
    expect(await valuesOf(log, 0)).toHaveLength(6)
    return origins(0)
  }

  test('in version 2 each transaction has its own epoch, and sequences begin at zero', async () => {
    const [first, ...others] = (await threeCommits(await opened(2))) as [[number, number], [number, number]]
    expect(first[1]).toBe(0)
    expect(others).toEqual([1, 2].map(later => [first[0] + later, 0]))
  })

  test('in version 1 all have the same epoch, and sequences continue', async () => {
    const [first, ...others] = (await threeCommits(await opened(1))) as [[number, number], [number, number]]
    expect(first[1]).toBe(0)
    expect(others).toEqual([2, 4].map(sequence => [first[0], sequence]))
  })

  test('version 2 is used where the cluster has agreed on it, version 1 where its brokers are older', async () => {
    const asked = await anyBroker()
    const version = await transactionVersionOf(asked)
    const epochs = new Set((await threeCommits(await opened())).map(([epoch]) => epoch))
    expect(epochs.size).toBe(version === 2 ? 3 : 1)
    const older = { ...asked, versions: { ...asked.versions, 26: { maxVersion: 4 } } }
    expect(await transactionVersionOf(older)).toBe(1)
  })

  test('a task changes versions and back: each acquisition fences the previous owner', async () => {
    const values: string[] = []
    let owned: { readonly log: KafkaLog; readonly owner: Awaited<ReturnType<KafkaLog['acquire']>> } | null = null
    for (const [round, version] of ([1, 2, 1, 2, 2] as const).entries()) {
      const log = await opened(version)
      const zombie = owned
      const open = zombie ? await zombie.log.leaveOpen(commitOf(zombie.owner, 2 * round, ['ghost'])) : null
      const owner = await log.acquire(task(0))
      expect(owner.position).toBe(round === 0 ? null : 2 * round)
      await log.commit([commitOf(owner, 2 * round + 1, [`${round}`])])
      if (open) await expect(open.abort()).rejects.toThrow()
      if (zombie) expect(await codeOf(zombie.log.commit([commitOf(zombie.owner, 50, ['ghost'])]))).toBe('fenced')
      await log.commit([commitOf(owner, 2 * round + 2, [])])
      values.push(`${round}`)
      owned = { log, owner }
    }
    expect(await valuesOf(owned!.log, 0)).toEqual(values)
  })

  test('tasks whose commits follow each other at once are not delayed by the markers of earlier ones', async () => {
    const log = await opened()
    const owners = await Promise.all([0, 1, 2, 3].map(partition => log.acquire(task(partition))))
    const commits = 40
    await Promise.all(
      owners.map(owner =>
        log.commit(Array.from({ length: commits }, (_, n) => commitOf(owner, n + 1, [`${n}.a`, `${n}.b`]))),
      ),
    )
    expect([(await valuesOf(log, 0)).length, (await valuesOf(log, 1)).length]).toEqual([4 * commits, 4 * commits])
  })

  test('a commit of several requests is complete and in order, in either version', async () => {
    for (const version of [1, 2] as const) {
      const log = await opened(version)
      const owner = await log.acquire(task(version))
      const large = Array.from({ length: 9 }, (_, n) => ({ ...output(''), value: Buffer.alloc(200_000, `${n}`) }))
      const before = (await valuesOf(log, 0)).length
      await log.commit([{ ...commitOf(owner, 1, []), outputs: large }])
      const values = (await valuesOf(log, 0)).slice(before)
      expect(values.map(value => [value?.length, value?.[0]])).toEqual(large.map((_, n) => [200_000, `${n}`]))
    }
  })
})
