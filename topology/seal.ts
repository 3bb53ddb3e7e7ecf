import { createHash } from 'node:crypto'
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
  const body = value.subarray(headerLength)
  if (body.at(-1) !== 0 || body.at(-2) !== 0) throw new Error('a sealed record must end in two empty strings')
  const hash = createHash('sha256').update(previous).update(body).digest('hex')
  const links = Buffer.concat([avroString(previous), avroString(hash)])
  return {
    value: Buffer.concat([value.subarray(0, value.length - emptyLinks), links]),
    row: { hash, length: length + 1 },
  }
}

/** At most 64 characters, so that the length is one or two bytes: a zigzag varint. */
function avroString(text: string): Buffer {
  const zigzag = text.length * 2
  const length = zigzag < 0x80 ? [zigzag] : [(zigzag & 0x7f) | 0x80, zigzag >> 7]
  return Buffer.concat([Buffer.from(length), Buffer.from(text, 'latin1')])
}
