import { describe, expect, test } from 'vitest'
import { builtInEvents } from '../../schemas/catalog/built-in-events.ts'
import { catalogOf } from '../../schemas/catalog/catalog.ts'
import { firstCatalog } from '../../schemas/catalog/first-catalog.ts'
import type { CustomerEvent } from '../../schemas/generated.ts'
import { days } from '../../schemas/record.ts'
import { admission } from './admission.ts'

const time = { type: 'long', logicalType: 'timestamp-millis' } as const
const line = {
  type: 'record',
  name: 'Line',
  fields: [
    { name: 'iban', type: 'string' },
    { name: 'at', type: time },
  ],
}
const fraud = {
  type: 'record',
  name: 'FraudSuspected',
  fields: [
    { name: 'amount', type: 'double' },
    { name: 'score', type: ['null', 'double'], default: null },
    { name: 'blockedUntil', type: ['null', time], default: null },
    { name: 'severity', type: { type: 'enum', name: 'Severity', symbols: ['low', 'high'] }, default: 'low' },
    { name: 'transfers', type: { type: 'array', items: line }, default: [] },
    { name: 'retries', type: 'long', default: 0 },
  ],
} as const
const catalog = catalogOf({ ...firstCatalog.declaration, events: { fraud_suspected: fraud } }, builtInEvents)
const own = catalog.events.get('fraud_suspected')!
const now = Date.UTC(2024, 2, 1)
const operator = admission({ secret: 'a secret', catalog })

const given: CustomerEvent = {
  eventId: 'e1',
  type: 'fraud_suspected',
  occurredAt: now,
  identifiers: [{ type: 'customer_id', value: 'c7' }],
  source: 'core',
  schemaVersion: 1,
  data: { 'joai.OpenData': { fields: { amount: 12.5 } } },
}

const admit = (parts: Partial<CustomerEvent>) =>
  operator.on.event(
    {
      key: 'k',
      value: { ...given, ...parts },
      receivedAt: now,
      causeId: 'e1',
      position: { topic: 'events', partition: 0, offset: 7 },
    },
    undefined as never,
    {},
  )
const open = (fields: Readonly<Record<string, unknown>>) =>
  admit({ data: { 'joai.OpenData': { fields: { amount: 12.5, ...fields } } } })
const encoded = (schema: string, payload: Uint8Array) => admit({ data: { 'joai.EncodedData': { schema, payload } } })
const payloadOf = (step: ReturnType<typeof admit>): object | undefined => {
  const observed = step.emit?.find(({ to }) => to === 'observed')?.value as { readonly payload: Uint8Array } | undefined
  return observed && { ...own.schema.decode(observed.payload) }
}

const usual = { amount: 12.5, score: null, blockedUntil: null, severity: 'low', transfers: [], retries: 0 }

test('an event of a type that only the catalog knows is admitted, with the defaults of its type', () => {
  expect(payloadOf(admit({}))).toEqual(usual)
  expect(payloadOf(admit({ type: ' Fraud_Suspected ' }))).toEqual(usual)
  expect(payloadOf(open({ severity: 'HIGH', note: 'of no field', score: null }))).toEqual({
    ...usual,
    severity: 'high',
  })
  expect(payloadOf(open({ blockedUntil: '2024-03-02T00:00:00Z' }))).toMatchObject({
    blockedUntil: Date.UTC(2024, 2, 2),
  })
})

