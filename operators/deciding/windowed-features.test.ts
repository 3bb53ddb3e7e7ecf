import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { EventData } from '../../schemas/event-data.ts'
import { FeatureRow, type PersonEvent } from '../../schemas/generated.ts'
import { days, hours } from '../../schemas/record.ts'
import { featureValue, featureVector } from '../features/served.ts'
import { compiled } from '../release/compiled/compiled-release.ts'
import type { Feature } from '../release/release.ts'
import { feature, frozen, noRelease, personEvent, recordOf, releaseRow, versions } from '../test/fixtures.ts'
import { features, windowedFeatures } from './windowed-features.ts'

const declared: readonly Feature[] = [
  feature({ name: 'orders_7d', kind: 'count', windowMs: days(7) }),
  feature({ name: 'orders_30d', kind: 'count', windowMs: days(30) }),
  feature({ name: 'orders_90d', kind: 'count', windowMs: days(90) }),
  feature({ name: 'spend_30d', kind: 'sum', field: 'value', windowMs: days(30) }),
  feature({ name: 'spend_90d', kind: 'sum', field: 'value', windowMs: days(90) }),
  feature({ name: 'basket_90d', kind: 'mean', field: 'value', windowMs: days(90) }),
  feature({ name: 'largest_90d', kind: 'max', field: 'value', windowMs: days(90) }),
  feature({ name: 'median_90d', kind: 'quantile', field: 'value', q: 0.5, windowMs: days(90) }),
  feature({ name: 'discount_90d', kind: 'sum', field: 'discount', windowMs: days(90) }),
  feature({ name: 'categories_90d', kind: 'distinct', field: 'lines.category', windowMs: days(90) }),
  feature({
    name: 'milk_spend_90d',
    kind: 'sum',
    field: 'lines.value',
    where: { field: 'lines.category', equals: 'milk' },
    windowMs: days(90),
  }),
  feature({ name: 'order_rate', kind: 'decayed-rate', halfLifeMs: days(14), windowMs: days(90) }),
  feature({ name: 'store', kind: 'last', field: 'storeId', type: 'text' }),
  feature({ name: 'days_since_order', kind: 'time-since' }),
]

const now = days(17_000)
const release = releaseRow({ features: declared })
const active = compiled(release)!

const order = (eventId: string, occurredAt: number, data: Partial<EventData<'order_completed'>> = {}) =>
  personEvent('order_completed', { orderId: eventId, value: 10, ...data }, { eventId, occurredAt })

const line = (category: string, value: number) => ({ productId: 'x', category, quantity: 1, value, discount: 0 })

const fold = (given: readonly PersonEvent[], receivedAt = (_: PersonEvent) => now, row = features.empty): FeatureRow =>
  given.reduce(
    (row, event) =>
      windowedFeatures.on.event(frozen(recordOf(event, receivedAt(event))), frozen(row), frozen({ release, versions }))
        .row ?? row,
    row,
  )

const served = (row: FeatureRow, at = now) =>
  Object.fromEntries(featureVector(active, row, at).map(({ name, number, text }) => [name, text ?? number]))

describe('the order of events within the grace, and of merges, does not matter', () => {
  const orders = fc
    .array(
      fc.record({
        age: fc.integer({ min: 0, max: days(2) }),
        value: fc.integer({ min: -500, max: 9_000 }).map(cents => cents / 100),
        categories: fc.array(fc.constantFrom('milk', 'bread', 'wine', 'soap'), { maxLength: 4 }),
        storeId: fc.constantFrom('s1', 's2', 's3'),
      }),
      { minLength: 1, maxLength: 12 },
    )
    .map(list =>
      list.map(({ age, value, categories, storeId }, i) =>
        order(`e${i}`, now - age, { value, storeId, lines: categories.map(name => line(name, value / 3)) }),
      ),
    )

  test('in any order', () => {
    fc.assert(
      fc.property(orders, fc.infiniteStream(fc.nat()), (given, keys) => {
        const shuffled = given.map(event => ({ event, key: keys.next().value! })).sort((a, b) => a.key - b.key)
        const row = fold(given)
        expect(row.late).toBe(0)
        expect(fold(shuffled.map(({ event }) => event))).toEqual(row)
      }),
    )
  })

  test('and a merged person has the features of one who was never two', () => {
    fc.assert(
      fc.property(orders, fc.nat(), (given, seed) => {
        const [mine, theirs] = [0, 1].map(side => fold(given.filter((_, i) => ((seed >> (i % 30)) & 1) === side)))
        expect(features.merge!(mine!, theirs!)).toEqual(fold(given))
        expect(features.merge!(theirs!, mine!)).toEqual(fold(given))
      }),
    )
  })
})

