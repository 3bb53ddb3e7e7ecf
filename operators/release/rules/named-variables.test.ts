import { expect, test } from 'vitest'
import { firstCatalog } from '../../../schemas/catalog/first-catalog.ts'
import { typesNamed } from '../release-catalog.ts'
import { ruleVariables } from './rule-variables.ts'
import { ruleLanguage } from './rules.ts'

const features = [{ name: 'orders_7d', type: 'number' }] as const

function namedBy(...expressions: readonly string[]) {
  const language = ruleLanguage(features, typesNamed(firstCatalog, ['order_completed']))
  for (const expression of expressions) language.test(expression)
  return language.variables()
}

test.each([
  ['ledger.contacts_7d < 3 && features.orders_7d > 0', ['ledger.contacts_7d']],
  ['event.lines.exists(line, line.value > ledger.points_used)', ['ledger.points_used']],
  ['{"a": [context.hour]}["a"][0] > 1 ? true : has(person.time_zone)', ['context.hour', 'person.time_zone']],
  ['ledger["contacts_24h"] > 1', Object.keys(ruleVariables.ledger).map(field => `ledger.${field}`)],
  ['event.value > 1 || event.type == "ledger.contacts_7d"', []],
])('%s names %s', (expression, names) => expect(namedBy(expression)).toEqual(names))

test('a language names what any of its expressions name, each variable once', () => {
  expect(namedBy('context.hour > 1', 'context.hour > 2 && context.month == 1')).toEqual([
    'context.hour',
    'context.month',
  ])
})
