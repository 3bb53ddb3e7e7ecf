import { setTimeout as delay } from 'node:timers/promises'
import { ConnectorError } from '../../topology/log/log.ts'
import { type Message, plannedBatch } from './protocol/batch-writer.ts'
import {
  type Broker,
  type Connections,
  coordinatorOf,
  type ProducerId,
  protocolError,
} from './protocol/kafkajs-internals.ts'
import { type ProducedBatch, produce } from './protocol/produce-request.ts'
import {
  commitPosition,
  endTransaction,
  type PositionOf,
  type TransactionVersion,
  transactionVersionOf,
} from './protocol/transactions.ts'

/** Records for one partition, in order. */
export interface PartitionMessages {
  readonly topic: string
  readonly partition: number
  readonly messages: readonly Message[]
}

export interface ProducerOptions {
  /** How long the broker lets a transaction stay open. */
  readonly transactionTimeoutMs: number
  /** How transactions are told to the broker, whatever its cluster has agreed on: for tests. */
  readonly version?: TransactionVersion | undefined
}

/** One request holds no more than this of one partition. */
const bytesPerRequest = 512 * 1024

/**
 * A transactional producer, on brokers of kafkajs but without its state: after any error it is to be discarded, and
 * nothing is ever aborted and used again. One at a time: whoever uses it awaits one call before the next.
 */
export class TransactionalProducer {
  readonly #connections: Connections
  readonly #transactionalId: string
  readonly #version: TransactionVersion
  readonly #coordinator: Broker
  readonly #sequences = new Map<string, number>()
  #id: ProducerId
  #group: Broker | null = null

  private constructor(
    connections: Connections,
    transactionalId: string,
    version: TransactionVersion,
    coordinator: Broker,
    id: ProducerId,
  ) {
    this.#connections = connections
    this.#transactionalId = transactionalId
    this.#version = version
    this.#coordinator = coordinator
    this.#id = id
  }

  /**
   * Fences whoever had this id: the broker aborts what they left open, and refuses them from now on. It answers
   * "concurrent" until that is decided, and so long we ask again.
   */
  static async fence(
    connections: Connections,
    transactionalId: string,
    options: ProducerOptions,
  ): Promise<TransactionalProducer> {
    return whenDecided(async () => {
      const coordinator = await connections.findGroupCoordinator({
        groupId: transactionalId,
        coordinatorType: coordinatorOf.transaction,
      })
      const transactionTimeout = options.transactionTimeoutMs
      const id = await coordinator.initProducerId({ transactionalId, transactionTimeout })
      // Each time anew: a cluster may have gone on to another version, or back.
      const version = options.version ?? (await transactionVersionOf(coordinator))
      return new TransactionalProducer(connections, transactionalId, version, coordinator, id)
    })
  }

