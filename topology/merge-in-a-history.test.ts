import { describe, expect, test } from 'vitest'
import type { Identifier } from '../schemas/generated.ts'
import { days, hours, minutes, type Time } from '../schemas/record.ts'
import { consent, event } from '../testing/builders.ts'
import { ran, shop } from './test/shop.ts'

/** A Monday, eleven in the morning in New York. */
const t0 = Date.UTC(2024, 4, 6, 15)
const release = shop(`triggers: [order_completed]
actions:
  - { id: A1, treatments: [email], value: 10, applicability: [{ id: order, when: 'event.type == "order_completed"' }] }
caps: [{ id: weekly, max: 2, window: 7d }]
quietHours: [{ id: night, channels: [email], from: "21:00", to: "08:00" }]
`)
const device: Identifier = { type: 'device_id', value: 'd1' }
const customer: Identifier = { type: 'customer_id', value: 'c1' }
const ordered = (id: string, at: Time, ...identifiers: readonly Identifier[]) =>
  event('order_completed', { value: 42.5 }, { at, eventId: id, identifiers })
const linked = (at: Time) => event('identity_linked', {}, { at, eventId: 'link', identifiers: [customer, device] })
const withdrawn = (at: Time) =>
  consent({ purpose: 'marketing', status: 'withdrawn' }, { at, eventId: 'no', identifiers: [device] })
/** What was decided on each order, in their order. */
const kinds = ({ decisions }: Awaited<ReturnType<typeof ran>>) =>
  decisions.map(({ trigger, outcome }) => `${trigger.eventId} ${outcome.kind}`)

describe('what is known of one half counts for the other from the login on, not from the next midnight', () => {
  test('a no on the device stops mail to the customer an hour after an order with both', async () => {
    const story = await ran(
      release,
      [withdrawn(t0 - days(2)), ordered('o1', t0, customer, device), ordered('o2', t0 + hours(1), customer, device)],
      t0 + hours(2),
    )
    // The order that brings the link is decided for the customer as known until then.
    expect(kinds(story)).toEqual(['o1 ACT', 'o2 SILENCE'])
    expect(story.violations).toEqual([])
  })

  test('contacts of both halves count together, an hour and a minute after the login', async () => {
    const story = await ran(
      release,
      [
        ordered('o1', t0 - days(2), device),
        ordered('o2', t0 - days(2) + hours(1), device),
        ordered('o3', t0, customer, device),
        ordered('o4', t0 + minutes(1), customer),
        ordered('o5', t0 + hours(1), customer),
      ],
      t0 + hours(2),
    )
    expect(kinds(story)).toEqual(['o1 ACT', 'o2 ACT', 'o3 ACT', 'o4 SILENCE', 'o5 SILENCE'])
    expect(story.violations).toEqual([])
  })

  test('a login of its own, with no order, brings the no along', async () => {
    const story = await ran(
      release,
      [
        withdrawn(t0 - days(2)),
        ordered('o1', t0, customer),
        linked(t0 + minutes(5)),
        ordered('o2', t0 + hours(1), customer),
      ],
      t0 + hours(2),
    )
    expect(kinds(story)).toEqual(['o1 ACT', 'o2 SILENCE'])
    expect(story.violations).toEqual([])
  })

  test('a merge that brings a no cancels what is on its way, and its contact counts', async () => {
    const story = await ran(
      release,
      [
        withdrawn(t0 - days(2)),
        ordered('o1', t0, customer),
        linked(t0 + days(1)),
        ordered('o2', t0 + days(2), customer),
      ],
      t0 + days(3),
    )
    expect(kinds(story)).toEqual(['o1 ACT', 'o2 SILENCE'])
    expect(story.sends.map(({ kind, reason }) => [kind, reason])).toEqual([
      ['send', ''],
      ['cancel', 'consent-withdrawn'],
    ])
    expect(story.violations).toEqual([])
  })

  test('a merge that brings a no cancels what waits', async () => {
    const night = t0 + hours(12)
    const story = await ran(
      release,
      [withdrawn(t0 - days(2)), ordered('o1', night, customer), linked(night + minutes(5))],
      night + days(1),
    )
    expect(story.decisions.map(({ outcome }) => outcome.kind)).toEqual(['DEFER', 'SILENCE'])
    expect(story.sends).toEqual([])
    expect(story.violations).toEqual([])
  })
})

test('a withdrawal and a receipt of the same second count before the order of that second', async () => {
  const granted = await ran(release, [ordered('o1', t0, customer)], t0 + hours(1))
  expect(kinds(granted)).toEqual(['o1 ACT'])
  const no = consent({ purpose: 'marketing', status: 'withdrawn' }, { at: t0, eventId: 'z', identifiers: [customer] })
  const story = await ran(release, [ordered('o1', t0, customer), no], t0 + hours(1))
  expect(kinds(story)).toEqual(['o1 SILENCE'])
})
