import { hash } from 'node:crypto'
import { AuditRow } from '../schemas/generated.ts'
import { table } from '../state/table.ts'

/** The end of a partition's chain of sealed records. Written by the fold itself. */
export const audit = table('audit', { schema: AuditRow, scope: 'partition', empty: { hash: '', length: 0 } })

/** An empty Avro string is one zero; a sealed record ends in two strings, which its operator leaves empty. */
const emptyLinks = 2

/**
 * Links a record to the one before it, so that none can be changed, dropped or slipped in without it showing. The link
 * is SHA-256, in hex, of the previous link's hex digits and the record's Avro bytes with both links empty. Sealing
 * works on the bytes that go to the log, because encoding and hashing them twice took a third of the fold.
 */
export function seal(
  value: Uint8Array,
  headerLength: number,
  { hash: previous, length }: AuditRow,
): { value: Uint8Array; row: AuditRow } {
  const end = value.length - emptyLinks
  if (value[end] !== 0 || value[end + 1] !== 0) throw new Error('a sealed record must end in two empty strings')
  const link = hash('sha256', Buffer.concat([Buffer.from(previous, 'latin1'), value.subarray(headerLength)]))
  const sealed = Buffer.allocUnsafe(end + stringSize(previous) + stringSize(link))
  sealed.set(value.subarray(0, end))
  writeString(sealed, link, writeString(sealed, previous, end))
  return { value: sealed, row: { hash: link, length: length + 1 } }
}

/** At most 64 characters, so that the length is one or two bytes: a zigzag varint. */
const stringSize = ({ length }: string): number => (length < 64 ? 1 : 2) + length

/** Writes an Avro string, and answers where it ends. */
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
