import { expect, test } from 'vitest'
import type { CatalogDeclaration } from '../../../schemas/catalog/catalog.ts'
import { compileRelease } from '../compiled/compiled-release.ts'
import { type ParseOptions, parseRelease } from './parse.ts'

const bank: CatalogDeclaration = {
  events: {
    fraud_suspected: {
      type: 'record',
      name: 'FraudSuspected',
      fields: [
        { name: 'amount', type: 'double' },
        { name: 'country', type: ['null', 'string'], default: null },
      ],
    },
  },
  identifiers: { customer_no: {} },
  purposes: ['service', 'advice'],
  channels: ['letter', 'sms'],
  placements: ['home'],
}

const text = `release: city-bank
version: 1
catalog: bank.catalog.yaml
person: { jurisdiction: DE, country: DE }
identifiers: { types: [{ type: customer_no, priority: 1, limit: 1 }] }
consent: { regimes: { DE: opt-in }, exemptPurposes: [service] }
triggers: [fraud_suspected]
features:
  - { name: amounts_1d, event: fraud_suspected, kind: sum, field: amount, window: 1d }
actions:
  - id: warning
    purpose: service
    placement: home
    treatments: [sms, letter]
    value: 1
    applicability:
      - { id: large, when: event.amount > 100 && has(event.country) }
`
const reading = (declaration: CatalogDeclaration | null): ParseOptions => ({
  catalog: () => ({
    declaration,
    problems:
      declaration === null
        ? [{ file: 'bank.catalog.yaml', line: 3, column: 1, message: 'wrong', remedy: 'mend it' }]
        : [],
  }),
})
const problemsOf = (from: string, to: string) =>
  parseRelease(text.replace(from, to), 'bank.yaml', reading(bank)).problems.map(
    ({ line, message, remedy }) => `${line}: ${message}; ${remedy}`,
  )

test('a release in the words of a bank is sound, and carries them', () => {
  const { release, problems } = parseRelease(text, 'bank.yaml', reading(bank))
  expect(problems).toEqual([])
  expect(release!.catalog).toEqual(bank)
  const { catalog, candidates, eventPart } = compileRelease(JSON.parse(JSON.stringify(release)), 'hash')
  expect([...catalog.events.keys()]).toContain('fraud_suspected')
  const scope = (fields: object) => ({ event: eventPart('fraud_suspected', { ...fields }) }) as never
  expect(candidates[0]!.rules[0]!.test(scope({ amount: 200, country: 'FR' }))).toBe(true)
  expect(candidates[0]!.rules[0]!.test(scope({ amount: 200, country: null }))).toBe(false)
})

test.each([
  [
    'triggers: [fraud_suspected]',
    'triggers: [order_completed]',
    "7: event type 'order_completed' is not known; write one of: ",
  ],
  ['event.amount > 100', 'event.amounts > 100', '17: '],
  ['field: amount', 'field: sum', "9: field of fraud_suspected 'sum' is not known; write one of: amount"],
  ['[sms, letter]', '[sms, push]', "14: channel 'push' is not known; write one of: letter, sms"],
  ['purpose: service', 'purpose: marketing', "12: 'marketing' can't stand in 'purpose'; write one of: service, advice"],
  ['placement: home', 'placement: hme', "13: 'hme' can't stand in 'placement'; write 'home'"],
  ['type: customer_no', 'type: email', "5: type of identifier 'email' is not known; write one of: customer_no"],
])('what the catalog does not know is a problem with its line: %s as %s', (from, to, expected) => {
  expect(problemsOf(from, to).filter(problem => problem.startsWith(expected))).toHaveLength(1)
})

test('a catalog that has problems or can not be read is told before anything else', () => {
  expect(parseRelease(text, 'bank.yaml', reading(null)).problems.map(({ file, line }) => `${file}:${line}`)).toEqual([
    'bank.catalog.yaml:3',
  ])
  const missing = parseRelease(text, 'bank.yaml', { catalog: path => `there is no file '${path}'` })
  expect(missing.problems.map(({ line, message }) => `${line}: ${message}`)).toEqual([
    "3: there is no file 'bank.catalog.yaml'",
  ])
})
