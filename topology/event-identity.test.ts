import { expect, test } from 'vitest'
import type { Decision, Send } from '../schemas/generated.ts'
import type { InputRecord } from '../schemas/input-record.ts'
import { days, hours, minutes } from '../schemas/record.ts'
import { consent, event } from '../testing/builders.ts'
import { ran, shop } from './test/shop.ts'

/** A Monday, eleven in the morning in New York. */
const t0 = Date.UTC(2024, 4, 6, 15)
const mails = shop(`dedup: 7d
triggers: [order_completed]
quietHours:
  - { id: night, from: "21:00", to: "08:00", channels: [email] }
actions:
  - { id: thanks, purpose: marketing, treatments: [email], value: 9 }
`)
const customer = (value: string) => ({ type: 'customer_id', value })
const device = (value: string) => ({ type: 'device_id', value })

interface Given {
  readonly at?: number
  readonly source?: string
  readonly ids?: readonly { readonly type: string; readonly value: string }[]
}
const order = (eventId: string, { at = t0, source = '', ids = [customer('c1')] }: Given = {}): InputRecord =>
  event('order_completed', { orderId: eventId }, { at, identifiers: ids, eventId, source })
const withdrawn = (eventId: string, at: number, source = ''): InputRecord =>
  consent({ status: 'withdrawn' }, { at, identifiers: [customer('c1')], eventId, source })
const login = (at: number, ...ids: readonly { readonly type: string; readonly value: string }[]): InputRecord =>
  event('identity_linked', {}, { at, identifiers: ids, eventId: `login-${at}` })

const idsOf = (decisions: readonly Decision[]) => decisions.map(({ decisionId }) => decisionId)
const keysOf = (sends: readonly Send[]) =>
  sends.flatMap(({ kind, idempotencyKey }) => (kind === 'send' ? [idempotencyKey] : []))

/** Runs the records; no id and no key may be used twice, and the audit finds nothing. */
async function told(history: readonly InputRecord[], text = mails) {
  const told = await ran(text, history, t0 + days(30))
  expect(told.violations).toEqual([])
  expect(new Set(idsOf(told.decisions)).size).toBe(told.decisions.length)
  expect(new Set(keysOf(told.sends)).size).toBe(keysOf(told.sends).length)
  return told
}

test('a withdrawal counts though its id is that of an order at another system', async () => {
  const history = (id: string) => [
    order('17', { source: 'shop' }),
    withdrawn(id, t0 + minutes(2), 'preferences'),
    order('18', { at: t0 + days(2), source: 'shop' }),
  ]
  const sentFor = async (id: string) => (await told(history(id))).sends.map(({ kind, reason }) => `${kind} ${reason}`)
  expect(await sentFor('17')).toEqual(['send ', 'cancel consent-withdrawn'])
  expect(await sentFor('c-17')).toEqual(await sentFor('17'))
})

test('a withdrawal counts though its id is that of an order at the same system', async () => {
  const { sends } = await told([order('17'), withdrawn('17', t0 + minutes(2)), order('18', { at: t0 + days(2) })])
  expect(sends.map(({ kind }) => kind)).toEqual(['send', 'cancel'])
})

test('a consent that comes again is one', async () => {
  const granted = consent({ status: 'granted' }, { at: t0 + 2, identifiers: [customer('c1')], eventId: 'yes' })
  const again = { ...withdrawn('no', t0 + 1), timestamp: t0 + 3 }
  const { decisions } = await told([withdrawn('no', t0 + 1), granted, again, order('1', { at: t0 + 4 })])
  expect(decisions.map(({ outcome }) => outcome.kind)).toEqual(['ACT'])
})

test('a consent that can’t be read counts as a no though an id before it was that of its position', async () => {
  const granted = consent({ status: 'granted' }, { at: t0, identifiers: [customer('c1')], eventId: 'consents/0/1' })
  const lines = JSON.stringify({ eventId: '2', identifiers: [customer('c1')], change: { status: 'withdrawn' } })
  const unreadable = { topic: 'consents', key: '', timestamp: t0 + 1, value: Buffer.from(lines) }
  const { decisions } = await told([granted, unreadable, order('1', { at: t0 + 2 })])
  expect(decisions.map(({ outcome }) => outcome.kind)).toEqual(['SILENCE'])
})

test('two customers who have an event of one id are decided for, and sent to, by themselves', async () => {
  const orders = [
    order('1'),
    order('1', { at: t0 + 1_000, ids: [customer('c2')] }),
    order('1', { ids: [customer('c3')] }),
  ]
  const { decisions, sends } = await told(orders)
  expect(decisions).toHaveLength(3)
  expect(sends).toHaveLength(3)
})

test('two systems may use one id for two orders of a customer', async () => {
  const { decisions } = await told([order('1', { source: 'shop' }), order('1', { source: 'till' }), order('1')])
  expect(decisions.map(({ trigger }) => trigger.source).sort()).toEqual(['', 'shop', 'till'])
})

