import { hash } from 'node:crypto'
import { asBuffer } from '../../schemas/codec/bytes.ts'
import type { AuditRow } from '../../schemas/generated.ts'
import type { RecordType } from '../../schemas/record.ts'
import { headerLength, writeFrame } from '../../schemas/wire.ts'

/**
 * The bytes of two empty Avro strings, one zero each. A chained record ends in two strings, which its operator leaves
 * empty.
 */
const emptyLinks = 2
/** The hex digits of a link, and below the two bytes of its length in front of them. */
const linkLength = 64
const linkSize = linkLength + 2

/**
 * Encodes and frames a record and links it to the one before it, so that none can be changed, removed or inserted
 * without breaking the chain. The link is the SHA-256, in hex, of the previous link's hex digits and the record's Avro
 * bytes with both links empty. PERF: the link is computed where the record is encoded, so the bytes to hash lie in one
 * piece and nothing is copied.
 */
export function chain<T>(
  { schema }: Pick<RecordType<T>, 'schema'>,
  value: T,
  { hash: previous, length }: AuditRow,
): { value: Uint8Array; row: AuditRow } {
  const bytes = asBuffer(schema.encode(value, linkLength, 2 * linkSize - emptyLinks))
  const bodyEnd = bytes.length - 2 * linkSize + emptyLinks
  const end = bodyEnd - emptyLinks
  if (bytes[end] !== 0 || bytes[end + 1] !== 0) throw new Error('a chained record must end in two empty strings')
  const from = linkLength - bytes.write(previous, linkLength - previous.length, 'latin1')
  const link = hash('sha256', bytes.subarray(from, bodyEnd))
  const sealed = bytes.subarray(linkLength - headerLength, writeString(bytes, link, writeString(bytes, previous, end)))
  writeFrame(sealed, schema.id)
  return { value: sealed, row: { hash: link, length: length + 1 } }
}

/**
 * Writes an Avro string of at most 64 characters, whose length takes one or two bytes; returns the offset behind it.
 */
function writeString(target: Buffer, text: string, start: number): number {
  const zigzag = text.length * 2
  let at = start
  if (zigzag < 0x80) target[at++] = zigzag
  else {
    target[at++] = (zigzag & 0x7f) | 0x80
    target[at++] = zigzag >> 7
  }
  return at + target.write(text, at, 'latin1')
}
