import { expect, test } from 'vitest'
import { eventTypes } from '../event-data.ts'
import { eventFields, isReadable } from './event-reading.ts'
import { type EventSchema, eventSchema } from './event-schema.ts'
import { firstCatalog } from './first-catalog.ts'

const text = { type: 'string' } as const
const line = (...fields: readonly object[]) => ({
  name: 'lines',
  type: { type: 'array', items: { type: 'record', name: 'Line', fields } },
})
const version = (...fields: readonly object[]) =>
  eventSchema('parcel_lost', { type: 'record', name: 'ParcelLost', fields } as never)

const first = version(
  { name: 'id', ...text },
  { name: 'worth', type: 'int' },
  { name: 'carrier', ...text },
  { name: 'kind', type: { type: 'enum', name: 'Kind', symbols: ['lost', 'stolen'] } },
  line({ name: 'sku', ...text }, { name: 'count', type: 'int' }),
)
const second = version(
  { name: 'insured', type: 'boolean', default: true },
  { name: 'parcelId', aliases: ['id'], ...text },
  { name: 'worth', type: 'double' },
  { name: 'kind', type: { type: 'enum', name: 'Kind', symbols: ['lost', 'burnt'] } },
  { name: 'weight', type: ['null', 'double'] },
  { name: 'depot', ...text },
  line({ name: 'article', aliases: ['sku'], ...text }, { name: 'price', type: 'double' }),
)
const announced = { versions: (hash: string) => [first, second].find(one => one.hash === hash) }
const nothing = { versions: () => undefined }
const written = ({ hash, schema }: EventSchema, fields: object) => ({
  type: 'parcel_lost',
  schema: hash,
  payload: schema.encode(fields as never).slice(),
})
const early = { id: 'p1', worth: 30, carrier: 'post', kind: 'lost', lines: [{ sku: 'tea', count: 2 }] }
const late = {
  ...{ insured: false, parcelId: 'p2', worth: 12.5, kind: 'burnt', weight: 2, depot: 'north' },
  lines: [{ article: 'tea', price: 3 }],
}
const plain = (value: unknown) => JSON.parse(JSON.stringify(value))

test("an event is read as it was written, where its version is the reader's", () => {
  expect(plain(eventFields(written(first, early), first, announced))).toEqual(early)
})

test('an older event has the fields of the later version by name or alias; the others are absent or have their default', () => {
  expect(plain(eventFields(written(first, early), second, announced))).toEqual({
    ...{ insured: true, parcelId: 'p1', worth: 30, kind: 'lost' },
    lines: [{ article: 'tea' }],
  })
})

test('a later event has the fields of the older version, also those that were renamed since', () => {
  expect(plain(eventFields(written(second, late), first, announced))).toEqual({ id: 'p2', lines: [{ sku: 'tea' }] })
  const stolen = { ...early, kind: 'stolen' }
  expect(plain(eventFields(written(first, stolen), second, announced))).not.toHaveProperty('kind')
})

test('one payload can be read by one version after the other, as when a release is followed by another', () => {
  const event = written(first, early)
  const byTurns = [first, second, first, second].map(own => plain(eventFields(event, own, announced)))
  expect(byTurns[0]).toEqual(byTurns[2])
  expect(byTurns[1]).toEqual(byTurns[3])
  expect(byTurns[0]).not.toEqual(byTurns[1])
})

test('a field that became another type is absent, unless numbers can be read as numbers', () => {
  const other = version({ name: 'worth', type: 'string', default: '' }, { name: 'id', type: 'long' })
  expect(plain(eventFields(written(first, early), other, announced))).toEqual({ worth: '' })
})

test('an event of version 0.1 names no version', () => {
  const event = {
    type: 'page_viewed',
    schema: '',
    payload: eventTypes.page_viewed.encode({ url: '/', productId: null }),
  }
  expect({ ...eventFields(event, firstCatalog.events.get('page_viewed')!, nothing) }).toEqual({
    url: '/',
    productId: null,
  })
  const renamed = eventSchema('page_viewed', {
    type: 'record',
    name: 'View',
    fields: [{ name: 'address', aliases: ['url'], type: 'string' }],
  } as never)
  expect({ ...eventFields(event, renamed, nothing) }).toEqual({ address: '/' })
})

test("a version that was never announced can't be read, which can be told before", () => {
  const event = written(first, early)
  expect(isReadable(event, null, announced)).toBe(true)
  expect(isReadable(event, null, nothing)).toBe(false)
  expect(isReadable({ ...event, schema: '' }, null, announced)).toBe(false)
  expect(isReadable(event, first, nothing)).toBe(true)
  expect(() => eventFields(written(first, early), version({ name: 'a', type: 'int' }), nothing)).toThrow(
    `no version '${first.hash}' of the event type 'parcel_lost' was announced`,
  )
})
