/** Copies the list with one more entry at its end. PERF: the copy is made at its full length; a growing array reserves room for many more entries. */
export function followedBy<T>(list: readonly T[], one: T): readonly T[] {
  const copy = new Array<T>(list.length + 1)
  for (let i = 0; i < list.length; i++) copy[i] = list[i]!
  copy[list.length] = one
  return copy
}
