import { gzipSync } from 'node:zlib'
import { compress as lz4 } from 'lz4js'
import { compress as snappy } from 'snappyjs'
import { describe, expect, test } from 'vitest'
import { headersIn } from './batch-records.ts'
import { committedRecords } from './record-batches.ts'

const codecs = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4, ofTheFuture: 5 } as const
const packedByLz4 = 'BCJNGGRApyYAAAD/AY4FAAAAAYAFcGFja2VkLCAIAP8mEABJAR8CSQH/LVBlZCwgAAAAAACTPsbK'
const packedByZstd = 'KLUv/WSSAQ0BALCOBQAAAAGABXBhY2tlZCwgAI4FAAACAgBBTEstaqaWJRsjtdM='
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
  header.writeInt8(2, 16)
  header.writeInt16BE(codec, 21)
  header.writeInt32BE(1, 23)
  header.writeBigInt64BE(1000n, 27)
  header.writeBigInt64BE(1000n, 35)
  header.writeInt32BE(2, 57)
  return Buffer.concat([header, payload])
}

/** A record of these bytes, whatever they are, that states its own length. */
const raw = (...parts: readonly Buffer[]): Buffer => {
  const body = Buffer.concat(parts)
  return Buffer.concat([varint(body.length), body])
}
/** A number of variable length that goes on for ever, or long enough to be none. */
const endless = Buffer.concat([Buffer.alloc(200, 0x80), Buffer.of(0)])
const restated = (bytes: Buffer, change: (header: Buffer) => void): Buffer => {
  const changed = Buffer.from(bytes)
  change(changed)
  return changed
}

const two = (value: Buffer) => Buffer.concat([record(0, value), record(1, value)])
const good = (offset: number) => batch(offset, two(Buffer.from('good')))
const told = (batches: Buffer) => {
  const { records, next } = committedRecords(batches, 0, [])
  return [records.map(({ offset, value, unreadable }) => [offset, unreadable?.code ?? String(value)]), next]
}

/** Packs blocks as Java's library for snappy does. */
const xerial = (...blocks: readonly Buffer[]): Buffer => {
  const packed = blocks.flatMap(block => {
    const body = snappy(block)
    const size = Buffer.alloc(4)
    size.writeUInt32BE(body.length)
    return [size, body]
  })
  return Buffer.concat([Buffer.from('82534e4150505900', 'hex'), Buffer.from('0000000100000001', 'hex'), ...packed])
}
/** A frame of zstd with some blocks, each of which stands for a run of zeros. */
function zstdOf(blocks: number, size: number): Buffer {
  const frame = [Buffer.from('28b52ffd0038', 'hex')]
  for (let n = 0; n < blocks; n++) {
    const header = Buffer.alloc(4)
    header.writeUIntLE((size << 3) | (1 << 1) | (n === blocks - 1 ? 1 : 0), 0, 3)
    frame.push(header)
  }
  return Buffer.concat(frame)
}
const both = two(Buffer.from('packed, '.repeat(40)))

test.each([
  ['gzip', codecs.gzip, gzipSync(both)],
  ['snappy, as librdkafka packs it', codecs.snappy, snappy(both)],
  ['snappy, as Java packs it', codecs.snappy, xerial(both.subarray(0, 300), both.subarray(300))],
  ['lz4', codecs.lz4, Buffer.from(lz4(both))],
  ['lz4, by its own command', codecs.lz4, Buffer.from(packedByLz4, 'base64')],
  ['zstd, by its own command', codecs.zstd, Buffer.from(packedByZstd, 'base64')],
])('a batch is read that is packed by %s', (_, codec, payload) => {
  expect(told(Buffer.concat([good(0), batch(2, payload, codec)]))).toEqual([
    [
      [0, 'good'],
      [1, 'good'],
      [2, 'packed, '.repeat(40)],
      [3, 'packed, '.repeat(40)],
    ],
    4,
  ])
})

