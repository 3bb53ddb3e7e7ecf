import { expect, test } from 'vitest'
import { typesNamed } from '../../operators/release/release-catalog.ts'
import { ruleVariables } from '../../operators/release/rules/rule-variables.ts'
import { ruleLanguage } from '../../operators/release/rules/rules.ts'
import { action, releaseRow } from '../../operators/test/fixtures.ts'
import { firstCatalog } from '../../schemas/catalog/first-catalog.ts'
import { variableFields, variablesNamed } from './named-variables.ts'

const namedIn = (expression: string) =>
  variablesNamed(
    JSON.parse(
      releaseRow({ actions: [action({ id: 'a', purpose: 'p', treatments: [], value: expression })] }).document,
    ),
  )

test('the audit knows every variable that rules can name', () => {
  const known = Object.fromEntries(Object.entries(ruleVariables).map(([part, of]) => [part, Object.keys(of)]))
  expect(variableFields).toEqual(known)
})

test.each([
  'ledger.contacts_7d < 3 && context . hour >= 8',
  'ledger["contacts_24h"] > 1 || ledger[\'points_used\'] < 2.5',
  'event.lines.exists(line, line.value > ledger.points_used)',
  '[1.0].exists(context, context > 0.5) && person.time_zone != ""',
  "event.orderId == \"ledger.contacts_7d\" || event.orderId == 'it\\'s context.hour'",
  '"""person.jurisdiction""" == event.orderId // ledger.points_used',
  '(context).trigger == "event" || (ledger).contacts_7d > 100',
  'context // of the decision\n  .trigger == "event" && context. // once more\n hour > 3',
  '"""a \\""" context.month""" == event.orderId || r"\\d" == event.orderId || ((context).stage) == ""',
  "b\"context.hour\" == b\"x\" || '''it's ledger.points_used''' == event.orderId",
  'has(person.jurisdiction) ? {"ledger.contacts_7d": context.month}["x"] > 1.0 : true',
])('the audit finds the variables that the engine finds in %s', expression => {
  const language = ruleLanguage([], typesNamed(firstCatalog, ['order_completed']))
  expect(language.fault(expression, 'bool')).toBeNull()
  language.test(expression)
  expect(namedIn(expression)).toEqual([...language.variables()].sort())
})

test('the rules of a group count if an action is in it', () => {
  const rule = { id: 'rested', when: 'ledger.contacts_7d < 3' }
  const group = { id: 'g', eligibility: [], applicability: [rule], suitability: [] }
  const named = (of: string | null) =>
    variablesNamed(
      JSON.parse(
        releaseRow({
          groups: [group],
          actions: [action({ id: 'a', purpose: 'p', treatments: [], group: of })],
        }).document,
      ),
    )
  expect(named('g')).toEqual(['ledger.contacts_7d'])
  expect(named(null)).toEqual([])
})
