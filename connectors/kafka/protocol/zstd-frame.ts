import { Decompress, decompress } from 'fzstd'
import { TooLarge } from './too-large.ts'

const magic = 0xfd2fb528
const skippable = { magic: 0x184d2a50, mask: 0xfffffff0 }
const blockMax = 128 * 1024
const blockKinds = { raw: 0, runLength: 1, packed: 2 }
const leastWindowLog = 10
/** The most bytes that the library may move for a batch, since it moves the whole window for each block: some seconds' work. */
const movedBytesMax = 2 ** 33

/**
 * Unpacks frames of zstd to at most `max` bytes. The library allocates the window that a frame states before it has read
 * a block, and a few bytes can state gigabytes; so a frame is measured first, and gets no larger a window than it can fill.
 * Throws TooLarge beyond `max`, and RangeError for bytes that are no such frames.
 * See https://www.rfc-editor.org/rfc/rfc8878.
 */
export function unpackZstd(packed: Buffer, max: number): Uint8Array {
  const parts: Uint8Array[] = []
  let left = max
  let moved = 0
  for (let rest = packed; rest.length > 0; ) {
    const frame = measure(rest, left)
    const bytes = rest.subarray(0, frame.end)
    if (bytes.length < frame.end) throw new RangeError('a frame is cut off')
    moved += frame.moved
    if (moved > movedBytesMax) throw new TooLarge()
    for (const part of frame.unpack(bytes)) {
      left -= part.length
      parts.push(part)
    }
    rest = rest.subarray(frame.end)
  }
  return Buffer.concat(parts)
}

/** A frame at the start of some bytes. */
interface Frame {
  /** Where the next frame begins. */
  readonly end: number
  /** How many bytes the library moves to unpack it. */
  readonly moved: number
  unpack(bytes: Buffer): readonly Uint8Array[]
}

function measure(packed: Buffer, max: number): Frame {
  const number = packed.readUInt32LE(0)
  if ((number & skippable.mask) >>> 0 === skippable.magic)
    return { end: 8 + packed.readUInt32LE(4), moved: 0, unpack: () => [] }
  if (number !== magic) throw new RangeError('it does not begin as a frame does')
  const { length, content, hasChecksum } = readHeader(packed)
  const blocks = measureBlocks(packed, length)
  const end = blocks.end + (hasChecksum ? 4 : 0)
  if (content !== null) {
    if (content > max) throw new TooLarge()
    if (content > blocks.most) throw new RangeError('it states more than it can hold')
    return { end, moved: 0, unpack: bytes => [decompress(bytes, new Uint8Array(content))] }
  }
  const window = Math.min(packed[windowAt]!, windowFor(Math.min(blocks.most, max)))
  return {
    end,
    moved: blocks.count * windowBytes(window),
    unpack(bytes) {
      const narrowed = Buffer.from(bytes)
      narrowed[windowAt] = window
      return unpackStream(narrowed, max)
    },
  }
}

/** Unpacks a frame that does not state how much it holds. */
function unpackStream(frame: Buffer, max: number): readonly Uint8Array[] {
  const parts: Uint8Array[] = []
  let size = 0
  const stream = new Decompress(part => {
    size += part.length
    if (size > max) throw new TooLarge()
    parts.push(part)
  })
  stream.push(frame, true)
  return parts
}

function readHeader(packed: Buffer) {
  const descriptor = packed.readUInt8(4)
  const isOneSegment = (descriptor & 0x20) !== 0
  if ((descriptor & 3) !== 0) throw new RangeError('it was packed with a dictionary')
  const contentBytes = [isOneSegment ? 1 : 0, 2, 4, 8][descriptor >> 6]!
  const contentAt = isOneSegment ? windowAt : windowAt + 1
  return {
    length: contentAt + contentBytes,
    hasChecksum: (descriptor & 4) !== 0,
    /** The size that the frame states for what it holds. */
    content: contentBytes === 0 ? null : contentSize(packed, contentAt, contentBytes),
  }
}

/** The position of the byte that states the window, where a frame does not state how much it holds. */
const windowAt = 5

function contentSize(packed: Buffer, at: number, bytes: number): number {
  if (bytes === 8) return Number(packed.readBigUInt64LE(at))
  return packed.readUIntLE(at, bytes) + (bytes === 2 ? 256 : 0)
}

/** Walks over the blocks of a frame: how many there are, where they end, and the most that they can unpack to. */
function measureBlocks(packed: Buffer, from: number) {
  let most = 0
  for (let at = from, count = 1; ; count++) {
    const word = packed.readUIntLE(at, 3)
    const kind = (word >> 1) & 3
    const size = word >> 3
    if (kind > blockKinds.packed || size > blockMax) throw new RangeError('a block is of an unknown kind')
    at += 3 + (kind === blockKinds.runLength ? 1 : size)
    most += kind === blockKinds.packed ? blockMax : size
    if (word & 1) return { count, end: at, most }
  }
}

/** Encodes the smallest window of a power of two that holds so many bytes. */
const windowFor = (bytes: number): number =>
  (Math.max(leastWindowLog, Math.ceil(Math.log2(Math.max(1, bytes)))) - leastWindowLog) << 3

const windowBytes = (encoded: number): number => 2 ** (leastWindowLog + (encoded >> 3)) * (1 + (encoded & 7) / 8)
