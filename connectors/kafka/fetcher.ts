import { setTimeout as delay } from 'node:timers/promises'
import { ConnectorError, type TopicPartition } from '../../topology/log/log.ts'
import { SerialQueues } from '../../topology/log/serial-queue.ts'
import { PartitionBuffer, waitMs } from './partition-buffer.ts'
import { brokerError } from './producer.ts'
import { type PartitionResponse, readFetchResponse } from './protocol/fetch-response.ts'
import type { KafkaRecord } from './protocol/kafka-record.ts'
import { type Broker, type Connections, fetchRaw, leaderOf } from './protocol/kafkajs-internals.ts'
import { protocolError } from './protocol/protocol-error.ts'
import { committedRecords } from './protocol/record-batches.ts'

const bytesPerPartition = 1 << 20
const bytesPerFetch = 16 << 20
/** How many records of a partition are fetched ahead of its reader. */
const recordsAhead = 2000
/** A partition that nobody has read for so long is no longer fetched. */
const unreadMs = 30_000
/** How long a read waits for its own writes. Another producer's open transaction may delay them for longer; then the read ends before them. */
const decidedWithinMs = 3000
const outOfRange = 1
const unknownTopic = 3
/** After so many errors in a row a reader is told. Until then the leader of its partition may have changed. */
const failuresMax = 3

/** Records that were read, and the offset from which to continue. */
export interface Fetched {
  readonly records: KafkaRecord[]
  readonly next: number
}

/**
 * Reads committed records of partitions. Each broker gets one fetch at a time, for all partitions that are being read, a
 * little ahead of their readers. Many waiting readers share one connection, and memory is bounded.
 */
export class Fetcher {
  readonly #connections: Connections
  readonly #committed: typeof committedRecords
  readonly #buffers = new Map<string, PartitionBuffer>()
  readonly #running = new Map<number, Promise<void>>()
  /** The reads of each partition. A buffer serves one reader at a time. */
  readonly #reads = new SerialQueues()
  #isClosed = false

  constructor(connections: Connections, committed = committedRecords) {
    this.#connections = connections
    this.#committed = committed
  }

  /**
   * Reads committed records. Waits briefly where there are none. Records that this process has written, up to `written`, are
   * waited for until the broker has decided their transaction.
   */
  read(topic: string, partition: number, from: number, limit: number, written = 0): Promise<Fetched> {
    const name = `${topic}/${partition}`
    return this.#reads.run(name, () => this.#read(topic, partition, from, limit, written))
  }

