import { isUtf8 } from 'node:buffer'
import avro from 'avsc'

/** The part of the library's reader that texts need. */
export interface TextTap {
  readonly buf: Uint8Array
  pos: number
  readLong(): number
  readString(): string
}

let isStrict = false

/** The mark that a decoder puts in place of bytes that are not UTF-8. */
const mark = '\ufffd'

/** Reads a text; while `strictly` reads, throws RangeError where its bytes are not UTF-8, instead of replacing them. */
export function readAvroText(tap: TextTap): string {
  if (!isStrict) return tap.readString()
  const before = tap.pos
  const text = tap.readString()
  const end = tap.pos
  tap.pos = before
  tap.readLong()
  const bytes = tap.buf.subarray(tap.pos, end)
  tap.pos = end
  if (!isUtf8(bytes)) throw new RangeError('a text is not UTF-8')
  return text
}

/** A text whose reader can be strict. */
export class StrictText extends avro.types.StringType {
  _read(tap: TextTap): string {
    return readAvroText(tap)
  }
}

/** Decodes with texts that must be UTF-8. */
export function strictly<T>(decode: () => T): T {
  isStrict = true
  try {
    return decode()
  } finally {
    isStrict = false
  }
}

/** Whether a text in a decoded value may have been made of bytes that were not UTF-8. PERF: so that hardly a record is decoded strictly. */
export function hasMarkedText(value: unknown): boolean {
  if (typeof value === 'string') return value.includes(mark)
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return false
  for (const key in value) if (key.includes(mark) || hasMarkedText(value[key as never])) return true
  return false
}
