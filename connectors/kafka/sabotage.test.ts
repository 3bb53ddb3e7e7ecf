// @module-tag broker

import { randomUUID } from 'node:crypto'
import { afterEach, describe, expect, inject, test } from 'vitest'
import { commitOf, output, task, valuesOf } from '../test/log-fixture-contract.ts'
import { type KafkaLog, openKafkaLog, type Sabotage } from './kafka-log.ts'

const broker = inject('broker')

describe.skipIf('lacks' in broker)('what each rule of a commit prevents', () => {
  const logs: KafkaLog[] = []
  let prefix: string

  async function open(sabotage: Sabotage): Promise<KafkaLog> {
    const brokers = 'lacks' in broker ? [] : broker.brokers.split(',')
    const log = await openKafkaLog({ brokers, clientId: 'sabotage', app: 'sabotage', prefix, sabotage })
    logs.push(log)
    await log.createTopic('in', 4)
    await log.createTopic('out', 2)
    return log
  }

  async function opened(count: number, sabotage: Sabotage): Promise<KafkaLog[]> {
    prefix = `${randomUUID()}.`
    const all: KafkaLog[] = []
    for (let n = 0; n < count; n++) all.push(await open(sabotage))
    return all
  }

  afterEach(async () => {
    for (const log of logs.splice(0)) await log.close()
  })

  test('without the fence, a process that has lost its task still commits, and its records are there twice', async () => {
    const [first, second] = await opened(2, { withoutFence: true })
    const lost = await first!.acquire(task(0))
    const own = await second!.acquire(task(0))
    await second!.commit([commitOf(own, 1, ['a'])])
    await first!.commit([commitOf(lost, 1, ['a'])])
    // A commit is answered before other readers can see it.
    await expect.poll(() => valuesOf(second!, 0)).toEqual(['a', 'a'])
  })

  test('with a separate position, a failed commit moves it past records that were never written', async () => {
    const [log] = await opened(1, { positionsApart: true })
    const owner = await log!.acquire(task(0))
    const tooLarge = { ...output('', 1), value: Buffer.alloc(12 << 20, 'x') }
    await expect(log!.commit([{ ...commitOf(owner, 1, []), outputs: [output('lost'), tooLarge] }])).rejects.toThrow()
    expect([(await log!.acquire(task(0))).position, await valuesOf(log!, 0)]).toEqual([1, []])
  })

  // The broker decides the order of abort markers, and once it was one in which the filter showed no error.
  test("with kafkajs's own filter, records of overlapping aborted transactions are read", { retry: 3 }, async () => {
    const [log] = await opened(1, { kafkajsFilter: true })
    const owners = [await log!.acquire(task(0)), await log!.acquire(task(1)), await log!.acquire(task(2))]
    const open = []
    for (const owner of owners) open.push(await log!.leaveOpen(commitOf(owner, 1, ['aborted'])))
    for (const transaction of open.reverse()) await transaction.abort()
    await log!.append([output('kept')])
    // An abort is answered before its markers are in the partitions.
    await expect.poll(() => valuesOf(log!, 0)).toContain('kept')
    expect((await valuesOf(log!, 0)).filter(value => value === 'aborted').length).toBeGreaterThan(0)
  })
})
