import { expect, test } from 'vitest'
import type { Decision } from '../schemas/generated.ts'
import { happens } from '../testing/test/stories.ts'
import { lintOf, ran, shop } from './test/shop.ts'

/** A Monday, eleven in the morning in New York. */
const t0 = Date.UTC(2024, 4, 6, 15)
const reasons = ({ candidates }: Decision) =>
  Object.fromEntries(candidates.map(({ actionId, removedBy }) => [actionId, removedBy?.reason ?? 'open']))
const action = (id: string, when: string) =>
  `  - { id: ${id}, treatments: [inapp], value: 1, applicability: [{ id: r, when: '${when}' }] }\n`
const rules = (actions: string) => shop(`triggers: [order_completed]\nactions:\n${actions}`)
const line = { productId: 'p', category: 'CHEESE', quantity: 1, value: 4, discount: 0 }

test('a backtracking pattern answers at once, and rounds within rounds are a rule-error that spares the others', async () => {
  const text = rules(
    [
      action('backtracking', 'event.orderId.matches("^([a-z0-9]+)+$")'),
      action('rounds', 'event.lines.all(a, event.lines.all(b, event.lines.all(c, a.value + b.value + c.value > 0)))'),
      action('one_round', 'event.lines.all(a, a.value > 0)'),
    ].join(''),
  )
  const orderId = `${'a'.repeat(54)}!`
  const { decisions, violations } = await ran(
    text,
    [happens('c', 'order_completed', t0, { orderId, lines: Array(300).fill(line) })],
    t0 + 1,
  )
  expect(reasons(decisions[0]!)).toEqual({
    backtracking: 'not-applicable',
    rounds: 'rule-error',
    one_round: 'open',
    silence: 'open',
  })
  expect(violations).toEqual([])
})

test('lint refuses patterns that can’t be matched in linear time', () => {
  const found = ['"(?i)gold"', '"["', '"(?=a)b"', 'event.storeId'].flatMap(pattern =>
    lintOf(rules(action('pattern', `event.orderId.matches(${pattern})`))),
  )
  expect(found).toEqual([
    'a pattern can’t ignore case',
    'error parsing regexp: missing closing ]: `[`',
    'error parsing regexp: invalid or unsupported Perl syntax: `(?=`',
    'the pattern is computed',
  ])
})
