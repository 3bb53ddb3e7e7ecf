import { createRequire } from 'node:module'
import type { Kafka } from 'kafkajs'
import type { TopicPartition } from '../../../topology/log/log.ts'
import { createClusterOf, isolateTopics } from './topic-metadata.ts'
import { WireReader } from './wire.ts'

const require = createRequire(import.meta.url)

/** The part of a kafkajs broker that is used here and missing from its types. */
export interface Broker {
  readonly nodeId: number
  /** The versions of each request that it supports, by the request's key. */
  readonly versions: Readonly<Record<number, { readonly maxVersion: number }>> | null
  initProducerId(request: {
    readonly transactionalId: string
    readonly transactionTimeout: number
  }): Promise<ProducerId>
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
  readonly connectionPool: { send(request: unknown): Promise<any> }
  disconnect(): Promise<void>
}

/** A producer's id and epoch, assigned by the broker. The id is a 64-bit number in digits. */
export interface ProducerId {
  readonly producerId: string
  readonly producerEpoch: number
}

/** Identifies a producer's transaction. */
export interface Transaction extends ProducerId {
  readonly transactionalId: string
}

/** A set of kafkajs connections, one for each broker. */
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

/** Opens separate connections, because a waiting request delays all requests behind it on its connection. */
export function connectionsOf(kafka: Kafka): Connections {
  const create = (kafka as unknown as Record<symbol, (options: object) => Connections>)[createClusterOf(kafka)]!
  return isolateTopics(create({ metadataMaxAge: 60_000, allowAutoTopicCreation: false, isolationLevel: 1 }))
}

/** Returns the node that leads a partition; null where none is known. */
export function leaderOf(connections: Connections, { topic, partition }: TopicPartition): number | null {
  const leader = connections.findTopicPartitionMetadata(topic).find(one => one.partitionId === partition)?.leader ?? -1
  return leader < 0 ? null : leader
}

/** The part of a Fetch request for one partition. */
export interface FetchedPartition {
  readonly partition: number
  readonly fetchOffset: number
  readonly maxBytes: number
}

const fetchRequest = require('kafkajs/src/protocol/requests/fetch/v11/request.js') as (options: object) => object

/** Sends a Fetch request (version 11, read committed). Returns the raw bytes of the answer. */
export async function fetchRaw(
  broker: Broker,
  topics: readonly { readonly topic: string; readonly partitions: readonly FetchedPartition[] }[],
  { maxWaitTime, maxBytes }: { readonly maxWaitTime: number; readonly maxBytes: number },
): Promise<Buffer> {
  const request = fetchRequest({ replicaId: -1, maxWaitTime, minBytes: 1, maxBytes, isolationLevel: 1, topics })
  const response = { decode: async (raw: Buffer) => raw, parse: async (data: Buffer) => data }
  return broker.connectionPool.send({ request, response })
}

/** A request by its name, key and version (Kafka protocol guide). */
export interface RequestKind {
  readonly apiName: string
  readonly apiKey: number
  readonly apiVersion: number
}

/**
 * Sends a request that kafkajs does not know, and reads its answer. The body of a flexible version begins with the tags of the
 * header, a zero byte. `clientSideThrottleTime` in the result is how long, in ms, the client must pause.
 */
export async function exchange<T extends object>(
  broker: Broker,
  kind: RequestKind,
  body: Buffer,
  read: (from: WireReader) => T,
): Promise<T> {
  // Has the shape of kafkajs's own encoder.
  const encoded = { buf: body, buffer: body }
  const request = { ...kind, encode: async () => encoded }
  const response = { decode: async (raw: Buffer) => read(new WireReader(raw)), parse: async (data: T) => data }
  return broker.connectionPool.send({ request, response })
}
