import { describe, expect, test } from 'vitest'
import type { EventData } from '../schemas/event-data.ts'
import { hours, minutes, type Time } from '../schemas/record.ts'
import { event } from '../testing/builders.ts'
import { happens } from '../testing/test/stories.ts'
import type { BuiltEventType } from '../testing/usual-events.ts'
import { ran, shop } from './test/shop.ts'

/** A Monday, eleven in the morning in New York. */
const t0 = Date.UTC(2024, 4, 6, 15)
const release = (parts = '') =>
  shop(`triggers: [order_completed, page_viewed]
features:
  - { name: home_zone, event: profile_changed, kind: last, field: timeZone, type: text }
  - { name: home_law, event: profile_changed, kind: last, field: jurisdiction, type: text }
  - { name: orders_30d, event: order_completed, kind: count, window: 30d }
  - { name: last_order, event: order_completed, kind: time-since }
actions:
  - { id: A1, treatments: [email], value: 10, applicability: [{ id: order, when: 'event.type == "order_completed"' }] }
quietHours: [{ id: night, channels: [email, sms], from: "21:00", to: "08:00" }]
${parts}`)
    .replace('timeZone: America/New_York', '$&, timeZoneFeature: home_zone, jurisdictionFeature: home_law')
    .replace('regimes: { US: opt-out }', 'regimes: { US: opt-out, DE: opt-in }')

/** An event of a customer that happened at one time and came at another. */
const came = <T extends BuiltEventType>(
  name: string,
  type: T,
  at: Time,
  receivedAt: Time,
  fields: Partial<EventData<T>> = {},
) =>
  event(type, fields, {
    at,
    receivedAt,
    eventId: `${name}-${type}-${at}`,
    identifiers: [{ type: 'customer_id', value: name }],
  })

test('a profile that is imported with its true date sets zone and law', async () => {
  const profile = { timeZone: 'Asia/Kathmandu', jurisdiction: 'DE' }
  const { decisions, letters, violations } = await ran(
    release(),
    [
      came('k1', 'profile_changed', Date.UTC(2022, 0, 1), t0, profile),
      came('k1', 'profile_changed', Date.UTC(2021, 0, 1), t0 + 1, { timeZone: 'Europe/Rome', jurisdiction: 'US' }),
      happens('k1', 'order_completed', t0 + hours(2), { value: 42.5 }),
    ],
    t0 + hours(3),
  )
  expect(decisions).toMatchObject([
    {
      subject: { timeZone: 'Asia/Kathmandu', jurisdiction: 'DE' },
      outcome: { kind: 'SILENCE' },
      explanation: { reasons: ['only-silence-left', 'consent-unknown:1'] },
    },
  ])
  expect(letters).toEqual([])
  expect(violations).toEqual([])
})

describe('an order of last year that is imported now', () => {
  const lastYear = Date.UTC(2023, 1, 1)
  const outcomes = async (text: string) => {
    const order = came('k1', 'order_completed', lastYear, t0, { value: 42.5 })
    const { decisions, letters, violations } = await ran(text, [order], t0 + minutes(1))
    expect(violations).toEqual([])
    const features = decisions.flatMap(({ learning }) => learning.features.map(({ name, number }) => [name, number]))
    return {
      kinds: decisions.map(({ outcome }) => outcome.kind),
      letters: letters.map(({ reason, detail }) => `${reason}: ${detail}`),
      features: Object.fromEntries(features),
      variables: decisions.flatMap(({ variables }) => variables),
    }
  }

  test('asks for no decision, and leaves a dead letter', async () => {
    expect(await outcomes(release())).toMatchObject({
      kinds: [],
      letters: [
        "too-late: an event 'order_completed' came after the grace, so it enters no window, and after the backfill, so it triggers nothing",
      ],
    })
  })

  test('asks for one where the release says so, and its rules see how old it is', async () => {
    const asking = release('backfill: 3650d\n')
    expect(await outcomes(asking)).toMatchObject({
      kinds: ['ACT'],
      letters: ["too-late: an event 'order_completed' came after the grace, so it enters no window"],
      features: { orders_30d: 0, last_order: (t0 - lastYear) / 86_400_000 },
    })
    const fresh = asking.replace('event.type == "order_completed"', '$& && context.event_age_days < 30')
    expect(await outcomes(fresh)).toMatchObject({
      kinds: ['SILENCE'],
      variables: [{ name: 'context.event_age_days', number: (t0 - lastYear) / 86_400_000 }],
    })
  })

  test('begins no journey and ends none', async () => {
    const journeys = `journeys:
  - { id: cart, trigger: { event: product_added }, stages: [{ id: remind, wait: 1h, decide: true }], goal: { event: order_completed }, timeout: 5h }
`
    const { ended, letters } = await ran(
      release(journeys),
      [
        came('a', 'product_added', lastYear, t0),
        came('b', 'product_added', t0, t0),
        came('b', 'order_completed', lastYear, t0 + 1),
      ],
      t0 + hours(9),
    )
    expect(ended.map(({ how }) => how)).toEqual(['timeout'])
    expect(letters.map(({ reason }) => reason)).toEqual(['too-late', 'too-late'])
  })
})

test('without backfill in the release, an event that is as late as the grace still triggers', async () => {
  const kinds = async (age: number) => {
    const { decisions } = await ran(release(), [came('k', 'order_completed', t0 - age, t0)], t0 + 1)
    return decisions.map(({ outcome }) => outcome.kind)
  }
  expect(await kinds(hours(24))).toEqual(['ACT'])
  expect(await kinds(hours(24) + 1)).toEqual([])
})
