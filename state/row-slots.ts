import { asBuffer } from '../schemas/codec/bytes.ts'
import type { Time } from '../schemas/record.ts'
import type { Table } from './table.ts'

/** Holds one row of a row set: its table, its timer, and the row as stored, as decoded, or both. */
export interface Slot {
  readonly name: string
  version: number
  due: Time | null
  /** The offset in `source` of the row with its header; -1 when something of it changed since it was stored. */
  start: number
  /** The bytes that hold the row, at `from` to `to`; null when `value` was set since. */
  source: Buffer | null
  from: number
  to: number
  /** The row, decoded on first use. */
  value: unknown
  /** The table of `value`; null before it was decoded. */
  table: Table<any> | null
}

/** Makes the slot of a row that was set. */
export const newSlot = <Row>(table: Table<Row>, value: Row, due: Time | null): Slot => ({
  name: table.name,
  version: table.version,
  due,
  start: -1,
  source: null,
  from: 0,
  to: 0,
  value,
  table,
})

/** Gets the bytes of a row, and encodes it first if it was set. */
export function storedBytes(slot: Slot): Buffer {
  if (slot.source === null) {
    slot.source = asBuffer(slot.table!.schema.encode(slot.value))
    slot.from = 0
    slot.to = slot.source.length
  }
  return slot.from === 0 && slot.to === slot.source.length ? slot.source : slot.source.subarray(slot.from, slot.to)
}

const hasDue = 0x80
const versionMax = 0x7f
/** The latest time at which a timer can be due. */
export const dueMax = 0xffff_ffff_ffff

/**
 * Encodes a row set. For each row, in the order given: length and bytes of its table's name, version (with the highest
 * bit set where a timer follows), the timer in 6 bytes, the length of the row in 4, the row.
 */
export function encodeSlots(slots: readonly Slot[]): Buffer {
  let length = 0
  for (const slot of slots) {
    if (slot.source === null) storedBytes(slot)
    length += slot.name.length + (slot.due === null ? 6 : 12) + slot.to - slot.from
  }
  const target = Buffer.allocUnsafe(length)
  let at = 0
  for (let index = 0; index < slots.length; index++) {
    const { source, start, from, to } = slots[index]!
    if (start < 0) {
      at = writeHeader(slots[index]!, target, at)
      at += source!.copy(target, at, from, to)
    } else {
      // PERF: rows that were stored one behind the other are copied in one piece.
      let end = to
      for (; slots[index + 1]?.start === end && slots[index + 1]!.source === source; index++) end = slots[index + 1]!.to
      at += source!.copy(target, at, start, end)
    }
  }
  return target
}

/** Writes a row's header: name, version, timer and length. Returns the offset behind it. */
function writeHeader({ name, version, due, from, to }: Slot, target: Buffer, start: number): number {
  if (name.length > 255 || version > versionMax)
    throw new RangeError(`table '${name}' has too long a name or too high a version (${version}) to be stored`)
  let at = start
  target[at++] = name.length
  // PERF: a call of Node's own writer costs more than the few letters of a name.
  for (let index = 0; index < name.length; index++) target[at++] = name.charCodeAt(index)
  target[at++] = version | (due === null ? 0 : hasDue)
  if (due !== null) at = target.writeUIntBE(due, at, 6)
  return target.writeUInt32BE(to - from, at)
}

/** Finds the earliest timer in the bytes of a row set. Throws a RangeError if they are truncated. */
export function earliestDue(source: Buffer, key: string): Time | null {
  let earliest: Time | null = null
  for (let at = 0; at < source.length; ) {
    const start = at
    at += 1 + source[at]!
    if (source[at++]! & hasDue) {
      const due = source.readUIntBE(at, 6)
      if (earliest === null || due < earliest) earliest = due
      at += 6
    }
    at += 4 + source.readUInt32BE(at)
    if (at > source.length)
      throw new RangeError(`the rows of key '${key}' are cut off in table '${nameAt(source, start)}'`)
  }
  return earliest
}

/** Finds the slots in the complete bytes of a row set, without decoding the rows. */
export function decodeSlots(source: Buffer): Slot[] {
  const slots: Slot[] = []
  for (let at = 0; at < source.length; ) {
    const start = at
    const name = nameAt(source, start)
    at += 1 + name.length
    const flags = source[at++]!
    let due: Time | null = null
    if (flags & hasDue) {
      due = source.readUIntBE(at, 6)
      at += 6
    }
    const from = at + 4
    at = from + source.readUInt32BE(at)
    slots.push({ name, version: flags & versionMax, due, start, source, from, to: at, value: undefined, table: null })
  }
  return slots
}

/**
 * PERF: module-level cache of table names, by a hash of a few of their letters. There are few, and each read of a name
 * is a call into Node.
 */
const namesRead: string[] = new Array(256).fill('')

/** Reads the name of a table, which stands behind its length. */
function nameAt(source: Buffer, at: number): string {
  const length = source[at]!
  const index = (length + 31 * source[at + 1]! + 7 * source[at + length]!) & 0xff
  const known = namesRead[index]!
  if (isAt(known, source, at + 1, length)) return known
  const name = source.toString('latin1', at + 1, at + 1 + length)
  namesRead[index] = name
  return name
}

function isAt(name: string, source: Buffer, at: number, length: number): boolean {
  if (name.length !== length) return false
  for (let index = 0; index < length; index++) if (name.charCodeAt(index) !== source[at + index]) return false
  return true
}
