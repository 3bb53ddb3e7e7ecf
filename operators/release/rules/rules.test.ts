import { describe, expect, test } from 'vitest'
import { firstCatalog } from '../../../schemas/catalog/first-catalog.ts'
import { eventTypes } from '../../../schemas/event-data.ts'
import { ruleScope } from '../../test/fixtures.ts'
import { typesNamed } from '../release-catalog.ts'
import { ruleLanguage } from './rules.ts'
import type { RuleScope } from './scope-parts.ts'

const features = [
  { name: 'orders_7d', type: 'number' },
  { name: 'last_store', type: 'text' },
] as const
const language = ruleLanguage(features, typesNamed(firstCatalog, ['order_completed', 'product_added']))
const line = { productId: 'p', category: 'CHEESE', quantity: 1, value: 4, discount: 1 }
const order = { orderId: 'o', storeId: 's', value: 12, discount: 2, cartId: null, margin: null, lines: [line] }
const { encode, decode } = eventTypes.order_completed

const scope = (
  event: RuleScope['event'] = language.eventPart('order_completed', decode(encode(order)) as never),
  given: Readonly<Record<string, number | string>> = { orders_7d: 2, last_store: 's' },
): RuleScope => ruleScope({ event, features: given })
const withFeatures = (given: Readonly<Record<string, number | string>>) => scope(undefined, given)

describe('a rule answers as its text says', () => {
  test.each([
    ['features.orders_7d > 0', true],
    ['features.orders_7d == 2', true],
    ['features.orders_7d != 2', false],
    ['features.orders_7d + 1 > 2.5 && 3 - features.orders_7d == 1', true],
    ['10 / features.orders_7d == 5.0', true],
    ['features.orders_7d / 4 == 0.5', true],
    ['features.last_store == event.storeId', true],
    ['event.type == "order_completed" && event.value >= 12', true],
    ['event.lines.exists(line, line.category in ["CHEESE", "YOGURT"])', true],
    ['event.lines.all(line, line.value > 4)', false],
    ['event.lines.map(line, line.value)[0] == 4', true],
    ['has(event.margin)', false],
    ['has(event.margin) && event.margin > 5', false],
    ['!has(event.margin) || event.margin > 5', true],
    ['has(event.margin) ? event.margin > 5 : true', true],
    ['has(event.sku)', false],
    ['has(event.value) && has(event.storeId)', true],
    ['ledger.contacts_7d < 3 && ledger.points_used <= 1.5', true],
    ['person.jurisdiction == "US" && context.hour >= 9 && context.weekday == 0', true],
    ['false || context.trigger == "timer"', false],
  ])('%s is %s', (text, answer) => expect(language.test(text)(scope())).toBe(answer))

  test('the same rule is evaluated again for another scope', () => {
    const rule = language.test('features.orders_7d > 2')
    expect([1, 3, 2, 4].map(orders => rule(withFeatures({ orders_7d: orders, last_store: '' })))).toEqual([
      false,
      true,
      false,
      true,
    ])
  })

  test('a number may be written whole, and is a double', () => {
    expect(language.number('3')(scope())).toBe(3)
    expect(language.number('-0.5e1')(scope())).toBe(-5)
    expect(language.number('1 + 2')(scope())).toBe(3)
    expect(language.number('features.orders_7d > 1 ? 2.5 : 1.0')(scope())).toBe(2.5)
  })

  test('a timer has no event: its type is empty and its fields are absent', () => {
    const timer = scope(language.eventPart('', null))
    expect(language.test('event.type == "" && !has(event.value) && !has(event.lines)')(timer)).toBe(true)
    for (const use of ['event.value < 10', 'event.lines.exists(line, line.value > 0)', 'size(event.orderId) == 0'])
      expect(() => language.test(use)(timer)).toThrow(Error)
  })

  test('zero, false and the empty text of an event are there', () => {
    const empty = scope(
      language.eventPart('order_completed', { ...order, value: 0, storeId: '', lines: [], margin: 0 }),
    )
    const text = 'has(event.value) && event.value == 0 && has(event.storeId) && has(event.lines) && has(event.margin)'
    expect(language.test(text)(empty)).toBe(true)
  })

  test('an event of plain values gives the same answers', () => {
    const plain = scope(language.eventPart('order_completed', order))
    expect(language.test('event.lines.exists(line, line.category == "CHEESE")')(plain)).toBe(true)
  })
})

