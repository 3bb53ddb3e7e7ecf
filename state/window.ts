import type { SeriesKind, WindowSeries } from '../schemas/generated.ts'
import { days, hours, minutes, type Time } from '../schemas/record.ts'

/*
 * Windows as data in a row. Time is cut into tiles of one length, the step; a series keeps, for the tiles in which
 * something happened, one aggregate. Whatever order events come in and persons merge in, the same set of events gives
 * the same series: counts and sums are integers, all operations are commutative and associative, entries are sorted.
 *
 * An event at t is in tile ⌊t / step⌋. A window at `now` takes the tiles whose start is > now − window and ≤ now.
 */

/** Lengths that a tile can have: each divides the day. */
const steps = [...[1, 2, 5, 10, 15, 30].map(minutes), ...[1, 2, 3, 6, 12].map(hours), days(1)] as const

/** The length of a window's tiles: the longest of 1, 2, 5, 10, 15, 30 minutes, 1, 2, 3, 6, 12 hours and a day that fits 28 times. */
export function tileStep(windowMs: number): number {
  let fitting: number = steps[0]!
  for (const step of steps) if (step * 28 <= windowMs) fitting = step
  return fitting
}

export const tileOf = (at: Time, stepMs: number): number => Math.floor(at / stepMs)

/** First and last tile of a window. */
export interface Span {
  readonly from: number
  readonly to: number
}

export const spanOf = (now: Time, windowMs: number, stepMs: number): Span => ({
  from: tileOf(now - windowMs, stepMs) + 1,
  to: tileOf(now, stepMs),
})

/** The greatest integer that Avro carries exactly. Counts and sums stop here: 9 thousand million units of a sum. */
export const amountMax = Number.MAX_SAFE_INTEGER - 1

/** Millionths, rounded, between ±amountMax: integers add up to the same in any order. */
export function millionths(value: number): number {
  const scaled = Math.round(value * 1_000_000)
  return scaled > amountMax ? amountMax : scaled < -amountMax ? -amountMax : scaled + 0
}

/** What one event adds to a series. Key: hash of a distinct value, bucket of a histogram; else 0. */
export interface Sample {
  readonly key: number
  readonly amount: number
}

const saturatingSum = (a: number, b: number): number => Math.min(a + b, amountMax)

const combine: Readonly<Record<SeriesKind, (a: number, b: number) => number>> = {
  count: saturatingSum,
  sum: saturatingSum,
  // Negative amounts, as positive ones, in a series of their own: saturation would depend on the order if signs mixed.
  debit: saturatingSum,
  min: Math.min,
  max: Math.max,
  distinct: Math.max,
  histogram: saturatingSum,
}

const isKeyed = (kind: SeriesKind): boolean => kind === 'distinct' || kind === 'histogram'

/** A series of one tile. */
export function seriesOf(id: number, kind: SeriesKind, tile: number, samples: readonly Sample[]): WindowSeries {
  const sorted = samples.length > 1 ? [...samples].sort((a, b) => a.key - b.key) : samples
  const keys: number[] = []
  const amounts: number[] = []
  for (const { key, amount } of sorted) {
    const last = keys.length - 1
    if (last >= 0 && keys[last] === key) amounts[last] = combine[kind](amounts[last]!, amount)
    else {
      keys.push(key)
      amounts.push(amount)
    }
  }
  return {
    id,
    kind,
    first: tile,
    tiles: keys.map(() => 0),
    keys: isKeyed(kind) ? keys : [],
    amounts: kind === 'distinct' ? [] : amounts,
  }
}

/** Both series' events. Commutative and associative; `seriesOf` one event, merged, is how a series grows. */
export function mergedSeries(a: WindowSeries, b: WindowSeries): WindowSeries {
  if (a.tiles.length === 0) return b
  if (b.tiles.length === 0) return a
  if (a.kind === 'distinct') return union(latest(a, b), latest(b, a, true))
  return union(a, b)
}

/** Of a distinct value only the latest tile is kept: the entries of `own` that `other` does not know later (or, `strictly`, as late). */
function latest(own: WindowSeries, other: WindowSeries, strictly = false): WindowSeries {
  const tileByKey = new Map(other.keys.map((key, i) => [key, other.first + other.tiles[i]!]))
  return filtered(own, i => {
    const known = tileByKey.get(own.keys[i]!)
    const tile = own.first + own.tiles[i]!
    return known === undefined || known < tile || (known === tile && !strictly)
  })
}

function filtered(series: WindowSeries, keep: (index: number) => boolean): WindowSeries {
  const kept: number[] = []
  for (let i = 0; i < series.tiles.length; i++) if (keep(i)) kept.push(i)
  if (kept.length === series.tiles.length) return series
  const skipped = kept.length === 0 ? 0 : series.tiles[kept[0]!]!
  return {
    ...series,
    first: series.first + skipped,
    tiles: kept.map(i => series.tiles[i]! - skipped),
    keys: isKeyed(series.kind) ? kept.map(i => series.keys[i]!) : [],
    amounts: series.kind === 'distinct' ? [] : kept.map(i => series.amounts[i]!),
  }
}

