import { describe, expect, test } from 'vitest'
import type { Edge, Observed, ReleaseRow, Token } from '../../schemas/generated.ts'
import { tokens } from '../identity/tokens.ts'
import type { IdentifierType } from '../release/release.ts'
import { frozen, noRelease, recordOf, releaseRow } from '../test/fixtures.ts'
import { identifiers, identityStitching } from './identity-stitching.ts'

const secret = 'a secret'
const stitching = identityStitching({ secret })
const make = tokens(secret)
const named = (type: string, value: string): Token => make({ type, value })
const [anna, mail, cookie] = [named('customer_id', '1'), named('email_hash', 'ab'), named('cookie_id', 'c')]

const type = (type: string, priority: number): IdentifierType => ({ type, priority, limit: 1, windowMs: null })
// Priorities decide, not the order in the file.
const types = [type('cookie_id', 6), type('customer_id', 1), type('email_hash', 4)]
const rules = releaseRow({ identifiers: { types, blocked: ['null', ' Anonymous '] } })

const { empty } = identifiers
const now = Date.UTC(2024, 2, 1)
const origin = { topic: 'events', partition: 0, offset: 3 }
const event = {
  eventId: 'e1',
  type: 'page_viewed',
  occurredAt: 5,
  source: 'web',
  origin,
  payload: Buffer.of(1),
  identifiedBy: '',
  schema: '00ff00ff00ff00ff',
}

const observe = (given: readonly Token[], release: ReleaseRow = rules, row = empty) =>
  stitching.on.observed(frozen(recordOf<Observed>({ ...event, tokens: given }, now)), row, { rules: release })
const given = (...tokens: readonly Token[]) => tokens.map(({ token }) => token).join(' ')
const edge = (to: Token): Edge => ({ from: anna.token, to: to.token, eventId: 'e1', at: now })
const linked = (token: Token) => ({ token: { ...token, folded: '' }, personId: `p.${anna.token}`, edge: edge(token) })

test('an event of one identifier goes to the initial person of that identifier', () => {
  expect(observe([anna])).toEqual({
    row: { personId: `p.${anna.token}` },
    emit: [{ to: 'event', value: { ...event, personId: `p.${anna.token}` } }],
  })
})

test('an identifier seen before keeps its person, and nothing is written', () => {
  const step = observe([anna], rules, { personId: 'p.another' })
  expect(step).toEqual({
    emit: [{ to: 'event', value: { ...event, personId: 'p.another', identifiedBy: anna.token } }],
  })
})

test('the other identifiers are linked to the person, with the evidence', () => {
  expect(observe([anna, mail, cookie]).emit?.slice(1)).toEqual([
    { to: 'linked', value: linked(mail) },
    { to: 'linked', value: linked(cookie) },
  ])
})

test('an event that came to a lesser identifier goes on to the most telling one', () => {
  const tokens = [anna, mail, cookie]
  const value = { ...event, tokens, identifiedBy: given(cookie, anna, mail) }
  expect(observe([cookie, anna, mail])).toEqual({ emit: [{ to: 'observed', value }] })
})

test('an event names all its identifiers as they were given, on whatever way it comes to its person', () => {
  const asGiven = given(cookie, anna, mail)
  const known = { ...event, tokens: [anna, mail, cookie], identifiedBy: asGiven }
  const onward = stitching.on.observed(recordOf<Observed>(known, now), empty, { rules })
  expect(onward.emit?.[0]?.value).toMatchObject({ identifiedBy: asGiven })
  expect(observe([anna, mail]).emit?.[0]?.value).toMatchObject({ identifiedBy: given(anna, mail) })
})

test('before the first release the order given counts, and nothing is refused', () => {
  const none = named('cookie_id', 'null')
  const { emit } = observe([none, anna], noRelease)
  expect(emit?.map(({ to }) => to)).toEqual(['event', 'linked'])
  expect(emit?.[0]?.value).toMatchObject({ personId: `p.${none.token}` })
})

test('the same identifier twice is one', () => {
  expect(observe([anna, anna]).emit).toHaveLength(1)
})

describe('values that name nobody', () => {
  test.each(['null', 'NULL', ' nUlL ', 'anonymous', 'Anonymous'])('%j joins nobody', value => {
    expect(observe([anna, named('email_hash', value)]).emit?.map(({ to }) => to)).toEqual(['event'])
  })

  test('an event that came to one goes on to an identifier that names somebody', () => {
    const nobody = named('customer_id', 'null')
    const { emit } = observe([nobody, cookie])
    const value = { ...event, tokens: [cookie], identifiedBy: given(nobody, cookie) }
    expect(emit).toEqual([{ to: 'observed', value }])
  })

  test('an event with nothing else is refused', () => {
    const step = observe([named('customer_id', 'null'), named('email_hash', 'ANONYMOUS')])
    expect(step).toEqual({ reject: { reason: 'only-blocked-identifiers', detail: 'all identifiers name nobody' } })
  })

  test('they follow the release: another one blocks others', () => {
    const other = releaseRow({ identifiers: { types, blocked: ['ab'] } })
    expect(observe([mail], other).reject?.reason).toBe('only-blocked-identifiers')
    expect(observe([mail], rules).emit).toHaveLength(1)
  })
})

describe('types that the release does not know', () => {
  const unknown = named('shoe_size', '43')

  test('link nobody', () => {
    expect(observe([anna, unknown]).emit?.map(({ to }) => to)).toEqual(['event'])
  })

  test('go along to another partition, which may know them', () => {
    const tokens = [anna, cookie, unknown]
    const value = { ...event, tokens, identifiedBy: given(unknown, cookie, anna) }
    expect(observe([unknown, cookie, anna])).toEqual({ emit: [{ to: 'observed', value }] })
  })

  test('are not enough', () => {
    expect(observe([unknown]).reject?.reason).toBe('unknown-identifier-type')
  })
})

describe('a link asks the larger of the two persons to merge', () => {
  const link = (token: Token, row = empty) => stitching.on.linked(recordOf(linked(token), now), frozen(row), { rules })

  test('when that is the other', () => {
    // 'cookie_id…' < 'customer_id…' < 'email_hash…'
    const merge = { personId: `p.${mail.token}`, other: `p.${anna.token}`, edge: edge(mail) }
    expect(link(mail)).toEqual({ row: { personId: `p.${mail.token}` }, emit: [{ to: 'merge', value: merge }] })
  })

  test('when that is its own', () => {
    const merge = { personId: `p.${anna.token}`, other: `p.${cookie.token}`, edge: edge(cookie) }
    expect(link(cookie, { personId: `p.${cookie.token}` })).toEqual({ emit: [{ to: 'merge', value: merge }] })
  })

  test('or the only person to record the evidence', () => {
    const own = `p.${anna.token}`
    const merge = { personId: own, other: own, edge: edge(mail) }
    expect(link(mail, { personId: own })).toEqual({ emit: [{ to: 'merge', value: merge }] })
  })
})
