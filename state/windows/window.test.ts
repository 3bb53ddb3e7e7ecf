import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type SeriesKind, WindowSeries } from '../../schemas/generated.ts'
import { days, hours } from '../../schemas/record.ts'
import { aggregates } from './aggregates.ts'
import { amountMax, millionths } from './amounts.ts'
import { bucketOf, bucketValue, quantileError } from './buckets.ts'
import { decayedRateOf, distinctOf, extremeOf, quantileOf, spanOf, tileOf, totalOf } from './window.ts'
import { grownSeries, mergedSeries, prunedSeries, seriesOf } from './window-series.ts'

interface Seen {
  readonly at: number
  readonly value: number
}

const step = hours(1)
const kinds = Object.keys(aggregates) as readonly SeriesKind[]

const sample = (kind: SeriesKind, value: number) => {
  if (kind === 'count') return { key: 0, amount: 1 }
  if (kind === 'distinct') return { key: value, amount: 0 }
  if (kind === 'histogram') return { key: bucketOf(value), amount: 1 }
  return { key: 0, amount: millionths(value) }
}

const series = (kind: SeriesKind, events: readonly Seen[]): WindowSeries =>
  events
    .map(({ at, value }) => seriesOf(1, kind, tileOf(at, step), [sample(kind, value)]))
    .reduce(mergedSeries, { id: 1, kind, first: 0, tiles: [], keys: [], amounts: [] })

const events = fc.array(
  fc.record({ at: fc.integer({ min: 0, max: days(4) }), value: fc.integer({ min: 0, max: 30 }).map(n => n / 7) }),
  { maxLength: 40 },
)
const kind = fc.constantFrom(...kinds)
const canonical = ({ first, ...rest }: WindowSeries) => ({ ...rest, first: rest.tiles.length === 0 ? 0 : first })

describe('in whatever order events arrive and persons merge, a series is the same', () => {
  test('in any order', () => {
    fc.assert(
      fc.property(kind, events, fc.infiniteStream(fc.nat()), (kind, given, keys) => {
        const shuffled = given.map(event => ({ event, key: keys.next().value! })).sort((a, b) => a.key - b.key)
        expect(
          canonical(
            series(
              kind,
              shuffled.map(({ event }) => event),
            ),
          ),
        ).toEqual(canonical(series(kind, given)))
      }),
    )
  })

  test('split over three persons, whichever merges into which', () => {
    fc.assert(
      fc.property(kind, events, events, events, (kind, a, b, c) => {
        const [x, y, z] = [series(kind, a), series(kind, b), series(kind, c)]
        const whole = canonical(series(kind, [...a, ...b, ...c]))
        expect(canonical(mergedSeries(mergedSeries(x, y), z))).toEqual(whole)
        expect(canonical(mergedSeries(x, mergedSeries(y, z)))).toEqual(whole)
        expect(canonical(mergedSeries(z, mergedSeries(y, x)))).toEqual(whole)
      }),
    )
  })

  test('even where a sum exceeds the greatest exact integer', () => {
    const amounts = [amountMax, amountMax - 5, 9, 1]
    const one = (amount: number) => seriesOf(1, 'sum', 3, [{ key: 0, amount }])
    const forth = amounts.map(one).reduce(mergedSeries)
    const back = amounts.toReversed().map(one).reduce(mergedSeries)
    expect(forth).toEqual(back)
    expect(forth.amounts).toEqual([amountMax])
    expect(WindowSeries.decode(WindowSeries.encode(forth))).toEqual(forth)
    expect(millionths(1e300)).toBe(amountMax)
    expect(millionths(-1e300)).toBe(-amountMax)
  })
})

