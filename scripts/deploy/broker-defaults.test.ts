// @module-tag process
// @module-tag broker
// @module-tag slow

import { mkdtempSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import kafkajs from 'kafkajs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { brokerLacks, startBroker } from '../../connectors/kafka/broker/local-broker.ts'
import type { LocalBroker } from '../../connectors/kafka/broker/process-broker.ts'
import { Cluster } from '../../connectors/kafka/cluster.ts'
import { type KafkaConnection, kafkaClient } from '../../connectors/kafka/kafka-client.ts'
import { appendToSmallTopic, readSmallTopic } from '../../connectors/kafka/small-topic.ts'
import { openFileRegistry } from '../../connectors/registry/file-registry.ts'
import { isWanted } from '../../testing/test/tags.ts'
import { apply, planChanges, readDeployment } from './apply.ts'
import { deploymentTopic } from './deployment.ts'
import { small } from './test/small-application.ts'

// Starts a broker of its own, because it changes its defaults.
const lacks = isWanted('process', 'broker', 'slow') ? await brokerLacks({}) : 'it is not wanted'

/** Sets what the broker takes for topics that set nothing of their own. */
async function setDefault(connection: KafkaConnection, name: string, value: string): Promise<void> {
  const admin = kafkaClient(connection).admin()
  await admin.connect()
  const { brokers } = await admin.describeCluster()
  const itself = { type: kafkajs.ConfigResourceTypes.BROKER, name: String(brokers[0]!.nodeId) }
  await admin.alterConfigs({ validateOnly: false, resources: [{ ...itself, configEntries: [{ name, value }] }] })
  await admin.disconnect()
}

describe.skipIf(lacks !== null)(
  `a broker with defaults of its own${lacks === null ? '' : ` (skipped: ${lacks})`}`,
  () => {
    let broker: LocalBroker
    let folder: string
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'joai-defaults-'))
      broker = await startBroker({ cache: process.env.JOAI_CACHE ?? join(homedir(), '.cache', 'joai') })
    })
    afterAll(async () => {
      await broker?.stop()
      rmSync(folder, { recursive: true })
    })

    test.each(['lz4', 'zstd'])(
      'that packs by %s: notes of before are read, and our topics keep what was sent',
      async codec => {
        const connection = { brokers: broker.brokers.split(','), clientId: 'defaults', prefix: `${codec}.` }
        const place = { connection, registry: await openFileRegistry(folder), replication: 1, principals: new Map() }
        await setDefault(connection, 'compression.type', codec)
        const cluster = await Cluster.connect(connection)
        // As an earlier version made it: it takes the codec of the cluster.
        await cluster.create(
          new Map([[deploymentTopic, { partitions: 1, config: { 'cleanup.policy': 'compact' } }]]),
          1,
        )
        const codecOf = async (name: string) => (await cluster.topics([name])).get(name)!.config['compression.type']
        await expect.poll(() => codecOf(deploymentTopic)).toBe(codec)
        const note = JSON.stringify({ app: 'other', kind: 'live', topics: {}, nodes: [], schemas: {}, generation: 1 })
        await appendToSmallTopic(connection, deploymentTopic, { key: 'other', value: Buffer.from(note) })
        expect(await readSmallTopic(connection, deploymentTopic)).toHaveLength(1)

        const app = `${codec}-app`
        const planned = () => planChanges(small(app, { prefix: connection.prefix }), place)
        const plan = await planned()
        expect(plan.changes).toContainEqual({
          what: 'setting',
          name: deploymentTopic,
          words: `compression.type: ${codec} → producer`,
        })
        const deployment = await apply(plan, place)
        expect((await planned()).changes).toEqual([])
        expect(await readDeployment(connection, app)).toEqual(deployment)
        for (const name of plan.wanted.topics.keys()) expect([name, await codecOf(name)]).toEqual([name, 'producer'])
        await cluster.close()
      },
    )

    test('that refuses old timestamps: our topics take them', async () => {
      const connection = { brokers: broker.brokers.split(','), clientId: 'defaults', prefix: 'old.' }
      const place = { connection, registry: await openFileRegistry(folder), replication: 1, principals: new Map() }
      await setDefault(connection, 'log.message.timestamp.before.max.ms', '3600000')
      const planned = () => planChanges(small('old-app', { prefix: connection.prefix, kind: 'history' }), place)
      await apply(await planned(), place)
      expect((await planned()).changes).toEqual([])
      const producer = kafkaClient(connection).producer()
      await producer.connect()
      const [sent] = await producer.send({
        topic: 'old.old-app-lines',
        messages: [{ value: 'old', timestamp: '1000' }],
      })
      expect(sent!.errorCode).toBe(0)
      await producer.disconnect()
    })
  },
)
