import { describe, expect, test } from 'vitest'
import type { CustomerEvent } from '../generated.ts'
import { topics } from '../topics.ts'
import { BadRecord, decodeValue, encodeValue } from '../wire.ts'
import { parseJson } from './json-input.ts'

const valueIn = (topic: string, bytes: Uint8Array) => parseJson(topics[topic as 'events'], bytes).value

const bytes = (value: unknown) => new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value))

const order = {
  eventId: 'e1',
  type: 'order_completed',
  occurredAt: '2024-03-01T10:00:00+01:00',
  identifiers: [{ type: 'email_hash', value: 'secret@example.com' }],
  source: 'shop',
  data: {
    orderId: 'o1',
    value: 20.5,
    note: 'a field that nobody knows',
    lines: [{ productId: 'p1', quantity: 2, value: 20.5 }],
  },
}

/** An order with some of its parts replaced. */
const but = (parts: object) => ({ ...order, ...parts })
const without = (name: keyof typeof order) => Object.fromEntries(Object.entries(order).filter(([key]) => key !== name))

function refusal(topic: string, json: unknown): { reason: string; message: string } {
  try {
    valueIn(topic, json instanceof Uint8Array ? json : bytes(json))
  } catch (error) {
    expect(error).toBeInstanceOf(BadRecord)
    return { reason: (error as BadRecord).reason, message: (error as BadRecord).message }
  }
  throw new Error('was not refused')
}

test('an order written as JSON becomes the record that Avro would have given; its data wait for a catalog', () => {
  const value = valueIn('events', bytes(order)) as CustomerEvent
  expect(value).toEqual({
    eventId: 'e1',
    type: 'order_completed',
    occurredAt: Date.UTC(2024, 2, 1, 9),
    identifiers: [{ type: 'email_hash', value: 'secret@example.com' }],
    source: 'shop',
    schemaVersion: 1,
    data: { 'joai.OpenData': { fields: order.data } },
  })
  expect(decodeValue(topics.events.types.event, encodeValue(topics.events.types.event, value))).toEqual(value)
})

test('a time can be given in milliseconds, and a text stays a text', () => {
  expect(valueIn('events', bytes(but({ occurredAt: 1_700_000_000_000 })))).toMatchObject({
    occurredAt: 1_700_000_000_000,
  })
  expect(valueIn('events', bytes(but({ source: '2024-03-01T10:00:00Z' })))).toMatchObject({
    source: '2024-03-01T10:00:00Z',
  })
})

test('consents, receipts and control can be written as JSON too', () => {
  const change = {
    purpose: 'marketing',
    status: 'withdrawn',
    effectiveAt: 1_700_000_000_000,
    recordedAt: '2023-11-14T22:13:20Z',
  }
  expect(valueIn('consents', bytes({ eventId: 'c1', identifiers: order.identifiers, change }))).toMatchObject({
    source: '',
    change: {
      purpose: 'marketing',
      channel: null,
      status: 'withdrawn',
      recordedAt: 1_700_000_000_000,
      lawfulBasis: '',
    },
  })
  const receipt = { receiptId: 'r1', decisionId: 'd1', personId: 'p.x', kind: 'bounced', occurredAt: 1_700_000_000_000 }
  expect(valueIn('receipts', bytes(receipt))).toEqual({ ...receipt, value: 0, source: '' })
  const stop = { controlId: 'stop', kind: 'stop', document: '{}', hash: 'h' }
  expect(valueIn('control', bytes(stop))).toEqual(stop)
})

test('a null stands for a field that is not given, and words may be in any case', () => {
  const value = { ...(valueIn('events', bytes(order)) as CustomerEvent), source: '' }
  expect(valueIn('events', bytes(but({ source: null, type: ' Order_Completed' })))).toEqual(value)
})

const nested = (levels: number) => `${'{"a":'.repeat(levels - 1)}{}${'}'.repeat(levels - 1)}`

