/** The functions that merge two lists of entries with ids. */
export interface MergeBy<T, Id> {
  id(entry: T): Id
  /** Makes one entry of two with the same id. For a merge of rows the result must not depend on which came first. */
  join(known: T, coming: T): T
  /** The order of the merged list. */
  compare(a: T, b: T): number
}

/** Merges two lists into one that is sorted and holds each id once. */
export function mergedById<T, Id>(
  known: readonly T[],
  coming: readonly T[],
  { id, join, compare }: MergeBy<NoInfer<T>, Id>,
): readonly T[] {
  const byId = new Map<Id, T>()
  for (const entry of known) byId.set(id(entry), entry)
  for (const entry of coming) {
    const same = byId.get(id(entry))
    byId.set(id(entry), same === undefined ? entry : join(same, entry))
  }
  return [...byId.values()].sort(compare)
}
