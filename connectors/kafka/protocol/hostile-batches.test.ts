import { gzipSync } from 'node:zlib'
import { compress as lz4 } from 'lz4js'
import { compress as snappy } from 'snappyjs'
import { describe, expect, test } from 'vitest'
import { TooLarge } from './bounded-bytes.ts'
import { codecs } from './codecs.ts'
import { unlz4 } from './lz4.ts'
import { unsnappy } from './snappy.ts'
import { unzstd } from './zstd.ts'

const max = 64 << 20
const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex')
const gunzip = codecs.get(1)!

/** A text that is packed below by the commands `zstd -19 --long=27` and `lz4 -9 -B4 -BX -BD`. */
const events = Array.from({ length: 20 }, (_, n) => `{"event": ${n}, "word": "window"}`).join('\n')
const withLargeWindow =
  'KLUv/QSIvQIAIoMLEaDtbsr99QAQ1/T4l3uln1Mw////v0romELGQeWG7LnmXcwibN4gdrF8bTamARSoEPj6fwYAYyb6EJ4R3hHve0MLFTQQf/KpR57dSSdLBJrFAkAZ6c1BMg=='
const withBlockChecksums =
  'BCJNGHRAvYUAAAD2EHsiZXZlbnQiOiAwLCAid29yZCI6ICJ3aW5kb3cifQofAB8xHwALHzIfAAsfMx8ACx80HwALHzUfAAsfNh8ACx83HwALHzgfAAsfORcBDA83AQ0POAEMHzE5AQwfMToBDB8xOwEMHzE8AQwfMT0BDB8xPgEMHzE/AQwbMUABUGRvdyJ9E15O6QAAAABTpwqe'

/** A block of zstd that stands for a run of zeros. */
function zeros(size: number, isLast: boolean): Buffer {
  const block = Buffer.alloc(4)
  block.writeUIntLE((size << 3) | (1 << 1) | (isLast ? 1 : 0), 0, 3)
  return block
}
/** A frame of zstd with a window of 128 KiB, which states no size. */
const zstd = (blocks: number, size: number) =>
  Buffer.concat([hex('28b52ffd 00 38'), ...Array.from({ length: blocks }, (_, n) => zeros(size, n === blocks - 1))])
const skippable = Buffer.concat([hex('502a4d18 05000000'), Buffer.from('hello')])

/** A frame of lz4 of blocks of up to 4 MiB. */
const lz4Of = (...blocks: readonly Buffer[]) => {
  const sized = blocks.flatMap(block => {
    const size = Buffer.alloc(4)
    size.writeUInt32LE(block.length)
    return [size, block]
  })
  return Buffer.concat([hex('04224d18 60 70 73'), ...sized, Buffer.alloc(4)])
}
/** A block of lz4 that stands for about `count` zeros. */
const run = (count: number) =>
  Buffer.concat([hex('1f 00 0100'), Buffer.alloc(Math.floor(count / 255), 255), hex('0010 00')])

/** Packs blocks as Java's library for snappy does. */
const xerial = (...blocks: readonly Buffer[]) => {
  const sized = blocks.flatMap(block => {
    const size = Buffer.alloc(4)
    size.writeUInt32BE(block.length)
    return [size, block]
  })
  return Buffer.concat([hex('82534e4150505900 00000001 00000001'), ...sized])
}

/** Measures the memory outside of the heap that a call takes, in MB; what is freed meanwhile may be missing. */
function taken(call: () => unknown): number {
  const before = process.memoryUsage()
  call()
  const after = process.memoryUsage()
  return (after.external - before.external + (after.arrayBuffers - before.arrayBuffers)) / 1e6
}

describe('a batch of a few bytes that states a huge size takes no memory', () => {
  test.each([
    ['a window of 1 GiB in zstd', unzstd, hex('28b52ffd 00 a0 010000')],
    ['a window of 128 GiB in zstd', unzstd, hex('28b52ffd 00 d8 010000')],
    ['a content of 1 GiB in zstd', unzstd, hex('28b52ffd a0 00000040 010000')],
    ['a content of 60 MB in zstd', unzstd, hex('28b52ffd a0 00879303 010000')],
    ['a content of 16 EiB in zstd', unzstd, hex('28b52ffd e0 f0ffffffffffffff 010000')],
    ['1 GiB in the second frame of zstd', unzstd, Buffer.concat([zstd(1, 10), hex('28b52ffd a0 00000040 010000')])],
    ['1 GiB behind what zstd skips', unzstd, Buffer.concat([skippable, hex('28b52ffd a0 00000040 010000')])],
    ['4 GiB that zstd would skip', unzstd, hex('502a4d18 ffffffff 00')],
    ['8 EiB in lz4', unlz4, hex('04224d18 68 70 ffffffffffffff7f 73 10000000 00')],
    ['a block of 2 GiB in lz4', unlz4, hex('04224d18 60 70 73 ffffffff 00')],
    ['60 MB in snappy', unsnappy, hex('808ece1c 00 61')],
    ['60 MB in each of many blocks of snappy', unsnappy, xerial(...Array(50).fill(hex('808ece1c 00 61')))],
    ['a block of 4 GiB in Java’s snappy', unsnappy, hex('82534e4150505900 00000001 00000001 ffffffff 00')],
  ])('%s', (_, unpack, packed) => {
    let plain: Buffer = Buffer.alloc(0)
    const megabytes = taken(() => {
      try {
        plain = unpack(packed, max)
      } catch {
        // Most are no sound frames.
      }
    })
    expect(plain).toHaveLength(0)
    // The memory that a decoder of zstd begins with.
    expect(megabytes).toBeLessThan(40)
  })
})

