import { asBuffer } from '../schemas/bytes.ts'
import type { TableRow } from '../schemas/generated.ts'
import type { Time } from '../schemas/record.ts'
import { resolving } from '../schemas/schema.ts'
import type { Table } from './table.ts'

/** A row was written by a version of its table that this code does not know: an upgrade is to be undone, or done. */
export class RowVersionError extends Error {
  constructor(table: string, version: number, current: number) {
    super(`a row of table '${table}' has version ${version}; this code knows ${current} and what its 'previous' lists`)
    this.name = 'RowVersionError'
  }
}

interface Slot {
  version: number
  due: Time | null
  /** As stored: `from` to `to` of these bytes; null when `value` was set since. */
  source: Buffer | null
  from: number
  to: number
  /** Decoded on first use. */
  value: unknown
  /** Of which table `value` is; null before it was decoded. */
  table: Table<any> | null
}

/**
 * All rows of one key: one value of the store and of the changelog, because they are read and written together.
 * For each row, by name of the table: length and bytes of that name, version (with the highest bit set where a timer
 * follows), the timer in 6 bytes, length in 4, the row. Avro's framing would decode every row's name and bytes each time.
 */
export class RowSet {
  readonly key: string
  /** Null while only the bytes are kept. */
  #slots: Map<string, Slot> | null = new Map()
  /** All of it as stored; null when there is nothing, or something changed since. */
  #bytes: Buffer | null = null
  /** Whether the slots stand in the order of their names. */
  #isSorted = true
  /** The earliest timer of rows of which only the bytes are kept. */
  #packedDue: TimerDue | null = null

  constructor(key: string) {
    this.key = key
  }

  /** Reads what `encode` wrote; rows are decoded when they are asked for. Throws a RangeError on bytes that are cut off. */
  static decode(key: string, bytes: Uint8Array): RowSet {
    const rows = new RowSet(key)
    rows.#bytes = asBuffer(bytes)
    rows.#slots = slotsIn(rows.#bytes, key)
    return rows
  }

  /** From rows that travelled with a merged person. */
  static of(key: string, rows: readonly TableRow[]): RowSet {
    const set = new RowSet(key)
    const slots = set.#toChange()
    for (const { table, version, due, bytes } of rows)
      slots.set(table, {
        version,
        due,
        source: asBuffer(bytes),
        from: 0,
        to: bytes.length,
        value: undefined,
        table: null,
      })
    set.#isSorted = false
    return set
  }

  /**
   * Keeps the bytes alone until somebody asks again. Decoded rows are ten times as large, and those that wait for a commit
   * were what the garbage collector spent its time on.
   */
  pack(): void {
    if (this.#slots === null || this.#slots.size === 0) return
    this.#packedDue = this.nextDue()
    this.encode()
    this.#slots = null
  }

  /** The row of this table, or the table's empty row. Throws RowVersionError for a version that is not known. */
  get<Row>(table: Table<Row>): Row {
    const slot = this.#opened().get(table.name)
    if (slot === undefined) return table.empty
    if (slot.table === null) {
      slot.value = decodeRow(table, slot.version, stored(slot))
      slot.table = table
    }
    return slot.value as Row
  }

  get isEmpty(): boolean {
    return this.#slots?.size === 0
  }

  has({ name }: { readonly name: string }): boolean {
    return this.#opened().has(name)
  }

  /** Null forgets the row, but not its timer: with that, the empty row stays. */
  set<Row>(table: Table<Row>, row: Row | null): void {
    const slots = this.#toChange()
    const slot = slots.get(table.name)
    if (slot !== undefined && (row !== null || slot.due !== null)) {
      slot.version = table.version
      slot.source = null
      slot.value = row ?? table.empty
      slot.table = table
    } else if (row !== null) this.#add(table, row, null)
    else slots.delete(table.name)
  }

  #add<Row>(table: Table<Row>, value: Row, due: Time | null): void {
    this.#toChange().set(table.name, { version: table.version, due, source: null, from: 0, to: 0, value, table })
    this.#isSorted = false
  }

  /** Takes the row of a table away, and its timer, whether or not this code still has the table. */
  forget(table: string): void {
    this.#toChange().delete(table)
  }

  due(table: string): Time | null {
    return this.#opened().get(table)?.due ?? null
  }

