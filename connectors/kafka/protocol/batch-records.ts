import { ConnectorError } from '../../../topology/log/log.ts'
import { causeHeader, type KafkaRecord } from './kafka-record.ts'
import { checkRecordCount, unpackedBatch } from './unpacked-batch.ts'

const headerBytes = 61
const flags = { codec: 0x07, appendTime: 0x08 } as const
const causeName = Buffer.from(causeHeader)

/**
 * Reads the records of a batch (Kafka's record format, version 2). Throws `codec-unknown`, `batch-too-large`, and `batch-torn`
 * for what is cut off, or whose offsets do not ascend within the batch.
 */
export function* readBatch(batch: Buffer): Generator<KafkaRecord> {
  const baseOffset = Number(batch.readBigInt64BE(0))
  const attributes = batch.readInt16BE(21)
  const last = batch.readInt32BE(23)
  const baseTime = Number(batch.readBigInt64BE(27))
  const maxTime = Number(batch.readBigInt64BE(35))
  const count = batch.readInt32BE(57)
  const what = `the batch of ${count} records at offset ${baseOffset}`
  checkRecordCount(count, what)
  // Compaction leaves an empty batch of a producer whose records are all gone.
  if (count === 0) return
  const from = new Cursor(unpackedBatch(batch.subarray(headerBytes), attributes & flags.codec, what), what)
  for (let left = count, least = 0; left > 0; left--) {
    const end = from.end(from.varint())
    // The attributes of a record are unused.
    from.skip(1)
    const timestamp = baseTime + from.varint()
    const delta = from.varint()
    if (!(delta >= least && delta <= last)) throw from.torn('holds a record out of order')
    least = delta + 1
    const key = from.bytes()
    const value = from.bytes()
    const start = from.at
    const { cause, hasOthers } = readCause(from)
    if (from.at !== end) throw from.torn('holds a record of another length than it states')
    const time = attributes & flags.appendTime ? maxTime : timestamp
    const record = { offset: baseOffset + delta, timestamp: time, key, value, cause }
    yield hasOthers ? { ...record, headers: from.since(start) } : record
  }
}

/** The most headers of a record that are read. */
const headersMax = 1000

/** Reads the headers of a record as texts. Of several with one name the last one counts, and of very many the first ones. */
export function headersIn(bytes: Buffer): Record<string, string> {
  const from = new Cursor(bytes, 'a record')
  const headers: Record<string, string> = {}
  for (let left = Math.min(from.varint(), headersMax); left > 0; left--) {
    const name = from.bytes()
    const value = from.bytes()
    if (name !== null && value !== null) headers[name.toString('utf8')] = value.toString('utf8')
  }
  return headers
}

function readCause(from: Cursor): { readonly cause: Buffer | null; readonly hasOthers: boolean } {
  let cause: Buffer | null = null
  let hasOthers = false
  for (let left = from.varint(); left > 0; left--) {
    const name = from.bytes()
    const value = from.bytes()
    if (name?.equals(causeName)) cause = value
    else hasOthers = true
  }
  return { cause, hasOthers }
}

/** The most bytes of a number of variable length: ten hold 64 bits. */
const varintBytesMax = 10

/** Reads zigzag numbers of variable length. Throws `batch-torn` at the end of the bytes. */
class Cursor {
  readonly #raw: Buffer
  readonly #what: string
  at = 0

  constructor(raw: Buffer, what: string) {
    this.#raw = raw
    this.#what = what
  }

  torn(how: string): ConnectorError {
    return new ConnectorError('batch-torn', `${this.#what} ${how}`)
  }

  /** Returns where something of this length ends. */
  end(length: number): number {
    const end = this.at + length
    if (!(length >= 0 && end <= this.#raw.length)) throw this.torn('ends within a record')
    return end
  }

  since(start: number): Buffer {
    return this.#raw.subarray(start, this.at)
  }

  skip(count: number): void {
    this.at = this.end(count)
  }

  varint(): number {
    let value = 0
    for (let count = 0, scale = 1; count < varintBytesMax; count++, scale *= 128) {
      const at = this.at
      this.skip(1)
      const byte = this.#raw[at]!
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2
    }
    throw this.torn('holds a number that does not end')
  }

  bytes(): Buffer | null {
    const length = this.varint()
    if (length < 0) return null
    const start = this.at
    this.skip(length)
    return this.#raw.subarray(start, this.at)
  }
}
