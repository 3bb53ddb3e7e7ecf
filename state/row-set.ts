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
  /** As stored; null when `value` was set since. */
  bytes: Uint8Array | null
  /** Decoded on first use. */
  value: unknown
  /** Of which table `value` is; null before it was decoded. */
  table: Table<any> | null
}

/** All rows of one key: one value of the store and of the changelog, because they are read and written together. */
export class RowSet {
  readonly key: string
  readonly #slots = new Map<string, Slot>()

  constructor(key: string) {
    this.key = key
  }

  /** Reads what `encode` wrote; rows are decoded when they are asked for. */
  static decode(key: string, bytes: Uint8Array): RowSet {
    const rows = new RowSet(key)
    const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    for (let at = 0; at < buffer.length; ) {
      const nameEnd = at + 1 + buffer[at]!
      const name = buffer.toString('latin1', at + 1, nameEnd)
      const flags = buffer[nameEnd]!
      at = nameEnd + 1
      let due: Time | null = null
      if (flags & hasDue) {
        due = buffer.readUIntBE(at, 6)
        at += 6
      }
      const length = buffer.readUInt32BE(at)
      at += 4
      rows.#slots.set(name, {
        version: flags & versionMax,
        due,
        bytes: buffer.subarray(at, at + length),
        value: undefined,
        table: null,
      })
      at += length
    }
    return rows
  }

  /** From rows that travelled with a merged person. */
  static of(key: string, rows: readonly TableRow[]): RowSet {
    const set = new RowSet(key)
    for (const { table, version, due, bytes } of rows)
      set.#slots.set(table, { version, due, bytes, value: undefined, table: null })
    return set
  }

  /** The row of this table, or the table's empty row. Throws RowVersionError for a version that is not known. */
  get<Row>(table: Table<Row>): Row {
    const slot = this.#slots.get(table.name)
    if (slot === undefined) return table.empty
    if (slot.table === null) {
      slot.value = decodeRow(table, slot.version, slot.bytes!)
      slot.table = table
    }
    return slot.value as Row
  }

  has({ name }: { readonly name: string }): boolean {
    return this.#slots.has(name)
  }

  /** Null forgets the row, and its timer with it. */
  set<Row>(table: Table<Row>, row: Row | null): void {
    if (row === null) {
      this.#slots.delete(table.name)
      return
    }
    const due = this.#slots.get(table.name)?.due ?? null
    this.#slots.set(table.name, { version: table.version, due, bytes: null, value: row, table })
  }

  forget(table: string): void {
    this.#slots.delete(table)
  }

  due(table: string): Time | null {
    return this.#slots.get(table)?.due ?? null
  }

  /** A timer needs a row to stand with: where there is none, the empty one is stored. */
  setDue(table: Table<any>, due: Time | null): void {
    const slot = this.#slots.get(table.name)
    if (slot) slot.due = due
    else if (due !== null)
      this.#slots.set(table.name, { version: table.version, due, bytes: null, value: table.empty, table })
  }

  /** Takes the timer of a table away, whether or not this code still has the table. */
  cancel(table: string): void {
    const slot = this.#slots.get(table)
    if (slot) slot.due = null
  }

  /** The earliest timer; of equals, the one whose table's name comes first. */
  nextDue(): { readonly table: string; readonly due: Time } | null {
    let next: { table: string; due: Time } | null = null
    for (const [table, { due }] of this.#slots)
      if (due !== null && (next === null || due < next.due || (due === next.due && table < next.table)))
        next = { table, due }
    return next
  }

  /** The rows as stored, by table. */
  rows(): TableRow[] {
    return [...this.#slots.keys()].sort().map(table => {
      const slot = this.#slots.get(table)!
      return { table, version: slot.version, due: slot.due, bytes: stored(slot) }
    })
  }

  /** Null when nothing is left. Rows that were not set since they were read are copied, not encoded again. */
  encode(): Uint8Array | null {
    if (this.#slots.size === 0) return null
    const rows = this.rows()
    const length = rows.reduce(
      (sum, { table, due, bytes }) => sum + table.length + (due === null ? 6 : 12) + bytes.length,
      0,
    )
    const buffer = Buffer.allocUnsafe(length)
    let at = 0
    for (const { table, version, due, bytes } of rows) {
      buffer[at] = table.length
      buffer.write(table, at + 1, 'latin1')
      at += 1 + table.length
      buffer[at++] = version | (due === null ? 0 : hasDue)
      if (due !== null) at = buffer.writeUIntBE(Math.max(0, due), at, 6)
      at = buffer.writeUInt32BE(bytes.length, at)
      buffer.set(bytes, at)
      at += bytes.length
    }
    return buffer
  }
}

const hasDue = 0x80
const versionMax = 0x7f

function stored(slot: Slot): Uint8Array {
  slot.bytes ??= slot.table!.schema.encode(slot.value)
  return slot.bytes
}

function decodeRow<Row>(table: Table<Row>, version: number, bytes: Uint8Array): Row {
  if (version === table.version) return table.schema.decode(bytes)
  const written = table.previous[version]
  if (written === undefined) throw new RowVersionError(table.name, version, table.version)
  return resolving(table.schema, written)(bytes)
}
