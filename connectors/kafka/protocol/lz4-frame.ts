import { decompressBlock } from 'lz4js'
import { TooLarge } from './too-large.ts'

const magic = 0x184d2204
const flags = { version: 0xc0, blockChecksum: 0x10, contentSize: 0x08, dictionary: 0x01 }
const version = 0x40
const storedBlock = 0x8000_0000
/** The most that a block unpacks to, by its number in the descriptor of a frame. */
const blockBytes: ReadonlyMap<number, number> = new Map([
  [4, 64 * 1024],
  [5, 256 * 1024],
  [6, 1024 * 1024],
  [7, 4 * 1024 * 1024],
])

/**
 * Unpacks a frame of LZ4 to at most `max` bytes, in memory for what it really holds: many small blocks are no more than few
 * large ones. Throws TooLarge beyond, and RangeError for bytes that are no such frame.
 * See https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md.
 */
export function unpackLz4(packed: Buffer, max: number): Uint8Array {
  const { blockMax, hasBlockChecksums, dataAt } = readHeader(packed)
  let plain = Buffer.alloc(blockMax)
  let size = 0
  for (let at = dataAt; ; ) {
    const word = packed.readUInt32LE(at)
    if (word === 0) return plain.subarray(0, size)
    const isStored = word >= storedBlock
    const block = packed.subarray(at + 4, at + 4 + (isStored ? word - storedBlock : word))
    at += 4 + block.length + (hasBlockChecksums ? 4 : 0)
    if (at > packed.length) throw new RangeError('a block is cut off')
    if (plain.length < size + blockMax) plain = grown(plain, size + blockMax)
    const end = isStored ? size + block.copy(plain, size) : decompressBlock(block, plain, 0, block.length, size)
    if (!(end <= size + blockMax)) throw new RangeError('a block unpacks to more than its frame allows')
    if (end > max) throw new TooLarge()
    size = end
  }
}

function readHeader(packed: Buffer) {
  if (packed.readUInt32LE(0) !== magic) throw new RangeError('it does not begin as a frame does')
  const descriptor = packed[4]!
  const blockMax = blockBytes.get((packed[5]! >> 4) & 7)
  if ((descriptor & flags.version) !== version || blockMax === undefined || descriptor & flags.dictionary)
    throw new RangeError('its frame is of an unknown kind')
  return {
    blockMax,
    hasBlockChecksums: (descriptor & flags.blockChecksum) !== 0,
    dataAt: 7 + (descriptor & flags.contentSize ? 8 : 0),
  }
}

function grown(bytes: Buffer, least: number) {
  const larger = Buffer.alloc(Math.max(least, 2 * bytes.length))
  bytes.copy(larger)
  return larger
}