test('an order that comes again by another identifier of its customer is one', async () => {
  const linked = login(t0 - 5, customer('c1'), device('d1'))
  const again = [order('1', { ids: [device('d1')] }), order('1', { at: t0 + 1, ids: [device('d1'), customer('c1')] })]
  expect((await told([linked, order('1'), ...again])).decisions).toHaveLength(1)
})

test('an order by two identifiers, whose persons merge later, was two, and is none after that', async () => {
  const orders = [order('1'), order('1', { ids: [device('d1')] })]
  const linked = login(t0 + 5, customer('c1'), device('d1'))
  const again = [order('1', { at: t0 + 9 }), order('1', { at: t0 + 9, ids: [device('d1')] })]
  const { decisions } = await told([...orders, linked, ...again])
  expect(decisions).toHaveLength(2)
})

test('two customers on one device may have an event of one id in one millisecond', async () => {
  const orders = [
    order('1', { ids: [device('d1'), customer('c1')] }),
    order('1', { ids: [device('d1'), customer('c2')] }),
  ]
  expect((await told(orders)).decisions).toHaveLength(2)
})

test('an id that comes again when its first is forgotten is another order', async () => {
  const at = [0, days(7) - 1, days(7), days(14) - 1, days(14)]
  const { decisions } = await told(at.map(after => order('1', { at: t0 + after })))
  expect(decisions.map(({ time }) => time.receivedAt - t0)).toEqual([0, days(7), days(14)])
})

test('what was put off to one time has ids of its own, and so has the order of that very time', async () => {
  const night = t0 + hours(11)
  const orders = ['c1', 'c2'].flatMap(one => [
    order('1', { at: night, ids: [customer(one)] }),
    order('2', { at: night, ids: [customer(one)] }),
    order('1', { at: night, ids: [customer(one)], source: 'till' }),
    order('3', { at: t0 + hours(21), ids: [customer(one)] }),
  ])
  const { decisions } = await told(orders)
  expect(decisions.filter(({ outcome }) => outcome.kind === 'DEFER')).toHaveLength(6)
  expect(decisions.filter(({ trigger }) => trigger.type === 'agenda').length).toBeGreaterThanOrEqual(2)
})

test('orders that were put off by two persons who merge in the night keep ids of their own', async () => {
  const night = t0 + hours(11)
  const orders = [customer('c1'), device('d1')].map(one => order('1', { at: night, ids: [one] }))
  const { decisions } = await told([...orders, login(night + hours(1), customer('c1'), device('d1'))])
  expect(decisions.filter(({ outcome }) => outcome.kind === 'DEFER')).toHaveLength(2)
})

test('a journey that is left and entered again, also in one millisecond, asks for each stage under an id of its own', async () => {
  const text = shop(`triggers: [order_completed]
actions:
  - { id: reminder, purpose: marketing, treatments: [email], value: 9 }
journeys:
  - id: cart
    trigger: { event: product_added }
    stages:
      - { id: now, holdUntil: { event: page_viewed, within: 1m }, decide: true }
      - { id: later, holdUntil: { event: page_viewed, within: 1m }, decide: true }
    goal: { event: order_completed }
    timeout: 1h
    reentry: { after: 1m }
`)
  const identifiers = [customer('c1')]
  const history = Array.from({ length: 40 }, (_, i) => t0 + Math.floor(i / 4) * minutes(1)).flatMap((at, i) => [
    event('product_added', {}, { at, identifiers, eventId: `${i + 10}-1` }),
    event('page_viewed', {}, { at, identifiers, eventId: `${i + 10}-2` }),
    order(`${i + 10}-3`, { at }),
  ])
  const { decisions, ended } = await told(history, text)
  expect(decisions.filter(({ trigger }) => trigger.type === 'journeys')).toHaveLength(10)
  expect(ended).toHaveLength(10)
})

test('ids of any characters are told apart', async () => {
  const texts = [
    'a',
    'a\0',
    'a|',
    'a/',
    '"',
    '\\',
    '","',
    'a,b',
    ' a',
    'A',
    '1',
    '01',
    'é',
    'e\u0301',
    '😀',
    'e'.repeat(200),
  ]
  const pairs = texts.flatMap(source => texts.map(id => [source, id] as const))
  const history = pairs.map(([source, id], i) => order(id, { at: t0 + i, source }))
  expect((await told(history)).decisions).toHaveLength(texts.length ** 2)
})

test('an id or a source that is empty or too long is refused', async () => {
  const { decisions, letters } = await told([
    order(''),
    order(' '),
    order('e'.repeat(10_000)),
    order('1', { source: 's'.repeat(10_000) }),
    order('2', { source: '' }),
  ])
  expect(decisions).toHaveLength(1)
  expect(letters.map(({ reason }) => reason)).toEqual([
    'missing-event-id',
    'missing-event-id',
    'oversize-event-id',
    'oversize-source',
  ])
})
