import type { LogRecord } from '../topology/ports.ts'
import { type RecordSegment, unpackRecords } from './segments.ts'

/**
 * The newest segments of one partition: without a gap up to its end. They are kept packed: as records they would be what
 * the collector has most to do with.
 */
export class Tail {
  #segments: RecordSegment[] = []
  #dropped = 0
  /** The records that were read last: small reads in a row unpack their segment once. */
  #recent: readonly LogRecord[] = []

  /** The first offset that is kept; Infinity when none is. */
  get start(): number {
    return this.#segments[this.#dropped]?.first ?? Number.POSITIVE_INFINITY
  }

  push(segment: RecordSegment): void {
    this.#segments.push(segment)
  }

  /** Forgets the oldest segment. */
  shift(): void {
    this.#dropped++
    if (this.#dropped * 2 < this.#segments.length) return
    this.#segments = this.#segments.slice(this.#dropped)
    this.#dropped = 0
  }

  /** Adds records from `from` on until there are `limit`; `from` must not lie before the start. */
  read(from: number, limit: number, into: LogRecord[]): void {
    let low = this.#dropped
    let high = this.#segments.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#segments[middle]!.last < from) low = middle + 1
      else high = middle
    }
    for (let at = from; low < this.#segments.length && into.length < limit; low++) {
      const { first, last, bytes } = this.#segments[low]!
      if (this.#recent[0]?.offset !== first) this.#recent = unpackRecords(bytes)
      take(this.#recent, at, limit, into)
      at = last + 1
    }
  }
}

/** Adds records of one segment from `from` on until there are `limit`. */
export function take(records: readonly LogRecord[], from: number, limit: number, into: LogRecord[]): void {
  const start = Math.max(0, from - records[0]!.offset)
  const end = Math.min(records.length, start + limit - into.length)
  for (let i = start; i < end; i++) into.push(records[i]!)
}

/** What a segment takes in memory beside its bytes, roughly. */
const segmentOverhead = 300

const sizeOf = ({ bytes }: RecordSegment): number => bytes.length + segmentOverhead

/** Bounds what the tails of all partitions keep: the oldest segment goes first, whosever it is. */
export class TailCache {
  readonly #maxBytes: number
  #queue: { readonly tail: Tail; readonly size: number }[] = []
  #dropped = 0
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  add(tail: Tail, segment: RecordSegment): void {
    const size = sizeOf(segment)
    tail.push(segment)
    this.#queue.push({ tail, size })
    this.#bytes += size
    while (this.#bytes > this.#maxBytes) {
      const oldest = this.#queue[this.#dropped++]!
      oldest.tail.shift()
      this.#bytes -= oldest.size
    }
    if (this.#dropped * 2 < this.#queue.length) return
    this.#queue = this.#queue.slice(this.#dropped)
    this.#dropped = 0
  }
}
