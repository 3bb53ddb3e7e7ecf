import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decisionIdOfEvent, decisionIdOfTimer, type NamedEvent, nameOfEvent } from './ids.ts'

const order: NamedEvent = {
  type: 'order_completed',
  source: 'shop',
  eventId: '17',
  personId: 'p.customer_id.Ab-1',
  identifiedBy: '',
}

test('the id of a decision is the hash that the documentation says, and anyone can repeat', () => {
  const hash = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 32)
  expect(decisionIdOfEvent(order, 1_700_000_000_000)).toBe(
    hash('["event","shop","17","customer_id.Ab-1",1700000000000]'),
  )
  const both = { ...order, type: 'consent_changed', eventId: 'ä"', identifiedBy: 'cookie.x customer_id.Ab-1' }
  expect(decisionIdOfEvent(both, 5)).toBe(hash('["consent","shop","ä\\"","cookie.x customer_id.Ab-1",5]'))
  expect(decisionIdOfTimer('journeys', ['p.x.y', 'cart', 'remind'], 5)).toBe(
    hash('["timer","journeys",["p.x.y","cart","remind"],5]'),
  )
})

const text = fc.oneof(
  fc.constantFrom(
    '',
    '1',
    '17',
    '\0',
    '|',
    '/',
    '"',
    ' ',
    ',',
    'event',
    'consent',
    'timer',
    'a\0b',
    'x'.repeat(10_000),
  ),
  fc.string({ unit: 'binary', maxLength: 5 }),
  fc.string({ unit: fc.constantFrom('a', '\0', '/', '1', '"', ',', ' ', '\ud800', '\ufffd'), maxLength: 6 }),
)
const events = fc.record({
  type: fc.constantFrom('order_completed', 'consent_changed'),
  source: text,
  eventId: text,
  personId: text.map(token => `p.${token}`),
  identifiedBy: text,
})
const fields = ['type', 'source', 'eventId', 'personId', 'identifiedBy'] as const
const kindOf = (type: string) => (type === 'consent_changed' ? 'consent' : 'event')

test('no two events share an id or a name, whatever characters theirs have', () => {
  const seen = { ids: 0, names: 0 }
  fc.assert(
    fc.property(events, events, fc.subarray([...fields]), fc.nat(2), fc.nat(2), (a, other, shared, x, y) => {
      const b: NamedEvent = { ...other, ...Object.fromEntries(shared.map(field => [field, a[field]])) }
      const isSameName = kindOf(a.type) === kindOf(b.type) && a.source === b.source && a.eventId === b.eventId
      expect(nameOfEvent(a) === nameOfEvent(b)).toBe(isSameName)
      const tokensOf = ({ identifiedBy, personId }: NamedEvent) => identifiedBy || personId.slice(2)
      const isSame = isSameName && tokensOf(a) === tokensOf(b) && x === y
      expect(decisionIdOfEvent(a, x) === decisionIdOfEvent(b, y)).toBe(isSame)
      if (isSame) seen.ids++
      if (isSameName) seen.names++
    }),
    { numRuns: 3_000 },
  )
  expect(seen.ids).toBeGreaterThan(20)
  expect(seen.names).toBeGreaterThan(2 * seen.ids)
})

test('no two timers share an id, whatever their keys are made of', () => {
  const timers = fc.tuple(fc.constantFrom('agenda', 'journeys'), fc.array(text, { maxLength: 3 }), fc.nat(2))
  fc.assert(
    fc.property(timers, timers, (a, b) => {
      expect(decisionIdOfTimer(...a) === decisionIdOfTimer(...b)).toBe(JSON.stringify(a) === JSON.stringify(b))
    }),
  )
  expect(decisionIdOfTimer('journeys', ['p', 'a/b', 'c'], 1)).not.toBe(
    decisionIdOfTimer('journeys', ['p', 'a', 'b/c'], 1),
  )
})
