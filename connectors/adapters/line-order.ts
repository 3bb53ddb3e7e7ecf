/** A line that has a time. */
export interface TimedLine {
  readonly number: number
  readonly time: number
}

/** What the times of a file's lines say about its order. */
export interface LineOrder {
  /** The lines whose clock is wrong, by number. Without them the file is in order, unless `back` says otherwise. */
  readonly wrong: ReadonlySet<number>
  /** The first line that is earlier than the line before it, and that one; null where the others are in order. */
  readonly back: { readonly line: TimedLine; readonly before: TimedLine } | null
  /** The latest line whose clock is not wrong; null where no line has a time. */
  readonly latest: TimedLine | null
  /** Where the last line is so far behind the one before that its clock may be wrong, which a short file can't tell. */
  readonly lonely: { readonly line: TimedLine; readonly before: TimedLine } | null
}

/** One line in so many may have a wrong clock; one that is ahead always may. */
const linesToOneFault = 1000
/** However long a file is, no more lines than these have wrong clocks. So a judgement needs a bounded amount of memory. */
const faultsMax = 1000
const dayMs = 86_400_000
/** From this gap on, the last line of a short file is mentioned. */
const lonelyMs = 30 * dayMs

/** Lines that are left out between two that are kept. */
interface Skipped {
  readonly lines: readonly (TimedLine & { readonly isEarly: boolean })[]
  readonly before: Skipped | null
}

/** A sequence of lines that never goes back: its last line, by index, and what it leaves out. */
interface Sequence {
  readonly index: number
  readonly time: number
  readonly skipped: Skipped | null
}

/**
 * Judges the times of lines as they come: finds the longest sequence that never goes back, by patience sorting. What it
 * leaves out is the fault where that is little. Only sequences that leave out at most `faultsMax` lines are followed.
 */
export class LineOrderJudge {
  #count = 0
  #earliest = Number.POSITIVE_INFINITY
  #back: LineOrder['back'] = null
  /** The length of the longest sequence; for each length, the sequence with the earliest end, as far as one is followed. */
  #longest = 0
  readonly #sequences: (Sequence | undefined)[] = []
  /** The last lines, by index. */
  readonly #recent: TimedLine[] = []
  /** The lines of the latest times, in order. */
  readonly #latest: TimedLine[] = []

  add(line: TimedLine): void {
    const index = this.#count++
    const { time } = line
    const before = this.#recent[(index - 1) % slots]
    if (before && time < before.time) this.#back ??= { line, before }
    this.#recent[index % slots] = line
    this.#earliest = Math.min(this.#earliest, time)
    this.#noteLatest(line)
    const length = this.#lengthUntil(time, index)
    const last = length === 0 ? { index: -1, time: Number.NEGATIVE_INFINITY, skipped: null } : this.#at(length)
    // A sequence that leaves out too many lines is not followed.
    if (!last || index - length > faultsMax) return
    this.#sequences[(length + 1) % slots] = { index, time, skipped: this.#skip(last, index) }
    this.#longest = Math.max(this.#longest, length + 1)
  }

  result(): LineOrder {
    const faults = this.#faults()
    const allowed = Math.min(faultsMax, Math.floor(this.#count / linesToOneFault))
    const early = faults?.filter(({ isEarly }) => isEarly).length ?? 0
    const isOrdered = faults !== null && early <= allowed && faults.length <= Math.max(1, allowed)
    const wrong = new Set(isOrdered ? faults.map(({ number }) => number) : [])
    const latest = this.#latest.filter(({ number }) => !wrong.has(number))
    const alone = aloneAtTheEnd(latest, this.#earliest, allowed - wrong.size)
    for (const { number } of latest.splice(latest.length - alone)) wrong.add(number)
    const [before, line] = latest.slice(-2)
    const isLonely = alone === 0 && before && line && line.time - before.time >= this.#gapAfter(before, lonelyMs)
    return {
      wrong,
      back: isOrdered ? null : this.#back,
      latest: latest.at(-1) ?? null,
      lonely: isLonely && this.#count > 2 ? { line, before } : null,
    }
  }

  #gapAfter({ time }: TimedLine, least: number): number {
    return Math.max(least, time - this.#earliest)
  }

  /** The length of the longest sequence that a line of this time can continue. */
  #lengthUntil(time: number, index: number): number {
    let low = Math.max(0, index - faultsMax, this.#longest - faultsMax)
    for (let high = this.#longest; low < high; ) {
      const middle = (low + high + 1) >> 1
      if (this.#at(middle)!.time <= time) low = middle
      else high = middle - 1
    }
    return low > 0 && this.#at(low) !== undefined && this.#at(low)!.time > time ? -1 : low
  }

  #at(length: number): Sequence | undefined {
    return this.#sequences[length % slots]
  }

  #skip({ index, time, skipped }: Sequence, next: number): Skipped | null {
    if (next === index + 1) return skipped
    const lines = []
    for (let i = index + 1; i < next; i++) {
      const line = this.#recent[i % slots]!
      lines.push({ ...line, isEarly: line.time < time })
    }
    return { lines, before: skipped }
  }

  /** What the longest sequence leaves out; null where that is more than is ever allowed. */
  #faults(): (TimedLine & { readonly isEarly: boolean })[] | null {
    if (this.#count === 0) return []
    const longest = this.#at(this.#longest)
    if (!longest || this.#count - this.#longest > faultsMax) return null
    const faults = []
    for (let at = this.#skip(longest, this.#count); at !== null; at = at.before) faults.push(...at.lines)
    return faults
  }

  #noteLatest(line: TimedLine): void {
    const latest = this.#latest
    if (latest.length > faultsMax && line.time < latest[0]!.time) return
    let at = latest.length
    while (at > 0 && latest[at - 1]!.time > line.time) at--
    latest.splice(at, 0, line)
    if (latest.length > faultsMax + 1) latest.shift()
  }
}

const slots = faultsMax + 2

/** Counts the last lines that are further from all others than those are from each other: clocks that are ahead. */
function aloneAtTheEnd(latest: readonly TimedLine[], earliest: number, most: number): number {
  for (let count = 1; count <= most && count < latest.length; count++) {
    const [before, first] = [latest.at(-count - 1)!, latest.at(-count)!]
    if (first.time - before.time > Math.max(dayMs, before.time - earliest)) return count
  }
  return 0
}
