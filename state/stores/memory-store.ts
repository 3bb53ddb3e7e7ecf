import { compareKeys, type Store, type StoreRange } from './store.ts'

/**
 * Opens a store in memory: for tests, and for runs that need only their changelog to start again. Half of a surrogate
 * pair has no UTF-8 bytes, so every store keeps the replacement character in its place.
 */
export function openMemoryStore(): Store {
  const values = new Map<string, Uint8Array>()
  const order = new KeyOrder(values)

  const put = (key: string, value: Uint8Array): void => {
    if (!values.has(key)) order.added(key)
    values.set(key, value)
  }
  const remove = (key: string): void => {
    if (values.delete(key)) order.removed()
  }
  return {
    async getMany(keys) {
      return keys.map(key => values.get(key.toWellFormed()))
    },
    async write(changes) {
      for (const { key, value } of changes)
        if (value === null) remove(key.toWellFormed())
        else put(key.toWellFormed(), value)
    },
    async range(range) {
      return order.keysIn(range).map(key => ({ key, value: values.get(key)! }))
    },
    async clear({ from, to }) {
      for (const key of order.keysIn({ from, to })) remove(key)
    },
    async close() {},
  }
}

/**
 * Lists the keys of a map in order. PERF: it sorts only when asked, since a task asks for due timers after every batch.
 */
class KeyOrder {
  readonly #present: ReadonlyMap<string, unknown>
  /** Sorted keys, some of which may have been removed. */
  #sorted: string[] = []
  /** A few keys that were added since; some may have been removed, or be listed twice. */
  #recent: string[] = []
  #isRecentSorted = true
  #gone = 0

  constructor(present: ReadonlyMap<string, unknown>) {
    this.#present = present
  }

  added(key: string): void {
    this.#recent.push(key)
    this.#isRecentSorted = false
  }

  removed(): void {
    this.#gone++
  }

  keysIn({ from, to, limit = Number.POSITIVE_INFINITY }: StoreRange): string[] {
    this.#settle()
    return this.#walk(from, limit, key => compareKeys(key, to) >= 0)
  }

  /** Sorts again as soon as unsorted and removed keys are so many that they would slow a walk down. */
  #settle(): void {
    if (!this.#isRecentSorted) this.#recent.sort(compareKeys)
    this.#isRecentSorted = true
    if (this.#recent.length + this.#gone <= 256 + this.#sorted.length / 64) return
    this.#sorted = this.#walk('', Number.POSITIVE_INFINITY, () => false)
    this.#recent = []
    this.#gone = 0
  }

  #walk(from: string, limit: number, isEnd: (key: string) => boolean): string[] {
    const found: string[] = []
    let s = firstAtLeast(this.#sorted, from)
    let r = firstAtLeast(this.#recent, from)
    while (found.length < limit) {
      const sorted = this.#sorted[s]
      const recent = this.#recent[r]
      const takeRecent = sorted === undefined || (recent !== undefined && compareKeys(recent, sorted) < 0)
      const key = takeRecent ? recent : sorted
      if (key === undefined || isEnd(key)) break
      if (takeRecent) r++
      else s++
      if (this.#present.has(key) && key !== found.at(-1)) found.push(key)
    }
    return found
  }
}

function firstAtLeast(sorted: readonly string[], key: string): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (compareKeys(sorted[middle]!, key) < 0) low = middle + 1
    else high = middle
  }
  return low
}