test('every feature is served as a recomputation over all events finds it, value for value', () => {
  const shopping = Array.from({ length: 40 }, (_, week) =>
    order(`w${week}`, now - days(7 * week) - hours(week % 11), {
      value: 20 + (week * 37) / 100,
      discount: week / 10,
      storeId: `s${week % 3}`,
      lines: [line(week % 2 === 0 ? 'milk' : 'bread', 1.1 + week / 100), line(`c${week % 9}`, 3)],
    }),
  ).reverse()
  const row = fold(shopping, event => event.occurredAt)
  // Orders share their tiles with the finest of their windows: a week's, 6 hours. Values have 30 days': one day.
  const inside = (window: number, step: number) =>
    Array.from({ length: 40 }, (_, week) => ({ week, at: now - days(7 * week) - hours(week % 11) })).filter(
      ({ at }) => at - (at % step) > now - window,
    )
  const sum = (window: number, value: (week: number) => number) =>
    inside(window, days(1)).reduce((total, { week }) => total + Math.round(value(week) * 1e6), 0) / 1e6
  const spend = (week: number) => 20 + (week * 37) / 100
  const found = served(row)
  expect(found).toMatchObject({
    orders_7d: inside(days(7), hours(6)).length,
    orders_30d: inside(days(30), hours(6)).length,
    orders_90d: inside(days(90), hours(6)).length,
    spend_30d: sum(days(30), spend),
    spend_90d: sum(days(90), spend),
    basket_90d: sum(days(90), spend) / inside(days(90), days(1)).length,
    largest_90d: 24.44,
    discount_90d: sum(days(90), week => week / 10),
    categories_90d: 11,
    milk_spend_90d: sum(days(90), week => (week % 2 === 0 ? 1.1 + week / 100 : 0)),
    store: 's0',
    days_since_order: 0,
  })
  expect(found.orders_90d).toBe(13)
  expect(Math.abs((found.median_90d as number) - 22.22)).toBeLessThanOrEqual(0.23)
  const rate = inside(days(90), hours(6))
    .reverse()
    .reduce((total, { at }) => total + Math.exp((-Math.LN2 * (now - (at - (at % hours(6))))) / days(14)), 0)
  expect(found.order_rate).toBe((rate * Math.LN2 * days(1)) / days(14))
  expect(served(row, now + days(91))).toMatchObject({ orders_90d: 0, basket_90d: 0, store: 's0', days_since_order: 91 })
})

test('a person who shops each week for a year takes about a kilobyte', () => {
  const weekly = Array.from({ length: 52 }, (_, week) =>
    order(`basket-3162522${week}`, now - days(7 * (51 - week)), {
      value: 31.37 + week,
      discount: 2.5,
      storeId: '309',
      lines: Array.from({ length: 8 }, (_, i) => line(i === 0 ? 'milk' : `category ${(week * 5 + i * 3) % 60}`, 3.99)),
    }),
  )
  const row = fold(weekly, event => event.occurredAt)
  expect(served(row).categories_90d).toBeGreaterThan(50)
  expect(FeatureRow.encode(row).length).toBeLessThanOrEqual(1100)
  expect(FeatureRow.decode(FeatureRow.encode(row))).toEqual(row)
})

test('an event after the grace enters no window; it is counted, recorded and passed on', () => {
  const row = fold([order('a', now)])
  const late = order('b', now - days(2) - 1)
  const step = windowedFeatures.on.event(recordOf(late, now), row, { release, versions })
  expect(step.row).toEqual({ ...row, late: 1 })
  expect(served(step.row!)).toMatchObject({ orders_7d: 1, store: '', days_since_order: 0 })
  expect(step.emit).toMatchObject([
    { to: 'late', value: { reason: 'too-late', position: late.origin, size: late.payload.length, at: now } },
    { to: 'event', value: late },
  ])
  const inGrace = windowedFeatures.on.event(recordOf(order('c', now - days(2)), now), row, { release, versions })
  expect(inGrace.row?.late).toBe(0)
  expect(inGrace.emit).toHaveLength(1)
})

test('the last value and the time since take an event of any age, unless a later one is known', () => {
  const old = order('old', now - days(400), { storeId: 'old' })
  const older = order('older', now - days(900), { storeId: 'older' })
  for (const given of [
    [old, older],
    [older, old],
  ]) {
    const row = fold(given)
    expect(row).toMatchObject({ late: 2, series: [] })
    expect(served(row)).toMatchObject({ orders_90d: 0, spend_90d: 0, store: 'old', days_since_order: 400 })
  }
  expect(served(fold([order('new', now, { storeId: 'new' }), old]))).toMatchObject({ store: 'new', orders_7d: 1 })
  const merged = features.merge!(fold([old]), fold([order('new', now - days(1), { storeId: 'new' })]))
  expect(served(merged)).toMatchObject({ store: 'new', days_since_order: 1 })
})

test('what only last values take is never too late', () => {
  const asked = releaseRow({ features: [feature({ name: 'store', kind: 'last', field: 'storeId', type: 'text' })] })
  const step = windowedFeatures.on.event(recordOf(order('a', now - days(900)), now), features.empty, {
    release: asked,
    versions,
  })
  expect(step).toMatchObject({ row: { late: 0, lasts: [{ at: now - days(900) }] }, emit: [{ to: 'event' }] })
})