test('brackets inside texts are not levels', () => {
  const source = `${'[{'.repeat(100)}\\"${'[{'.repeat(100)}`
  expect(valueIn('events', bytes(but({ source })))).toMatchObject({ source })
})

describe('poison is refused with its reason and the field', () => {
  const longId = 'x'.repeat(300 * 1024)
  const poison: readonly (readonly [what: string, json: unknown, reason: string, message: string, topic?: string])[] = [
    ['too large', but({ source: longId }), 'oversize', 'more than 256 KiB'],
    ['too deep', nested(33), 'too-deep', 'more than 32 levels'],
    ['far too deep for a parser', nested(40_000), 'too-deep', 'more than 32 levels'],
    ['cut off', JSON.stringify(order).slice(0, -1), 'bad-json', 'not JSON'],
    ['open text', '{"eventId": "', 'bad-json', 'not JSON'],
    ['only a brace', '{', 'bad-json', 'not JSON'],
    ['not UTF-8', Uint8Array.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), 'bad-utf8', 'not UTF-8'],
    ['without id', without('eventId'), 'missing-field', 'eventId is missing'],
    ['without data', without('data'), 'missing-field', 'data is missing'],
    ['without time', without('occurredAt'), 'missing-field', 'occurredAt is missing'],
    ['null id', but({ eventId: null }), 'null-field', 'eventId is null'],
    ['null data', but({ data: null }), 'null-field', 'data is null'],
    ['numeric id', but({ eventId: 7 }), 'wrong-type', 'eventId is not of type string'],
    [
      'infinite value',
      JSON.stringify(order).replaceAll('20.5', '1e999'),
      'wrong-type',
      'data.value is not of type double',
    ],
    [
      'one identifier alone',
      but({ identifiers: order.identifiers[0] }),
      'wrong-type',
      'identifiers is not of type array',
    ],
    [
      'identifier as text',
      but({ identifiers: ['secret@example.com'] }),
      'wrong-type',
      'identifiers[0] is not of type object',
    ],
    ['half a millisecond', but({ occurredAt: 1.5 }), 'wrong-type', 'occurredAt is not of type long'],
    ['time without zone', but({ occurredAt: '2024-03-01T10:00:00' }), 'wrong-type', 'occurredAt is not of type long'],
    ['30 February', but({ occurredAt: '2024-02-30T10:00:00Z' }), 'wrong-type', 'occurredAt is not of type long'],
    ['hour 25', but({ occurredAt: '2024-02-20T25:00:00Z' }), 'wrong-type', 'occurredAt is not of type long'],
    [
      'beyond 2^53',
      JSON.stringify(order).replace('"2024-03-01T10:00:00+01:00"', '1e17'),
      'wrong-type',
      'occurredAt is not of type long',
    ],
    ['a list', '[]', 'wrong-type', 'the record is not of type object'],
    [
      'unknown receipt',
      { receiptId: 'r', decisionId: 'd', personId: 'p', kind: 'eaten', occurredAt: 1 },
      'wrong-type',
      'kind is not of type enum',
      'receipts',
    ],
    ['consent without change', { eventId: 'c', identifiers: [] }, 'missing-field', 'change is missing', 'consents'],
    ['JSON where none is taken', {}, 'bad-frame', "'people' takes no JSON", 'people'],
  ]
  for (const [what, json, reason, message, topic = 'events'] of poison)
    test(what, () => expect(refusal(topic, json)).toEqual({ reason, message }))

  test('and no personal value is quoted', () => {
    const personal = JSON.stringify(order)
    const cuts = Array.from({ length: personal.length - 1 }, (_, at) => refusal('events', personal.slice(0, at + 1)))
    expect(cuts.filter(({ message }) => message.includes('secret'))).toEqual([])
    expect(cuts.length).toBeGreaterThan(200)
  })
})

test('a field called __proto__ is ignored like any other', () => {
  const value = valueIn(
    'events',
    bytes(JSON.stringify(order).replace('"source"', '"__proto__": {"source": "evil"}, "sauce"')),
  )
  expect(value).toMatchObject({ source: '' })
})
