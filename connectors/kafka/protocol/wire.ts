/** Bytes of the Kafka protocol, appended one after the other; numbers are big endian. It grows where the guess was short. */
export class WireWriter {
  #bytes: Buffer
  #at = 0

  /** The capacity to begin with, in bytes. */
  constructor(capacity: number) {
    this.#bytes = Buffer.allocUnsafe(capacity)
  }

  get length(): number {
    return this.#at
  }

  /** What was written so far; not a copy. */
  get written(): Buffer {
    return this.#bytes.subarray(0, this.#at)
  }

  byte(value: number): void {
    this.#grow(1)
    this.#bytes[this.#at++] = value
  }

  int16(value: number): void {
    this.#grow(2)
    this.#at = this.#bytes.writeInt16BE(value, this.#at)
  }

  int32(value: number): void {
    this.#grow(4)
    this.#at = this.#bytes.writeInt32BE(value, this.#at)
  }

  int64(value: bigint): void {
    this.#grow(8)
    this.#at = this.#bytes.writeBigInt64BE(value, this.#at)
  }

  /** A number of variable length, without a sign. Shifts would cut off what is beyond 31 bits. */
  uvarint(value: number): void {
    let left = value
    for (; left > 0x7fff_ffff; left = Math.floor(left / 128)) this.byte((left % 128) | 0x80)
    for (; left > 0x7f; left >>= 7) this.byte((left & 0x7f) | 0x80)
    this.byte(left)
  }

  /** A number of variable length, zigzag. */
  varint(value: number): void {
    this.uvarint(zigzag(value))
  }

  raw(bytes: Uint8Array): void {
    this.#grow(bytes.length)
    this.#bytes.set(bytes, this.#at)
    this.#at += bytes.length
  }

  /** As old versions of a request write it. */
  text(value: string): void {
    this.int16(Buffer.byteLength(value))
    this.raw(Buffer.from(value))
  }

  /** As flexible versions of a request write it. */
  compactText(value: string | null): void {
    this.uvarint(value === null ? 0 : Buffer.byteLength(value) + 1)
    if (value !== null) this.raw(Buffer.from(value))
  }

  /** Writes over what stands at a place. */
  uint32At(at: number, value: number): void {
    this.#bytes.writeUInt32BE(value, at)
  }

  #grow(count: number): void {
    if (this.#at + count <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe(2 * (this.#at + count))
    this.#bytes.copy(larger, 0, 0, this.#at)
    this.#bytes = larger
  }
}

/** Small numbers of either sign as small ones without. */
const zigzag = (value: number): number => (value < 0 ? -2 * value - 1 : 2 * value)

/** How many bytes `varint` writes. */
export function varintBytes(value: number): number {
  let bytes = 1
  for (let left = zigzag(value); left > 0x7f; left = Math.floor(left / 128)) bytes++
  return bytes
}

/** Reads bytes of the Kafka protocol one after the other. */
export class WireReader {
  readonly #raw: Buffer
  #at = 0

  constructor(raw: Buffer) {
    this.#raw = raw
  }

  skip(count: number): void {
    this.#at += count
  }

  int16(): number {
    this.#at += 2
    return this.#raw.readInt16BE(this.#at - 2)
  }

  int32(): number {
    this.#at += 4
    return this.#raw.readInt32BE(this.#at - 4)
  }

  bigint(): bigint {
    this.#at += 8
    return this.#raw.readBigInt64BE(this.#at - 8)
  }

  int64(): number {
    return Number(this.bigint())
  }

  uvarint(): number {
    for (let value = 0, scale = 1; ; scale *= 128) {
      const byte = this.#raw.readUInt8(this.#at++)
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
    }
  }

  text(): string {
    return this.#text(this.int16())
  }

  /** Empty where there is none. */
  compactText(): string {
    return this.#text(Math.max(0, this.uvarint() - 1))
  }

  /** The items of an array of an old version. */
  array<T>(item: () => T): T[] {
    return Array.from({ length: Math.max(0, this.int32()) }, item)
  }

  /** The items of an array of a flexible version. */
  compactArray<T>(item: () => T): T[] {
    return Array.from({ length: Math.max(0, this.uvarint() - 1) }, item)
  }

  bytes(): Buffer {
    const length = Math.max(0, this.int32())
    this.#at += length
    return this.#raw.subarray(this.#at - length, this.#at)
  }

  /** The fields at the end of a structure of a flexible version; those that nobody reads are skipped. */
  tags(read: (tag: number) => void = () => undefined): void {
    for (let left = this.uvarint(); left > 0; left--) {
      const tag = this.uvarint()
      const end = this.uvarint() + this.#at
      read(tag)
      this.#at = end
    }
  }

  #text(length: number): string {
    this.#at += length
    return this.#raw.toString('utf8', this.#at - length, this.#at)
  }
}
