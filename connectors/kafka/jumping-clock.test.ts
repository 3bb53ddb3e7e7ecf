// @module-tag broker
// @module-tag slow

import { randomUUID } from 'node:crypto'
import { afterEach, describe, expect, inject, test } from 'vitest'
import type { TopicPartition } from '../../topology/log/log.ts'
import { commitOf, task } from '../test/log-fixture-contract.ts'
import { kafkaClient } from './kafka-client.ts'
import { openKafkaLog } from './kafka-log.ts'
import { Membership } from './membership.ts'

const broker = inject('broker')
const brokers = 'lacks' in broker ? [] : broker.brokers.split(',')
const now = Date.now
const setClock = (aheadMs: number) => {
  Date.now = () => now() + aheadMs
}
const hours = 3_600_000

describe.skipIf('lacks' in broker)('a computer whose clock is set', () => {
  afterEach(() => {
    Date.now = now
  })

  test.each([
    ['ahead', 48 * hours],
    ['back', -48 * hours],
  ])('%s commits as before', async (_, jump) => {
    const app = `clock-${randomUUID()}`
    const log = await openKafkaLog({ brokers, clientId: app, app, prefix: `${app}.` })
    await log.createTopic('in', 1)
    await log.createTopic('out', 1)
    const owner = await log.acquire(task(0))
    await log.commit([commitOf(owner, 1, ['before'])])
    setClock(jump)
    const changelog = [{ key: 'row', value: Buffer.from('after') }]
    await log.commit([{ ...commitOf(owner, 2, ['after']), changelog }])
    await log.close()
    const again = await openKafkaLog({ brokers, clientId: app, app, prefix: `${app}.` })
    expect((await again.acquire(task(0))).position).toBe(2)
    expect((await again.changelog(task(0), 0, 10)).entries.at(-1)).toEqual(changelog[0])
    await again.close()
  })

  test.each([
    ['ahead', 48 * hours],
    ['back', -48 * hours],
  ])('%s stays in its group and keeps its partitions', async (_, jump) => {
    const app = `clock-${randomUUID()}`
    const log = await openKafkaLog({ brokers, clientId: app, app, prefix: `${app}.` })
    await log.createTopic('in', 2)
    const given: (readonly TopicPartition[])[] = []
    const told: string[] = []
    const membership = await Membership.join({
      kafka: kafkaClient({ brokers, clientId: app }),
      groupId: app,
      topics: [`${app}.in`],
      sessionTimeoutMs: 2000,
      assigned: partitions => given.push(partitions),
      lost: error => told.push(error.message),
      failed: error => told.push(`failed: ${error.message}`),
    })
    const admin = kafkaClient({ brokers, clientId: app }).admin()
    await admin.connect()
    const members = async () => (await admin.describeGroups([app])).groups[0]!.members.length
    setClock(jump)
    await expect.poll(() => given.length).toBe(2)
    // A member that sends no heartbeat is dropped after two seconds.
    for (let n = 0, inARow = 0; inARow < 40; n++) {
      inARow = (await members()) === 1 ? inARow + 1 : 0
      expect(n).toBeLessThan(200)
      await new Promise(resolve => setTimeout(resolve, 100))
    }
    expect(given.at(-1)!.length).toBe(2)
    expect(told).toEqual([expect.stringContaining(`jumped by ${jump < 0 ? '-' : ''}17`)])
    await admin.disconnect()
    await membership.leave()
    await log.close()
  })
})
