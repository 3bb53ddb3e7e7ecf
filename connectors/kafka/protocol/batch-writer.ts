import { crc32c } from '../../../schemas/codec/crc32c.ts'
import { varintBytes, type WireWriter } from './wire.ts'

/** A record to be sent to the broker. Times are in ms since the epoch. */
export interface Message {
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly timestamp: number
  readonly headers?: Readonly<Record<string, Buffer>>
}

/** The producer of a batch, and the sequence number of its first record. */
export interface BatchOrigin {
  readonly producerId: bigint
  readonly producerEpoch: number
  readonly firstSequence: number
}

/** A batch whose size is known before it is written. */
export interface PlannedBatch {
  readonly messages: readonly Message[]
  readonly sizes: readonly number[]
  readonly bytes: number
}

const headerBytes = 61
const checksumAt = 17
const magic = 2
const transactional = 0x10

/** Computes the size of a batch of these records, of which there must be at least one. */
export function plannedBatch(messages: readonly Message[]): PlannedBatch {
  const baseTime = messages[0]!.timestamp
  const sizes = messages.map((message, index) => recordBytes(message, message.timestamp - baseTime, index))
  return { messages, sizes, bytes: sizes.reduce((sum, size) => sum + varintBytes(size) + size, headerBytes) }
}

/** Writes a batch of a transaction, uncompressed (Kafka's record format, version 2). */
export function writeBatch(to: WireWriter, { messages, sizes, bytes }: PlannedBatch, origin: BatchOrigin): void {
  const at = to.length
  const baseTime = messages[0]!.timestamp
  to.int64(0n)
  to.int32(bytes - 12)
  // The leader epoch, which the broker sets itself.
  to.int32(-1)
  to.byte(magic)
  to.int32(0)
  to.int16(transactional)
  to.int32(messages.length - 1)
  to.int64(BigInt(baseTime))
  to.int64(BigInt(messages.reduce((latest, { timestamp }) => Math.max(latest, timestamp), baseTime)))
  to.int64(origin.producerId)
  to.int16(origin.producerEpoch)
  to.int32(origin.firstSequence)
  to.int32(messages.length)
  messages.forEach((message, index) => {
    to.varint(sizes[index]!)
    writeRecord(to, message, message.timestamp - baseTime, index)
  })
  to.uint32At(at + checksumAt, crc32c(to.written.subarray(at + checksumAt + 4)))
}

function recordBytes({ key, value, headers = {} }: Message, timeDelta: number, offsetDelta: number): number {
  const names = Object.keys(headers)
  return names.reduce(
    (sum, name) => sum + bytesBytes(Buffer.byteLength(name)) + bytesBytes(headers[name]!.length),
    1 +
      varintBytes(timeDelta) +
      varintBytes(offsetDelta) +
      bytesBytes(key?.length ?? none) +
      bytesBytes(value?.length ?? none) +
      varintBytes(names.length),
  )
}

/** The length that stands for null. */
const none = -1

const bytesBytes = (length: number): number => varintBytes(length) + Math.max(0, length)

function writeRecord(
  to: WireWriter,
  { key, value, headers = {} }: Message,
  timeDelta: number,
  offsetDelta: number,
): void {
  // Unused attributes.
  to.byte(0)
  to.varint(timeDelta)
  to.varint(offsetDelta)
  writeBytes(to, key)
  writeBytes(to, value)
  const names = Object.keys(headers)
  to.varint(names.length)
  for (const name of names) {
    writeBytes(to, Buffer.from(name))
    writeBytes(to, headers[name]!)
  }
}

function writeBytes(to: WireWriter, bytes: Buffer | null): void {
  to.varint(bytes?.length ?? none)
  if (bytes) to.raw(bytes)
}
