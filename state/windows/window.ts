import type { WindowSeries } from '../../schemas/generated.ts'
import { days, type Time } from '../../schemas/record.ts'
import { aggregates, type Sample } from './aggregates.ts'
import { saturatingSum } from './amounts.ts'
import { bucketValue } from './buckets.ts'

/*
 * Time is cut into tiles of one length, the step. An event at t is in tile ⌊t / step⌋. A window at `now` takes the tiles
 * whose start is > now − window and ≤ now. Sums over tiles are made of integers, or in the order of tiles.
 */

/** The tile in which an event at this time is. */
export const tileOf = (at: Time, stepMs: number): number => Math.floor(at / stepMs)

/** First and last tile of a window. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** The tiles that a window at `now` takes. */
export const spanOf = (now: Time, windowMs: number, stepMs: number): Span => ({
  from: tileOf(now - windowMs, stepMs) + 1,
  to: tileOf(now, stepMs),
})

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
  if (!series) return 0
  let total = 0
  for (let i = 0; i < series.tiles.length; i++) {
    const tile = series.first + series.tiles[i]!
    if (tile >= span.from && tile <= span.to) total = saturatingSum(total, series.amounts[i]!)
  }
  return total
}

/** Of a min or max: the least or greatest; null when there is none. */
export function extremeOf(series: WindowSeries | undefined, span: Span): number | null {
  let extreme: number | null = null
  visit(series, span, i => {
    const amount = series!.amounts[i]!
    extreme = extreme === null ? amount : aggregates[series!.kind].combine(extreme, amount)
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
