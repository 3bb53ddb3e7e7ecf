import { expect, test } from 'vitest'
import type { ReferenceChange } from '../schemas/generated.ts'
import { topics } from '../schemas/topics.ts'
import { consent } from './builders.ts'
import { input } from './topology-test.ts'

const price = { sku: 's', old: 2, new: 1 }
const head = { changeId: 'c', type: 'price_changed', occurredAt: 1, source: '', schemaVersion: 1 }

/** Returns the message that a wrong change of reference data gets. */
function messageFor(parts: object): string {
  try {
    const wrong = { ...head, ...parts } as unknown as ReferenceChange
    input(topics.reference, 'change', wrong, { key: 'k', timestamp: 1 })
  } catch (error) {
    return (error as Error).message
  }
  return 'it was taken'
}

const inPrice = (parts: object) => ({ data: { 'joai.PriceChanged': { ...price, ...parts } } })
const inSet = (attribute: object) => ({ data: { 'joai.ReferenceSet': { key: 'product/s', attributes: [attribute] } } })

test.each([
  ['a value of another type', inPrice({ old: '20' }), `'data.joai.PriceChanged.old' is "20": it must be double`],
  ['a missing field', inPrice({ sku: undefined }), `'data.joai.PriceChanged.sku' is missing: it must be string`],
  [
    'a field that may be null',
    inSet({ name: 'a', number: null, text: 5 }),
    `'data.joai.ReferenceSet.attributes.0.text' is 5: it must be null or string`,
  ],
  [
    'a field inside a list',
    inSet({ name: 'a', number: 'one', text: null }),
    `'data.joai.ReferenceSet.attributes.0.number' is "one": it must be null or double`,
  ],
  [
    'a misspelt field',
    inPrice({ worth: 3 }),
    `'data.joai.PriceChanged' has 'worth', which joai.PriceChanged does not have: it has sku, old, new`,
  ],
  [
    'fields without their branch',
    { data: price },
    `'data' has the fields of joai.PriceChanged: put them under that name, { 'joai.PriceChanged': {…} }`,
  ],
  [
    'a branch by the name of its type',
    { data: { price_changed: price } },
    `'data' has no branch 'price_changed': it must be { '<name>': {…} } with the name joai.PriceChanged`,
  ],
  [
    'an unknown branch',
    { data: { 'joai.Parcel': {} } },
    `'data' has no branch 'joai.Parcel': it must be { '<name>': {…} } with one of joai.ReferenceSet, joai.StockChanged, joai.PriceChanged, joai.NetworkIncident`,
  ],
])('%s is named with its place and what must stand there', (_, parts, problem) => {
  expect(messageFor(parts)).toBe(`not a joai.ReferenceChange: ${problem}`)
})

test('several problems are named in one message, and the rest are counted', () => {
  const message = messageFor({ ...inPrice({ sku: 1, old: '3', new: null }), changeId: 1, source: 7 })
  expect(message.match(/it must be/g)).toHaveLength(3)
  expect(message).toMatch(/; and 2 more$/)
  expect(message.length).toBeLessThan(300)
})

test('a symbol that an enumeration does not have is named with those that it has', () => {
  expect(() => consent({ status: 'maybe' as 'granted' })).toThrow(
    `not a joai.ConsentChange: 'change.status' is "maybe": it must be one of 'granted', 'withdrawn'`,
  )
})