  /**
   * A timer needs a row to stand with: where there is none, the empty one is stored. Throws a RangeError for what is not a
   * time in whole milliseconds; one before the epoch is due at the epoch.
   */
  setDue(table: Table<any>, due: Time | null): void {
    if (due !== null && !(Number.isInteger(due) && due <= dueMax))
      throw new RangeError(`${due} is not a time at which a timer of table '${table.name}' can fire`)
    const time = due === null ? null : Math.max(0, due)
    const slot = this.#toChange().get(table.name)
    if (slot) slot.due = time
    else if (time !== null) this.#add(table, table.empty, time)
  }

  /** Takes the timer of a table away, whether or not this code still has the table. */
  cancel(table: string): void {
    const slot = this.#toChange().get(table)
    if (slot) slot.due = null
  }

  /** The earliest timer; of equals, the one whose table's name comes first. */
  nextDue(): TimerDue | null {
    if (this.#slots === null) return this.#packedDue
    let next: TimerDue | null = null
    for (const [table, { due }] of this.#slots)
      if (due !== null && (next === null || due < next.due || (due === next.due && table < next.table)))
        next = { table, due }
    return next
  }

  /** The rows as stored, by table. */
  rows(): TableRow[] {
    this.#sort()
    return [...this.#opened()].map(([table, slot]) => ({
      table,
      version: slot.version,
      due: slot.due,
      bytes: stored(slot),
    }))
  }

  /** Null when nothing is left. Rows that were not set since they were read are copied, not encoded again. */
  encode(): Uint8Array | null {
    if (this.#bytes !== null || this.#slots === null || this.#slots.size === 0) return this.#bytes
    this.#sort()
    let length = 0
    for (const [name, slot] of this.#slots) {
      if (slot.source === null) stored(slot)
      length += name.length + (slot.due === null ? 6 : 12) + slot.to - slot.from
    }
    const target = Buffer.allocUnsafe(length)
    let at = 0
    for (const [name, { version, due, source, from, to }] of this.#slots) {
      if (name.length > 255 || version > versionMax)
        throw new RangeError(`table '${name}' has too long a name or too high a version (${version}) to be stored`)
      target[at] = name.length
      at += 1 + target.write(name, at + 1, 'latin1')
      target[at++] = version | (due === null ? 0 : hasDue)
      if (due !== null) at = target.writeUIntBE(due, at, 6)
      at = target.writeUInt32BE(to - from, at)
      at += source!.copy(target, at, from, to)
    }
    this.#bytes = target
    return target
  }

  #opened(): Map<string, Slot> {
    this.#slots ??= slotsIn(this.#bytes!, this.key)
    return this.#slots
  }

  #toChange(): Map<string, Slot> {
    const slots = this.#opened()
    this.#bytes = null
    return slots
  }

  /** The bytes must not tell in which order rows were set. */
  #sort(): void {
    if (this.#isSorted) return
    const slots = [...this.#opened()].sort(([a], [b]) => (a < b ? -1 : 1))
    this.#slots = new Map(slots)
    this.#isSorted = true
  }
}

/** When a timer of which table is due. */
interface TimerDue {
  readonly table: string
  readonly due: Time
}

/** The slots of a row set's bytes; the rows in them are not decoded yet. */
function slotsIn(source: Buffer, key: string): Map<string, Slot> {
  const slots = new Map<string, Slot>()
  for (let at = 0; at < source.length; ) {
    const nameEnd = at + 1 + source[at]!
    const name = source.toString('latin1', at + 1, nameEnd)
    const flags = source[nameEnd]!
    at = nameEnd + 1
    let due: Time | null = null
    if (flags & hasDue) {
      due = source.readUIntBE(at, 6)
      at += 6
    }
    const from = at + 4
    at = from + source.readUInt32BE(at)
    if (at > source.length) throw new RangeError(`the rows of key '${key}' are cut off in table '${name}'`)
    slots.set(name, { version: flags & versionMax, due, source, from, to: at, value: undefined, table: null })
  }
  return slots
}

const hasDue = 0x80
const versionMax = 0x7f
const dueMax = 0xffff_ffff_ffff

/** The bytes of a row; of one that was set, from now on. */
function stored(slot: Slot): Buffer {
  if (slot.source === null) {
    slot.source = asBuffer(slot.table!.schema.encode(slot.value))
    slot.from = 0
    slot.to = slot.source.length
  }
  return slot.from === 0 && slot.to === slot.source.length ? slot.source : slot.source.subarray(slot.from, slot.to)
}

function decodeRow<Row>(table: Table<Row>, version: number, bytes: Uint8Array): Row {
  if (version === table.version) return table.schema.decode(bytes)
  const written = Object.hasOwn(table.previous, version) ? table.previous[version] : undefined
  if (written === undefined) throw new RowVersionError(table.name, version, table.version)
  return resolving(table.schema, written)(bytes)
}
