import { describe, expect, test } from 'vitest'
import type { InputRecord } from '../schemas/input-record.ts'
import { event } from '../testing/builders.ts'
import { ran, shop } from './test/shop.ts'

const t0 = Date.UTC(2024, 4, 6, 15)
const text = shop(`triggers: [order_completed]
actions:
  - { id: thanks, purpose: marketing, treatments: [inapp], value: 9 }
`)

interface Given {
  readonly eventId?: string
  readonly source?: string
  readonly customer?: string
  readonly orderId?: string
}
/** An order as JSON, in which other parts than the texts may be escaped too. */
function order({ eventId = '1', source = '', customer = 'anna', orderId = 'o' }: Given, extra = {}): InputRecord {
  const identifiers = [{ type: 'customer_id', value: customer }]
  const value = {
    type: 'order_completed',
    occurredAt: t0,
    eventId,
    source,
    identifiers,
    data: { orderId, value: 5 },
    ...extra,
  }
  return { topic: 'events', key: '', timestamp: t0, value: Buffer.from(JSON.stringify(value)) }
}

/** The same in Avro, with a letter of it replaced by these bytes. */
function withBytes(
  given: Partial<Record<'eventId' | 'source' | 'customer' | 'orderId', string>>,
  bytes: readonly number[],
) {
  const { eventId = '1', source = '', customer = 'anna', orderId = 'o' } = given
  const identifiers = [{ type: 'customer_id', value: customer }]
  const built = event('order_completed', { orderId }, { at: t0, eventId, source, identifiers })
  const value = Buffer.from(built.value)
  const at = value.indexOf('~'.repeat(bytes.length))
  value.set(bytes, at)
  return { ...built, value }
}

const reasons = async (history: readonly InputRecord[]) => {
  const { letters, decisions, violations } = await ran(text, history, t0 + 1)
  expect(violations).toEqual([])
  return { letters: letters.map(({ reason }) => reason), decided: decisions.length }
}

describe('a text that is no Unicode is refused', () => {
  const halves = ['\ud800', '\udc00', 'x\ud800', '\udbffx', '\ude00\ud83d', '😀\ud83d']

  test.each(['eventId', 'source', 'customer', 'orderId'] as const)('half of a pair in JSON: %s', async field => {
    const refused = halves.map(half => order({ [field]: half }))
    const { letters, decided } = await reasons([...refused, order({})])
    expect(letters).toEqual(halves.map(() => 'ill-formed-text'))
    expect(decided).toBe(1)
  })

  test('half of a pair in a field that nobody knows, or in its name', async () => {
    const refused = [order({}, { note: '\ud800' }), order({}, { '\udfff': 1 }), order({}, { list: [['\ud800']] })]
    expect((await reasons(refused)).letters).toEqual(refused.map(() => 'ill-formed-text'))
  })

  test.each(['eventId', 'source', 'customer', 'orderId'] as const)(
    'bytes in Avro that are not UTF-8: %s',
    async field => {
      const bad = [
        [0xff],
        [0xc3, 0x28],
        [0xed, 0xa0, 0x80],
        [0xed, 0xb0, 0x80],
        [0xf0, 0x9f, 0x98],
        [0xc0, 0xaf],
        [0xe2, 0x82],
      ]
      const refused = bad.map(bytes => withBytes({ [field]: `a${'~'.repeat(bytes.length)}b` }, bytes))
      const { letters, decided } = await reasons([...refused, order({})])
      expect(letters).toEqual(bad.map(() => 'ill-formed-text'))
      expect(decided).toBe(1)
    },
  )
})

test('whole pairs, escaped or not, and the mark of a replaced character are taken as they are', async () => {
  const texts = ['😀', '\ufffd', 'a\ufffdb', '\u0000', 'é', 'e\u0301', '\u200b', '\uffff', '\\ud800']
  const escaped = Buffer.from(order({ eventId: 'whole' }).value.toString().replace('whole', '\\ud83d\\ude00!'))
  const json = texts.map(customer => order({ customer: `${customer}.` }))
  const avro = texts.map(eventId => withBytes({ eventId: `${eventId}.`, customer: 'avro' }, []))
  const { letters, decided } = await reasons([...json, ...avro, { ...order({}), value: escaped }])
  expect(letters).toEqual([])
  expect(decided).toBe(2 * texts.length + 1)
})
