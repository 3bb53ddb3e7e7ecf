import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type LedgerContact, type LedgerOutcome, LedgerRow, type LedgerSuppression } from '../../schemas/generated.ts'
import { ledger } from '../deciding/fatigue-ledger.ts'
import { frozen } from '../test/fixtures.ts'
import { joinedContacts, joinedLedgers, joinedOutcomes, joinedSuppressions } from './ledger-rows.ts'
import { contact, outcome } from './test/household.ts'

const ids = fc.constantFrom('a', 'b', 'c', 'd', 'e')
const times = fc.integer({ min: 0, max: 5 })
const contacts: fc.Arbitrary<LedgerContact> = fc
  .record({
    decisionId: ids,
    at: times,
    state: fc.constantFrom('reserved', 'confirmed', 'imported'),
    channel: fc.constantFrom('email', 'sms'),
    points: fc.integer({ min: 0, max: 2 }),
    cancelled: fc.boolean(),
  })
  .map(contact)
const outcomes: fc.Arbitrary<LedgerOutcome> = fc
  .record({ id: ids, at: times, kind: fc.constantFrom('ignored', 'complained') })
  .map(outcome)
const suppressions: fc.Arbitrary<LedgerSuppression> = fc.record({
  id: ids,
  scope: fc.constantFrom('action', 'group', 'purpose'),
  of: fc.constantFrom('x', 'y'),
  until: times,
})
const counters = fc.record({ returned: times, cancelled: times, unknown: times, unjoined: times })
const deferred = fc.option(
  fc.record({
    decisionIds: fc.uniqueArray(ids).map(list => list.sort()),
    notBefore: times,
    waiting: fc.constantFrom(
      [],
      [{ purpose: 'marketing', channel: 'email', journey: '', stage: '', decisionId: '', notBefore: 0 }],
      [{ purpose: 'marketing', channel: 'email', journey: 'cart', stage: 'remind', decisionId: 'a', notBefore: 3 }],
    ),
  }),
)
/** Generates rows as the ledger keeps them: sorted, each contact once. */
const rows: fc.Arbitrary<LedgerRow> = fc
  .record({
    contacts: fc.array(contacts, { maxLength: 5 }),
    outcomes: fc.array(outcomes, { maxLength: 5 }),
    suppressions: fc.array(suppressions, { maxLength: 3 }),
    deferred,
    counters,
  })
  .map(row => ({
    ...row,
    contacts: row.contacts.reduce<readonly LedgerContact[]>((all, one) => joinedContacts(all, [one]), []),
    outcomes: row.outcomes.reduce<readonly LedgerOutcome[]>((all, one) => joinedOutcomes(all, [one]), []),
    suppressions: joinedSuppressions(row.suppressions, []),
  }))

test('merging two ledgers gives the same bytes, whichever came first', () => {
  fc.assert(
    fc.property(rows, rows, (a, b) => {
      const one = joinedLedgers(frozen(a), frozen(b))
      expect(joinedLedgers(b, a)).toEqual(one)
      expect(Buffer.from(LedgerRow.encode(one)).equals(Buffer.from(LedgerRow.encode(joinedLedgers(b, a))))).toBe(true)
    }),
    { numRuns: 500 },
  )
})

test('merging three ledgers gives the same, in whatever order they meet', () => {
  fc.assert(
    fc.property(rows, rows, rows, (a, b, c) => {
      expect(joinedLedgers(joinedLedgers(a, b), c)).toEqual(joinedLedgers(a, joinedLedgers(b, c)))
    }),
    { numRuns: 500 },
  )
})

test('merging with a person who was never contacted changes nothing', () => {
  fc.assert(
    fc.property(rows, row => {
      expect(joinedLedgers(row, ledger.empty)).toEqual(row)
      expect(joinedLedgers(ledger.empty, row)).toEqual(row)
    }),
  )
})

test('a merged ledger holds every contact of both, and none twice', () => {
  const a = { ...ledger.empty, contacts: [contact({ decisionId: 'a', at: 1 }), contact({ decisionId: 'b', at: 4 })] }
  const b = {
    ...ledger.empty,
    contacts: [contact({ decisionId: 'c', at: 2 }), contact({ decisionId: 'b', at: 4, state: 'confirmed' })],
  }
  const { contacts } = joinedLedgers(a, b)
  expect(contacts.map(({ decisionId, state }) => `${decisionId} ${state}`)).toEqual([
    'a reserved',
    'c reserved',
    'b confirmed',
  ])
})

test('the longer of two pauses of one kind stays', () => {
  const pause = (until: number) => ({ id: 'ignored', scope: 'action', of: 'offer', until }) as const
  expect(joinedSuppressions([pause(5)], [pause(9)])).toEqual([pause(9)])
  expect(joinedSuppressions([pause(9)], [pause(5)])).toEqual([pause(9)])
})

test('a row that holds nothing expires, one with anything in it does not', () => {
  expect(ledger.expires!(ledger.empty, 0)).toBe(true)
  expect(ledger.expires!({ ...ledger.empty, contacts: [contact({ decisionId: 'a', at: 0 })] }, 0)).toBe(false)
  expect(ledger.expires!({ ...ledger.empty, counters: { ...ledger.empty.counters, returned: 1 } }, 0)).toBe(false)
  expect(ledger.expires!({ ...ledger.empty, deferred: { decisionIds: ['d'], notBefore: 1, waiting: [] } }, 0)).toBe(
    false,
  )
})
