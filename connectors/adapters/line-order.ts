/** What the times of a file's lines say about its order. */
export type LineOrder =
  /** Leaving out these lines, by index, puts the file in order: their clocks are ahead of all that follow. */
  | { readonly ahead: ReadonlySet<number> }
  /** The first line, by index, that is earlier than the line before it. */
  | { readonly back: number }

/** One line in so many may be at fault, and always one. */
const linesToOneFault = 1000

/**
 * Judges the times of lines. Where leaving out a few lines whose time is ahead of what follows puts the others in order, those
 * lines are the fault; otherwise the file is not in order.
 */
export function lineOrder(times: Float64Array): LineOrder {
  const kept = longestOrdered(times)
  const ahead = new Set<number>()
  const faultsMax = Math.max(1, Math.floor(times.length / linesToOneFault))
  let next = Number.POSITIVE_INFINITY
  for (let i = times.length - 1; i >= 0; i--) {
    if (kept.has(i)) next = times[i]!
    else if (times[i]! > next && ahead.size < faultsMax) ahead.add(i)
    else return { back: firstBack(times) }
  }
  return { ahead }
}

const firstBack = (times: Float64Array): number => times.findIndex((time, i) => i > 0 && time < times[i - 1]!)

/** Finds the longest subsequence that never goes back; among several, one whose times are early. */
function longestOrdered(times: Float64Array): ReadonlySet<number> {
  const before = new Int32Array(times.length)
  /** For each length, the index at which the earliest sequence of that length ends. */
  const ends: number[] = []
  for (let i = 0; i < times.length; i++) {
    let low = 0
    for (let high = ends.length; low < high; ) {
      const middle = (low + high) >> 1
      if (times[ends[middle]!]! <= times[i]!) low = middle + 1
      else high = middle
    }
    before[i] = low > 0 ? ends[low - 1]! : -1
    ends[low] = i
  }
  const kept = new Set<number>()
  for (let i = ends.at(-1) ?? -1; i >= 0; i = before[i]!) kept.add(i)
  return kept
}
