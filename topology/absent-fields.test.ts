import { expect, test } from 'vitest'
import type { Decision } from '../schemas/generated.ts'
import { hours } from '../schemas/record.ts'
import { happens } from '../testing/test/stories.ts'
import { lintOf, ran, shop } from './test/shop.ts'

/** A Monday, eleven in the morning in New York. */
const t0 = Date.UTC(2024, 4, 6, 15)
const reasons = ({ candidates }: Decision) =>
  Object.fromEntries(candidates.map(({ actionId, removedBy }) => [actionId, removedBy?.reason ?? 'open']))
const action = (id: string, when: string) =>
  `  - { id: ${id}, treatments: [inapp], value: 1, applicability: [{ id: r, when: '${when}' }] }\n`
const rules = (actions: string) =>
  shop(`triggers: [page_viewed, order_completed]
features:
  - { name: spend, event: order_completed, kind: sum, field: value, window: 30d }
  - { name: views, event: page_viewed, kind: count, window: 30d }
actions:
${actions}`)

test('a rule that divides by zero, or asks for what the event lacks, is a rule-error and no yes', async () => {
  const text = rules(
    [
      action('margin', 'has(event.margin) && event.margin > 5'),
      action('without_margin', '!has(event.margin)'),
      action('by_zero', 'features.spend / features.views > 10'),
      action('remainder', 'int(features.spend) % int(features.views) == 0'),
      action('viewed', 'event.url != "/cart"'),
      action('guarded', 'has(event.url) && event.url != "/cart"'),
      action('no_discount', 'has(event.discount) && event.discount == 0'),
    ].join(''),
  )
  const { decisions, violations } = await ran(text, [happens('c', 'order_completed', t0, { value: 42 })], t0 + 1)
  expect(reasons(decisions[0]!)).toEqual({
    margin: 'not-applicable',
    without_margin: 'open',
    by_zero: 'rule-error',
    remainder: 'rule-error',
    viewed: 'rule-error',
    guarded: 'not-applicable',
    no_discount: 'open',
    silence: 'open',
  })
  expect(violations).toEqual([])
})

test('lint refuses a field that may be absent and is used without a guard', () => {
  expect(lintOf(rules(action('margin', 'event.margin > 5')))).toEqual(["'margin' may be absent"])
  expect(lintOf(rules(action('margin', 'has(event.margin) && event.margin > 5')))).toEqual([])
})

test('a journey’s condition that can’t be evaluated does not hold, and leaves a dead letter that names it', async () => {
  const text = shop(`triggers: [page_viewed]
features:
  - { name: spend, event: order_completed, kind: sum, field: value, window: 30d }
  - { name: views, event: page_viewed, kind: count, window: 30d }
actions:
${action('reminder', 'context.journey == "cart"')}
journeys:
  - id: cart
    trigger: { event: product_added, when: 'event.price / features.views >= 0' }
    stages: [{ id: remind, wait: 1h, decide: true }]
    goal: { event: order_completed, when: 'features.spend / features.views > 10' }
    exit: [{ event: product_removed, when: 'event.price / features.views >= 0' }]
    timeout: 5h
`)
  const { letters, ended } = await ran(
    text,
    [
      happens('a', 'product_added', t0, { price: 5 }, 'no-view-yet'),
      happens('b', 'page_viewed', t0),
      happens('b', 'product_added', t0 + 1, { price: 5 }),
      happens('b', 'order_completed', t0 + 2, { value: 9 }),
    ],
    t0 + hours(9),
  )
  expect(letters.map(({ reason, detail }) => `${reason}: ${detail}`)).toEqual([
    "rule-error: the trigger of journey 'cart' could not be evaluated on this event, and counts as not met",
  ])
  expect(ended.map(({ how }) => how)).toEqual(['timeout'])
})