  async #read(topic: string, partition: number, from: number, limit: number, written: number): Promise<Fetched> {
    const buffer = this.#bufferAt(topic, partition, from)
    buffer.asked = performance.now()
    this.#start(buffer)
    for (let tries = 0; ; tries++) {
      if (buffer.error) {
        this.#buffers.delete(`${topic}/${partition}`)
        throw buffer.error
      }
      const records = buffer.take(limit)
      if (records.length > 0) return { records, next: buffer.records.length === 0 ? buffer.next : buffer.start }
      // The first read that reaches the end returns at once instead of waiting for new records.
      const isDecided = buffer.next >= written || tries * waitMs > decidedWithinMs
      if (buffer.isAtEnd && isDecided && (!buffer.isEndReported || tries > 0)) {
        buffer.isEndReported = true
        return { records, next: buffer.next }
      }
      // Started again each time, because the fetching loop leaves a partition whose leader is missing or has changed.
      this.#start(buffer)
      await buffer.wait()
    }
  }

  /** Returns the offset before which the reader of a partition has got all committed records; null when nobody reads it. */
  readUntil(topic: string, partition: number): number | null {
    const buffer = this.#buffers.get(`${topic}/${partition}`)
    if (!buffer) return null
    return buffer.records.length === 0 ? buffer.next : buffer.start
  }

  async close(): Promise<void> {
    this.#isClosed = true
    for (const buffer of this.#buffers.values()) buffer.wake()
    await Promise.all(this.#running.values())
  }

  #bufferAt(topic: string, partition: number, from: number): PartitionBuffer {
    const name = `${topic}/${partition}`
    const buffer = this.#buffers.get(name)
    if (buffer && buffer.start <= from && from <= buffer.next) {
      while (buffer.records[0] && buffer.records[0].offset < from) buffer.records.shift()
      buffer.start = from
      return buffer
    }
    const fresh = new PartitionBuffer(topic, partition, from)
    this.#buffers.set(name, fresh)
    return fresh
  }

  #start({ topic, partition }: PartitionBuffer): void {
    this.#checkOpen()
    const nodeId = this.#leaderOf({ topic, partition })
    if (!this.#running.has(nodeId))
      this.#running.set(
        nodeId,
        this.#fetchAll(nodeId).finally(() => this.#running.delete(nodeId)),
      )
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new ConnectorError('log-closed', 'the log was closed')
  }

  #leaderOf(of: TopicPartition): number {
    return leaderOf(this.#connections, of) ?? -1
  }

  /** Fetches from one broker as long as any of its partitions is read. */
  async #fetchAll(nodeId: number): Promise<void> {
    for (let failures = 0; !this.#isClosed; ) {
      const buffers = this.#wanted(nodeId)
      if (buffers === null) return
      if (buffers.length === 0) {
        await delay(1)
        continue
      }
      try {
        const broker = await this.#connections.findBroker({ nodeId })
        for (const response of await this.#fetch(broker, buffers)) this.#receive(response, buffers)
        failures = 0
      } catch (cause) {
        if (++failures >= failuresMax) this.#fail(buffers, cause)
        await this.#recover(cause, failures)
      }
    }
  }

  /** Returns the buffers of this broker that have room; null when none of its partitions is read any more. */
  #wanted(nodeId: number): PartitionBuffer[] | null {
    const now = performance.now()
    let isRead = false
    const wanted: PartitionBuffer[] = []
    for (const [name, buffer] of this.#buffers) {
      if (this.#leaderOf(buffer) !== nodeId) continue
      if (now - buffer.asked > unreadMs) this.#buffers.delete(name)
      else {
        isRead = true
        if (buffer.records.length < recordsAhead && !buffer.error && buffer.restsUntil <= now) wanted.push(buffer)
      }
    }
    return isRead ? wanted : null
  }

  async #fetch(broker: Broker, buffers: readonly PartitionBuffer[]): Promise<PartitionResponse[]> {
    const topics = new Map<string, { partition: number; fetchOffset: number; maxBytes: number }[]>()
    for (const { topic, partition, next } of buffers) {
      const partitions = topics.get(topic) ?? []
      topics.set(topic, partitions)
      partitions.push({ partition, fetchOffset: next, maxBytes: bytesPerPartition })
    }
    const asked = Array.from(topics, ([topic, partitions]) => ({ topic, partitions }))
    return readFetchResponse(await fetchRaw(broker, asked, { maxWaitTime: waitMs, maxBytes: bytesPerFetch }))
  }

  #receive(
    { topic, partition, errorCode, lastStableOffset, aborted, batches }: PartitionResponse,
    asked: readonly PartitionBuffer[],
  ): void {
    const buffer = this.#buffers.get(`${topic}/${partition}`)
    // The reader may have moved to another offset meanwhile.
    if (!buffer || !asked.includes(buffer)) return
    try {
      if (errorCode !== 0) throw protocolError(errorCode)
      const { records, next } = this.#committed(batches, buffer.next, aborted)
      for (const record of records) buffer.records.push(record)
      buffer.next = next
      buffer.isAtEnd = next >= lastStableOffset
      buffer.failures = 0
    } catch (error) {
      if (error instanceof ConnectorError) buffer.error = error
      else if (errorCode === outOfRange)
        buffer.error = new ConnectorError('out-of-range', `${topic}/${partition} does not hold offset ${buffer.next}`)
      else this.#refused(buffer, error as Error)
    }
    if (buffer.error || buffer.records.length > 0 || buffer.isAtEnd) buffer.wake()
  }

  /** Lets one partition rest that the broker does not give. The partitions beside it are fetched on. */
  #refused(buffer: PartitionBuffer, cause: Error): void {
    buffer.failures++
    buffer.restsUntil = performance.now() + Math.min(1000, 50 * buffer.failures)
    // Where a topic is not there any more, another one of its name must not be read on at the same offset.
    if (buffer.failures >= failuresMax || (cause as { code?: number }).code === unknownTopic)
      buffer.error = readError(`${buffer.topic}/${buffer.partition}`, cause)
    // Its leader may have changed. Nobody waits for the answer: the others have theirs.
    void this.#connections.refreshMetadata().catch(() => undefined)
  }

  #fail(buffers: readonly PartitionBuffer[], cause: unknown): void {
    for (const buffer of buffers) {
      buffer.error = readError('the broker', cause as Error)
      buffer.wake()
    }
  }

  async #recover(cause: unknown, failures: number): Promise<void> {
    const { host, port, name } = cause as { host?: string; port?: number; name?: string }
    if (name === 'KafkaJSConnectionClosedError' && host !== undefined && port !== undefined)
      this.#connections.removeBroker({ host, port })
    await delay(Math.min(1000, 50 * failures))
    await this.#connections.refreshMetadata().catch(() => undefined)
  }
}

function readError(what: string, cause: Error): ConnectorError {
  const told = `can't read from ${what}`
  // Also a batch that can't be taken apart: it may have been torn on the way.
  if (!cause.name.startsWith('KafkaJS'))
    return new ConnectorError('broker-failed', `${told}: ${cause.message}`, { retryable: true, cause })
  return brokerError(told, cause)
}
