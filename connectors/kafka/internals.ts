import { createRequire } from 'node:module'
import type { Kafka } from 'kafkajs'

const require = createRequire(import.meta.url)

/** What of a broker of kafkajs is used that its types do not show. Ids of producers are opaque. */
export interface Broker {
  readonly nodeId: number
  produce(request: {
    readonly transactionalId?: string
    readonly producerId: unknown
    readonly producerEpoch: number
    readonly topicData: readonly TopicData[]
  }): Promise<{ topics: { topicName: string; partitions: { partition: number; baseOffset: string }[] }[] }>
  initProducerId(request: {
    readonly transactionalId: string
    readonly transactionTimeout: number
  }): Promise<{ producerId: unknown; producerEpoch: number }>
  addPartitionsToTxn(
    request: Transaction & { readonly topics: readonly { topic: string; partitions: number[] }[] },
  ): Promise<unknown>
  addOffsetsToTxn(request: Transaction & { readonly groupId: string }): Promise<unknown>
  txnOffsetCommit(
    request: Transaction & {
      readonly groupId: string
      readonly topics: readonly { topic: string; partitions: readonly { partition: number; offset: string }[] }[]
    },
  ): Promise<unknown>
  endTxn(request: Transaction & { readonly transactionResult: boolean }): Promise<unknown>
  offsetFetch(request: {
    readonly groupId: string
    readonly topics: readonly { topic: string; partitions: readonly { partition: number }[] }[]
  }): Promise<{ responses: { topic: string; partitions: { partition: number; offset: string }[] }[] }>
  listOffsets(request: {
    readonly isolationLevel: number
    readonly topics: readonly { topic: string; partitions: readonly { partition: number; timestamp: number }[] }[]
  }): Promise<{ responses: { partitions: { offset: string }[] }[] }>
  readonly connectionPool: { send(request: unknown): Promise<any> }
  disconnect(): Promise<void>
}

/** Which transaction of which producer. */
export interface Transaction {
  readonly transactionalId: string
  readonly producerId: unknown
  readonly producerEpoch: number
}

export interface TopicData {
  readonly topic: string
  readonly partitions: readonly {
    readonly partition: number
    readonly firstSequence: number
    readonly messages: readonly Message[]
  }[]
}

/** As kafkajs encodes it; a timestamp that is a number would be sorted as text, and 0 taken for none. */
export interface Message {
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly timestamp: string
  readonly headers?: Readonly<Record<string, Buffer>>
}

/** A set of connections of kafkajs: one for each broker. */
export interface Connections {
  connect(): Promise<void>
  disconnect(): Promise<void>
  addMultipleTargetTopics(topics: readonly string[]): Promise<void>
  refreshMetadata(): Promise<void>
  findTopicPartitionMetadata(topic: string): { partitionId: number; leader: number }[]
  findBroker(node: { readonly nodeId: number }): Promise<Broker>
  findGroupCoordinator(of: { readonly groupId: string; readonly coordinatorType: 0 | 1 }): Promise<Broker>
  removeBroker(at: { readonly host: string; readonly port: number }): void
}

export const coordinatorOf = { group: 0, transaction: 1 } as const

/** Opens connections of their own: a request that waits on one holds up all behind it on the same one. */
export function connectionsOf(kafka: Kafka): Connections {
  const symbol = Object.getOwnPropertySymbols(kafka).find(one => one.description === 'private:Kafka:createCluster')!
  const create = (kafka as unknown as Record<symbol, (options: object) => Connections>)[symbol]!
  return create({ metadataMaxAge: 60_000, allowAutoTopicCreation: false, isolationLevel: 1 })
}

/** What is asked of one partition. */
export interface FetchedPartition {
  readonly partition: number
  readonly fetchOffset: number
  readonly maxBytes: number
}

const fetchRequest = require('kafkajs/src/protocol/requests/fetch/v11/request.js') as (options: object) => object

/** The bytes of a Fetch response (version 11), read committed, as the broker sends them. */
export async function fetchRaw(
  broker: Broker,
  topics: readonly { readonly topic: string; readonly partitions: readonly FetchedPartition[] }[],
  { maxWaitTime, maxBytes }: { readonly maxWaitTime: number; readonly maxBytes: number },
): Promise<Buffer> {
  const request = fetchRequest({ replicaId: -1, maxWaitTime, minBytes: 1, maxBytes, isolationLevel: 1, topics })
  const response = { decode: async (raw: Buffer) => raw, parse: async (data: Buffer) => data }
  return broker.connectionPool.send({ request, response })
}
