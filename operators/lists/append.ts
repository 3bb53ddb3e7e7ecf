/** A copy of the list with one more at its end, made at its length: one that grows takes room for many more. */
export function followedBy<T>(list: readonly T[], one: T): readonly T[] {
  const copy = new Array<T>(list.length + 1)
  for (let i = 0; i < list.length; i++) copy[i] = list[i]!
  copy[list.length] = one
  return copy
}
