// @module-tag process
// @module-tag broker
// @module-tag slow

import { randomUUID } from 'node:crypto'
import { homedir } from 'node:os'
import { join } from 'node:path'
import kafkajs from 'kafkajs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { javaLacks, startJavaBroker } from '../../connectors/kafka/broker/java-broker.ts'
import type { LocalBroker } from '../../connectors/kafka/broker/process-broker.ts'
import { kafkaClient } from '../../connectors/kafka/kafka-client.ts'
import { openKafkaLog } from '../../connectors/kafka/kafka-log.ts'
import { Membership } from '../../connectors/kafka/membership.ts'
import { openMemoryStore } from '../../state/stores/memory-store.ts'
import { isWanted } from '../../testing/test/tags.ts'
import { journey } from '../../topology/journey.ts'
import type { ConnectorError } from '../../topology/log/log.ts'
import { createTopics } from '../../topology/replay/history-writer.ts'
import type { TaskEvent } from '../../topology/runtime/task-loop.ts'
import { Worker } from '../../topology/runtime/worker.ts'
import { singlePartitionTopics } from '../logs/partitions.ts'

const lacks = isWanted('process', 'broker', 'slow') ? await javaLacks() : null
const topology = journey({ secret: 'the secret of the test' })
const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs

/** One member of the group that has all tasks, and what happened to them. */
async function started(brokers: string[], prefix: string) {
  const app = prefix
  const log = await openKafkaLog({ brokers, clientId: app, app, prefix })
  const events: TaskEvent[] = []
  const options = { topology, log, store: openMemoryStore(), time: 'history', idleMs: 0 } as const
  const worker = new Worker({ ...options, onEvent: one => events.push(one) })
  const failures: string[] = []
  const membership = await Membership.join({
    kafka: kafkaClient({ brokers, clientId: app }),
    groupId: app,
    topics: worker.topics.map(topic => prefix + topic),
    assigned: mine =>
      worker.assign(mine.map(({ topic, partition }) => ({ topic: topic.slice(prefix.length), partition }))),
    failed: error => failures.push((error.cause as Error).stack!),
  })
  const failed = () =>
    new Set(
      events.flatMap(one =>
        one.kind === 'lost' || one.kind === 'stopped' ? [`${one.task}: ${(one.error as ConnectorError).code}`] : [],
      ),
    )
  const stateOf = (topic: string) => worker.tasks.filter(one => one.topic === topic).map(({ state }) => state)
  const close = async () => {
    await worker.close()
    await membership.leave()
    await log.close()
  }
  return { log, worker, events, failures, failed, stateOf, close }
}

describe.skipIf(lacks !== null)(`a topic that may not be read${lacks === null ? '' : ` (skipped: ${lacks})`}`, () => {
  let broker: LocalBroker
  let brokers: string[]
  beforeAll(async () => {
    broker = await startJavaBroker(process.env.JOAI_CACHE ?? join(homedir(), '.cache', 'joai'), {
      settings: [
        'authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer',
        'allow.everyone.if.no.acl.found=true',
      ],
    })
    brokers = [broker.brokers]
  })
  afterAll(() => broker?.stop())

  async function admin<T>(
    work: (admin: ReturnType<ReturnType<typeof kafkaClient>['admin']>) => Promise<T>,
  ): Promise<T> {
    const one = kafkaClient({ brokers, clientId: 'owner' }).admin()
    await one.connect()
    try {
      return await work(one)
    } finally {
      await one.disconnect()
    }
  }

  const rule = (topic: string, operation: number, permissionType = AclPermissionTypes.DENY) => ({
    resourceType: AclResourceTypes.TOPIC,
    resourceName: topic,
    resourcePatternType: ResourcePatternTypes.LITERAL,
    principal: 'User:ANONYMOUS',
    host: '*',
    operation,
    permissionType,
  })
  const deny = (topic: string, operation: number) =>
    admin(one =>
      one.createAcls({ acl: [rule(topic, AclOperationTypes.ALL, AclPermissionTypes.ALLOW), rule(topic, operation)] }),
    )
  const lift = (topic: string, operation: number) => admin(one => one.deleteAcls({ filters: [rule(topic, operation)] }))

  test.each([
    ['that can still be seen', AclOperationTypes.READ],
    ['nor be seen', AclOperationTypes.ALL],
  ])('%s costs its own tasks only, and they go on when it may', async (_, operation) => {
    const prefix = `denied-${randomUUID()}.`
    const log = await openKafkaLog({ brokers, clientId: 'writer', app: 'writer', prefix })
    await createTopics(log, topology, 2, singlePartitionTopics)
    const running = await started(brokers, prefix)
    await expect.poll(() => running.worker.tasks.every(({ state }) => state === 'running')).toBe(true)
    const tasks = running.worker.tasks.length

    await deny(`${prefix}reference`, operation)
    await expect.poll(() => running.stateOf('reference')).not.toContain('running')
    // What others write is taken as before: bad events become dead letters, one each.
    const value = Buffer.from('no event')
    for (let n = 0; n < 200; n++)
      await log.append([{ topic: 'events', partition: n % 2, key: '', value, timestamp: n + 1 }])
    await expect.poll(() => log.end('dead-letters', 0)).toBeGreaterThanOrEqual(200)
    // Long enough for all metadata to be fetched again.
    const seen = running.events.length
    await expect.poll(() => running.events.slice(seen).filter(({ kind }) => kind === 'lost').length).toBeGreaterThan(5)
    expect([...running.failed()]).toEqual(['intake/reference/0: not-authorized'])

    // A worker that starts now has all the others.
    const second = await started(brokers, prefix)
    await running.close()
    await expect.poll(() => second.worker.tasks.filter(({ state }) => state === 'running').length).toBe(tasks - 1)
    await lift(`${prefix}reference`, operation)
    if (operation === AclOperationTypes.READ) await expect.poll(() => second.stateOf('reference')).toEqual(['running'])
    expect([...second.failed()].filter(one => !one.includes('intake/reference/'))).toEqual([])
    expect([...running.failures, ...second.failures]).toEqual([])
    await second.close()
    await log.close()
  })
})
