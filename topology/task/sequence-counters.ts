/** Of one source or target: how many records came from there, or went there. */
export interface SequenceCounter {
  count: number
}

/** Dense counts by name; what was never counted stands at 0. */
export class SequenceCounters {
  readonly #counts: Map<string, SequenceCounter>

  constructor(given: Readonly<Record<string, number>>) {
    this.#counts = new Map(Object.entries(given).map(([name, count]) => [name, { count }]))
  }

  /** The same object each time: it is for whoever counts to change. */
  of(name: string): SequenceCounter {
    const known = this.#counts.get(name)
    if (known) return known
    const count = { count: 0 }
    this.#counts.set(name, count)
    return count
  }

  all(): Record<string, number> {
    return Object.fromEntries(Array.from(this.#counts, ([name, { count }]) => [name, count]))
  }
}