test('a producer may go on to send a field by an earlier name of it', () => {
  const renamed = { ...fraud, fields: [{ name: 'sum', type: 'double', aliases: ['amount', 'value'] }] }
  const later = catalogOf({ ...firstCatalog.declaration, events: { fraud_suspected: renamed } }, builtInEvents)
  const { on } = admission({ secret: 'a secret', catalog: later })
  const position = { topic: 'events', partition: 0, offset: 7 }
  const sums = [{ sum: 1 }, { amount: 2 }, { value: 3, amount: 4 }, { amount: 'x' }].map(fields => {
    const value = { ...given, data: { 'joai.OpenData': { fields } } }
    const step = on.event({ key: 'k', value, receivedAt: now, causeId: 'e1', position }, undefined, {})
    const { payload } = (step.emit?.[0]?.value ?? {}) as { readonly payload?: Uint8Array }
    return payload ? later.events.get('fraud_suspected')!.schema.decode(payload).sum : step.reject!.detail
  })
  expect(sums).toEqual([1, 2, 4, 'data.amount is not of type double'])
})

test('a type of version 0.1 is unknown where the catalog does not declare it; those of the engine are always known', () => {
  expect(admit({ type: 'page_viewed' }).reject?.reason).toBe('unknown-type')
  const data = { 'joai.OpenData': { fields: { reason: 'login' } } }
  expect(admit({ type: 'identity_linked', data }).emit).toBeDefined()
  for (const type of ['consent_changed', 'consent_unreadable', 'constructor', '', 'fraud'])
    expect(admit({ type }).reject?.reason).toBe('unknown-type')
})

describe('data that do not fit their type are refused with the reason and the field, never with a value', () => {
  const later = now + days(3654)
  const secret = 'DE89 3704 0044 0532 0130 00'
  const refused: readonly (readonly [reason: string, detail: string, fields: Readonly<Record<string, unknown>>])[] = [
    ['wrong-type', 'data.amount is not of type double', { amount: secret }],
    ['null-field', 'data.amount is null', { amount: null }],
    ['missing-field', 'data.transfers[0].at is missing', { transfers: [{ iban: secret }] }],
    ['wrong-type', 'data.transfers is not of type array', { transfers: { iban: secret } }],
    ['wrong-type', 'data.transfers[0] is not of type object', { transfers: [secret] }],
    ['wrong-type', 'data.severity is not of type enum', { severity: secret }],
    ['wrong-type', 'data.retries is not of type long', { retries: 1.5 }],
    ['not-a-number', 'data.amount is infinite or not a number', { amount: Number.NaN }],
    ['not-a-number', 'data.score is infinite or not a number', { score: Number.POSITIVE_INFINITY }],
    ['absurd-timestamp', 'a time is more than 10 years after it was received', { blockedUntil: later }],
    [
      'absurd-timestamp',
      'a time is more than 10 years after it was received',
      { transfers: [{ iban: '', at: later }] },
    ],
  ]
  test.each(refused)('%s: %s', (reason, detail, fields) => expect(open(fields)).toEqual({ reject: { reason, detail } }))

  test('a field that must be there', () => {
    const step = admit({ data: { 'joai.OpenData': { fields: {} } } })
    expect(step).toEqual({ reject: { reason: 'missing-field', detail: 'data.amount is missing' } })
  })
})

test('a time may lie up to ten years ahead, at any depth; a number that is no time may be any', () => {
  const ahead = now + days(3652)
  expect(open({ blockedUntil: ahead, transfers: [{ iban: '', at: ahead }] }).emit).toBeDefined()
  expect(open({ retries: now * 10 }).emit).toBeDefined()
})

test('data that come as Avro of the type are taken as they are; those of another type or version are refused', () => {
  const payload = own.schema.encode({ ...usual, amount: 3 })
  expect(payloadOf(encoded(own.hash, payload))).toEqual({ ...usual, amount: 3 })
  expect(encoded('0123456789abcdef', payload).reject?.reason).toBe('unknown-schema')
  expect(encoded(catalog.events.get('redemption')!.hash, payload).reject?.reason).toBe('type-mismatch')
  expect(encoded(own.hash, payload.subarray(1)).reject?.reason).toBe('bad-bytes')
  expect(encoded(own.hash, own.schema.encode({ ...usual, amount: Number.NaN })).reject?.reason).toBe('not-a-number')
})