describe('an unreadable batch becomes one record at its last offset, and its neighbours are read', () => {
  test.each([
    ['is cut off within a record', two(Buffer.from('torn')).subarray(0, -4), codecs.none, 'batch-torn'],
    ['ends within a number', two(Buffer.from('torn')).fill(0xff), codecs.none, 'batch-torn'],
    ['holds no record at all', Buffer.alloc(0), codecs.none, 'batch-torn'],
    ['is packed by a codec of the future', two(Buffer.from('packed')), codecs.ofTheFuture, 'codec-unknown'],
    ['says gzip and is not', two(Buffer.from('packed')), codecs.gzip, 'batch-torn'],
    ['says snappy and is not', two(Buffer.from('packed')), codecs.snappy, 'batch-torn'],
    ['says lz4 and is not', two(Buffer.from('packed')), codecs.lz4, 'batch-torn'],
    ['says zstd and is not', two(Buffer.from('packed')), codecs.zstd, 'batch-torn'],
    ['is cut off in zstd', zstdOf(70, 128).subarray(0, 100), codecs.zstd, 'batch-torn'],
    ['is cut off in snappy', xerial(two(Buffer.alloc(5000))).subarray(0, -9), codecs.snappy, 'batch-torn'],
    ['holds a number that does not end', raw(Buffer.of(0, 0, 0), endless, endless), codecs.none, 'batch-torn'],
    [
      'holds a key of a negative length',
      raw(Buffer.of(0, 0, 0), varint(-7), varint(-1), varint(9)),
      codecs.none,
      'batch-torn',
    ],
    [
      'holds the same offset twice',
      Buffer.concat([record(1, Buffer.from('a')), record(1, Buffer.from('b'))]),
      codecs.none,
      'batch-torn',
    ],
    [
      'holds an offset beyond its end',
      Buffer.concat([record(0, Buffer.from('a')), record(2, Buffer.from('b'))]),
      codecs.none,
      'batch-torn',
    ],
    [
      'holds a record that is longer than it says',
      Buffer.concat([varint(5), two(Buffer.from('long')).subarray(1)]),
      codecs.none,
      'batch-torn',
    ],
    ['unpacks to 100 MB of gzip', gzipSync(two(Buffer.alloc(50e6))), codecs.gzip, 'batch-too-large'],
    ['says that it unpacks to 4 GB of snappy', Buffer.from('ffffffff0f00', 'hex'), codecs.snappy, 'batch-too-large'],
    ['unpacks to 100 MB of snappy', xerial(...Array(100).fill(Buffer.alloc(1e6))), codecs.snappy, 'batch-too-large'],
    ['unpacks to 100 MB of lz4', Buffer.from(lz4(two(Buffer.alloc(50e6)))), codecs.lz4, 'batch-too-large'],
    ['unpacks to 80 MB of zstd', zstdOf(640, 128 * 1024), codecs.zstd, 'batch-too-large'],
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

describe('what a batch states is not believed', () => {
  const header = (batches: Buffer) => committedRecords(batches, 0, [])

  test('of millions of records in a few kilobytes none is made', () => {
    const packed = gzipSync(Buffer.concat(Array(600_000).fill(raw(Buffer.of(0, 0, 0, 1, 1, 0)))))
    const bomb = restated(batch(0, packed, codecs.gzip), bytes => {
      bytes.writeInt32BE(599_999, 23)
      bytes.writeInt32BE(600_000, 57)
    })
    expect(bomb.length).toBeLessThan(20_000)
    const { records, next } = header(bomb)
    expect([records.length, records[0]!.unreadable!.code, next]).toEqual([1, 'batch-too-large', 600_000])
  })

  test('of many headers ours is found, and the others stay bytes until somebody asks', () => {
    const headers = Array.from({ length: 1000 }, (_, n) => {
      const name = Buffer.from(n === 500 ? 'joai-cause' : `h${n}`)
      return [varint(name.length), name, varint(1), Buffer.from('v')]
    })
    const start = [Buffer.of(0, 0, 0), varint(-1), varint(-1), varint(1000)]
    const one = restated(batch(0, raw(...start, ...headers.flat())), bytes => {
      bytes.writeInt32BE(0, 23)
      bytes.writeInt32BE(1, 57)
    })
    expect(header(one).records).toEqual([
      { offset: 0, timestamp: 1000, key: null, value: null, cause: Buffer.from('v'), headers: expect.any(Buffer) },
    ])
    expect(Object.keys(headersIn(header(one).records[0]!.headers!))).toHaveLength(1000)
  })

  test('a batch that compaction has emptied holds nothing, and a marker of transactions no record', () => {
    const empty = restated(batch(2, Buffer.alloc(0), codecs.gzip), bytes => bytes.writeInt32BE(0, 57))
    const marker = restated(good(4), bytes => bytes.writeInt16BE(0x30, 21))
    expect(told(Buffer.concat([good(0), empty, marker, good(6)]))).toEqual([
      [
        [0, 'good'],
        [1, 'good'],
        [6, 'good'],
        [7, 'good'],
      ],
      8,
    ])
  })

  test('attributes that nobody has defined yet change nothing', () => {
    const odd = restated(good(0), bytes => bytes.writeInt16BE(0x7fc0, 21))
    expect(told(odd)[0]).toEqual([
      [0, 'good'],
      [1, 'good'],
    ])
  })

  test('a batch of a format of the future is named, and one that is shorter than a header ends the read', () => {
    const future = restated(good(2), bytes => bytes.writeInt8(3, 16))
    expect(told(Buffer.concat([good(0), future]))[0]).toContainEqual([2, 'format-unknown'])
    for (const length of [-12, -1, 0, 40])
      expect(() => header(Buffer.concat([good(0), restated(good(2), bytes => bytes.writeInt32BE(length, 8))]))).toThrow(
        'shorter than its header',
      )
  })
})
