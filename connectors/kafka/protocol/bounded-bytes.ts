/** Thrown when more bytes would be unpacked than are allowed. */
export class TooLarge extends Error {}

const firstCapacity = 1 << 16
/** PERF: up to so many bytes a loop is faster than a call that copies them. */
const shortMax = 24

/**
 * The bytes that an LZ77 codec unpacks: literals, and matches that repeat what was written before. Its memory grows with
 * what is really written, whatever a packed text states. Throws TooLarge beyond `max`, and RangeError for what can't be.
 */
export class BoundedBytes {
  readonly #max: number
  #bytes: Buffer
  #at = 0
  /** Where the present block or frame begins; a match reaches no further back. */
  #base = 0

  constructor(max: number) {
    this.#max = max
    this.#bytes = Buffer.allocUnsafe(Math.min(max, firstCapacity))
  }

  get length(): number {
    return this.#at
  }

  get left(): number {
    return this.#max - this.#at
  }

  /** Returns a view of the bytes written so far. */
  get written(): Buffer {
    return this.#bytes.subarray(0, this.#at)
  }

  /** Begins a block or a frame of its own. */
  begin(): void {
    this.#base = this.#at
  }

  /** Writes `count` bytes that stand in `from`. */
  literal(from: Buffer, start: number, count: number): void {
    if (start + count > from.length) throw new RangeError('it is cut off')
    this.#grow(count)
    const bytes = this.#bytes
    if (count > shortMax) from.copy(bytes, this.#at, start, start + count)
    else for (let n = 0; n < count; n++) bytes[this.#at + n] = from[start + n]!
    this.#at += count
  }

  /** Repeats `count` bytes from `distance` bytes back; they may overlap with what is being written. */
  match(distance: number, count: number): void {
    if (distance < 1 || distance > this.#at - this.#base) throw new RangeError('it repeats what is not there')
    this.#grow(count)
    const bytes = this.#bytes
    const at = this.#at
    if (count <= shortMax) for (let n = 0; n < count; n++) bytes[at + n] = bytes[at + n - distance]!
    // What is repeated grows with each step, and stays a multiple of the distance.
    else
      for (let done = 0; done < count; ) {
        const step = Math.min(distance + done, count - done)
        bytes.copyWithin(at + done, at - distance, at - distance + step)
        done += step
      }
    this.#at = at + count
  }

  #grow(count: number): void {
    if (count > this.left) throw new TooLarge()
    const needed = this.#at + count
    if (needed <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe(Math.min(this.#max, Math.max(needed, 2 * this.#bytes.length)))
    this.#bytes.copy(larger, 0, 0, this.#at)
    this.#bytes = larger
  }
}
