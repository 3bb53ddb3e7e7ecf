import { describe, expect, test } from 'vitest'
import type { Edge, Member, Merge, Offer, PersonMembersRow } from '../../schemas/generated.ts'
import { days } from '../../schemas/record.ts'
import { frozen, noRelease, recordOf, releaseRow } from '../test/fixtures.ts'
import { personMerging, persons } from './person-merging.ts'

const now = Date.UTC(2024, 2, 1)
const types = [
  { type: 'email', priority: 2, limit: 2, windowMs: null },
  { type: 'cookie', priority: 6, limit: 2, windowMs: days(7) },
  { type: 'customer', priority: 1, limit: 1, windowMs: null },
]
const rules = releaseRow({ identifiers: { types, blocked: [] } })

const member = (token: string, at = now): Member => ({ token, type: token.slice(0, token.indexOf('.')), at })
const edge = (from: string, to: string, at = now): Edge => ({ from, to, eventId: `${from}+${to}`, at })
const row = (parts: Partial<PersonMembersRow>): PersonMembersRow => frozen({ ...persons.empty, ...parts })
const record = <V extends { readonly personId: string }>(value: V) =>
  frozen({ ...recordOf(value, now), key: value.personId })

const merge = (value: Merge, at = persons.empty) => personMerging.on.merge(record(value), at, { rules })
const offer = (value: Offer, at = persons.empty, by = rules) => personMerging.on.offer(record(value), at, { rules: by })
const accepted = (winner: string, at: PersonMembersRow) =>
  personMerging.on.accepted(record({ personId: 'p.email.b', winner }), at, { rules })
const refused = (at: PersonMembersRow) =>
  personMerging.on.refused(record({ personId: 'p.email.b', winner: 'p.customer.a', reason: 'limit:x' }), at, { rules })

const link: Merge = { personId: 'p.email.b', other: 'p.customer.a', edge: edge('customer.a', 'email.b') }
const offered: Offer = {
  personId: 'p.customer.a',
  loser: 'p.email.b',
  members: [member('email.b')],
  edges: [link.edge],
}

describe('a request to merge', () => {
  test('makes an offer to the smaller person, with all identifiers and evidence', () => {
    expect(merge(link)).toEqual({ row: row({ offer: 'p.customer.a' }), emit: [{ to: 'offer', value: offered }] })
    const known = row({ members: [member('email.b', 1), member('email.c', 2)], edges: [edge('email.b', 'email.c', 2)] })
    const { emit } = merge(link, known)
    expect(emit?.[0]?.value).toEqual({
      ...offered,
      members: [member('email.b'), member('email.c', 2)],
      edges: [edge('email.b', 'email.c', 2), link.edge],
    })
  })

  test('waits while another offer is open', () => {
    const waiting = row({ offer: 'p.another', inbox: [{ 'joai.Offer': offered }] })
    expect(merge(link, waiting)).toEqual({
      row: { ...waiting, inbox: [{ 'joai.Offer': offered }, { 'joai.Merge': link }] },
      emit: [],
    })
  })

  test('to a merged person goes to the person it merged into, whichever is the larger', () => {
    expect(merge(link, row({ to: 'p.aaa' })).emit).toEqual([
      { to: 'merge', value: { personId: 'p.customer.a', other: 'p.aaa', edge: link.edge } },
    ])
    expect(merge(link, row({ to: 'p.dd' })).emit).toEqual([
      { to: 'merge', value: { personId: 'p.dd', other: 'p.customer.a', edge: link.edge } },
    ])
  })

  test('that is already done has no effect', () => {
    expect(merge(link, row({ to: 'p.customer.a' }))).toEqual({ emit: [] })
  })

  test('of a person with itself is evidence, recorded once', () => {
    const self = { ...link, other: link.personId }
    const known = row({ members: [member('customer.a', 1), member('email.b', 1)], edges: [edge('x', 'y')] })
    const step = merge(self, known)
    expect(step.row).toEqual({
      ...known,
      members: [member('customer.a'), member('email.b')],
      edges: [edge('x', 'y'), link.edge],
    })
    expect(merge({ ...self, edge: edge('email.b', 'customer.a') }, frozen(step.row!)).row?.edges).toEqual(
      step.row?.edges,
    )
  })

  test('of a merged person with itself is evidence for the person it merged into, and does not circulate', () => {
    expect(merge({ ...link, other: link.personId }, row({ to: 'p.aaa' })).emit).toEqual([
      { to: 'merge', value: { personId: 'p.aaa', other: 'p.aaa', edge: link.edge } },
    ])
  })
})

