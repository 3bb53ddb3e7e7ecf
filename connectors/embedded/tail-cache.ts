import type { LogRecord } from '../../topology/log/log.ts'
import { type RecordSegment, unpackRecords } from './segments.ts'

/** A segment stored in the memory of a page. */
interface Kept {
  readonly first: number
  readonly last: number
  readonly memory: Buffer
  readonly start: number
  readonly end: number
}

/**
 * The newest segments of one partition, without a gap up to its end. PERF: they stay packed, because as records they would be
 * most of the garbage collector's work.
 */
export class Tail {
  #segments: Kept[] = []
  #dropped = 0
  /** The records of the segment that was read last, so that several small reads unpack it once. */
  #recent: readonly LogRecord[] = []

  /** The first offset in the cache; Infinity when it is empty. */
  get start(): number {
    return this.#segments[this.#dropped]?.first ?? Number.POSITIVE_INFINITY
  }

  push(segment: Kept): void {
    this.#segments.push(segment)
  }

  /** Drops the segments in this memory, which are the oldest. */
  forget(memory: Buffer): void {
    while (this.#segments[this.#dropped]?.memory === memory) this.#dropped++
    if (this.#dropped * 2 < this.#segments.length) return
    this.#segments = this.#segments.slice(this.#dropped)
    this.#dropped = 0
  }

  clear(): void {
    this.#segments = []
    this.#dropped = 0
  }

  /** Adds records from offset `from` on until `into` has `limit`. `from` must not be before `start`. */
  read(from: number, limit: number, into: LogRecord[]): void {
    let low = this.#dropped
    let high = this.#segments.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#segments[middle]!.last < from) low = middle + 1
      else high = middle
    }
    for (let at = from; low < this.#segments.length && into.length < limit; low++) {
      const { first, last, memory, start, end } = this.#segments[low]!
      // Copy: record values are views into this page, which is reused later.
      if (this.#recent[0]?.offset !== first) this.#recent = unpackRecords(Buffer.from(memory.subarray(start, end)))
      addRecords(this.#recent, at, limit, into)
      at = last + 1
    }
  }
}

/** Adds records of one segment from offset `from` on until `into` has `limit`. */
export function addRecords(records: readonly LogRecord[], from: number, limit: number, into: LogRecord[]): void {
  const start = Math.max(0, from - records[0]!.offset)
  const end = Math.min(records.length, start + limit - into.length)
  for (let i = start; i < end; i++) into.push(records[i]!)
}

/** Memory for segments, and the tails that have segments in it. */
interface Page {
  readonly memory: Buffer
  used: number
  readonly tails: Set<Tail>
}

/** The number of pages into which the memory is divided. Each is allocated when it is first needed. */
const pagesMax = 8

/**
 * Bounds the memory of all tails: when it is full, the oldest page is reused, whichever partitions its segments belong to.
 * PERF: pages are reused, because memory that is allocated for each segment triggers full garbage collections.
 */
export class TailCache {
  readonly #pageSize: number
  /** Oldest first; the last one is being filled. */
  readonly #pages: Page[] = []

  constructor(maxBytes: number) {
    this.#pageSize = Math.floor(maxBytes / pagesMax)
  }

  add(tail: Tail, { first, last, bytes }: RecordSegment): void {
    if (bytes.length > this.#pageSize) {
      // A segment that is left out would be a gap.
      tail.clear()
      return
    }
    const page = this.#withRoom(bytes.length)
    const start = page.used
    page.memory.set(bytes, start)
    page.used += bytes.length
    page.tails.add(tail)
    tail.push({ first, last, memory: page.memory, start, end: page.used })
  }

  #withRoom(length: number): Page {
    const filling = this.#pages.at(-1)
    if (filling && filling.used + length <= this.#pageSize) return filling
    const page = this.#pages.length < pagesMax ? this.#newPage() : this.#emptied()
    this.#pages.push(page)
    return page
  }

  #newPage(): Page {
    return { memory: Buffer.allocUnsafeSlow(this.#pageSize), used: 0, tails: new Set() }
  }

  #emptied(): Page {
    const oldest = this.#pages.shift()!
    for (const tail of oldest.tails) tail.forget(oldest.memory)
    oldest.tails.clear()
    oldest.used = 0
    return oldest
  }
}
