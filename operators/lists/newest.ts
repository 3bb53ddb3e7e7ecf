/** Keeps the last entries of a list that is sorted by time, at most so many. */
export const newest = <T>(list: readonly T[], most: number): readonly T[] =>
  list.length <= most ? list : list.slice(-most)
