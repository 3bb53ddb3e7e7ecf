import { expect, test } from 'vitest'
import type { LedgerOutcome, LedgerRow } from '../../schemas/generated.ts'
import { days } from '../../schemas/record.ts'
import { ledger } from '../deciding/fatigue-ledger.ts'
import type { Suppression } from '../release/release.ts'
import { joinedLedgers } from './ledger-rows.ts'
import { pausedNow, pausesAfter, suppressedBy } from './suppression.ts'
import { outcome } from './test/household.ts'

const ignored: Suppression = {
  id: 'ignored',
  outcomes: ['ignored', 'rejected'],
  count: 2,
  withinMs: days(30),
  pauses: 'action',
  pauseMs: days(60),
}
const offer = { actionId: 'offer', group: 'a', purpose: 'marketing' }
const suppressed = (suppressions: readonly Suppression[], row: LedgerRow, subject: typeof offer, now: number) =>
  suppressedBy(pausedNow(suppressions, row, now), subject)
const by = (
  suppression: Partial<Suppression>,
  outcomes: readonly LedgerOutcome[],
  subject: Partial<typeof offer>,
  now: number,
) => suppressed([{ ...ignored, ...suppression }], { ...ledger.empty, outcomes }, { ...offer, ...subject }, now)

const at = (day: number, parts: Partial<LedgerOutcome> = {}) =>
  outcome({ id: `o${day}`, at: days(day), group: 'a', ...parts })

test('two ignored messages within a month pause the action for sixty days, to the millisecond', () => {
  const both = [at(1), at(20, { kind: 'rejected' })]
  expect(by({}, [at(1)], {}, days(21))).toBe(null)
  expect(by({}, both, {}, days(21))).toBe('ignored')
  expect(by({}, both, {}, days(80) - 1)).toBe('ignored')
  expect(by({}, both, {}, days(80))).toBe(null)
})

test('a month apart they pause nothing, a millisecond less they do', () => {
  expect(by({}, [at(1), at(31)], {}, days(32))).toBe(null)
  expect(by({}, [at(1), at(31, { at: days(31) - 1 })], {}, days(32))).toBe('ignored')
})

test('other outcomes, and those of other actions, do not count', () => {
  expect(by({}, [at(1), at(2, { kind: 'opened' })], {}, days(3))).toBe(null)
  expect(by({}, [at(1), at(2, { actionId: 'other' })], {}, days(3))).toBe(null)
})

test('a pause covers the action, its group or its purpose, as the release says', () => {
  const both = [at(1), at(2)]
  expect(by({}, both, { actionId: 'other' }, days(3))).toBe(null)
  expect(by({ pauses: 'group' }, both, { actionId: 'other' }, days(3))).toBe('ignored')
  expect(by({ pauses: 'group' }, both, { actionId: 'other', group: 'b' }, days(3))).toBe(null)
  expect(by({ pauses: 'purpose' }, both, { actionId: 'other', group: 'b' }, days(3))).toBe('ignored')
  expect(by({ pauses: 'purpose' }, both, { purpose: 'service' }, days(3))).toBe(null)
})

test('an action without a group is paused by itself', () => {
  const both = [at(1, { group: '' }), at(2, { group: '' })]
  expect(by({ pauses: 'group' }, both, { group: '' }, days(3))).toBe('ignored')
  expect(by({ pauses: 'group' }, both, { group: '', actionId: 'other' }, days(3))).toBe(null)
})

test('a recorded pause holds, even when the outcomes or the rule behind it are gone', () => {
  const pauses = pausesAfter([ignored], [at(1), at(2)], at(2))
  expect(pauses).toEqual([{ id: 'ignored', scope: 'action', of: 'offer', until: days(62) }])
  const row = { ...ledger.empty, suppressions: pauses }
  expect(suppressed([], row, offer, days(62) - 1)).toBe('ignored')
  expect(suppressed([], row, offer, days(62))).toBe(null)
  expect(suppressed([], row, { ...offer, actionId: 'other' }, days(3))).toBe(null)
})

test('two persons who ignored one message each have, once merged, ignored two', () => {
  const a = { ...ledger.empty, outcomes: [at(1)] }
  const b = { ...ledger.empty, outcomes: [at(2)] }
  expect(suppressed([ignored], a, offer, days(3))).toBe(null)
  expect(suppressed([ignored], joinedLedgers(a, b), offer, days(3))).toBe('ignored')
})
