// @module-tag process

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { TooLarge } from './bounded-bytes.ts'
import { codecs } from './codecs.ts'

const mebibyte = 1024 * 1024
const max = 64 * mebibyte
const unlz4 = (packed: Buffer) => codecs.get(3)!(packed, max)
const unzstd = (packed: Buffer) => codecs.get(4)!(packed, max)

/** Text of records, with repetitions near and far, the same in each run. */
const longText = (() => {
  const lines: string[] = []
  for (let n = 0, size = 0; size < 5 * mebibyte; n++) {
    const hash = createHash('sha256').update(String(n)).digest('base64')
    const line = `{"customer":"${hash}","product":${n % 97},"page":"/products/${n % 13}"}\n`
    size += line.length
    lines.push(line)
  }
  return Buffer.from(lines.join(''))
})()
const text = (bytes: number): Buffer => longText.subarray(0, bytes)

/** The heap outside of V8 that a call takes at most, in bytes, as far as it can be seen after it. */
function memoryOf(work: () => void): number {
  const before = process.memoryUsage().arrayBuffers
  work()
  return process.memoryUsage().arrayBuffers - before
}

const byCommand = (command: string, args: readonly string[], input: Buffer): Buffer =>
  spawnSync(command, ['-c', '-q', ...args], { input, maxBuffer: 2 * max }).stdout
const has = (command: string) =>
  (process.env.PATH ?? '').split(delimiter).some(folder => existsSync(join(folder, command)))

describe.skipIf(!has('zstd'))('zstd, packed by its own command (skipped where there is none)', () => {
  test.each([
    ['of a known size', (bytes: number) => [`--stream-size=${bytes}`]],
    ['of an unknown size', () => []],
    ['without a checksum', () => ['--no-check']],
    ['of the best level', () => ['-19']],
    ['with a long window', () => ['--long=27']],
    ['packed fast', () => ['--fast=5']],
  ])('a frame %s is read, whatever its length', (_, args) => {
    for (const bytes of [0, 1, 300, 70_000, 400_000]) {
      const plain = text(bytes)
      expect(Buffer.compare(unzstd(byCommand('zstd', args(bytes), plain)), plain)).toBe(0)
    }
  })

  test('frames one after the other are read, with what is to be skipped between them', () => {
    const [one, two] = [text(90_000), text(200_000)]
    const skipped = Buffer.from('5e2a4d1803000000ffffff', 'hex')
    const packed = [byCommand('zstd', [], one), skipped, byCommand('zstd', ['--stream-size=200000'], two), skipped]
    expect(Buffer.compare(unzstd(Buffer.concat(packed)), Buffer.concat([one, two]))).toBe(0)
  })

  test('cut anywhere, it is refused', () => {
    for (const args of [[], ['--stream-size=3000']]) {
      const packed = byCommand('zstd', args, text(3000))
      for (let end = 1; end < packed.length; end++) expect(() => unzstd(packed.subarray(0, end))).toThrow()
    }
  })
})

describe('zstd, in few bytes', () => {
  const blockOfOne = '09000000' // the last block: one byte, stored
  test('a frame that states a window of 1 GiB is read in the memory for what it holds, and one beyond is refused by name', () => {
    const stating = (window: string) => unzstd(Buffer.from(`28b52ffd00${window}${blockOfOne}`, 'hex'))
    expect(memoryOf(() => expect([...stating('a0')]).toEqual([0]))).toBeLessThan(mebibyte)
    expect(memoryOf(() => expect(() => stating('a8')).toThrow('more than 1 GiB'))).toBeLessThan(mebibyte)
    expect(memoryOf(() => expect(() => stating('ff')).toThrow('more than 1 GiB'))).toBeLessThan(mebibyte)
  })

  test.each([
    ['states that it holds 60 MiB', `28b52ffda00000c003${blockOfOne}`],
    ['states that it holds more than it may', `28b52ffda0000000f0${blockOfOne}`],
    ['states that it holds 16 EiB', `28b52ffde0f0ffffffffffffff${blockOfOne}`],
    ['repeats such frames', `28b52ffda00000c003${blockOfOne}`.repeat(100)],
    ['skips more than there is', '502a4d18ffffffff00'],
    ['wants a dictionary', `28b52ffd01a8ff${blockOfOne}`],
  ])('a frame that %s is refused before memory is taken', (_, hex) => {
    expect(memoryOf(() => expect(() => unzstd(Buffer.from(hex, 'hex'))).toThrow())).toBeLessThan(mebibyte)
  })

  test('thousands of small blocks under a large window are read', () => {
    const block = Buffer.from('08000000', 'hex')
    const frame = Buffer.concat([
      Buffer.from('28b52ffd0088', 'hex'),
      ...Array(100_000).fill(block),
      Buffer.from('010000', 'hex'),
    ])
    expect(unzstd(frame)).toHaveLength(100_000)
  })
})

describe('lz4', () => {
  const frame = (blockKind: number, blocks: readonly Buffer[]) =>
    Buffer.concat([
      Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, blockKind << 4, 0]),
      ...blocks.flatMap(block => {
        const size = Buffer.alloc(4)
        size.writeUInt32LE(block.length)
        return [size, block]
      }),
      Buffer.alloc(4),
    ])
  /** Ten literals. */
  const small = Buffer.from('a0000102030405060708', 'hex')
  const tens = Buffer.concat([small, Buffer.from('09', 'hex')])

  test('many small blocks of a frame for large ones are read: what counts is what they hold', () => {
    const packed = frame(7, Array(10_000).fill(tens))
    const taken = memoryOf(() => expect(unlz4(packed)).toHaveLength(100_000))
    expect(taken).toBeLessThan(16 * mebibyte)
  })

  test('a frame that holds more than is allowed is refused, and so is a block that holds more than its frame allows', () => {
    const megabytes = (count: number) =>
      Buffer.concat([
        Buffer.from('1f000100', 'hex'),
        Buffer.alloc(count * 4113, 0xff),
        Buffer.from('0050', 'hex'),
        Buffer.from('0000000000', 'hex'),
      ])
    expect(() => unlz4(frame(7, Array(30).fill(megabytes(3))))).toThrow(TooLarge)
    expect(() => unlz4(frame(4, [megabytes(3)]))).toThrow(/more than its frame allows/)
  })

  test.skipIf(!has('lz4'))('packed by its own command, a frame is read (skipped where there is none)', () => {
    const kinds = [[], ['-9', '-B4'], ['-B7', '-BX'], ['-BD'], ['--no-frame-crc'], ['--content-size']]
    for (const args of kinds)
      for (const bytes of [0, 1, 300, 70_000, 5 * mebibyte]) {
        const plain = text(bytes)
        expect([args, bytes, Buffer.compare(unlz4(byCommand('lz4', args, plain)), plain)]).toEqual([args, bytes, 0])
      }
  })
})
