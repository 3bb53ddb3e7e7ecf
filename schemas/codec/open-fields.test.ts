import { expect, test } from 'vitest'
import { CustomerEvent, OpenData } from '../generated.ts'
import { type AvroSchema, schema } from './schema.ts'

const fields = {
  none: null,
  isNew: true,
  count: 3,
  price: 20.5,
  zero: -0,
  name: 'tea',
  large: 2 ** 53 - 1,
  larger: 2 ** 60,
  tags: ['a', 1, null, { inner: 'b' }],
  address: { city: 'Rome', geo: { lat: 41.9 } },
}

test('the fields of an event are plain values, of whatever kinds', () => {
  const read = OpenData.decode(OpenData.encode({ fields })).fields
  expect(read).toEqual(fields)
  expect(Object.is(read.zero, -0)).toBe(true)
})

test('what is no field of an event is no value of the schema', () => {
  const isValid = (value: unknown) => OpenData.type.isValid({ fields: { value } })
  expect([{ a: [1] }, 'x', undefined].map(isValid)).toEqual([true, true, true])
  expect([[[1]], Buffer.from('x'), () => 1, 5n, Symbol('x')].map(isValid)).toEqual([false, false, false, false, false])
})

/** Encodes records within records. */
function nested(levels: number): Uint8Array {
  const [open, close] = [Buffer.of(2, 2, 97, 10), Buffer.of(0)]
  const around = (part: Buffer, count: number) => Buffer.concat(Array.from({ length: count }, () => part))
  return Buffer.concat([around(open, levels - 1), Buffer.of(0), around(close, levels - 1)])
}

test('more than 32 levels are refused, however many there are', () => {
  expect(OpenData.decode(nested(32)).fields).toHaveProperty('a')
  for (const levels of [33, 100_000]) expect(() => OpenData.decode(nested(levels))).toThrow('more than 32 levels')
  expect(OpenData.decode(nested(2)).fields).toEqual({ a: {} })
})

const head = { eventId: 'e', type: 'parcel_lost', occurredAt: 1, identifiers: [], source: '', schemaVersion: 1 }

/** Reads an event whose producer has a schema with another type of data. */
function readOf(data: AvroSchema, value: unknown): unknown {
  const json = JSON.parse(CustomerEvent.json)
  json.fields.find(({ name }: { name: string }) => name === 'data').type = data
  const written = schema<object>(json)
  const reader = schema<CustomerEvent>(JSON.parse(CustomerEvent.json))
  const id = reader.alsoRead(written.json)
  return reader.decode(written.encode({ ...head, data: value }), id).data
}

const parcel = {
  type: 'record',
  name: 'com.acme.Parcel',
  fields: [
    { name: 'weight', type: ['null', 'float'] },
    { name: 'state', type: { type: 'enum', name: 'State', symbols: ['LOST', 'FOUND'] } },
    { name: 'stops', type: { type: 'array', items: ['null', 'string', 'long'] } },
    { name: 'sender', type: { type: 'record', name: 'Sender', fields: [{ name: 'city', type: 'string' }] } },
    { name: 'notes', type: { type: 'map', values: ['string', 'double', 'long'] } },
  ],
} as const
const lost = {
  weight: 1.5,
  state: 'LOST',
  stops: [null, 'Rome', 4],
  sender: { city: 'Oslo' },
  notes: { a: { double: 2.5 } },
}
const asRead = {
  'joai.OpenData': {
    fields: { weight: 1.5, state: 'LOST', stops: [null, 'Rome', 4], sender: { city: 'Oslo' }, notes: { a: 2.5 } },
  },
}

test('the data of a producer with a record of its own, or with one of several, are the fields of that record', () => {
  expect(readOf(parcel, lost)).toEqual(asRead)
  const other = { type: 'record', name: 'Other', fields: [] } as const
  expect(readOf([other, parcel], { 'com.acme.Parcel': lost })).toEqual(asRead)
})

test.each([
  [
    'a list',
    { type: 'array', items: pair(['string', 'com.acme.OpenData']) },
    [
      { name: 'name', value: 'x' },
      { name: 'place', value: { fields: [{ name: 'city', value: 'Rome' }] } },
    ],
  ],
  [
    'a map',
    { type: 'map', values: ['string', 'com.acme.OpenData'] },
    { name: 'x', place: { fields: { city: 'Rome' } } },
  ],
])(
  'a producer may leave out kinds of values that its events do not have, and have another namespace, with %s of fields',
  (_, type, fields) => {
    const own = { type: 'record', name: 'com.acme.OpenData', fields: [{ name: 'fields', type }] } as const
    expect(readOf(own as never, { fields })).toEqual({
      'joai.OpenData': { fields: { name: 'x', place: { city: 'Rome' } } },
    })
  },
)

/** The record of a field whose value is of these types. */
function pair(values: readonly string[]) {
  const fields = [
    { name: 'name', type: 'string' },
    { name: 'value', type: values },
  ]
  return { type: 'record', name: 'com.acme.OpenField', fields }
}
