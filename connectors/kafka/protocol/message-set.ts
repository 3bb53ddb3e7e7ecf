import { ConnectorError } from '../../../topology/log/log.ts'
import type { KafkaRecord } from './kafka-record.ts'
import { checkRecordCount, unpackedBatch } from './unpacked-batch.ts'

const magicAt = 16
const codecMask = 0x07
const appendTimeMask = 0x08
/** The bytes of a message before its key: those of version 1 include a timestamp. */
const keyAt = [18, 26] as const

/**
 * Reads a message of the formats before version 2, as topics may hold them that were written before Kafka 0.11. A packed
 * message holds others, whose offsets count from the first of them in version 1. Throws as `readBatch` does.
 */
export function readMessage(bytes: Buffer): KafkaRecord[] {
  const offset = Number(bytes.readBigInt64BE(0))
  const what = `the message at offset ${offset}`
  const outer = messageAt(bytes, 0, what)
  if (outer.codec === 0) return [outer.record]
  const { timestamp, value } = outer.record
  const plain = unpackedBatch(value ?? Buffer.alloc(0), outer.codec, what)
  const inner: KafkaRecord[] = []
  for (let at = 0; at < plain.length; ) {
    const message = messageAt(plain, at, what)
    if (message.codec !== 0) throw new ConnectorError('batch-torn', `${what} is packed twice`)
    inner.push(outer.isAppendTime ? { ...message.record, timestamp } : message.record)
    checkRecordCount(inner.length, what)
    at = message.end
  }
  const isRelative = bytes.readInt8(magicAt) === 1
  const shift = isRelative ? offset - (inner.at(-1)?.offset ?? 0) : 0
  return inner.map(record => ({ ...record, offset: record.offset + shift }))
}

function messageAt(bytes: Buffer, start: number, what: string) {
  try {
    const end = start + 12 + bytes.readInt32BE(start + 8)
    const magic = bytes.readInt8(start + magicAt)
    const attributes = bytes.readInt8(start + magicAt + 1)
    if (end > bytes.length || !(magic === 0 || magic === 1)) throw new RangeError('it is cut off')
    const [key, afterKey] = bytesAt(bytes, start + keyAt[magic], end)
    const [value, afterValue] = bytesAt(bytes, afterKey, end)
    if (afterValue !== end) throw new RangeError('it is longer than it states')
    const record: KafkaRecord = {
      offset: Number(bytes.readBigInt64BE(start)),
      timestamp: magic === 1 ? Number(bytes.readBigInt64BE(start + 18)) : -1,
      key,
      value,
      cause: null,
    }
    return { record, end, codec: attributes & codecMask, isAppendTime: (attributes & appendTimeMask) !== 0 }
  } catch (cause) {
    throw new ConnectorError('batch-torn', `${what} can't be read: ${(cause as Error).message}`, { cause })
  }
}

function bytesAt(bytes: Buffer, at: number, end: number): [Buffer | null, number] {
  const length = bytes.readInt32BE(at)
  const after = at + 4 + Math.max(0, length)
  if (after > end) throw new RangeError('it is cut off')
  return [length < 0 ? null : bytes.subarray(at + 4, after), after]
}
