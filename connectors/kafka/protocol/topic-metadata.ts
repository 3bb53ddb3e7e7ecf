import { createRequire } from 'node:module'
import type { Kafka } from 'kafkajs'
import { protocolError } from './protocol-error.ts'

const require = createRequire(import.meta.url)

interface TopicMetadata {
  readonly topic: string
  readonly topicErrorCode: number
  readonly partitionMetadata: readonly { readonly partitionId: number; readonly leader: number }[]
}

interface Metadata {
  readonly topicMetadata: readonly TopicMetadata[]
}

interface MetadataExchange {
  readonly request: object
  readonly response: { readonly decode: (raw: Buffer) => Promise<Metadata> }
}

interface AskedOffsets {
  readonly topics: readonly { readonly topic: string; readonly partitions: readonly { readonly partition: number }[] }[]
}

interface KafkajsBroker {
  offsetFetch(asked: AskedOffsets): Promise<object>
  lookupRequest(key: number, versions: unknown): (options: object) => MetadataExchange
  metadata(topics?: readonly string[]): Promise<Metadata>
  disconnect(): Promise<void>
  readonly connectionPool: { send(exchange: object): Promise<Metadata> }
}

interface KafkajsCluster {
  readonly brokerPool: {
    createBroker(options: object): KafkajsBroker
    readonly metadata: Metadata | null
  }
}

const metadataRequest = 3
const versions = require('kafkajs/src/protocol/requests/metadata') as unknown

/**
 * Makes a cluster of kafkajs keep what it knows of a topic that the broker answers with an error. kafkajs itself would refuse
 * the metadata of all topics because of one that may not be seen, was deleted or has no leader.
 */
export function isolateTopics<T>(cluster: T): T {
  const { brokerPool } = cluster as unknown as KafkajsCluster
  const create = brokerPool.createBroker
  brokerPool.createBroker = options => {
    const broker = create(options)
    broker.metadata = (topics = []) => {
      const make = broker.lookupRequest(metadataRequest, versions)
      const { request, response } = make({ topics, allowAutoTopicCreation: false })
      const parse = async (answer: Metadata) => withoutErrors(answer, brokerPool.metadata)
      return sent(broker, { request, response: { decode: response.decode, parse } })
    }
    return broker
  }
  return cluster
}

/** Sends a request as kafkajs does: a broker that has closed its connection counts as not connected. */
async function sent(broker: KafkajsBroker, exchange: object): Promise<Metadata> {
  try {
    return await broker.connectionPool.send(exchange)
  } catch (error) {
    if ((error as Error).name === 'KafkaJSConnectionClosedError') await broker.disconnect()
    throw error
  }
}

/** Makes all clusters of a client isolate their topics. */
export function isolateClusters(kafka: Kafka): Kafka {
  return wrapClusters(kafka, isolateTopics)
}

/**
 * Makes the consumers of a client isolate their topics, for consumers that read nothing. kafkajs asks for the positions of all
 * topics at once, and ends the consumer if it may not see one of them; these are told 0 instead.
 */
export function isolateConsumers(kafka: Kafka): Kafka {
  return wrapClusters(kafka, cluster => {
    const { brokerPool } = isolateTopics(cluster)
    const create = brokerPool.createBroker
    brokerPool.createBroker = broker => Object.assign(create(broker), { offsetFetch: startsOf })
    return cluster
  })
}

function wrapClusters(kafka: Kafka, wrap: (cluster: KafkajsCluster) => KafkajsCluster): Kafka {
  const symbol = createClusterOf(kafka)
  const client = kafka as unknown as Record<symbol, (options: object) => KafkajsCluster>
  const create = client[symbol]!
  client[symbol] = options => wrap(create(options))
  return kafka
}

const startsOf = async ({ topics }: AskedOffsets): Promise<object> => ({
  responses: topics.map(({ topic, partitions }) => ({
    topic,
    partitions: partitions.map(({ partition }) => ({ partition, offset: '0' })),
  })),
})

/** Returns the name of kafkajs's own method that makes a set of connections. */
export const createClusterOf = (kafka: Kafka): symbol =>
  Object.getOwnPropertySymbols(kafka).find(one => one.description === 'private:Kafka:createCluster')!

/** Replaces failed topics by what was known of them. Throws when no topic is known. */
function withoutErrors(answer: Metadata, known: Metadata | null): Metadata {
  const topicMetadata = answer.topicMetadata.flatMap(topic => {
    if (topic.topicErrorCode === 0) return [topic]
    return known?.topicMetadata.filter(({ topic: name }) => name === topic.topic) ?? []
  })
  const failed = answer.topicMetadata.find(({ topicErrorCode }) => topicErrorCode !== 0)
  if (failed && topicMetadata.length === 0) throw protocolError(failed.topicErrorCode)
  return { ...answer, topicMetadata }
}
