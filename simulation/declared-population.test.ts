import { expect, test } from 'vitest'
import { parseCatalog } from '../operators/catalog/parse-catalog.ts'
import { builtInEvents } from '../schemas/catalog/built-in-events.ts'
import { catalogOf } from '../schemas/catalog/catalog.ts'
import { buildValue } from '../schemas/json/build-value.ts'
import { days, hours } from '../schemas/record.ts'
import { topics } from '../schemas/topics.ts'
import { decodeValue } from '../schemas/wire.ts'
import { declaredPopulation } from './declared-population.ts'

const { declaration: words } = parseCatalog(
  `catalog: clinic
version: 1
events:
  visit_booked:
    fields:
      visitId: { type: text, required: true }
      startsAt: { type: time, required: true }
      birthday: date
      guests: { type: whole, default: 0 }
      fee: { type: number, required: true }
      isFirst: flag
      companions: { type: list, of: { type: record, fields: { name: { type: text, required: true } } } }
  visit_missed: { fields: {} }
identifiers: { patient_no: {}, email: { fold: email }, phone: { fold: phone } }
purposes: [service, marketing]
channels: [email]
`,
  'clinic.catalog.yaml',
  () => 'none',
)
const start = Date.UTC(2026, 0, 5)
const clinic = (seed = 'a') =>
  declaredPopulation(seed, {
    ...{ start, customers: 40, words: words!, identifierTypes: ['patient_no', 'email', 'phone'] },
    ...{ eventTypes: ['visit_booked'], personIdOf: ({ type, value }) => `${type}/${value}` },
  })
const week = (seed?: string) => clinic(seed).eventsBetween(start, start + days(7))
const shown = (records: ReturnType<typeof week>) =>
  records.map(({ id, timestamp, value }) => `${id} ${timestamp} ${Buffer.from(value).toString('hex')}`)

test('customers of a catalog do what their seed says, however time is divided', () => {
  const pieces = clinic()
  const hourly = Array.from({ length: 7 * 24 }, (_, hour) =>
    pieces.eventsBetween(start + hours(hour), start + hours(hour + 1)),
  )
  expect(shown(hourly.flat())).toEqual(shown(week()))
  expect(shown(week('b'))).not.toEqual(shown(week()))
})

test('what happens to them fits the types of the catalog', () => {
  const { events } = catalogOf(words!, builtInEvents)
  const happened = week()
    .filter(({ topic }) => topic === topics.events.name)
    .map(({ value }) => decodeValue(topics.events.types.event, value))
  expect(happened.length).toBeGreaterThan(300)
  const counts = { visit_booked: 0, visit_missed: 0 } as Record<string, number>
  for (const { type, data, identifiers } of happened) {
    counts[type]!++
    expect(identifiers.length).toBeGreaterThan(0)
    if ('joai.OpenData' in data) buildValue(events.get(type)!.schema.type, data['joai.OpenData'].fields, 'data')
  }
  expect(counts.visit_booked).toBeGreaterThan(3 * counts.visit_missed!)
  expect(counts.visit_missed).toBeGreaterThan(20)
})

test('they say yes, and some say no; some are known by several identifiers, and a few by one of others', () => {
  const consents = week()
    .filter(({ topic }) => topic === topics.consents.name)
    .map(({ value }) => decodeValue(topics.consents.types.consent, value).change)
  expect(new Set(consents.map(({ purpose }) => purpose))).toEqual(new Set(['marketing']))
  expect(consents.filter(({ status }) => status === 'granted').length).toBeGreaterThan(20)
  expect(consents.some(({ status }) => status === 'withdrawn')).toBe(true)
  const known = clinic()
    .truth([], start)
    .map(({ identifiers }) => identifiers.at(-1)!.value)
  expect([known.length, new Set(known).size]).toEqual([40, 38])
})