function union(a: WindowSeries, b: WindowSeries): WindowSeries {
  if (a.tiles.length === 0) return b
  if (b.tiles.length === 0) return a
  const first = Math.min(a.first, b.first)
  const shiftA = a.first - first
  const shiftB = b.first - first
  const tiles: number[] = []
  const keys: number[] = []
  const amounts: number[] = []
  const take = (from: WindowSeries, index: number, shift: number) => {
    tiles.push(from.tiles[index]! + shift)
    if (from.keys.length > 0) keys.push(from.keys[index]!)
    if (from.amounts.length > 0) amounts.push(from.amounts[index]!)
  }
  let i = 0
  let j = 0
  while (i < a.tiles.length && j < b.tiles.length) {
    const order = a.tiles[i]! + shiftA - b.tiles[j]! - shiftB || (a.keys[i] ?? 0) - (b.keys[j] ?? 0)
    if (order <= 0) take(a, i++, shiftA)
    else take(b, j++, shiftB)
    if (order === 0) {
      if (amounts.length > 0) amounts[amounts.length - 1] = combine[a.kind](amounts.at(-1)!, b.amounts[j]!)
      j++
    }
  }
  while (i < a.tiles.length) take(a, i++, shiftA)
  while (j < b.tiles.length) take(b, j++, shiftB)
  return { id: a.id, kind: a.kind, first, tiles, keys, amounts }
}

/** Without the tiles before `from`; null when nothing is left. */
export function prunedSeries(series: WindowSeries, from: number): WindowSeries | null {
  if (series.tiles.length === 0) return null
  if (series.first >= from) return series
  const left = filtered(series, i => series.first + series.tiles[i]! >= from)
  return left.tiles.length === 0 ? null : left
}

/** Visits the entries within a span, in order of tile and key. */
function visit(
  series: WindowSeries | undefined,
  { from, to }: Span,
  each: (index: number, tile: number) => void,
): void {
  if (!series) return
  for (let i = 0; i < series.tiles.length; i++) {
    const tile = series.first + series.tiles[i]!
    if (tile >= from && tile <= to) each(i, tile)
  }
}

/** Of a count, sum or debit: the whole; an integer. */
export function totalOf(series: WindowSeries | undefined, span: Span): number {
  let total = 0
  visit(series, span, i => {
    total = saturatingSum(total, series!.amounts[i]!)
  })
  return total
}

/** Of a min or max: the least or greatest; null when there is none. */
export function extremeOf(series: WindowSeries | undefined, span: Span): number | null {
  let extreme: number | null = null
  visit(series, span, i => {
    const amount = series!.amounts[i]!
    extreme = extreme === null ? amount : combine[series!.kind](extreme, amount)
  })
  return extreme
}

/**
 * How many distinct values the window holds. Only the latest tile of a value is known, so a value counts when that starts
 * after now − window, even if it starts after `now`.
 */
export function distinctOf(series: WindowSeries | undefined, { from }: Span): number {
  let count = 0
  visit(series, { from, to: Number.MAX_SAFE_INTEGER }, () => count++)
  return count
}

/** Events per day, each weighted by 2^(−age / halfLife), age from the start of its tile; summed in the order of tiles. */
export function decayedRateOf(
  series: WindowSeries | undefined,
  span: Span,
  stepMs: number,
  now: Time,
  halfLifeMs: number,
): number {
  let weight = 0
  visit(series, span, (i, tile) => {
    weight += series!.amounts[i]! * Math.exp((-Math.LN2 * (now - tile * stepMs)) / halfLifeMs)
  })
  return (weight * Math.LN2 * days(1)) / halfLifeMs
}

/** Relative error of quantiles. */
export const quantileError = 0.01
const logGamma = Math.log((1 + quantileError) / (1 - quantileError))

/** The logarithmic bucket of a value (DDSketch, Masson et al. 2019), of its sign; 0 holds what rounds to no millionth. */
export function bucketOf(value: number): number {
  const amount = millionths(value)
  if (amount === 0) return 0
  const bucket = Math.ceil(Math.log(Math.abs(amount)) / logGamma) + 1
  return amount < 0 ? -bucket : bucket
}

/** The value in the middle of a bucket: within `quantileError` of all that it holds. */
export function bucketValue(bucket: number): number {
  if (bucket === 0) return 0
  const size = (Math.exp((Math.abs(bucket) - 1) * logGamma) * (1 - quantileError)) / 1_000_000
  return bucket < 0 ? -size : size
}

/** The value of rank ⌊q · (n − 1)⌋ among the n of the window, within `quantileError`; null when there is none. */
export function quantileOf(series: WindowSeries | undefined, span: Span, q: number): number | null {
  const entries: Sample[] = []
  visit(series, span, i => entries.push({ key: series!.keys[i]!, amount: series!.amounts[i]! }))
  if (entries.length === 0) return null
  entries.sort((a, b) => a.key - b.key)
  const rank = Math.floor(q * (totalOf(series, span) - 1))
  let passed = 0
  for (const { key, amount } of entries) {
    passed += amount
    if (passed > rank) return bucketValue(key)
  }
  return bucketValue(entries.at(-1)!.key)
}
