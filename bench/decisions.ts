import type { Decision } from '../schemas/generated.ts'
import { topics } from '../schemas/topics.ts'
import { decodeValue } from '../schemas/wire.ts'
import type { Log } from '../topology/log/log.ts'
import { type PartitionReader, readersAtEnd } from '../topology/log/log-reader.ts'

/** A decision as a subscriber sees it; times in ms since the epoch. */
export interface Seen {
  readonly partition: number
  readonly eventId: string
  /** When the event that led to it was appended. */
  readonly receivedAt: number
  /** Of the record; if the topic takes the broker's time: when it was appended. */
  readonly timestamp: number
  /** When it could be read as committed, and was. */
  readonly readAt: number
}

/** Subscribes to the decisions of an application, from their end on, as a channel would: committed ones only. */
export class Decisions {
  /** So many events have led to one. */
  count = 0
  readonly #seen: (decision: Seen) => void
  readonly #reading: Promise<unknown>
  #isClosed = false
  #waiting: (() => void)[] = []

  private constructor(readers: readonly PartitionReader[], seen: (decision: Seen) => void) {
    this.#seen = seen
    this.#reading = Promise.all(readers.map(reader => this.#read(reader)))
    this.#reading.catch(() => undefined)
  }

  static async follow(log: Log, seen: (decision: Seen) => void): Promise<Decisions> {
    return new Decisions(await readersAtEnd(log, topics.decisions.name), seen)
  }

  /** Resolves with the next ones, of whatever partition. */
  next(): Promise<void> {
    return Promise.race([
      new Promise<void>(resolve => this.#waiting.push(resolve)),
      this.#reading.then(() => undefined),
    ])
  }

  /** The same, but within a second: what is waited for may be something else. */
  async nextOrSoon(): Promise<void> {
    const timer = setTimeout(() => this.#wake(), 1000)
    await this.next()
    clearTimeout(timer)
  }

  /** Resolves when there have been so many. */
  async until(count: number, withinMs = 120_000): Promise<void> {
    const end = performance.now() + withinMs
    while (this.count < count) {
      await this.nextOrSoon()
      if (performance.now() > end) throw new Error(`there are ${this.count} decisions of ${count} after ${withinMs} ms`)
    }
  }

  /** The log must still be open. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#reading
  }

  async #read(reader: PartitionReader): Promise<void> {
    const { partition } = reader
    while (!this.#isClosed) {
      const records = await reader.page()
      const readAt = Date.now()
      for (const { value, timestamp } of records) {
        const { time, trigger } = decodeValue<Decision>(topics.decisions.types.decision, value)
        // What a timer sets off, no event waits for.
        if (trigger.eventId === '') continue
        this.count++
        this.#seen({ partition, eventId: trigger.eventId, receivedAt: time.receivedAt, timestamp, readAt })
      }
      if (records.length > 0) this.#wake()
    }
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }
}
