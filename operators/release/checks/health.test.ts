import { expect, test } from 'vitest'
import { parseCatalog } from '../../catalog/parse-catalog.ts'
import { parseRelease } from '../file/parse.ts'

const words = (classes: string) =>
  parseCatalog(
    `catalog: clinic
version: 1
events:
  visit_made:
    fields:
      diagnosis: { type: text, required: true, health: true }
      ward: { type: text, required: true }
      fee: { type: number, required: true }
      results: { type: list, required: true, of: { type: record, fields: { name: text, value: { type: number, required: true, health: true } } } }
identifiers: { patient_no: {} }
purposes: [service, marketing, care]
channels: [email]
${classes}
`,
    'clinic.catalog.yaml',
    () => 'none',
  )

const release = (action: string, more = '', purpose = 'marketing') => `release: clinic
version: 1
catalog: clinic.catalog.yaml
person: { jurisdiction: DE, country: DE }
identifiers: { types: [{ type: patient_no, priority: 1, limit: 1 }] }
consent: { regimes: { DE: opt-in }, exemptPurposes: [service] }
triggers: [visit_made]
features:
  - { name: last_diagnosis, event: visit_made, kind: last, field: diagnosis }
  - { name: high_values, event: visit_made, kind: max, field: results.value, window: 90d }
  - { name: flu_visits, event: visit_made, kind: count, window: 90d, where: { field: diagnosis, equals: flu } }
  - { name: visits, event: visit_made, kind: count, window: 90d }
  - { name: fees, event: visit_made, kind: sum, field: fee, window: 90d }
actions:
  - id: course
    purpose: ${purpose}
    treatments: [email]
    value: 1
${action}
${more}
`
const told = (text: string, classes = ''): readonly string[] => {
  const { declaration, problems } = words(classes)
  expect(problems).toEqual([])
  return parseRelease(text, 'clinic.yaml', { catalog: () => ({ declaration, problems }) }).problems.map(
    ({ line, message, remedy }) => `${line}: ${message}; ${remedy}`,
  )
}
const rule = (when: string) => `    eligibility: [{ id: asks, when: '${when}' }]`
const remedy = 'remove it, or allow the purpose in the catalog: classes: { health: { purposes: [marketing] } }'

test.each([
  ['event.diagnosis == "flu"'],
  ['has(event.diagnosis)'],
  ['event["diagnosis"] == "flu"'],
  ['event.results.exists(one, one.value > 3)'],
  ['features.last_diagnosis == "flu"'],
  ['features.high_values > 3'],
  ['features.flu_visits > 0'],
  ['features.visits > 0 && (features.fees > 100 || features.flu_visits > 1)'],
])('a rule for marketing that reads health is refused with its line: %s', when => {
  expect(told(release(rule(when)))).toEqual([`19: an action for marketing reads a health field; ${remedy}`])
})

test.each([['event.ward == "b"'], ['features.visits > 0'], ['features.fees > 10'], ['event.type == "visit_made"']])(
  'what reads no health field is as it was: %s',
  when => {
    expect(told(release(rule(when)))).toEqual([])
  },
)

test('weights, values, rules of groups and conditions of journeys count as well', () => {
  expect(told(release('    context: "features.flu_visits"'))).toEqual([
    `19: an action for marketing reads a health field; ${remedy}`,
  ])
  const group = 'groups: [{ id: g, eligibility: [{ id: asks, when: features.flu_visits > 0 }] }]'
  expect(told(release('    group: g', group))).toEqual([`20: a rule of 'g' reads a health field; ${remedy}`])
  const journey = `journeys:
  - id: j
    trigger: { event: visit_made, when: 'event.diagnosis == "flu"' }
    stages: [{ id: one, wait: 1h, decide: true }]
    goal: { event: visit_made, when: event.fee > 100 }
    timeout: 9d`
  expect(told(release('', journey))).toEqual([`22: a journey that asks for offers reads a health field; ${remedy}`])
})

test('service may read them, and so may a purpose that the catalog allows', () => {
  const when = rule('event.diagnosis == "flu"')
  expect(told(release(when, '', 'service'))).toEqual([])
  expect(told(release(when, '', 'care'))).toHaveLength(1)
  expect(told(release(when, '', 'care'), 'classes: { health: { purposes: [care] } }')).toEqual([])
})
