// @module-tag broker

import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { assertWhole, topicRecords } from '../../topology/log/log-reader.ts'
import { emptyCheckpoint, encodeCheckpoint, runtimeVersion } from '../../topology/task/checkpoint.ts'
import { acquireTask } from '../../topology/task/recovery.ts'
import { codeOf, commitOf, output, task, text, valuesOf } from '../test/log-fixture-contract.ts'
import { Fetcher } from './fetcher.ts'
import { kafkaClient } from './kafka-client.ts'
import { type KafkaLog, openKafkaLog } from './kafka-log.ts'
import { connectionsOf } from './protocol/kafkajs-internals.ts'

const broker = inject('broker')
const brokers = 'lacks' in broker ? [] : broker.brokers.split(',')

describe.skipIf('lacks' in broker)('faults on a broker', () => {
  let log: KafkaLog
  let prefix: string
  let app: string
  beforeEach(async () => {
    prefix = `${randomUUID()}.`
    app = `faults-${randomUUID()}`
    log = await openKafkaLog({
      brokers,
      clientId: 'faults',
      app,
      prefix,
    })
    await log.createTopic('in', 4)
    await log.createTopic('out', 2)
  })
  afterEach(() => log.close())

  test('an append that the broker refuses delays no reader', async () => {
    await log.append([output('before')])
    const tooLarge = { ...output('', 1), value: Buffer.alloc(12 << 20, 'x') }
    expect(await codeOf(log.append([output('lost'), tooLarge]))).toBe('broker-failed')
    await log.append([output('after')])
    // The failed transaction would delay the end until the broker gives it up, half a minute later.
    expect([await valuesOf(log, 0), await valuesOf(log, 1)]).toEqual([['before', 'after'], []])
  })

  test('a commit that the broker refuses leaves nothing, and its task continues once it is acquired again', async () => {
    const owner = await log.acquire(task(0))
    const tooLarge = { ...output('', 1), value: Buffer.alloc(12 << 20, 'x') }
    const refused = { ...commitOf(owner, 1, ['lost']), outputs: [output('lost'), tooLarge] }
    expect(await codeOf(log.commit([refused]))).toBe('broker-failed')
    expect(await codeOf(log.commit([commitOf(owner, 1, ['late'])]))).toBe('fenced')
    const again = await log.acquire(task(0))
    expect(again).toMatchObject({ position: null, checkpoint: null })
    await log.commit([commitOf(again, 1, ['a', 'b'])])
    expect([await valuesOf(log, 0), await valuesOf(log, 1)]).toEqual([['a'], ['b']])
  })

  test('a task whose first commit is interrupted begins from nothing', async () => {
    await log.leaveOpen(commitOf(await log.acquire(task(0)), 1, ['lost']))
    const { owner, checkpoint } = await acquireTask(log, task(0), 'a topology')
    expect(owner.changelogEnd).toBeGreaterThan(0)
    expect([owner.position, checkpoint.position]).toEqual([null, 0])
  })

  test('a task whose positions were deleted does not start again on top of its rows', async () => {
    const head = encodeCheckpoint({ ...emptyCheckpoint('a topology', runtimeVersion), position: 1 })
    await log.commit([{ ...commitOf(await log.acquire(task(0)), 1, ['a']), checkpoint: head }])
    const admin = kafkaClient({ brokers, clientId: 'faults' }).admin()
    await admin.connect()
    await admin.deleteGroups([app])
    await admin.disconnect()
    expect(await codeOf(acquireTask(log, task(0), 'a topology'))).toBe('position-missing')
  })

  test('a topic whose first records were deleted is read from what is left, and a new task begins there', async () => {
    await log.append([...'abcde'].map(value => ({ ...output(value), topic: 'in' })))
    await log.append([...'fg'].map(value => ({ ...output(value, 1), topic: 'in' })))
    const admin = kafkaClient({ brokers, clientId: 'faults' }).admin()
    await admin.connect()
    const deleted = [
      { partition: 0, offset: '3' },
      { partition: 1, offset: '-1' },
    ]
    await admin.fetchTopicOffsets(`${prefix}in`)
    await admin.deleteTopicRecords({ topic: `${prefix}in`, partitions: deleted })
    await admin.disconnect()
    const left: (string | null)[] = []
    for await (const { value } of topicRecords(log, 'in')) left.push(text(value))
    expect(left).toEqual(['d', 'e'])
    const first = async (partition: number) =>
      (await acquireTask(log, task(partition), 'a topology')).checkpoint.position
    expect([await first(0), await first(1), await first(2)]).toEqual([3, await log.start('in', 1), 0])
    expect(await codeOf(assertWhole(log, ['out', 'in']))).toBe('log-incomplete')
    expect(await codeOf(assertWhole(log, ['out']))).toBe('no error')
    // One that had folded records which are gone now, and not the next ones, has lost them.
    const head = encodeCheckpoint({
      ...emptyCheckpoint('a topology', runtimeVersion),
      position: 1,
      fingerprint: 'of a',
    })
    await log.commit([{ ...commitOf(await log.acquire(task(0)), 1, []), checkpoint: head }])
    expect(await codeOf(acquireTask(log, task(0), 'a topology'))).toBe('out-of-range')
  })

  test('a reader finds nothing behind an undecided transaction until it is decided', async () => {
    const outputs = [output('first'), output('second')]
    const open = await log.leaveOpen({ ...commitOf(await log.acquire(task(0)), 1, []), outputs })
    expect(await log.end('out', 0)).toBe(0)
    // A standby reads like this right after its process has committed: the broker has the marker but does not show it to readers yet.
    expect(await log.read('out', 0, 1, 10)).toEqual([])
    await open.abort()
    await expect.poll(() => log.end('out', 0)).toBe(3)
    expect(await codeOf(log.read('out', 0, 4, 10))).toBe('out-of-range')
  })

  test('a reader that waits on a log gets an error when the log is closed', async () => {
    // The fetch in progress asks only for the first of them.
    const [first, second] = [log.read('in', 0, 0, 1).catch(() => undefined), codeOf(log.read('in', 1, 0, 1))]
    await log.close()
    expect(await second).toBe('log-closed')
    await first
  })

  test('reading continues after a partition has lost its leader for a moment', async () => {
    await log.append([output('a')])
    const connections = connectionsOf(kafkaClient({ brokers, clientId: 'faults' }))
    await connections.connect()
    await connections.addMultipleTargetTopics([`${prefix}out`])
    await connections.refreshMetadata()
    const leaders = connections.findTopicPartitionMetadata(`${prefix}out`)
    let asked = 0
    // Happens between the lookup of the leader and the fetch.
    connections.findTopicPartitionMetadata = () =>
      ++asked === 2 ? leaders.map(one => ({ ...one, leader: -1 })) : leaders
    const fetcher = new Fetcher(connections)
    const { records } = await fetcher.read(`${prefix}out`, 0, 0, 10)
    expect(records.map(({ value }) => value?.toString())).toEqual(['a'])
    expect(asked).toBeGreaterThan(2)
    await fetcher.close()
    await connections.disconnect()
  })

  test('records of other writers without a key or value, or with odd ones, are read beside their neighbours', async () => {
    const producer = kafkaClient({ brokers, clientId: 'others' }).producer()
    await producer.connect()
    const messages = [
      { key: 'first', value: 'a' },
      { key: null, value: 'no key' },
      { key: 'no value', value: null },
      { key: Buffer.alloc(4), value: 'a key like that of a marker of an abort' },
      { key: 'odd cause', value: 'b', headers: { 'joai-cause': 'no cause of ours' } },
      { key: 'last', value: 'c' },
    ]
    await producer.send({ topic: `${prefix}out`, messages: messages.map(message => ({ ...message, partition: 0 })) })
    await producer.disconnect()
    const records = await log.read('out', 0, 0, 100)
    expect(records.map(({ key, value, cause }) => [key, Buffer.from(value).toString(), cause])).toEqual(
      messages.map(({ key, value }) => [key?.toString() ?? '', value ?? '', undefined]),
    )
  })
})