  /** Sends in one transaction that stays open; answers the offset after it for each partition. */
  async send(parts: readonly PartitionMessages[], position: PositionOf | null): Promise<ReadonlyMap<string, number>> {
    if (this.#version === 1) await this.#begin(parts, position)
    const [ends] = await Promise.all([this.#produce(parts), position && this.#commitPosition(position)])
    return ends
  }

  async end(commit: boolean): Promise<void> {
    if (this.#version === 1) {
      await this.#coordinator.endTxn({ ...this.#transaction, transactionResult: commit })
      return
    }
    this.#id = await endTransaction(this.#coordinator, this.#transaction, commit)
    // The next transaction has an epoch of its own, and counts from the start.
    this.#sequences.clear()
  }

  get #transaction() {
    return { transactionalId: this.#transactionalId, ...this.#id }
  }

  /** In the first way alone: says what the transaction is going to write to. */
  async #begin(parts: readonly PartitionMessages[], position: PositionOf | null): Promise<void> {
    const transaction = this.#transaction
    const topics = new Map<string, number[]>()
    for (const { topic, partition } of parts) topics.set(topic, [...(topics.get(topic) ?? []), partition])
    const added = Array.from(topics, ([topic, partitions]) => ({ topic, partitions }))
    // The transaction before this one is decided, but its markers may still be on their way. Nothing was sent yet.
    await Promise.all([
      parts.length > 0 && whenDecided(() => this.#coordinator.addPartitionsToTxn({ ...transaction, topics: added })),
      position && whenDecided(() => this.#coordinator.addOffsetsToTxn({ ...transaction, groupId: position.groupId })),
    ])
  }

  async #commitPosition(of: PositionOf): Promise<void> {
    const { groupId, topic, partition, position } = of
    const group =
      this.#group ?? (await this.#connections.findGroupCoordinator({ groupId, coordinatorType: coordinatorOf.group }))
    this.#group = group
    if (this.#version === 1) {
      const topics = [{ topic, partitions: [{ partition, offset: String(position) }] }]
      await group.txnOffsetCommit({ ...this.#transaction, groupId, topics })
    } else await whenDecided(() => commitPosition(group, this.#transaction, of))
  }

  async #produce(parts: readonly PartitionMessages[]): Promise<ReadonlyMap<string, number>> {
    const leaders = new Map<number, PartitionMessages[]>()
    for (const part of parts) {
      const leader = this.#connections
        .findTopicPartitionMetadata(part.topic)
        .find(({ partitionId }) => partitionId === part.partition)!.leader
      leaders.set(leader, [...(leaders.get(leader) ?? []), part])
    }
    const ends = new Map<string, number>()
    await Promise.all(
      Array.from(leaders, async ([nodeId, own]) => {
        const broker = await this.#connections.findBroker({ nodeId })
        // One after the other: the broker keeps the order of what it has answered.
        for (const request of requestsOf(own)) await this.#request(broker, request, ends)
      }),
    )
    return ends
  }

  /** Asks again for those partitions alone to which the broker could not yet write. */
  async #request(broker: Broker, parts: readonly PartitionMessages[], ends: Map<string, number>): Promise<void> {
    const left = new Map(parts.map(part => [nameOf(part), this.#batchOf(part)]))
    await whenDecided(async () => {
      const version = this.#version === 1 ? 7 : 12
      const answers = await produce(broker, version, this.#transaction, [...left.values()])
      const errors: Error[] = []
      for (const { topic, partition, errorCode, baseOffset } of answers) {
        const name = nameOf({ topic, partition })
        if (errorCode !== 0) errors.push(protocolError(errorCode))
        else {
          ends.set(name, baseOffset + left.get(name)!.batch.messages.length)
          left.delete(name)
        }
      }
      if (errors.length > 0) throw errors.find(error => !isUndecided(error)) ?? errors[0]
    })
  }

  #batchOf({ topic, partition, messages }: PartitionMessages): ProducedBatch {
    const name = nameOf({ topic, partition })
    const firstSequence = this.#sequences.get(name) ?? 0
    this.#sequences.set(name, firstSequence + messages.length)
    return { topic, partition, firstSequence, batch: plannedBatch(messages) }
  }
}

const nameOf = ({ topic, partition }: { readonly topic: string; readonly partition: number }): string =>
  `${topic}/${partition}`

/** Of one partition no more than a request may hold at a time; most commits are one request. */
function* requestsOf(parts: readonly PartitionMessages[]): Generator<PartitionMessages[]> {
  const chunked = parts.map(part => chunksOf(part))
  for (let n = 0; ; n++) {
    const request = chunked.flatMap(chunks => chunks[n] ?? [])
    if (request.length === 0) return
    yield request
  }
}

function chunksOf({ topic, partition, messages }: PartitionMessages): PartitionMessages[] {
  const chunks: Message[][] = []
  let bytes = Number.POSITIVE_INFINITY
  for (const message of messages) {
    const size = 100 + (message.key?.length ?? 0) + (message.value?.length ?? 0)
    if (bytes + size > bytesPerRequest) {
      chunks.push([])
      bytes = 0
    }
    chunks.at(-1)!.push(message)
    bytes += size
  }
  return chunks.map(some => ({ topic, partition, messages: some }))
}

/** The broker's words for "ask again": it has not done anything. */
const undecided: ReadonlySet<string> = new Set([
  'CONCURRENT_TRANSACTIONS',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'GROUP_LOAD_IN_PROGRESS',
  'NOT_COORDINATOR_FOR_GROUP',
])
const triesMax = 200
const isUndecided = (error: unknown): boolean => undecided.has(typeOf(error))

/** Asks a coordinator until it is there and no longer says "concurrent"; throws what it says after many tries. */
export async function whenDecided<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await ask()
    } catch (error) {
      if (tries >= triesMax || !isUndecided(error)) throw error
      await delay(Math.min(100, 2 ** tries))
    }
  }
}

const fencing: ReadonlySet<string> = new Set([
  'INVALID_PRODUCER_EPOCH',
  'PRODUCER_FENCED',
  'INVALID_PRODUCER_ID_MAPPING',
])

const typeOf = (error: unknown): string => (error as { readonly type?: string }).type ?? ''

/** What an exchange with a broker came to, as a ConnectorError: `fenced`, or `broker-failed`, which may be tried again. */
export function brokerError(doing: string, error: unknown): ConnectorError {
  if (error instanceof ConnectorError) return error
  const cause = error as Error
  // Anything else is a bug, and no reason to try again.
  if (!cause.name.startsWith('KafkaJS')) throw error
  if (fencing.has(typeOf(error)))
    return new ConnectorError('fenced', `${doing}: someone else has taken the task over`, { cause })
  return new ConnectorError('broker-failed', `${doing}: ${cause.message}`, { retryable: true, cause })
}
