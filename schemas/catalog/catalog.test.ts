import { expect, test } from 'vitest'
import { builtInEvents } from './built-in-events.ts'
import { catalogOf } from './catalog.ts'
import { eventSchema, eventSchemaFrom } from './event-schema.ts'
import { firstCatalog } from './first-catalog.ts'

const fraud = (...fields: readonly object[]) => ({ type: 'record', name: 'FraudSuspected', fields }) as const
const amount = { name: 'amount', type: 'double' }

test('a version of an event type is named by its fields, whatever its docs say and however it is laid out', () => {
  const own = eventSchema('fraud_suspected', fraud(amount))
  expect(own.hash).toMatch(/^[0-9a-f]{16}$/)
  expect(eventSchema('fraud_suspected', fraud({ doc: 'in cents', ...amount })).hash).toBe(own.hash)
  expect(eventSchema('fraud_suspected', fraud({ type: 'double', name: 'amount' })).hash).toBe(own.hash)
  expect(eventSchema('fraud_suspected', fraud(amount, { name: 'card', type: 'string' })).hash).not.toBe(own.hash)
})

test('what a version wrote is read by nothing but its canonical JSON', () => {
  const own = eventSchema('fraud_suspected', fraud(amount))
  const again = eventSchemaFrom('fraud_suspected', own.json)
  expect(again.hash).toBe(own.hash)
  expect({ ...again.schema.decode(own.schema.encode({ amount: 12.5 })) }).toEqual({ amount: 12.5 })
})

test('a catalog knows what it declares and what the engine itself understands', () => {
  const { events } = catalogOf(
    { ...firstCatalog.declaration, events: { fraud_suspected: fraud(amount) } },
    builtInEvents,
  )
  expect([...events.keys()]).toEqual([...builtInEvents.map(({ name }) => name), 'fraud_suspected'])
})
