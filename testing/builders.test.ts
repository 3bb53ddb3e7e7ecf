import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { personOf, tokens } from '../operators/identity/tokens.ts'
import { minutes } from '../schemas/record.ts'
import { topics } from '../schemas/topics.ts'
import { decodeValue } from '../schemas/wire.ts'
import { journey } from '../topology/journey.ts'
import { lawsRelease } from '../topology/test/random-history.ts'
import { consent, event, receipt, releaseFrom, usualTime } from './builders.ts'
import { TopologyTest } from './topology-test.ts'
import { type BuiltEventType, usualFields } from './usual-events.ts'

const secret = 'the secret of the builders'
const household = [{ type: 'household_id', value: 'h1' }]
const personId = personOf(tokens(secret)(household[0]!).token)

test.each(Object.keys(usualFields) as BuiltEventType[])('an event %s is one that its producer could append', type => {
  const { topic, timestamp, value } = event(type)
  expect({ topic, timestamp }).toEqual({ topic: 'events', timestamp: usualTime })
  const read = decodeValue(topics.events.types.event, value)
  expect(read).toMatchObject({ type, occurredAt: usualTime, identifiers: [{ type: 'customer_id', value: 'anna' }] })
  expect(read.data).toEqual({ 'joai.OpenData': { fields: usualFields[type] } })
})

test('given fields replace the usual ones', () => {
  const given = event(
    'order_completed',
    { value: 5 },
    { at: 7e11, receivedAt: 8e11, identifiers: household, eventId: 'e' },
  )
  expect(given).toMatchObject({ key: 'h1', timestamp: 8e11 })
  const read = decodeValue(topics.events.types.event, given.value)
  expect(read).toMatchObject({ eventId: 'e', occurredAt: 7e11, identifiers: household })
  expect(read.data).toEqual({ 'joai.OpenData': { fields: { ...usualFields.order_completed, value: 5 } } })
})

test('an event of a type of a catalog is built of the fields that are given', () => {
  const fields = { weight: 2.5, stops: ['Rome', null] }
  const read = decodeValue(topics.events.types.event, event('parcel_lost', fields, { identifiers: household }).value)
  expect(read).toMatchObject({ type: 'parcel_lost', identifiers: household, data: { 'joai.OpenData': { fields } } })
})

test('two events have the same id exactly when all their fields are equal', () => {
  const idOf = (...given: Parameters<typeof event<'order_completed'>>) =>
    decodeValue(topics.events.types.event, event(...given).value).eventId
  expect(idOf('order_completed')).toBe(idOf('order_completed'))
  const others = [
    idOf('order_completed'),
    idOf('order_completed', { value: 21 }),
    idOf('order_completed', {}, { at: usualTime + 1 }),
    idOf('order_completed', {}, { identifiers: household }),
  ]
  expect(new Set(others).size).toBe(others.length)
})

test('an extension in place of a topology is refused with what to write', async () => {
  const opened = TopologyTest.open((() => undefined) as never)
  await expect(opened).rejects.toThrow(
    'TopologyTest.open takes a topology: open an extension as journey({ secret }, extension)',
  )
})

test('an event, a consent and a receipt go through the main topology', async () => {
  const bench = await TopologyTest.open(journey({ secret }))
  const of = (offset: number) => ({ at: usualTime + minutes(offset), identifiers: household })
  const release = {
    ...lawsRelease(text => text.slice(0, text.indexOf('\nexperiments:') + 1)),
    timestamp: usualTime - 1,
  }
  await bench.run([release, consent({}, of(0)), event('order_completed', {}, of(1))])
  const [decided] = await bench.read(topics.decisions, 'decision')
  expect(decided!.value).toMatchObject({ subject: { personId }, trigger: { type: 'order_completed' } })
  const { decisionId } = decided!.value
  await bench.run([receipt({ decisionId, personId, kind: 'converted', value: 3 }, { at: usualTime + minutes(2) })])
  const rewards = (await bench.read(topics.rewards, 'reward')).map(({ value }) => value)
  expect(rewards).toMatchObject([{ decisionId, kind: 'converted', value: 3 }])
  expect(await bench.read(topics.deadLetters, 'letter')).toEqual([])
})

test('a receipt says that a send was delivered, unless another kind is given', () => {
  const read = (given: ReturnType<typeof receipt>) => decodeValue(topics.receipts.types.receipt, given.value)
  expect(read(receipt({ decisionId: 'd', personId: 'p' }))).toEqual({
    ...{ receiptId: 'd/delivered', decisionId: 'd', personId: 'p', kind: 'delivered' },
    ...{ value: 0, occurredAt: usualTime, source: '' },
  })
  expect(read(receipt({ decisionId: 'd', personId: 'p', kind: 'clicked' }))).toMatchObject({ receiptId: 'd/clicked' })
})

test('types refuse fields that an event does not have, and a receipt of no decision', () => {
  // @ts-expect-error an order has no url
  expect(() => event('order_completed', { url: '/' })).toThrow()
  // @ts-expect-error consents are built by consent()
  expect(() => event('consent_changed')).toThrow()
  // @ts-expect-error an event of a catalog's own type has no usual fields
  event('parcel_lost')
  // @ts-expect-error a receipt needs the person of the send
  expect(() => receipt({ decisionId: 'd' })).toThrow()
})

test('a release is read from its YAML, and one that is not sound names each problem with its line and remedy', async () => {
  const yaml = readFileSync(new URL('../topology/test/laws.yaml', import.meta.url), 'utf8')
  const record = releaseFrom(yaml, { at: 7e11 })
  expect(record).toMatchObject({ topic: 'control', key: 'laws', timestamp: 7e11 })
  expect(decodeValue(topics.control.types.control, record.value)).toMatchObject({ controlId: 'laws', kind: 'release' })
  const wrong = yaml.replace('kind: time-since', 'kind: time-after')
  expect(() => releaseFrom(wrong)).toThrow(/^line \d+: .*time-after/)
})
