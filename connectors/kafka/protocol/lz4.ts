import { BoundedBytes } from './bounded-bytes.ts'

const magic = 0x184d2204
const flags = {
  version: 0xc0,
  blockChecksums: 0x10,
  contentSize: 0x08,
  contentChecksum: 0x04,
  dictionary: 0x01,
} as const
const versionOne = 0x40
/** The most that a block unpacks to, by its number in the descriptor of a frame. */
const blockBytesMax: ReadonlyMap<number, number> = new Map([
  [4, 64 << 10],
  [5, 256 << 10],
  [6, 1 << 20],
  [7, 4 << 20],
])
const storedAsIs = 0x8000_0000

/**
 * Unpacks frames of LZ4 (lz4_Frame_format.md 1.6.4), as Kafka's clients write them. The one library without
 * native code checks neither a read nor a write, and has not changed since 2018. Checksums are passed over, since a batch
 * has its own.
 */
export function unlz4(packed: Buffer, max: number): Buffer {
  const to = new BoundedBytes(max)
  for (let at = 0; at < packed.length; ) at = frame(packed, at, to)
  return to.written
}

/** Unpacks the frame that begins at `start`, and returns where it ends. Reading past the end throws a RangeError. */
function frame(packed: Buffer, start: number, to: BoundedBytes): number {
  const kind = packed.readUInt32LE(start)
  if (isSkippable(kind)) return start + 8 + packed.readUInt32LE(start + 4)
  const flag = packed.readUInt8(start + 4)
  const blockMax = blockBytesMax.get((packed.readUInt8(start + 5) >> 4) & 7)
  if (kind !== magic || blockMax === undefined || (flag & flags.version) !== versionOne)
    throw new RangeError('it is no frame of lz4')
  if (flag & flags.dictionary) throw new RangeError('it needs a dictionary')
  to.begin()
  let at = start + 7 + (flag & flags.contentSize ? 8 : 0)
  for (;;) {
    const word = packed.readUInt32LE(at)
    at += 4
    if (word === 0) return at + (flag & flags.contentChecksum ? 4 : 0)
    const size = word % storedAsIs
    if (at + size > packed.length) throw new RangeError('it is cut off')
    const before = to.length
    if (word >= storedAsIs) to.literal(packed, at, size)
    else block(packed, at, at + size, to)
    if (to.length - before > blockMax) throw new RangeError('a block unpacks to more than its frame allows')
    at += size + (flag & flags.blockChecksums ? 4 : 0)
  }
}

const isSkippable = (kind: number): boolean => kind >= 0x184d2a50 && kind <= 0x184d2a5f

/** Unpacks a block: sequences of literals and a match, of which the last has no match (lz4_Block_format.md). */
function block(packed: Buffer, start: number, end: number, to: BoundedBytes): void {
  let at = start
  const length = (nibble: number): number => {
    let sum = nibble
    for (let byte = nibble === 15 ? 255 : 0; byte === 255; sum += byte) {
      byte = packed.readUInt8(at++)
      if (at > end) throw new RangeError('a block ends within a length')
    }
    return sum
  }
  while (at < end) {
    const token = packed[at++]!
    const literals = length(token >> 4)
    if (literals > end - at) throw new RangeError('a block ends within its literals')
    to.literal(packed, at, literals)
    at += literals
    if (at === end) return
    const distance = packed.readUInt16LE(at)
    at += 2
    to.match(distance, length(token & 15) + 4)
  }
}
