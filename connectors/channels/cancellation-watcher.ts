import type { Log, LogRecord } from '../../topology/log/log.ts'

/** The partition that a watcher reads, and what is held of its sends. */
export interface WatchedPartition {
  readonly topic: string
  readonly partition: number
  /** Returns the idempotency key that a record cancels; null when the record is no cancellation. */
  cancelledKey(record: LogRecord): string | null
  /** Cancels the send if it is held; returns false when it is not. */
  cancelHeld(key: string): boolean
  /** Returns the offset of the first record that has not been taken in. */
  position(): number
}

const chunk = 500

/**
 * Reads a partition to its end, ahead of the dispatcher, and cancels sends that are held. Keeps the cancellations of sends
 * that have not been taken in yet, at most `aheadMax` of them. Beyond that limit it only looks for held sends, and reads
 * the rest again once more sends have been taken in.
 */
export class CancellationWatcher {
  readonly #log: Log
  readonly #watched: WatchedPartition
  readonly #aheadMax: number
  /** Offsets of kept cancellations by idempotency key, in order. */
  readonly #ahead = new Map<string, number>()
  /** Cancellations before this offset are known for every send. */
  #keptTo: number
  /** Cancellations before this offset are known for the sends that are held. */
  #seenTo: number
  #reading: Promise<void> | null = null

  constructor(log: Log, watched: WatchedPartition, from: number, aheadMax = 10_000) {
    this.#log = log
    this.#watched = watched
    this.#keptTo = from
    this.#seenTo = from
    this.#aheadMax = aheadMax
  }

  /** Resolves when every record of the partition has been read. */
  async readToEnd(): Promise<void> {
    const { topic, partition } = this.#watched
    while (this.#seenTo < (await this.#log.end(topic, partition))) {
      this.#reading ??= this.#read().finally(() => {
        this.#reading = null
      })
      await this.#reading
    }
  }

  /** Tells whether a record behind this send has cancelled it before the send was taken in. */
  isCancelled(key: string): boolean {
    return this.#ahead.has(key)
  }

  /** Drops the cancellations that are no longer needed, after more sends have been taken in. */
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
    // More sends were taken in meanwhile, and a record that was skipped may cancel one of them.
    if (this.#seenTo !== from) return
    let keeps = this.#keptTo === from
    for (const record of records) {
      const key = this.#watched.cancelledKey(record)
      if (key !== null && !this.#watched.cancelHeld(key) && record.offset >= this.#watched.position()) {
        if (this.#ahead.size >= this.#aheadMax) keeps = false
        if (keeps && !this.#ahead.has(key)) this.#ahead.set(key, record.offset)
      }
      if (keeps) this.#keptTo = record.offset + 1
    }
    this.#seenTo = (records.at(-1)?.offset ?? end - 1) + 1
    if (keeps) this.#keptTo = this.#seenTo
  }
}
