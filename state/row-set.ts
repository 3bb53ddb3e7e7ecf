import { asBuffer } from '../schemas/codec/bytes.ts'
import type { TableRow } from '../schemas/generated.ts'
import type { Time } from '../schemas/record.ts'
import { decodeSlots, dueMax, earliestDue, encodeSlots, newSlot, type Slot, storedBytes } from './row-slots.ts'
import { readOtherVersion } from './row-versions.ts'
import type { Table } from './table.ts'

/**
 * Holds all rows of one key. They are one value of the store and of the changelog, because they are read and written
 * together. The layout is not Avro, which would decode every row's name and bytes each time.
 */
export class RowSet {
  readonly key: string
  /**
   * Sorted by name: the bytes must not depend on the order in which rows were set. Null while only the bytes are kept.
   */
  #slots: Slot[] | null
  /** The whole set as stored; null when there is no row, or when something changed since. */
  #bytes: Buffer | null
  /** The earliest timer, for the time when only the bytes are kept. */
  #packedDue: Time | null

  /** Without bytes the set is empty; with bytes it does what `decode` does. */
  constructor(key: string, bytes?: Uint8Array) {
    this.key = key
    this.#bytes = bytes === undefined ? null : asBuffer(bytes)
    this.#slots = this.#bytes === null ? [] : null
    this.#packedDue = this.#bytes === null ? null : earliestDue(this.#bytes, key)
  }

  /** Reads what `encode` wrote; a row is decoded on first use. Throws a RangeError on truncated bytes. */
  static decode(key: string, bytes: Uint8Array): RowSet {
    return new RowSet(key, bytes)
  }

  /** Makes a set of the rows that travelled with a merged person. */
  static of(key: string, rows: readonly TableRow[]): RowSet {
    const set = new RowSet(key)
    for (const { table, version, due, bytes } of rows)
      set.#add({
        name: table,
        version,
        due,
        start: -1,
        source: asBuffer(bytes),
        from: 0,
        to: bytes.length,
        value: undefined,
        table: null,
      })
    return set
  }

  /**
   * Keeps only the bytes until a row is asked for again. PERF: decoded rows are ten times as large, and the rows that
   * wait for a commit took most of the garbage collector's time.
   */
  pack(): void {
    if (this.#slots === null || this.#slots.length === 0) return
    this.#packedDue = this.earliestDue
    this.encode()
    this.#slots = null
  }

  /** Gets the row of this table, or the table's empty row. Throws RowVersionError for a version that can't be read. */
  get<Row>(table: Table<Row>): Row {
    const slot = this.#find(table.name)
    if (slot === undefined) return table.empty
    if (slot.table === null) {
      slot.value = decodeRow(table, slot.version, storedBytes(slot))
      slot.table = table
    }
    return slot.value as Row
  }

  get isEmpty(): boolean {
    return this.#slots?.length === 0
  }

  has({ name }: { readonly name: string }): boolean {
    return this.#find(name) !== undefined
  }

  /** Sets the row. Null removes it but keeps its timer, and with a timer the empty row stays. */
  set<Row>(table: Table<Row>, row: Row | null): void {
    const slot = this.#toChange(table.name)
    if (slot !== undefined && (row !== null || slot.due !== null)) {
      slot.version = table.version
      slot.start = -1
      slot.source = null
      slot.value = row ?? table.empty
      slot.table = table
    } else if (row !== null) this.#add(newSlot(table, row, null))
    else this.forget(table.name)
  }

  /** Removes the row of a table and its timer, whether or not this code still has the table. */
  forget(table: string): void {
    const slot = this.#toChange(table)
    if (slot !== undefined) this.#opened().splice(this.#opened().indexOf(slot), 1)
  }

  due(table: string): Time | null {
    return this.#find(table)?.due ?? null
  }

  /**
   * Sets the timer of a row. A timer needs a row, so the empty row is stored where there is none. Throws a RangeError
   * for a time that is not in whole milliseconds; a time before the epoch counts as the epoch.
   */
  setDue(table: Table<any>, due: Time | null): void {
    if (due !== null && !(Number.isInteger(due) && due <= dueMax))
      throw new RangeError(`${due} is not a time at which a timer of table '${table.name}' can fire`)
    const time = due === null ? null : Math.max(0, due)
    const slot = this.#toChange(table.name)
    if (slot !== undefined) {
      slot.due = time
      slot.start = -1
    } else if (time !== null) this.#add(newSlot(table, table.empty, time))
  }

  /** Removes the timer of a table, whether or not this code still has the table. */
  cancel(table: string): void {
    const slot = this.#toChange(table)
    if (slot === undefined) return
    slot.due = null
    slot.start = -1
  }

  /** Finds the earliest timer; of equal ones, the one whose table's name comes first. */
  nextDue(): TimerDue | null {
    if (this.#slots === null && this.#packedDue === null) return null
    let next: Slot | null = null
    for (const slot of this.#opened()) if (slot.due !== null && (next === null || slot.due < next.due!)) next = slot
    return next === null ? null : { table: next.name, due: next.due! }
  }

  /** The due time of the earliest timer. */
  get earliestDue(): Time | null {
    return this.#slots === null ? this.#packedDue : (this.nextDue()?.due ?? null)
  }

  /** Lists the rows as stored, by table. */
  rows(): TableRow[] {
    return this.#opened().map(slot => ({
      table: slot.name,
      version: slot.version,
      due: slot.due,
      bytes: storedBytes(slot),
    }))
  }

  /**
   * Encodes the set; null when no row is left. Rows that were not set since they were read are copied, not encoded
   * again.
   */
  encode(): Uint8Array | null {
    if (this.#bytes !== null || this.#slots === null || this.#slots.length === 0) return this.#bytes
    this.#bytes = encodeSlots(this.#slots)
    return this.#bytes
  }

  /** Copies what the set holds, and returns a function that undoes all that comes after. */
  saved(): () => void {
    const copied = (slots: readonly Slot[] | null) => slots?.map(slot => ({ ...slot })) ?? null
    const [slots, bytes, packedDue] = [copied(this.#slots), this.#bytes, this.#packedDue]
    return () => {
      this.#slots = copied(slots)
      this.#bytes = bytes
      this.#packedDue = packedDue
    }
  }

  #opened(): Slot[] {
    this.#slots ??= decodeSlots(this.#bytes!)
    return this.#slots
  }

  /** PERF: a set has few rows, and a loop over them costs less than a map. */
  #find(name: string): Slot | undefined {
    const slots = this.#opened()
    for (let index = 0; index < slots.length; index++) if (slots[index]!.name === name) return slots[index]
    return undefined
  }

  #toChange(name: string): Slot | undefined {
    const slot = this.#find(name)
    this.#bytes = null
    return slot
  }

  /** Adds a slot in the order of names. It replaces a slot of the same name. */
  #add(slot: Slot): void {
    const slots = this.#opened()
    let at = 0
    while (at < slots.length && slots[at]!.name < slot.name) at++
    slots.splice(at, slots[at]?.name === slot.name ? 1 : 0, slot)
  }
}

/** The timer of a table, and when it is due. */
interface TimerDue {
  readonly table: string
  readonly due: Time
}

const decodeRow = <Row>(table: Table<Row>, version: number, bytes: Uint8Array): Row =>
  version === table.version ? table.schema.decode(bytes) : readOtherVersion(table, version, bytes)
