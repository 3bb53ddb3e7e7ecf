import type { Time } from '../../schemas/record.ts'
import type { StoreRange } from '../../state/stores/store.ts'

const endOfKeys = '\u{10ffff}'

/** Hex digits of a time, so that keys order as times do. */
const dueLength = 12
const dueText = (due: Time): string => Math.max(0, due).toString(16).padStart(dueLength, '0')

/**
 * Where a task's rows lie in the store: `<task>` NUL `r` key, row sets; `t` due key, the index of timers; `m`, how far the
 * changelog was applied.
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

  /** All of the task's. */
  get everything(): StoreRange {
    return { from: this.#prefix, to: `${this.#prefix}${endOfKeys}` }
  }

  row(key: string): string {
    return this.#rows + key
  }

  /** The rows of all keys that start so. */
  rows(startingWith: string): StoreRange {
    return { from: this.row(startingWith), to: this.row(`${startingWith}${endOfKeys}`) }
  }

  /** The key whose rows lie there. */
  keyOfRow(place: string): string {
    return place.slice(this.#rows.length)
  }

  timer(due: Time, key: string): string {
    return `${this.#timers}${dueText(due)}${key}`
  }

  /** The timers that are due by then. */
  timersUntil(until: Time): StoreRange {
    return { from: this.#timers, to: `${this.#timers}${dueText(until + 1)}` }
  }

  /** The key and the time of a timer that stands there. */
  timerAt(place: string): { readonly key: string; readonly due: Time } {
    const from = this.#timers.length
    return { key: place.slice(from + dueLength), due: Number.parseInt(place.slice(from, from + dueLength), 16) }
  }
}
