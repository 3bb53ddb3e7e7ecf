/** Counts the records from one source, or to one target. */
export interface SequenceCounter {
  count: number
}

/** Keeps counters by name. A counter that was never used is at 0. */
export class SequenceCounters {
  readonly #counts: Map<string, SequenceCounter>

  constructor(given: Readonly<Record<string, number>>) {
    this.#counts = new Map(Object.entries(given).map(([name, count]) => [name, { count }]))
  }

  /** Gets the counter of a name: the same object each time, for the caller to increase. */
  of(name: string): SequenceCounter {
    const known = this.#counts.get(name)
    if (known) return known
    const count = { count: 0 }
    this.#counts.set(name, count)
    return count
  }

  /** Lists the counts by name, for a checkpoint. */
  all(): Record<string, number> {
    return Object.fromEntries(Array.from(this.#counts, ([name, { count }]) => [name, count]))
  }
}