test('adding an event gives the same series as merging with a series of that event, whenever it arrives', () => {
  const event = fc.record({
    tile: fc.integer({ min: 0, max: 30 }),
    values: fc.array(
      fc.integer({ min: 0, max: 30 }).map(n => n / 7),
      { minLength: 1, maxLength: 3 },
    ),
  })
  fc.assert(
    fc.property(kind, fc.array(event, { maxLength: 30 }), fc.boolean(), (kind, given, inOrder) => {
      const all = inOrder ? given.toSorted((a, b) => a.tile - b.tile) : given
      let known: WindowSeries | null = null
      for (const { tile, values } of all) {
        const samples = values.map(value => sample(kind, value))
        const own = seriesOf(1, kind, tile, samples)
        const grown: WindowSeries = grownSeries(known, 1, kind, tile, samples)
        expect(grown).toEqual(known === null ? own : mergedSeries(known, own))
        known = grown
      }
    }),
  )
  const full: WindowSeries = { id: 1, kind: 'sum', first: 3, tiles: [0], keys: [], amounts: [amountMax - 1] }
  expect(grownSeries(full, 1, 'sum', 3, [{ key: 0, amount: 9 }]).amounts).toEqual([amountMax])
})

test('a window gives what a recomputation from the events gives', () => {
  fc.assert(
    fc.property(
      events,
      fc.integer({ min: 0, max: days(5) }),
      fc.integer({ min: hours(1), max: days(3) }),
      (all, now, size) => {
        const span = spanOf(now, size, step)
        const start = ({ at }: Seen) => at - (at % step)
        const inside = all.filter(event => start(event) > now - size && start(event) <= now)
        const amounts = inside.map(({ value }) => Math.round(value * 1e6))
        expect(totalOf(series('count', all), span)).toBe(inside.length)
        expect(totalOf(series('sum', all), span)).toBe(amounts.reduce((sum, amount) => sum + amount, 0))
        expect(extremeOf(series('min', all), span)).toBe(inside.length === 0 ? null : Math.min(...amounts))
        expect(extremeOf(series('max', all), span)).toBe(inside.length === 0 ? null : Math.max(...amounts))
        const recent = all.filter(event => start(event) > now - size)
        expect(distinctOf(series('distinct', all), span)).toBe(new Set(recent.map(({ value }) => value)).size)
      },
    ),
  )
})

test('a quantile is within one percent of the value of its rank', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 60 }),
      fc.double({ min: 0.01, max: 0.99, noNaN: true }),
      (values, q) => {
        const all = values.map(value => ({ at: 0, value }))
        const sorted = values.toSorted((a, b) => a - b)
        const exact = sorted[Math.floor(q * (sorted.length - 1))]!
        const found = quantileOf(series('histogram', all), spanOf(0, hours(1), step), q)!
        expect(Math.abs(found - exact)).toBeLessThanOrEqual(Math.abs(exact) * quantileError + 1e-6)
      },
    ),
  )
  expect(bucketValue(bucketOf(0))).toBe(0)
  expect(quantileOf(undefined, spanOf(0, hours(1), step), 0.5)).toBeNull()
})

test('a pruned tile is out of reach of every later window', () => {
  let dropped = 0
  fc.assert(
    fc.property(kind, events, fc.integer({ min: 0, max: days(4) }), (kind, all, now) => {
      const size = days(1)
      const span = spanOf(now, size, step)
      const whole = series(kind, all)
      const left = prunedSeries(whole, span.from) ?? undefined
      dropped += whole.tiles.length - (left?.tiles.length ?? 0)
      for (const later of [now, now + hours(5), now + days(1)]) {
        const then = spanOf(later, size, step)
        expect(totalOf(left, then)).toBe(totalOf(whole, then))
        expect(distinctOf(left, then)).toBe(distinctOf(whole, then))
      }
      for (const tile of left?.tiles ?? []) expect(left!.first + tile).toBeGreaterThanOrEqual(span.from)
    }),
  )
  expect(dropped).toBeGreaterThan(10)
})

test('an event of one half-life ago weighs half', () => {
  const now = days(10)
  const rate = (at: number) =>
    decayedRateOf(series('count', [{ at, value: 1 }]), spanOf(now, days(9), step), step, now, days(2))
  expect(rate(now - days(2))).toBeCloseTo(rate(now) / 2, 12)
  // One event each day gives a rate of about one event per day.
  const daily = Array.from({ length: 9 }, (_, i) => ({ at: now - days(i) - hours(12), value: 1 }))
  expect(decayedRateOf(series('count', daily), spanOf(now, days(10), step), step, now, days(1))).toBeCloseTo(1, 1)
})
