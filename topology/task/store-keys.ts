import type { Time } from '../../schemas/record.ts'
import type { StoreRange } from '../../state/stores/store.ts'

const endOfKeys = '\u{10ffff}'

/** The number of hex digits of a time in a key. With a fixed length, keys order as times do. */
const dueLength = 12
const dueText = (due: Time): string => Math.max(0, due).toString(16).padStart(dueLength, '0')

/**
 * Makes the keys of a task in the store. Behind `<task>` NUL come: `r` and a key for its row set; `t`, a due time and a
 * key for the index of timers; `m` for how far the changelog was applied.
 */
export class StoreKeys {
  readonly #prefix: string
  readonly #rows: string
  readonly #timers: string
  readonly applied: string

  constructor(task: string) {
    this.#prefix = `${task}\u0000`
    this.#rows = `${this.#prefix}r`
    this.#timers = `${this.#prefix}t`
    this.applied = `${this.#prefix}m`
  }

  /** The range of all keys of the task. */
  get everything(): StoreRange {
    return { from: this.#prefix, to: `${this.#prefix}${endOfKeys}` }
  }

  row(key: string): string {
    return this.#rows + key
  }

  /** Makes the range of the row sets of all keys that start so. */
  rows(startingWith: string): StoreRange {
    return { from: this.row(startingWith), to: this.row(`${startingWith}${endOfKeys}`) }
  }

  /** Finds the key of a row set from its key in the store. */
  keyOfRow(storeKey: string): string {
    return storeKey.slice(this.#rows.length)
  }

  timer(due: Time, key: string): string {
    return `${this.#timers}${dueText(due)}${key}`
  }

  /** Makes the range of the timers that are due by then. */
  timersUntil(until: Time): StoreRange {
    return { from: this.#timers, to: `${this.#timers}${dueText(until + 1)}` }
  }

  /** Returns the range of the timers that are due after `from`, by `until`. */
  timersBetween(from: Time, until: Time): StoreRange {
    const first = from < 0 ? this.#timers : `${this.#timers}${dueText(from + 1)}`
    return { from: first, to: `${this.#timers}${dueText(until + 1)}` }
  }

  /** Finds the key and the due time of a timer from its key in the store. */
  timerAt(storeKey: string): { readonly key: string; readonly due: Time } {
    const from = this.#timers.length
    return { key: storeKey.slice(from + dueLength), due: Number.parseInt(storeKey.slice(from, from + dueLength), 16) }
  }
}
