import type { Decision } from '../schemas/generated.ts'
import { topics } from '../schemas/topics.ts'
import { decodeValue } from '../schemas/wire.ts'
import type { Log } from '../topology/log/log.ts'
import { type PartitionReader, readersAtEnd } from '../topology/log/log-reader.ts'

/** A decision as a subscriber sees it; times in ms since the epoch. */
export interface SeenDecision {
  readonly partition: number
  readonly eventId: string
  /** Append time of the event that led to it. */
  readonly receivedAt: number
  /** Timestamp of the record: its append time where the topic takes the broker's clock. */
  readonly timestamp: number
  /** Time at which it was read as committed. */
  readonly readAt: number
}

/** Subscribes to an application's committed decisions from now on, as a channel does. */
export class Decisions {
  /** Number of events that have led to a decision so far. */
  count = 0
  readonly #seen: (decision: SeenDecision) => void
  readonly #reading: Promise<unknown>
  #isClosed = false
  #waiting: (() => void)[] = []

  private constructor(readers: readonly PartitionReader[], seen: (decision: SeenDecision) => void) {
    this.#seen = seen
    this.#reading = Promise.all(readers.map(reader => this.#read(reader)))
    this.#reading.catch(() => undefined)
  }

  static async follow(log: Log, seen: (decision: SeenDecision) => void): Promise<Decisions> {
    return new Decisions(await readersAtEnd(log, topics.decisions.name), seen)
  }

  /** Resolves at the next decision in any partition. */
  next(): Promise<void> {
    return Promise.race([
      new Promise<void>(resolve => this.#waiting.push(resolve)),
      this.#reading.then(() => undefined),
    ])
  }

  /** Resolves at the next decision, or after a second, because the caller may wait for something else. */
  async nextOrSoon(): Promise<void> {
    const timer = setTimeout(() => this.#wake(), 1000)
    await this.next()
    clearTimeout(timer)
  }

  /** Resolves when `count` events have led to a decision. Throws after `withinMs`. */
  async until(count: number, withinMs = 120_000): Promise<void> {
    const end = performance.now() + withinMs
    while (this.count < count) {
      await this.nextOrSoon()
      if (performance.now() > end) throw new Error(`there are ${this.count} decisions of ${count} after ${withinMs} ms`)
    }
  }

  /** Ends the subscription. The log must still be open. */
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
        // A decision on a timer answers no event.
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