describe('a batch that unpacks to gigabytes is refused in bounded memory', () => {
  test.each([
    ['gzip', gunzip, Buffer.concat(Array(100).fill(gzipSync(Buffer.alloc(10e6))))],
    ['snappy', unsnappy, xerial(...Array(1000).fill(snappy(Buffer.alloc(1e6))))],
    ['lz4', unlz4, lz4Of(...Array(1000).fill(run(4e6)))],
    ['lz4 in one block', unlz4, lz4Of(run(1e9))],
    ['lz4 of many frames', unlz4, Buffer.concat(Array(500).fill(lz4Of(run(4e6))))],
    ['zstd', unzstd, zstd(80_000, 128 << 10)],
    ['zstd of many frames', unzstd, Buffer.concat(Array(2000).fill(zstd(8, 128 << 10)))],
  ])('%s', (_, unpack, packed) => {
    const megabytes = taken(() => expect(() => unpack(packed, max)).toThrow(TooLarge))
    expect(megabytes).toBeLessThan(4 * 64 + 40)
  })
})

describe('a sound batch is read', () => {
  const line = Buffer.from('{"event": "page_view"}\n')
  const small = Buffer.concat([Buffer.of(0xf0, line.length - 15), line])
  test.each([
    ['whose window of zstd is much larger than its content', unzstd, Buffer.from(withLargeWindow, 'base64'), events],
    ['of very many small blocks of zstd', unzstd, zstd(20_000, 2), '\0'.repeat(40_000)],
    [
      'of many frames of zstd and what is to be skipped',
      unzstd,
      Buffer.concat([skippable, zstd(1, 2), skippable, zstd(1, 1)]),
      '\0\0\0',
    ],
    ['of very many small blocks of lz4', unlz4, lz4Of(...Array(5000).fill(small)), line.toString().repeat(5000)],
    ['of linked blocks of lz4 with checksums', unlz4, Buffer.from(withBlockChecksums, 'base64'), events],
    [
      'of many frames of lz4 and what is to be skipped',
      unlz4,
      Buffer.concat([lz4Of(small), skippable, lz4Of(small)]),
      `${line}${line}`,
    ],
    [
      'of very many small blocks of snappy',
      unsnappy,
      xerial(...Array(5000).fill(snappy(line))),
      line.toString().repeat(5000),
    ],
  ])('%s', (_, unpack, packed, plain) => {
    expect(unpack(packed, max).toString()).toBe(plain)
  })

  test('that unpacks to just as much as is allowed', () => {
    expect(unzstd(zstd(4, 100_000), 400_000)).toHaveLength(400_000)
    expect(() => unzstd(zstd(4, 100_000), 399_999)).toThrow(TooLarge)
    const packed = Buffer.from(lz4(Buffer.alloc(400_000)))
    expect(unlz4(packed, 400_000)).toHaveLength(400_000)
    expect(() => unlz4(packed, 399_999)).toThrow(TooLarge)
    expect(unsnappy(snappy(Buffer.alloc(400_000)), 400_000)).toHaveLength(400_000)
    expect(() => unsnappy(snappy(Buffer.alloc(400_000)), 399_999)).toThrow(TooLarge)
  })
})

describe('a damaged batch ends with an error', () => {
  test('where a literal of snappy has a negative length, which went round for ever', () => {
    expect(() => unsnappy(hex('05 fc fa ffff ff 00000000'), max)).toThrow(RangeError)
  })

  test.each([
    ['gzip', gunzip, gzipSync(events)],
    ['snappy', unsnappy, snappy(Buffer.from(events))],
    ['snappy of Java', unsnappy, xerial(snappy(Buffer.from(events)))],
    ['lz4', unlz4, Buffer.from(lz4(Buffer.from(events)))],
    ['zstd', unzstd, Buffer.from(withLargeWindow, 'base64')],
  ])('where it is cut off anywhere in %s', (_, unpack, packed) => {
    // Before its first block, Java's framing is sound and empty.
    for (let end = 17; end < packed.length; end++) expect(() => unpack(packed.subarray(0, end), max)).toThrow(Error)
    expect(unpack(packed, max).toString()).toBe(events)
  })

  test.each([
    ['zstd', unzstd, '28b52ffd 01 38 07 110000 00', 'dictionary'],
    ['lz4', unlz4, '04224d18 61 70 07000000 73 00000000', 'dictionary'],
    ['lz4', unlz4, '04224d18 60 70 73 03000000 01 0100 00000000', 'not there'],
  ])('of %s that says why', (_, unpack, packed, words) => {
    expect(() => unpack(hex(packed), max)).toThrow(words)
  })
})