test('an event that triggers nothing since it is too old is recorded, whether or not a feature takes it', () => {
  const late = order('a', now - days(3))
  const said = (parts: Parameters<typeof releaseRow>[0]) =>
    windowedFeatures.on
      .event(recordOf(late, now), features.empty, { release: releaseRow(parts), versions })
      .emit!.flatMap(({ to, value }) => (to === 'late' ? [value.detail] : []))
  const triggers = ['order_completed']
  const both = 'after the grace, so it enters no window, and after the backfill, so it triggers nothing'
  expect(said({ triggers, features: declared })).toEqual([`an event 'order_completed' came ${both}`])
  expect(said({ triggers })).toEqual(["an event 'order_completed' came after the backfill, so it triggers nothing"])
  expect(said({ triggers, backfillMs: days(3) })).toEqual([])
  expect(said({ triggers, graceMs: days(3), backfillMs: days(3) - 1 })).toHaveLength(1)
  expect(said({ triggers: [] })).toEqual([])
})

test('without an order the last one was a hundred years ago, so that no rule takes it for one of today', () => {
  expect(served(fold([]))).toMatchObject({ days_since_order: 36_500 })
  expect(served(fold([order('a', now)]))).toMatchObject({ days_since_order: 0 })
})

test('an event from the future counts as of when it was received', () => {
  const row = fold([order('a', now + days(900))])
  expect(served(row)).toMatchObject({ orders_7d: 1, days_since_order: 0 })
  expect(served(row, now + days(8))).toMatchObject({ orders_7d: 0, days_since_order: 8 })
})

test('of lines, only those that agree are counted; an event agrees when one of its lines does', () => {
  const where = { field: 'lines.category', equals: 'milk' }
  const ofStore = { field: 'storeId', equals: 's1' }
  const asked = releaseRow({
    features: [
      feature({ name: 'milk_orders', kind: 'count', where, windowMs: days(7) }),
      feature({ name: 'milk_lines', kind: 'count', field: 'lines.value', where, windowMs: days(7) }),
      feature({ name: 'spend_with_milk', kind: 'sum', field: 'value', where, windowMs: days(7) }),
      feature({ name: 'least_milk', kind: 'min', field: 'lines.value', where, windowMs: days(7) }),
      feature({ name: 'lines_at_s1', kind: 'count', field: 'lines.value', where: ofStore, windowMs: days(7) }),
    ],
  })
  const given = [
    order('a', now, { value: 7, storeId: 's1', lines: [line('milk', 2), line('milk', 1), line('bread', 4)] }),
    order('b', now, { value: 9, storeId: 's2', lines: [line('bread', 9)] }),
  ]
  const row = given.reduce(
    (row, event) => windowedFeatures.on.event(recordOf(event, now), row, { release: asked, versions }).row!,
    features.empty,
  )
  const values = featureVector(compiled(asked)!, row, now).map(({ name, number }) => [name, number])
  expect(values).toEqual([
    ['milk_orders', 1],
    ['milk_lines', 2],
    ['spend_with_milk', 7],
    ['least_milk', 1],
    ['lines_at_s1', 3],
  ])
})

test('a refund is taken off a sum', () => {
  const row = fold([order('a', now, { value: 30.1 }), order('b', now, { value: -10.2 })])
  expect(served(row)).toMatchObject({ spend_30d: 19.9, basket_90d: 9.95, largest_90d: 30.1 })
})

test('a new release keeps the series that it still needs, drops the others, and starts new ones empty', () => {
  const next = releaseRow({
    features: [
      feature({ name: 'spent', kind: 'sum', field: 'value', windowMs: days(30) }),
      feature({ name: 'given', kind: 'max', field: 'discount', windowMs: days(30) }),
    ],
  })
  const row = fold([order('a', now, { value: 5, discount: 3 })])
  expect(featureValue(compiled(next)!, row, 'spent', now)?.number).toBe(5)
  expect(featureValue(compiled(next)!, row, 'given', now)?.number).toBe(0)
  expect(featureValue(compiled(next)!, row, 'orders_7d', now)).toBeNull()
  const after = windowedFeatures.on.event(recordOf(order('b', now, { value: 6, discount: 2 }), now), row, {
    release: next,
    versions,
  }).row!
  expect(featureVector(compiled(next)!, after, now).map(({ number }) => number)).toEqual([11, 2])
  expect(after.series).toHaveLength(2)
  expect(after.lasts).toEqual([])
})

test('before the first release, and for an event that no feature takes, nothing changes', () => {
  const event = order('a', now)
  const onward = { emit: [{ to: 'event', value: event }] }
  expect(windowedFeatures.on.event(recordOf(event, now), features.empty, { release: noRelease, versions })).toEqual(
    onward,
  )
  const other = releaseRow({
    features: [feature({ name: 'views', kind: 'count', event: 'page_viewed', windowMs: days(1) })],
  })
  expect(
    windowedFeatures.on.event(recordOf(event, now + days(9)), features.empty, { release: other, versions }),
  ).toEqual(onward)
})