describe('a rule that can’t be evaluated throws', () => {
  test.each([
    ['an amount that is not there', () => language.test('event.margin > 1.0')(scope())],
    ['a field of another event', () => language.test('event.sku == ""')(scope())],
    ['a field that is null, even beside null', () => language.test('event.margin == null')(scope())],
    ['a line that is not there', () => language.test('event.lines[3].value > 1')(scope())],
    ['a feature that is not served', () => language.test('features.orders_7d > 1')(withFeatures({}))],
    ['a feature of another type', () => language.test('features.orders_7d > 1')(withFeatures({ orders_7d: 'x' }))],
    ['a number without end', () => language.number('1.0 / (features.orders_7d - 2)')(scope())],
    ['no number at all', () => language.number('0.0 / (features.orders_7d - 2)')(scope())],
    ['a rule that is not one', () => language.test('features.nope > 1')],
    ['a number that is a text', () => language.number('features.last_store')],
  ])('%s', (_, ask) => expect(ask).toThrow(Error))

  describe('so does one whose arithmetic has no answer', () => {
    test.each([
      'event.value / (features.orders_7d - 2) > 10',
      'event.value / 0 > 10',
      '0.0 / (features.orders_7d - 2) < 1',
      'event.lines.exists(line, line.value / 0 > 1)',
      'event.lines.map(line, line.value / 0)[0] > 1',
      'event.lines.map(line, line.value)[0] / 0 > 1',
      '1 / 0 > 0',
      '1 % 0 == 0',
      'int(event.value) % 0 == 0',
      '9223372036854775807 + 1 > 0',
      '-9223372036854775807 - 2 < 0',
      '-(-9223372036854775807 - 1) > 0',
      'int(1e300) > 0',
      'int(event.value * 1e18) > 0',
      'uint(-event.value) > 0u',
      'uint(0) - uint(1) >= 0u',
      'double("inf") > 0.0',
      'double("NaN") != 1.0',
      'event.value * 1e308 * 1e308 > 0.0',
      '1e308 * 10.0 - 1e308 * 10.0 < 1.0',
      'cel.bind(none, features.orders_7d - 2, event.value / none > 1)',
    ])('%s', text => expect(() => language.test(text)(scope())).toThrow(Error))

    test('a constant beyond the range of a number is refused', () => {
      expect(() => language.number('1e999')).toThrow(/no finite number/)
    })
  })

  test('but not if its other half decides', () => {
    expect(language.test('event.margin > 1.0 || true')(scope())).toBe(true)
  })
})

describe('an expression that is no rule is explained', () => {
  test.each([
    ['features.orders_7 > 0', 9, "write 'orders_7d'"],
    ['1.0 > 0.0 && event.valu > 0', 19, "write 'value'"],
    ['event.lines.exists(line, line.categry == "x")', 30, "write 'category'"],
    ['featurs.orders_7d > 0', 0, "write 'features'"],
    ['features.last_store > 1', 0, 'compare like with like: numbers with numbers, text in quotes with text'],
    ['features.orders_7d', 0, "write a comparison, such as 'features.name > 0'"],
    ['features.orders_7d >', 20, 'write a CEL expression, such as features.name > 0'],
    ['event.margin > 5', 6, "ask first, as in 'has(event.margin) && event.margin …'"],
    ['event["margin"] > 5', 7, "ask first, as in 'has(event.margin) && event.margin …'"],
    ['event.margin == null || event.margin > 5', 6, "ask first, as in 'has(event.margin) && event.margin …'"],
    ['has(event.margin) || event.margin > 5', 27, "ask first, as in 'has(event.margin) && event.margin …'"],
    ['!has(event.margin) && event.margin > 5', 28, "ask first, as in 'has(event.margin) && event.margin …'"],
    ['has(event.cartId) && event.margin > 5', 27, "ask first, as in 'has(event.margin) && event.margin …'"],
    [
      'event.lines.exists(line, line.value > event.margin)',
      44,
      "ask first, as in 'has(event.margin) && event.margin …'",
    ],
    ['has(event.margins)', 10, "write 'margin'"],
    ['timestamp("2017-01-01T00:00:00Z").getHours() > 1', 0, "ask 'context.hour', 'context.weekday' or 'context.month'"],
  ])('%s', (text, offset, remedy) => {
    expect(language.fault(text, 'bool')).toMatchObject({ offset, remedy })
  })
})

test.each([
  'has(event.margin) && event.margin > 5',
  'event.margin > 5 && has(event.margin)',
  '!has(event.margin) || event.margin > 5',
  'has(event.margin) ? event.margin > 5 : false',
  'has(event.margin) && event.lines.exists(line, line.value > event.margin)',
  '!(!has(event.margin) || event.margin > 5)',
  '(has(event.margin) && event.value > 1 || has(event.margin)) && event.margin > 5',
  'event.value > 5',
])('a field that may be absent is guarded in %s', text => expect(language.fault(text, 'bool')).toBeNull())
