import { expect, test } from 'vitest'
import type { Decision } from '../schemas/generated.ts'
import { days } from '../schemas/record.ts'
import { happens } from '../testing/test/stories.ts'
import { lintOf, ran, shop } from './test/shop.ts'

const t0 = Date.UTC(2024, 4, 6, 15)
const reasons = ({ candidates }: Decision) =>
  Object.fromEntries(candidates.map(({ actionId, removedBy }) => [actionId, removedBy?.reason ?? 'open']))
const numbersIn = (value: unknown): readonly number[] =>
  typeof value === 'number'
    ? [value]
    : typeof value === 'object' && value
      ? Object.values(value).flatMap(numbersIn)
      : []
const features = `features:
  - { name: spend, event: order_completed, kind: sum, field: value, window: 7d }
  - { name: basket, event: order_completed, kind: mean, field: value, window: 7d }
  - { name: most, event: order_completed, kind: max, field: value, window: 7d }
  - { name: least, event: order_completed, kind: min, field: value, window: 7d }
  - { name: median, event: order_completed, kind: quantile, field: value, q: 0.5, window: 7d }
  - { name: latest, event: order_completed, kind: last, field: value }
`
const action = (id: string, parts: string) => `  - { id: ${id}, treatments: [inapp], ${parts} }\n`
const release = shop(`triggers: [order_completed]
${features}actions:
${action('rich', "value: 1, applicability: [{ id: r, when: 'features.spend > 100' }]")}${action(
  'poor',
  "value: 1, applicability: [{ id: r, when: 'features.spend < 100' }]",
)}${action('guarded', "value: 1, applicability: [{ id: r, when: '!has(features.spend)' }]")}${action(
  'by_value',
  'value: features.spend * 0.01',
)}`)
const served = ({ learning }: Decision) => Object.fromEntries(learning.features.map(one => [one.name, one.number]))

test.each([
  ['one amount', [9_100_000_000], { spend: null, basket: null, most: null, least: null, median: null }],
  ['a debit', [-9_100_000_000], { spend: null, basket: null, most: null, least: null, median: null }],
  ['a sum', [5e9, 5e9], { spend: null, basket: null, most: 5e9, least: 5e9 }],
  ['a sum that a debit would hide', [5e9, 5e9, -9e9], { spend: null, basket: null, most: 5e9, least: -9e9 }],
])(
  '%s beyond the range of sums is absent: no rule takes it for a number, until it leaves the window',
  async (_, values, absent) => {
    const orders = values.map((value, n) => happens('anna', 'order_completed', t0 + n, { value }))
    const later = happens('anna', 'order_completed', t0 + days(9), { value: 7 })
    const { decisions, violations } = await ran(release, [...orders, later], t0 + days(10))
    const last = decisions.at(values.length - 1)!
    expect(served(last)).toMatchObject({ ...absent, latest: values.at(-1) })
    expect(reasons(last)).toMatchObject({
      rich: 'rule-error',
      poor: 'rule-error',
      guarded: 'open',
      by_value: 'rule-error',
    })
    expect(served(decisions.at(-1)!)).toMatchObject({ spend: 7, basket: 7, most: 7, least: 7 })
    expect(numbersIn(decisions).every(Number.isFinite)).toBe(true)
    expect(violations).toEqual([])
  },
)

test('a worth beyond its range removes the candidate, and no number that is not finite is logged', async () => {
  const text = shop(`triggers: [order_completed]
actions:
${action('huge', 'value: 1.0e300, context: 1.0e300')}${action('negative', 'value: -1.0e300')}${action(
  'most',
  'value: 999999999999999',
)}${action('usual', 'value: 1')}exploration: { algorithm: thompson }
`).replace(/^exploration: .*epsilon-greedy.*\n/m, '')
  const { decisions, violations } = await ran(text, [happens('anna', 'order_completed', t0)], t0 + 1)
  expect(reasons(decisions[0]!)).toMatchObject({
    huge: 'rule-error',
    negative: 'rule-error',
    most: 'open',
    usual: 'open',
  })
  expect(numbersIn(decisions).every(Number.isFinite)).toBe(true)
  expect(violations).toEqual([])
})

test('lint refuses numbers that arithmetic does not survive', () => {
  const text = (parts: string) => shop(`triggers: [order_completed]\nactions:\n${action('a', 'value: 1')}${parts}`)
  const model = (beta: string) => `models: [{ id: m, version: 1, prior: ${beta} }]\n`
  const thompson = (beta: string) =>
    text(`${model(beta)}exploration: { algorithm: thompson, model: m }\n`).replace(/^exploration: .*greedy.*\n/m, '')
  expect(lintOf(thompson('{ alpha: 0.5, beta: 9 }'))).toEqual([])
  expect(lintOf(thompson('{ alpha: 0.01, beta: 9 }'))).toEqual([
    "thompson can't explore by a posterior whose alpha is below 0.5",
  ])
  expect(lintOf(text(model('{ alpha: 0.01, beta: 9 }')).replace('floor: 0', 'floor: 0, model: m'))).toEqual([])
  expect(lintOf(text(model('{ alpha: 1.0e+300, beta: 9 }')))).not.toEqual([])
  expect(lintOf(text('budget: { points: 1.0e+300, window: 7d, cost: { inapp: 1 } }\n'))).not.toEqual([])
  expect(lintOf(text('').replace('value: 1 ', 'value: .inf '))).not.toEqual([])
  expect(lintOf(text('').replace('value: 1 ', "value: '1e400' "))).not.toEqual([])
})

test('verify agrees where nearly all of a posterior lies closer to 1 than doubles tell apart', async () => {
  const text = shop(`triggers: [order_completed]
models: [{ id: m, version: 1, actions: { thanks: { alpha: 1000000000, beta: 0.5 } } }]
actions: [{ id: thanks, treatments: [inapp], value: 1 }]
`).replace(/exploration: .*/, 'exploration: { algorithm: thompson, floor: 0.02, model: m }')
  const { decisions, violations } = await ran(text, [happens('c', 'order_completed', t0)], t0 + 1)
  expect(decisions[0]!.candidates[0]!.selectionProbability).toBeCloseTo(0.99, 9)
  expect(violations).toEqual([])
})
