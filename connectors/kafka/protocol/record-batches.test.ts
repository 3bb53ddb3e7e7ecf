import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { committedRecords } from './record-batches.ts'

const codecs = { none: 0, gzip: 1, snappy: 2 } as const
const varint = (value: number): Buffer => {
  const bytes: number[] = []
  let left = value < 0 ? -value * 2 - 1 : value * 2
  for (; left >= 128; left = Math.floor(left / 128)) bytes.push((left % 128) | 0x80)
  return Buffer.from([...bytes, left])
}

/** Encodes a record without a key, as Kafka does. */
const record = (delta: number, value: Buffer): Buffer => {
  const body = Buffer.concat([
    Buffer.from([0]),
    varint(0),
    varint(delta),
    varint(-1),
    varint(value.length),
    value,
    varint(0),
  ])
  return Buffer.concat([varint(body.length), body])
}

/** Encodes a batch of two records from an offset on. */
function batch(offset: number, payload: Buffer, codec: number = codecs.none): Buffer {
  const header = Buffer.alloc(61)
  header.writeBigInt64BE(BigInt(offset), 0)
  header.writeInt32BE(49 + payload.length, 8)
  header.writeInt16BE(codec, 21)
  header.writeInt32BE(1, 23)
  header.writeBigInt64BE(1000n, 27)
  header.writeBigInt64BE(1000n, 35)
  header.writeInt32BE(2, 57)
  return Buffer.concat([header, payload])
}

const two = (value: Buffer) => Buffer.concat([record(0, value), record(1, value)])
const good = (offset: number) => batch(offset, two(Buffer.from('good')))
const told = (batches: Buffer) => {
  const { records, next } = committedRecords(batches, 0, [])
  return [records.map(({ offset, value, unreadable }) => [offset, unreadable?.code ?? String(value)]), next]
}

describe('an unreadable batch becomes one record at its last offset, and its neighbours are read', () => {
  test.each([
    ['is cut off within a record', two(Buffer.from('torn')).subarray(0, -4), codecs.none, 'batch-torn'],
    ['ends within a number', two(Buffer.from('torn')).fill(0xff), codecs.none, 'batch-torn'],
    ['holds no record at all', Buffer.alloc(0), codecs.none, 'batch-torn'],
    ['is packed by snappy', two(Buffer.from('packed')), codecs.snappy, 'codec-unknown'],
    ['says gzip and is not', two(Buffer.from('packed')), codecs.gzip, 'batch-too-large'],
    ['unpacks to 100 MB', gzipSync(two(Buffer.alloc(50e6))), codecs.gzip, 'batch-too-large'],
  ])('when it %s', (_, payload, codec, code) => {
    expect(told(Buffer.concat([good(0), batch(2, payload, codec), good(4)]))).toEqual([
      [
        [0, 'good'],
        [1, 'good'],
        [3, code],
        [4, 'good'],
        [5, 'good'],
      ],
      6,
    ])
  })
})

test('of many batches that decompress to a large size, no more are decompressed at a time than the limit allows', () => {
  const packed = gzipSync(two(Buffer.alloc(10e6)))
  const batches = Buffer.concat(Array.from({ length: 50 }, (_, n) => batch(2 * n, packed, codecs.gzip)))
  expect(batches.length).toBeLessThan(2e6)
  const { records, next } = committedRecords(batches, 0, [])
  expect([records.length, next]).toEqual([2, 2])
  expect(committedRecords(batches, next, []).next).toBeGreaterThan(next)
})
