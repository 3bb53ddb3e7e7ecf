/** Finds the entry with this id in a list that is sorted by id. */
export function foundById<T extends { readonly id: number }>(sorted: readonly T[], id: number): T | undefined {
  let low = 0
  let high = sorted.length - 1
  while (low <= high) {
    const middle = (low + high) >>> 1
    const entry = sorted[middle]!
    if (entry.id === id) return entry
    if (entry.id < id) low = middle + 1
    else high = middle - 1
  }
  return undefined
}
