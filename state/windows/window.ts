import type { WindowSeries } from '../../schemas/generated.ts'
import { days, type Time } from '../../schemas/record.ts'
import { aggregates, type Sample } from './aggregates.ts'
import { saturatingSum } from './amounts.ts'
import { bucketValue } from './buckets.ts'

/*
 * Time is cut into tiles of one length, the step. An event at t is in tile ⌊t / step⌋. A window at `now` covers the
 * tiles whose start is > now − window and ≤ now. Sums over tiles add integers, or add in the order of tiles.
 */

/** Computes the tile of an event at this time. */
export const tileOf = (at: Time, stepMs: number): number => Math.floor(at / stepMs)

/** The first and last tile of a window. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** Computes the tiles that a window covers at `now`. */
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

/** Adds up a count, sum or debit over a window, as an integer. */
export function totalOf(series: WindowSeries | undefined, span: Span): number {
  if (!series) return 0
  let total = 0
  for (let i = 0; i < series.tiles.length; i++) {
    const tile = series.first + series.tiles[i]!
    if (tile >= span.from && tile <= span.to) total = saturatingSum(total, series.amounts[i]!)
  }
  return total
}

/** Finds the least of a min series, or the greatest of a max series, in a window; null when there is none. */
export function extremeOf(series: WindowSeries | undefined, span: Span): number | null {
  let extreme: number | null = null
  visit(series, span, i => {
    const amount = series!.amounts[i]!
    extreme = extreme === null ? amount : aggregates[series!.kind].combine(extreme, amount)
  })
  return extreme
}

/**
 * Counts the distinct values in a window. Only the latest tile of a value is known, so a value counts if that tile
 * starts after now − window, even if it starts after `now`.
 */
export function distinctOf(series: WindowSeries | undefined, { from }: Span): number {
  let count = 0
  visit(series, { from, to: Number.MAX_SAFE_INTEGER }, () => count++)
  return count
}

/**
 * Computes events per day, each weighted by 2^(−age / halfLife) with the age of its tile's start, added in the order of
 * tiles.
 */
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

/**
 * Finds the value of rank ⌊q · (n − 1)⌋ among the n values of a window, within `quantileError`; null when there is
 * none.
 */
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
