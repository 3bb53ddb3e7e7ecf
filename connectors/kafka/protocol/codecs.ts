import { gunzipSync } from 'node:zlib'
import { uncompress } from 'snappyjs'
import { unpackLz4 } from './lz4-frame.ts'
import { TooLarge } from './too-large.ts'
import { unpackZstd } from './zstd-frame.ts'

/** Unpacks bytes to at most `max` bytes. Throws TooLarge beyond, and an Error for bytes that are no such format. */
type Codec = (packed: Buffer, max: number) => Uint8Array

/** The codecs of Kafka by their number in a batch's attributes; 0 is none. */
export const codecs: ReadonlyMap<number, Codec> = new Map<number, Codec>([
  [1, gunzip],
  [2, unsnappy],
  [3, unpackLz4],
  [4, unpackZstd],
])

function gunzip(packed: Buffer, max: number): Uint8Array {
  try {
    return gunzipSync(packed, { maxOutputLength: max })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw new TooLarge()
    throw error
  }
}

/** What Java's library puts before its blocks: magic bytes and two version numbers. Other clients send one bare block. */
const xerial = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0])
const xerialHeaderBytes = 16

function unsnappy(packed: Buffer, max: number): Uint8Array {
  if (!packed.subarray(0, xerial.length).equals(xerial)) return snappyBlock(packed, max)
  const blocks: Uint8Array[] = []
  let left = max
  for (let at = xerialHeaderBytes; at < packed.length; ) {
    const size = packed.readUInt32BE(at)
    const block = packed.subarray(at + 4, at + 4 + size)
    if (block.length < size) throw new RangeError('a block is cut off')
    const plain = snappyBlock(block, left)
    blocks.push(plain)
    left -= plain.length
    at += 4 + size
  }
  return Buffer.concat(blocks)
}

function snappyBlock(block: Buffer, max: number): Uint8Array {
  if (snappyLength(block) > max) throw new TooLarge()
  return uncompress(block)
}

/** Reads the size that a block of Snappy states at its start: seven bits a byte, lowest first. */
function snappyLength(block: Buffer): number {
  let size = 0
  for (let at = 0; at < 5; at++) {
    const byte = block[at] ?? 0
    size += (byte & 0x7f) * 2 ** (7 * at)
    if (byte < 0x80) break
  }
  return size
}
