import { setTimeout as delay } from 'node:timers/promises'
import { ConnectorError } from '../../topology/log/log.ts'
import { type Message, plannedBatch } from './protocol/batch-writer.ts'
import {
  type Broker,
  type Connections,
  coordinatorOf,
  leaderOf,
  type ProducerId,
} from './protocol/kafkajs-internals.ts'
import { type ProducedBatch, produce } from './protocol/produce-request.ts'
import { protocolError } from './protocol/protocol-error.ts'
import {
  commitPosition,
  endTransaction,
  type TaskPosition,
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
  /** How long the broker keeps a transaction open. */
  readonly transactionTimeoutMs: number
  /** For tests: the protocol version of transactions, whatever the cluster has agreed on. */
  readonly version?: TransactionVersion | undefined
}

/** The most bytes of one partition in one request. */
const bytesPerRequest = 512 * 1024

/**
 * A transactional producer on kafkajs's broker connections, without kafkajs's own producer state. After any error it must be
 * discarded; it is never reused after an abort. Callers must await each call before the next.
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
   * Fences the previous owner of this transactional id. The broker aborts its open transaction; we retry while it answers
   * CONCURRENT_TRANSACTIONS.
   */
  static async fence(
    connections: Connections,
    transactionalId: string,
    options: ProducerOptions,
  ): Promise<TransactionalProducer> {
    return retryWhileUndecided(async () => {
      const coordinator = await connections.findGroupCoordinator({
        groupId: transactionalId,
        coordinatorType: coordinatorOf.transaction,
      })
      const transactionTimeout = options.transactionTimeoutMs
      const id = await coordinator.initProducerId({ transactionalId, transactionTimeout })
      // Asked for each producer, because a cluster may have been upgraded or rolled back.
      const version = options.version ?? (await transactionVersionOf(coordinator))
      return new TransactionalProducer(connections, transactionalId, version, coordinator, id)
    })
  }

  /** Sends records and a position in a transaction that stays open. Returns the offset after the records, for each partition. */
  async send(parts: readonly PartitionMessages[], position: TaskPosition | null): Promise<ReadonlyMap<string, number>> {
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
    // The next transaction has a new epoch, in which sequence numbers begin at zero.
    this.#sequences.clear()
  }

  get #transaction() {
    return { transactionalId: this.#transactionalId, ...this.#id }
  }

  /** Version 1 only: adds the partitions that the transaction will write to. */
  async #begin(parts: readonly PartitionMessages[], position: TaskPosition | null): Promise<void> {
    const transaction = this.#transaction
    const topics = new Map<string, number[]>()
    for (const { topic, partition } of parts) topics.set(topic, [...(topics.get(topic) ?? []), partition])
    const added = Array.from(topics, ([topic, partitions]) => ({ topic, partitions }))
    // The previous transaction is decided, but its markers may not be written yet. Nothing of this one has been sent.
    await Promise.all([
      parts.length > 0 &&
        retryWhileUndecided(() => this.#coordinator.addPartitionsToTxn({ ...transaction, topics: added })),
      position &&
        retryWhileUndecided(() => this.#coordinator.addOffsetsToTxn({ ...transaction, groupId: position.groupId })),
    ])
  }

  async #commitPosition(of: TaskPosition): Promise<void> {
    const { groupId, topic, partition, position } = of
    const group =
      this.#group ?? (await this.#connections.findGroupCoordinator({ groupId, coordinatorType: coordinatorOf.group }))
    this.#group = group
    if (this.#version === 1) {
      const topics = [{ topic, partitions: [{ partition, offset: String(position) }] }]
      await group.txnOffsetCommit({ ...this.#transaction, groupId, topics })
    } else await retryWhileUndecided(() => commitPosition(group, this.#transaction, of))
  }

  async #produce(parts: readonly PartitionMessages[]): Promise<ReadonlyMap<string, number>> {
    const leaders = new Map<number, PartitionMessages[]>()
    for (const part of parts) {
      const leader = leaderOf(this.#connections, part)
      if (leader === null)
        throw new ConnectorError('broker-failed', `no broker leads ${nameOf(part)}`, { retryable: true })
      leaders.set(leader, [...(leaders.get(leader) ?? []), part])
    }
    const ends = new Map<string, number>()
    await Promise.all(
      Array.from(leaders, async ([nodeId, own]) => {
        const broker = await this.#connections.findBroker({ nodeId })
        // One after the other, because the broker keeps the order of requests only once it has answered them.
        for (const request of requestsOf(own)) await this.#request(broker, request, ends)
      }),
    )
    return ends
  }

  /** Sends one request, and retries it for the partitions that the broker could not write to yet. */
  async #request(broker: Broker, parts: readonly PartitionMessages[], ends: Map<string, number>): Promise<void> {
    const left = new Map(parts.map(part => [nameOf(part), this.#batchOf(part)]))
    await retryWhileUndecided(async () => {
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

/** Divides messages into requests that respect the limit for each partition. Most commits need one request. */
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

/** Errors that mean: nothing was done, ask again. */
const undecided: ReadonlySet<string> = new Set([
  'CONCURRENT_TRANSACTIONS',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'GROUP_LOAD_IN_PROGRESS',
  'NOT_COORDINATOR_FOR_GROUP',
])
const triesMax = 200
const isUndecided = (error: unknown): boolean => undecided.has(typeOf(error))

/** Repeats a request until the coordinator is available and the previous transaction is decided. Throws the last error after many tries. */
export async function retryWhileUndecided<T>(ask: () => Promise<T>): Promise<T> {
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

/** Turns an error of a broker exchange into a ConnectorError: `fenced`, or `not-authorized` or `broker-failed`, which are retryable. */
export function brokerError(doing: string, error: unknown): ConnectorError {
  if (error instanceof ConnectorError) return error
  const cause = error as Error
  // Anything else is a bug and must not be retried.
  if (!cause.name.startsWith('KafkaJS')) throw error
  if (fencing.has(typeOf(error)))
    return new ConnectorError('fenced', `${doing}: someone else has taken the task over`, { cause })
  // Rights may be given later, so a task that lacks one waits for it.
  if (typeOf(error).endsWith('_AUTHORIZATION_FAILED'))
    return new ConnectorError('not-authorized', `${doing}: ${cause.message}`, { retryable: true, cause })
  return new ConnectorError('broker-failed', `${doing}: ${cause.message}`, { retryable: true, cause })
}
