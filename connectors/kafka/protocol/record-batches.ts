import { ConnectorError } from '../../../topology/log/log.ts'
import { TooLarge } from './bounded-bytes.ts'
import { codecs } from './codecs.ts'
import type { AbortedTransaction } from './fetch-response.ts'

/** A record as the broker stores it. */
export interface KafkaRecord {
  readonly offset: number
  readonly timestamp: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: ReadonlyMap<string, Buffer>
  /** The reason why a batch can't be read. Such a record stands for the whole batch, at its last offset. */
  readonly unreadable?: ConnectorError
}

/** Committed records, and the offset from which to continue. */
export interface CommittedBatches {
  readonly records: KafkaRecord[]
  readonly next: number
}

const headerBytes = 61
/** The most bytes of one decompressed batch. The broker limits only the compressed size. */
const unpackedBytesMax = 64 << 20
/** Decompressed bytes after which no further batch is decompressed in one call. */
const unpackedBytesEnough = 16 << 20
const flags = { codec: 0x07, appendTime: 0x08, transactional: 0x10, control: 0x20 } as const

/** A record batch: the fields of its header, and its bytes. */
export interface RecordBatch {
  readonly baseOffset: number
  readonly lastOffset: number
  readonly producerId: bigint
  readonly isTransactional: boolean
  /** Whether it holds transaction markers instead of records. */
  readonly isControl: boolean
  readonly bytes: Buffer
}

/** Iterates over the complete batches in a broker's answer, whose last batch may be cut off. */
export function* recordBatches(batches: Buffer): Generator<RecordBatch> {
  for (let at = 0; at + headerBytes <= batches.length; ) {
    const end = at + 12 + batches.readInt32BE(at + 8)
    if (end > batches.length) return
    const bytes = batches.subarray(at, end)
    const baseOffset = Number(bytes.readBigInt64BE(0))
    const attributes = bytes.readInt16BE(21)
    yield {
      baseOffset,
      lastOffset: baseOffset + bytes.readInt32BE(23),
      producerId: bytes.readBigInt64BE(43),
      isTransactional: (attributes & flags.transactional) !== 0,
      isControl: (attributes & flags.control) !== 0,
      bytes,
    }
    at = end
  }
}

/**
 * Returns the committed records in a broker's answer, by the rule of Kafka's own consumer. Skips batches of aborted
 * transactions: per producer id, from the transaction's first offset to its abort marker. Stops early once enough bytes have
 * been decompressed.
 */
export function committedRecords(
  batches: Buffer,
  from: number,
  aborted: readonly AbortedTransaction[],
): CommittedBatches {
  const pending = [...aborted].sort((a, b) => a.firstOffset - b.firstOffset)
  const open = new Set<bigint>()
  const records: KafkaRecord[] = []
  let next = from
  let unpackedBytes = 0
  for (const batch of recordBatches(batches)) {
    if (unpackedBytes >= unpackedBytesEnough) break
    const { lastOffset, producerId, isTransactional, isControl } = batch
    while (pending.length > 0 && pending[0]!.firstOffset <= lastOffset) open.add(pending.shift()!.producerId)
    if (isControl) open.delete(producerId)
    else if (!(isTransactional && open.has(producerId)))
      for (const record of recordsOf(batch))
        if (record.offset >= from) {
          records.push(record)
          unpackedBytes += record.value?.length ?? 0
        }
    next = Math.max(next, lastOffset + 1)
  }
  return { records, next }
}

/** Decodes the records of a batch. If it can't be read, returns one record that holds the reason. */
export function recordsOf(batch: RecordBatch): readonly KafkaRecord[] {
  try {
    return Array.from(readRecords(batch))
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error
    const timestamp = Number(batch.bytes.readBigInt64BE(35))
    return [{ offset: batch.lastOffset, timestamp, key: null, value: null, headers: new Map(), unreadable: error }]
  }
}

function* readRecords({ bytes: batch, baseOffset }: RecordBatch): Generator<KafkaRecord> {
  const attributes = batch.readInt16BE(21)
  const baseTime = Number(batch.readBigInt64BE(27))
  const maxTime = Number(batch.readBigInt64BE(35))
  const from = new Cursor(unpacked(batch, attributes & flags.codec, baseOffset), baseOffset)
  for (let count = batch.readInt32BE(57); count > 0; count--) {
    // Skips the length and unused attributes.
    from.varint()
    from.skip(1)
    const timestamp = baseTime + from.varint()
    const offset = baseOffset + from.varint()
    const key = from.bytes()
    const value = from.bytes()
    const headers = new Map<string, Buffer>()
    for (let left = from.varint(); left > 0; left--) {
      const name = (from.bytes() ?? Buffer.alloc(0)).toString('utf8')
      headers.set(name, from.bytes() ?? Buffer.alloc(0))
    }
    yield { offset, timestamp: attributes & flags.appendTime ? maxTime : timestamp, key, value, headers }
  }
}

/** Throws `codec-unknown`, `batch-too-large` and `batch-torn`. */
function unpacked(batch: Buffer, number: number, baseOffset: number): Buffer {
  const payload = batch.subarray(headerBytes)
  if (number === 0) return payload
  const what = `the batch of ${batch.readInt32BE(57)} records at offset ${baseOffset}`
  const codec = codecs.get(number)
  if (!codec) throw new ConnectorError('codec-unknown', `${what} is packed by codec ${number}, which is not read here`)
  try {
    return codec(payload, unpackedBytesMax)
  } catch (cause) {
    if (cause instanceof TooLarge)
      throw new ConnectorError('batch-too-large', `${what} unpacks to more than ${unpackedBytesMax} bytes`, { cause })
    throw new ConnectorError('batch-torn', `${what} can't be unpacked: ${(cause as Error).message}`, { cause })
  }
}

/** Reads zigzag numbers of variable length. Throws `batch-torn` at the end of the bytes. */
class Cursor {
  readonly #raw: Buffer
  readonly #baseOffset: number
  #at = 0

  constructor(raw: Buffer, baseOffset: number) {
    this.#raw = raw
    this.#baseOffset = baseOffset
  }

  skip(count: number): void {
    this.#at += count
    if (this.#at > this.#raw.length)
      throw new ConnectorError('batch-torn', `the batch at offset ${this.#baseOffset} ends within a record`)
  }

  varint(): number {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const at = this.#at
      this.skip(1)
      const byte = this.#raw[at]!
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2
    }
  }

  bytes(): Buffer | null {
    const length = this.varint()
    if (length < 0) return null
    this.skip(length)
    return this.#raw.subarray(this.#at - length, this.#at)
  }
}
