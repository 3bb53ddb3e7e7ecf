/** Thrown when more bytes would be unpacked than are allowed. */
export class TooLarge extends Error {}

const firstCapacity = 1 << 16

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
    from.copy(this.#bytes, this.#at, start, start + count)
    this.#at += count
  }

  /** Repeats `count` bytes from `distance` bytes back; they may overlap with what is being written. */
  match(distance: number, count: number): void {
    if (distance < 1 || distance > this.#at - this.#base) throw new RangeError('it repeats what is not there')
    this.#grow(count)
    const bytes = this.#bytes
    const end = this.#at + count
    for (let at = this.#at; at < end; at++) bytes[at] = bytes[at - distance]!
    this.#at = end
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
