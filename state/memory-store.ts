import type { Change, Entry, Range, Store } from './store.ts'

/** Keys in the order of their UTF-8 bytes, which is that of their code points, not of their UTF-16 units. */
function compareKeys(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

/** Everything in memory: for tests, and for runs whose changelog is all they need to start again. */
export function openMemoryStore(): Store {
  const values = new Map<string, Uint8Array>()
  let sorted: string[] | null = null

  const keysIn = ({ from, to, limit = Number.POSITIVE_INFINITY }: Range): string[] => {
    sorted ??= [...values.keys()].sort(compareKeys)
    const found: string[] = []
    for (let at = firstAtLeast(sorted, from); at < sorted.length && found.length < limit; at++) {
      if (compareKeys(sorted[at]!, to) >= 0) break
      found.push(sorted[at]!)
    }
    return found
  }

  const apply = ({ key, value }: Change): void => {
    if (value === null ? values.delete(key) : !values.has(key)) sorted = null
    if (value !== null) values.set(key, value)
  }

  return {
    async getMany(keys) {
      return keys.map(key => values.get(key))
    },
    async write(changes) {
      for (const change of changes) apply(change)
    },
    async range(range): Promise<Entry[]> {
      return keysIn(range).map(key => ({ key, value: values.get(key)! }))
    },
    async clear(range) {
      for (const key of keysIn(range)) apply({ key, value: null })
    },
    async close() {},
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
