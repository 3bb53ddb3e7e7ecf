import { setTimeout as delay } from 'node:timers/promises'
import { ConnectorError } from '../../topology/log/log.ts'
import { SerialQueues } from '../../topology/log/serial-queue.ts'
import { Feed, waitMs } from './feed.ts'
import { type PartitionResponse, readFetchResponse } from './protocol/fetch-response.ts'
import { type Broker, type Connections, fetchRaw } from './protocol/kafkajs-internals.ts'
import { committedRecords, type KafkaRecord } from './protocol/record-batches.ts'

const bytesPerPartition = 1 << 20
const bytesPerFetch = 16 << 20
/** Read ahead of whoever asks: no more is fetched of a partition that holds so many records. */
const recordsAhead = 2000
/** A partition that nobody asks for is no longer fetched. */
const forgottenMs = 30_000
/** Someone else's open transaction may hold up the end for longer: then it is the end, for now. */
const decidedWithinMs = 3000
const outOfRange = 1

/** Records, and the offset after all that was looked at. */
export interface Fetched {
  readonly records: KafkaRecord[]
  readonly next: number
}

/**
 * Reads partitions of topics, committed records only. One fetch at a time asks each broker for all partitions that
 * someone reads, a little ahead of them: many readers that wait share one connection, and memory is bounded.
 */
export class Fetcher {
  readonly #connections: Connections
  readonly #committed: typeof committedRecords
  readonly #feeds = new Map<string, Feed>()
  readonly #running = new Map<number, Promise<void>>()
  /** The reads of each partition: a feed serves one reader at a time. */
  readonly #reads = new SerialQueues()
  #isClosed = false

  constructor(connections: Connections, committed = committedRecords) {
    this.#connections = connections
    this.#committed = committed
  }

  /**
   * Waits a little for records where there are none, and for what this process itself wrote, up to `written`, until the
   * broker has decided it.
   */
  read(topic: string, partition: number, from: number, limit: number, written = 0): Promise<Fetched> {
    const name = `${topic}/${partition}`
    return this.#reads.run(name, () => this.#read(topic, partition, from, limit, written))
  }

  async #read(topic: string, partition: number, from: number, limit: number, written: number): Promise<Fetched> {
    const feed = this.#feedAt(topic, partition, from)
    feed.asked = performance.now()
    this.#start(feed)
    for (let tries = 0; ; tries++) {
      if (feed.error) {
        this.#feeds.delete(`${topic}/${partition}`)
        throw feed.error
      }
      const records = feed.take(limit)
      if (records.length > 0) return { records, next: feed.records.length === 0 ? feed.next : feed.start }
      // The first to find that nothing is left need not wait for what is not there yet.
      const isDecided = feed.next >= written || tries * waitMs > decidedWithinMs
      if (feed.isAtEnd && isDecided && (!feed.isTold || tries > 0)) {
        feed.isTold = true
        return { records, next: feed.next }
      }
      // Each time anew: a partition that had no leader for a while, or has another, was left by who fetched it.
      this.#start(feed)
      await feed.wait()
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    for (const feed of this.#feeds.values()) feed.wake()
    await Promise.all(this.#running.values())
  }

  #feedAt(topic: string, partition: number, from: number): Feed {
    const name = `${topic}/${partition}`
    const feed = this.#feeds.get(name)
    if (feed && feed.start <= from && from <= feed.next) {
      while (feed.records[0] && feed.records[0].offset < from) feed.records.shift()
      feed.start = from
      return feed
    }
    const fresh = new Feed(topic, partition, from)
    this.#feeds.set(name, fresh)
    return fresh
  }

  #start({ topic, partition }: Feed): void {
    this.#checkOpen()
    const nodeId = this.#leaderOf(topic, partition)
    if (!this.#running.has(nodeId))
      this.#running.set(
        nodeId,
        this.#fetchAll(nodeId).finally(() => this.#running.delete(nodeId)),
      )
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new ConnectorError('log-closed', 'the log was closed')
  }

  #leaderOf(topic: string, partition: number): number {
    return this.#connections.findTopicPartitionMetadata(topic).find(one => one.partitionId === partition)?.leader ?? -1
  }

  /** Fetches from one broker for as long as someone reads from it. */
  async #fetchAll(nodeId: number): Promise<void> {
    for (let failures = 0; !this.#isClosed; ) {
      const feeds = this.#wanted(nodeId)
      if (feeds === null) return
      if (feeds.length === 0) {
        await delay(1)
        continue
      }
      try {
        const broker = await this.#connections.findBroker({ nodeId })
        for (const response of await this.#fetch(broker, feeds)) this.#arrived(response, feeds)
        failures = 0
      } catch (cause) {
        if (++failures >= 3) this.#failed(feeds, cause)
        await this.#recover(cause, failures)
      }
    }
  }

  /** The feeds of this broker that have room; null when nobody reads any more. */
  #wanted(nodeId: number): Feed[] | null {
    const now = performance.now()
    let some = false
    const wanted: Feed[] = []
    for (const [name, feed] of this.#feeds) {
      if (this.#leaderOf(feed.topic, feed.partition) !== nodeId) continue
      if (now - feed.asked > forgottenMs) this.#feeds.delete(name)
      else {
        some = true
        if (feed.records.length < recordsAhead && !feed.error) wanted.push(feed)
      }
    }
    return some ? wanted : null
  }

  async #fetch(broker: Broker, feeds: readonly Feed[]): Promise<PartitionResponse[]> {
    const topics = new Map<string, { partition: number; fetchOffset: number; maxBytes: number }[]>()
    for (const { topic, partition, next } of feeds) {
      const partitions = topics.get(topic) ?? []
      topics.set(topic, partitions)
      partitions.push({ partition, fetchOffset: next, maxBytes: bytesPerPartition })
    }
    const asked = Array.from(topics, ([topic, partitions]) => ({ topic, partitions }))
    return readFetchResponse(await fetchRaw(broker, asked, { maxWaitTime: waitMs, maxBytes: bytesPerFetch }))
  }

  #arrived(
    { topic, partition, errorCode, lastStableOffset, aborted, batches }: PartitionResponse,
    asked: readonly Feed[],
  ): void {
    const feed = this.#feeds.get(`${topic}/${partition}`)
    // Whoever reads may have gone elsewhere meanwhile.
    if (!feed || !asked.includes(feed)) return
    try {
      if (errorCode === outOfRange)
        throw new ConnectorError('out-of-range', `${topic}/${partition} does not hold offset ${feed.next}`)
      if (errorCode !== 0) throw new Error(`the broker says ${errorCode} of ${topic}/${partition}`)
      const { records, next } = this.#committed(batches, feed.next, aborted)
      for (const record of records) feed.records.push(record)
      feed.next = next
      feed.isAtEnd = next >= lastStableOffset
    } catch (error) {
      if (!(error instanceof ConnectorError)) throw error
      feed.error = error
    }
    if (feed.error || feed.records.length > 0 || feed.isAtEnd) feed.wake()
  }

  #failed(feeds: readonly Feed[], cause: unknown): void {
    const message = `can't read from the broker: ${(cause as Error).message}`
    for (const feed of feeds) {
      feed.error = new ConnectorError('broker-failed', message, { retryable: true, cause })
      feed.wake()
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
