import type { Log, LogRecord } from '../../topology/log/log.ts'

/** What the lookout needs of the partition that it watches. */
export interface Watched {
  readonly topic: string
  readonly partition: number
  /** The idempotency key that a record cancels, if it cancels one. */
  cancelled(record: LogRecord): string | null
  /** Cancels the send if it is held; false when it is not. */
  cancel(key: string): boolean
  /** Records before this one have been taken in. */
  position(): number
}

const chunk = 500

/**
 * Reads a partition to its end, ahead of those who deliver from it, and cancels what is held. Cancellations of sends
 * that are not taken in yet are kept, at most `aheadMax` of them: beyond that it reads on for what is held only, and
 * reads again from there when more has been taken in.
 */
export class Lookout {
  readonly #log: Log
  readonly #watched: Watched
  readonly #aheadMax: number
  /** Offsets of cancellations by key, in order. */
  readonly #ahead = new Map<string, number>()
  /** All before it is known, of what is held and of what is not. */
  #keptTo: number
  /** All before it is known of what is held. */
  #seenTo: number
  #reading: Promise<void> | null = null

  constructor(log: Log, watched: Watched, from: number, aheadMax = 10_000) {
    this.#log = log
    this.#watched = watched
    this.#keptTo = from
    this.#seenTo = from
    this.#aheadMax = aheadMax
  }

  /** Resolves when no record of the partition is unread. */
  async toEnd(): Promise<void> {
    const { topic, partition } = this.#watched
    while (this.#seenTo < (await this.#log.end(topic, partition))) {
      this.#reading ??= this.#read().finally(() => {
        this.#reading = null
      })
      await this.#reading
    }
  }

  /** Was this send cancelled by a record behind it, before it was taken in? */
  isCancelled(key: string): boolean {
    return this.#ahead.has(key)
  }

  /** More has been taken in: what is kept for it is needed no longer. */
  advance(): void {
    for (const [key, offset] of this.#ahead) {
      if (offset >= this.#watched.position()) break
      this.#ahead.delete(key)
    }
    this.#seenTo = Math.min(this.#seenTo, this.#keptTo)
  }

  async #read(): Promise<void> {
    const { topic, partition } = this.#watched
    const from = this.#seenTo
    const end = await this.#log.end(topic, partition)
    const records = await this.#log.read(topic, partition, from, chunk)
    // More was taken in meanwhile, and some of it may be cancelled by what was only skimmed.
    if (this.#seenTo !== from) return
    let keeps = this.#keptTo === from
    for (const record of records) {
      const key = this.#watched.cancelled(record)
      if (key !== null && !this.#watched.cancel(key) && record.offset >= this.#watched.position()) {
        if (this.#ahead.size >= this.#aheadMax) keeps = false
        if (keeps && !this.#ahead.has(key)) this.#ahead.set(key, record.offset)
      }
      if (keeps) this.#keptTo = record.offset + 1
    }
    this.#seenTo = (records.at(-1)?.offset ?? end - 1) + 1
    if (keeps) this.#keptTo = this.#seenTo
  }
}
