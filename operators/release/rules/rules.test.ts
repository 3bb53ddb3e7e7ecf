import { describe, expect, test } from 'vitest'
import { eventTypes } from '../../../schemas/event-data.ts'
import { ruleScope } from '../../test/fixtures.ts'
import { ruleLanguage } from './rules.ts'
import type { RuleScope } from './scope-parts.ts'

const features = [
  { name: 'orders_7d', type: 'number' },
  { name: 'last_store', type: 'text' },
] as const
const language = ruleLanguage(features, ['order_completed', 'product_added'])
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
    ['event.margin == null', true],
    ['event.sku == ""', true],
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

  test('a timer has no event: its fields are their zero values', () => {
    const timer = scope(language.eventPart('', null))
    expect(language.test('event.type == "" && event.value == 0 && event.orderId == ""')(timer)).toBe(true)
    expect(language.test('event.lines.exists(line, line.value > 0)')(timer)).toBe(false)
  })

  test('an event of plain values gives the same answers', () => {
    const plain = scope(language.eventPart('order_completed', order))
    expect(language.test('event.lines.exists(line, line.category == "CHEESE")')(plain)).toBe(true)
  })
})

describe('a rule that can’t be evaluated throws', () => {
  test.each([
    ['an amount that is not there', () => language.test('event.margin > 1.0')(scope())],
    ['a line that is not there', () => language.test('event.lines[3].value > 1')(scope())],
    ['a feature that is not served', () => language.test('features.orders_7d > 1')(withFeatures({}))],
    ['a feature of another type', () => language.test('features.orders_7d > 1')(withFeatures({ orders_7d: 'x' }))],
    ['a number without end', () => language.number('1.0 / (features.orders_7d - 2)')(scope())],
    ['no number at all', () => language.number('0.0 / (features.orders_7d - 2)')(scope())],
    ['a rule that is not one', () => language.test('features.nope > 1')],
    ['a number that is a text', () => language.number('features.last_store')],
  ])('%s', (_, ask) => expect(ask).toThrow(Error))

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
    ['timestamp("2017-01-01T00:00:00Z").getHours() > 1', 0, "ask 'context.hour', 'context.weekday' or 'context.month'"],
  ])('%s', (text, offset, remedy) => {
    expect(language.fault(text, 'bool')).toMatchObject({ offset, remedy })
  })
})
