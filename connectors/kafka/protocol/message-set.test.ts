import { createRequire } from 'node:module'
import { gzipSync } from 'node:zlib'
import { compress as lz4 } from 'lz4js'
import { compress as snappy } from 'snappyjs'
import { describe, expect, test } from 'vitest'
import { committedRecords } from './record-batches.ts'

interface OldMessage {
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly timestamp?: number
  readonly compression?: number
}
const messageSet = createRequire(import.meta.url)('kafkajs/src/protocol/messageSet/index.js') as (of: {
  readonly messageVersion: number
  readonly compression?: number
  readonly entries: readonly OldMessage[]
}) => { readonly buffer: Buffer }

const text = (value: string) => Buffer.from(value)
const entries = ['first', 'second', 'third'].map((value, n) => ({
  key: n === 1 ? null : text(`k${n}`),
  value: text(value.repeat(20)),
  timestamp: 5000 + n,
}))

/** Writes messages by the code of kafkajs, from an offset on. */
function written(version: number, some: readonly OldMessage[], from: number): Buffer {
  const singles = some.map((one, n) => {
    const bytes = Buffer.from(messageSet({ messageVersion: version, compression: 0, entries: [one] }).buffer)
    bytes.writeBigInt64BE(BigInt(from + n), 0)
    return bytes
  })
  return Buffer.concat(singles)
}

/** Packs messages into one, as producers did: with offsets from 0 on in version 1, and with those of the log before. */
function packed(version: number, compression: number, pack: (bytes: Buffer) => Uint8Array, from: number): Buffer {
  const inner = written(version, entries, version === 1 ? 0 : from)
  const outer = { key: null, value: Buffer.from(pack(inner)), timestamp: 9000, compression }
  return written(version, [outer], from + entries.length - 1)
}

const expected = (version: number, from: number) =>
  entries.map(({ key, value, timestamp }, n) => ({
    offset: from + n,
    timestamp: version === 1 ? timestamp : -1,
    key,
    value,
    cause: null,
  }))

describe.each([0, 1])('a topic that was written in the format of version %i', version => {
  test.each([
    ['plain', (from: number) => written(version, entries, from)],
    ['packed by gzip', (from: number) => packed(version, 1, gzipSync, from)],
    ['packed by snappy', (from: number) => packed(version, 2, snappy, from)],
    ['packed by lz4', (from: number) => packed(version, 3, lz4, from)],
  ])('is read, its messages %s', (_, of) => {
    const batches = Buffer.concat([of(40), of(43)])
    expect(committedRecords(batches, 40, [])).toEqual({
      records: [...expected(version, 40), ...expected(version, 43)],
      next: 46,
    })
    // From within, and with a message behind that is cut off.
    expect(committedRecords(Buffer.concat([of(40), of(43).subarray(0, -3)]), 41, [])).toMatchObject({
      records: expect.arrayContaining(expected(version, 40).slice(1)),
      next: expect.any(Number),
    })
    expect(committedRecords(batches, 44, []).records).toEqual(expected(version, 43).slice(1))
  })

  test('damaged, or packed to a large size, it is one record that says so, and its neighbours are read', () => {
    const torn = packed(version, 1, inner => gzipSync(inner.subarray(0, -5)), 3)
    const bomb = packed(version, 1, () => gzipSync(Buffer.alloc(100e6)), 6)
    const twice = packed(version, 1, () => gzipSync(packed(version, 1, gzipSync, 0)), 9)
    const future = packed(version, 7, inner => inner, 12)
    const batches = [written(version, entries, 0), torn, bomb, twice, future, written(version, entries, 15)]
    const { records, next } = committedRecords(Buffer.concat(batches), 0, [])
    expect(records.map(({ offset, unreadable }) => unreadable?.code ?? offset)).toEqual([
      ...[0, 1, 2, 'batch-torn', 'batch-too-large', 'batch-torn', 'codec-unknown'],
      ...[15, 16, 17],
    ])
    expect(next).toBe(18)
  })
})
