import { asBuffer } from '../../schemas/codec/bytes.ts'

/** Size of the buffer that a Packer keeps. A much larger one is released after its segment. */
const bufferSize = 512 * 1024

/** Writes the parts of a packed segment into one buffer that grows and is reused. */
export class Packer {
  #buffer = Buffer.allocUnsafeSlow(bufferSize)
  position = 0

  /** Makes room for `size` more bytes. Callers must reserve before they write. */
  reserve(size: number): void {
    if (this.position + size <= this.#buffer.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#buffer.length * 2, this.position + size))
    larger.set(this.#buffer.subarray(0, this.position))
    this.#buffer = larger
  }

  /** Returns a copy of everything written, with free memory behind it (see `withTrailingSpace`), and starts anew. */
  take(): Buffer {
    const packed = Buffer.allocUnsafeSlow(this.position + room).subarray(0, this.position)
    packed.set(this.#buffer.subarray(0, this.position))
    this.position = 0
    if (this.#buffer.length > 8 * bufferSize) this.#buffer = Buffer.allocUnsafeSlow(bufferSize)
    return packed
  }

  /** Writes a whole number from 0 to 2^53 - 1, seven bits a byte, lowest first. */
  count(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`not a count: ${value}`)
    const buffer = this.#buffer
    let rest = value
    while (rest > 0x7fffffff) {
      buffer[this.position++] = (rest % 128) | 0x80
      rest = Math.floor(rest / 128)
    }
    while (rest > 0x7f) {
      buffer[this.position++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    buffer[this.position++] = rest
  }

  double(value: number): void {
    this.position = this.#buffer.writeDoubleLE(value, this.position)
  }

  bytes(value: Uint8Array): void {
    this.count(value.length)
    this.#buffer.set(value, this.position)
    this.position += value.length
  }

  /** Writes a text in UTF-8. PERF: short ASCII, which is nearly all, is written without a call to native code. */
  text(value: string): void {
    const buffer = this.#buffer
    const { length } = value
    if (length < 0x80) {
      const start = this.position + 1
      let i = 0
      for (; i < length; i++) {
        const code = value.charCodeAt(i)
        if (code > 0x7f) break
        buffer[start + i] = code
      }
      if (i === length) {
        buffer[this.position] = length
        this.position = start + length
        return
      }
    }
    this.count(Buffer.byteLength(value))
    this.position += buffer.write(value, this.position)
  }
}

/** Free bytes behind a packed segment. */
const room = 4

/** Returns the value with `size` free bytes behind it, at most 4. A value from a Packer has them; any other is copied. */
export function withTrailingSpace(value: Uint8Array, size: number): Buffer {
  const { buffer, byteOffset, length } = value
  if (byteOffset === 0 && buffer.byteLength === length + room) return Buffer.from(buffer, 0, length + size)
  const copy = Buffer.allocUnsafe(length + size)
  copy.set(value)
  return copy
}

/** The most bytes that a count needs. */
export const countSize = 8

/** Returns the most bytes that a text needs. */
export const textSize = (text: string): number => countSize + 3 * text.length

/** Reads what a Packer wrote. */
export class Unpacker {
  readonly #buffer: Buffer
  position = 0

  constructor(bytes: Uint8Array) {
    this.#buffer = asBuffer(bytes)
  }

  get ended(): boolean {
    return this.position >= this.#buffer.length
  }

  count(): number {
    const buffer = this.#buffer
    let byte = buffer[this.position++]!
    let value = byte & 0x7f
    let unit = 128
    while (byte > 0x7f) {
      byte = buffer[this.position++]!
      value += (byte & 0x7f) * unit
      unit *= 128
    }
    return value
  }

  double(): number {
    this.position += 8
    return this.#buffer.readDoubleLE(this.position - 8)
  }

  /** A view of the packed bytes, not a copy. */
  bytes(): Buffer {
    const length = this.count()
    const start = this.position
    this.position += length
    return this.#buffer.subarray(start, this.position)
  }

  text(): string {
    const length = this.count()
    const start = this.position
    this.position += length
    return this.#buffer.toString('utf8', start, this.position)
  }
}
