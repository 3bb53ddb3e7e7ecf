/** Writes bytes of the Kafka protocol, in big endian order. It grows when the initial capacity is too small. */
export class WireWriter {
  #bytes: Buffer
  #at = 0

  /** `capacity` is the initial size in bytes. */
  constructor(capacity: number) {
    this.#bytes = Buffer.allocUnsafe(capacity)
  }

  get length(): number {
    return this.#at
  }

  /** Returns a view of the bytes written so far. */
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

  /** Writes an unsigned number of variable length. Bit shifts would lose everything beyond 31 bits. */
  uvarint(value: number): void {
    let left = value
    for (; left > 0x7fff_ffff; left = Math.floor(left / 128)) this.byte((left % 128) | 0x80)
    for (; left > 0x7f; left >>= 7) this.byte((left & 0x7f) | 0x80)
    this.byte(left)
  }

  /** Writes a signed number of variable length, in zigzag encoding. */
  varint(value: number): void {
    this.uvarint(zigzag(value))
  }

  raw(bytes: Uint8Array): void {
    this.#grow(bytes.length)
    this.#bytes.set(bytes, this.#at)
    this.#at += bytes.length
  }

  /** Writes a text as old versions of requests do. */
  text(value: string): void {
    this.int16(Buffer.byteLength(value))
    this.raw(Buffer.from(value))
  }

  /** Writes a text as flexible versions of requests do. */
  compactText(value: string | null): void {
    this.uvarint(value === null ? 0 : Buffer.byteLength(value) + 1)
    if (value !== null) this.raw(Buffer.from(value))
  }

  /** Overwrites the number at a position. */
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

/** Maps small signed numbers to small unsigned ones. */
const zigzag = (value: number): number => (value < 0 ? -2 * value - 1 : 2 * value)

/** Returns the number of bytes that `varint` writes. */
export function varintBytes(value: number): number {
  let bytes = 1
  for (let left = zigzag(value); left > 0x7f; left = Math.floor(left / 128)) bytes++
  return bytes
}

/** Reads bytes of the Kafka protocol in order. */
export class WireReader {
  readonly #raw: Buffer
  #at = 0

  constructor(raw: Buffer) {
    this.#raw = raw
  }

  skip(count: number): void {
    this.#at += count
  }

  /** Reads bytes of a fixed number. */
  raw(count: number): Buffer {
    this.#at += count
    return this.#raw.subarray(this.#at - count, this.#at)
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

  /** Reads a text; a missing one is empty. */
  compactText(): string {
    return this.#text(Math.max(0, this.uvarint() - 1))
  }

  /** Reads the items of an array in an old version. */
  array<T>(item: () => T): T[] {
    return Array.from({ length: Math.max(0, this.int32()) }, item)
  }

  /** Reads the items of an array in a flexible version. */
  compactArray<T>(item: () => T): T[] {
    return Array.from({ length: Math.max(0, this.uvarint() - 1) }, item)
  }

  bytes(): Buffer {
    const length = Math.max(0, this.int32())
    this.#at += length
    return this.#raw.subarray(this.#at - length, this.#at)
  }

  /** Reads the tagged fields at the end of a structure in a flexible version; unknown ones are skipped. */
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