describe('an offer', () => {
  const change = { personId: 'p.customer.a', other: 'p.email.b', edges: [link.edge], at: now }

  test('that fits the limits is accepted, and both persons become one', () => {
    expect(offer(offered)).toEqual({
      row: row({ members: [member('customer.a'), member('email.b')], edges: [link.edge] }),
      emit: [
        { to: 'accepted', value: { personId: 'p.email.b', winner: 'p.customer.a' } },
        { to: 'change', value: { ...change, kind: 'merged', reason: '' } },
      ],
    })
  })

  test('that exceeds a limit is refused on record, and nothing is stored', () => {
    const reason = 'limit:customer'
    const step = offer({ ...offered, members: [member('customer.z'), member('email.b')] })
    expect(step).toEqual({
      emit: [
        { to: 'refused', value: { personId: 'p.email.b', winner: 'p.customer.a', reason } },
        { to: 'change', value: { ...change, kind: 'refused', reason } },
      ],
    })
  })

  test('is judged on both persons together, each identifier once', () => {
    const known = row({ members: [member('customer.a'), member('email.a'), member('email.b')] })
    expect(offer(offered, known).emit?.[0]?.to).toBe('accepted')
    const step = offer({ ...offered, members: [member('email.c')] }, known)
    expect(step.emit?.map(({ value }) => 'reason' in value && value.reason)).toEqual(['limit:email', 'limit:email'])
  })

  test('counts what was seen within the window only', () => {
    const old = [member('cookie.a', now - days(7)), member('cookie.b', now - days(6))]
    const bringing = (...members: readonly Member[]) =>
      offer({ ...offered, members }, row({ members: old })).emit?.[0]?.to
    expect(bringing(member('cookie.c'))).toBe('accepted')
    expect(bringing(member('cookie.c'), member('cookie.d'))).toBe('refused')
    // Seen again, an old one counts again.
    expect(bringing(member('cookie.c'), member('cookie.a'))).toBe('refused')
  })

  test('is not limited before the first release', () => {
    const many = Array.from({ length: 9 }, (_, at) => member(`customer.${at}`))
    expect(offer({ ...offered, members: many }, persons.empty, noRelease).emit?.[0]?.to).toBe('accepted')
  })

  test('waits while the winner awaits a verdict itself', () => {
    const waiting = row({ offer: 'p.aaa' })
    expect(offer(offered, waiting)).toEqual({ row: { ...waiting, inbox: [{ 'joai.Offer': offered }] }, emit: [] })
  })

  test('to a merged person goes on to the person it merged into', () => {
    expect(offer(offered, row({ to: 'p.aaa' }))).toEqual({
      emit: [{ to: 'offer', value: { ...offered, personId: 'p.aaa' } }],
    })
  })
})

describe('a verdict', () => {
  const other: Merge = { personId: 'p.email.b', other: 'p.cookie.c', edge: edge('cookie.c', 'email.b') }
  const waitingOffer: Offer = { ...offered, personId: 'p.email.b', loser: 'p.x', members: [member('x')], edges: [] }
  const inbox = [{ 'joai.Merge': other }, { 'joai.Offer': waitingOffer }] as const

  test('that accepts moves the person, and waiting records follow it', () => {
    const step = accepted('p.customer.a', row({ offer: 'p.customer.a', members: [member('email.b')], inbox }))
    expect(step).toEqual({
      row: row({ to: 'p.customer.a' }),
      emit: [
        { to: 'moved', value: { personId: 'p.email.b', to: 'p.customer.a' } },
        { to: 'merge', value: { personId: 'p.customer.a', other: 'p.cookie.c', edge: other.edge } },
        { to: 'offer', value: { ...waitingOffer, personId: 'p.customer.a' } },
      ],
    })
  })

  test('that refuses lets the next request make its offer, and the rest waits on', () => {
    const step = refused(row({ offer: 'p.customer.a', inbox }))
    expect(step.row).toEqual(row({ offer: 'p.cookie.c', inbox: [{ 'joai.Offer': waitingOffer }] }))
    expect(step.emit?.map(({ to }) => to)).toEqual(['offer'])
  })

  test('that refuses leaves no trace of a person that never merged', () => {
    expect(refused(row({ offer: 'p.customer.a' }))).toEqual({ row: null, emit: [] })
  })

  test('that refuses leaves a merged person as it was', () => {
    const known = { members: [member('email.b'), member('email.c')], edges: [edge('email.b', 'email.c')] }
    expect(refused(row({ ...known, offer: 'p.customer.a' })).row).toEqual(row(known))
  })
})
