import { BoundedBytes, TooLarge } from './bounded-bytes.ts'

/** What Java's library puts before its blocks: magic bytes and two version numbers. Other clients send one bare block. */
const xerial = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0])
const xerialHeaderBytes = 16

/**
 * Unpacks blocks of Snappy (format_description.txt of google/snappy), bare or in Java's framing. The one library without
 * native code goes round for ever on a literal of a negative length.
 */
export function unsnappy(packed: Buffer, max: number): Buffer {
  const to = new BoundedBytes(max)
  if (!isXerial(packed, 0)) block(packed, to)
  else
    for (let at = 0; at < packed.length; ) {
      if (isXerial(packed, at)) {
        at += xerialHeaderBytes
        continue
      }
      const size = packed.readUInt32BE(at)
      at += 4
      if (size > packed.length - at) throw new RangeError('a block is cut off')
      block(packed.subarray(at, at + size), to)
      at += size
    }
  return to.written
}

const isXerial = (packed: Buffer, at: number): boolean =>
  packed[at] === xerial[0] && packed.subarray(at, at + xerial.length).equals(xerial)

/** Unpacks a block: its size, then literals and copies. Reading past the end throws a RangeError. */
function block(packed: Buffer, to: BoundedBytes): void {
  let at = 0
  let size = 0
  for (let scale = 1, byte = 0x80; byte >= 0x80; scale *= 128) {
    if (at === 5) throw new RangeError('a block states no size')
    byte = packed.readUInt8(at++)
    size += (byte & 0x7f) * scale
  }
  if (size > to.left) throw new TooLarge()
  to.begin()
  const end = to.length + size
  while (at < packed.length) {
    const tag = packed[at++]!
    const high = tag >> 2
    const kind = tag & 3
    if (kind === 0) {
      const more = Math.max(0, high - 59)
      const count = 1 + (more === 0 ? high : packed.readUIntLE(at, more))
      to.literal(packed, at + more, count)
      at += more + count
    } else if (kind === 1) to.match(((tag >> 5) << 8) | packed.readUInt8(at++), (high & 7) + 4)
    else {
      const width = kind === 2 ? 2 : 4
      to.match(packed.readUIntLE(at, width), high + 1)
      at += width
    }
    if (to.length > end) break
  }
  if (to.length !== end) throw new RangeError('a block holds another number of bytes than it states')
}
