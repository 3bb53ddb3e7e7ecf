import { ConnectorError } from '../../../topology/log/log.ts'
import { readBatch } from './batch-records.ts'
import type { AbortedTransaction } from './fetch-response.ts'
import type { KafkaRecord } from './kafka-record.ts'
import { readMessage } from './message-set.ts'

/** Committed records, and the offset from which to continue. */
export interface CommittedBatches {
  readonly records: KafkaRecord[]
  readonly next: number
}

const magicAt = 16
/** The version of Kafka's record format that brokers write since 0.11. */
const currentMagic = 2
const headerBytes = 61
/** Bytes of records after which no further batch is decompressed in one call. */
const unpackedBytesEnough = 16 << 20
/** About what a record takes besides its key and its value. */
const recordBytes = 200
const flags = { transactional: 0x10, control: 0x20 } as const

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

/** Iterates over the complete batches in a broker's answer, whose last batch may be cut off. Throws `batch-torn`. */
export function* recordBatches(batches: Buffer): Generator<RecordBatch> {
  for (let at = 0; at + magicAt < batches.length; ) {
    const end = at + 12 + batches.readInt32BE(at + 8)
    if (end > batches.length) return
    const bytes = batches.subarray(at, end)
    const isCurrent = batches.readInt8(at + magicAt) === currentMagic
    if (bytes.length <= (isCurrent ? headerBytes - 1 : magicAt))
      throw new ConnectorError('batch-torn', `a batch of ${bytes.length} bytes is shorter than its header`)
    yield isCurrent ? currentBatch(bytes) : olderBatch(bytes)
    at = end
  }
}

function currentBatch(bytes: Buffer): RecordBatch {
  const baseOffset = Number(bytes.readBigInt64BE(0))
  const attributes = bytes.readInt16BE(21)
  return {
    baseOffset,
    lastOffset: baseOffset + bytes.readInt32BE(23),
    producerId: bytes.readBigInt64BE(43),
    isTransactional: (attributes & flags.transactional) !== 0,
    isControl: (attributes & flags.control) !== 0,
    bytes,
  }
}

/** Returns a message of an older format as a batch. One that holds others has the offset of the last of them. */
function olderBatch(bytes: Buffer): RecordBatch {
  const offset = Number(bytes.readBigInt64BE(0))
  return { baseOffset: offset, lastOffset: offset, producerId: -1n, isTransactional: false, isControl: false, bytes }
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
          unpackedBytes += recordBytes + (record.key?.length ?? 0) + (record.value?.length ?? 0)
        }
    next = Math.max(next, lastOffset + 1)
  }
  return { records, next }
}

/** Decodes the records of a batch. If it can't be read, returns one record that holds the reason. */
export function recordsOf(batch: RecordBatch): readonly KafkaRecord[] {
  const { bytes, baseOffset, lastOffset: offset } = batch
  const magic = bytes.readInt8(magicAt)
  try {
    if (magic === currentMagic) return Array.from(readBatch(bytes))
    if (magic === 0 || magic === 1) return readMessage(bytes)
    throw new ConnectorError(
      'format-unknown',
      `the batch at offset ${baseOffset} is of format ${magic}, which is not read here`,
    )
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error
    const timestamp = magic === currentMagic ? Number(bytes.readBigInt64BE(35)) : -1
    return [{ offset, timestamp, key: null, value: null, cause: null, unreadable: error }]
  }
}
