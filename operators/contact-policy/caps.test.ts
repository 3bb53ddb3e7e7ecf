import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { LedgerContact } from '../../schemas/generated.ts'
import { days } from '../../schemas/record.ts'
import type { Cap } from '../release/release.ts'
import { pointsOf, pointsUsed } from './budget.ts'
import { mustKeep, usedOf } from './caps.ts'
import { cap, contact } from './test/household.ts'

const now = days(100)
const weekly = cap({ id: 'weekly', max: 3, windowMs: days(7) })
const used = (of: Partial<Cap>, contacts: readonly LedgerContact[], kind = {}) =>
  usedOf({ ...weekly, ...of }, contacts, contact({ decisionId: 'new', at: now, ...kind }), now)
const at = (ago: number, parts: Partial<LedgerContact> = {}) =>
  contact({ decisionId: `c${ago}`, at: now - ago, ...parts })

test('a contact exactly a window ago no longer counts, a millisecond less does', () => {
  expect(used({}, [at(days(7))])).toBe(0)
  expect(used({}, [at(days(7) - 1)])).toBe(1)
})

test('a contact of a merged person that lies ahead counts as well', () => {
  expect(used({}, [at(-days(7) + 1), at(-days(7)), at(0)])).toBe(2)
})

test('a cap counts the contacts that match all of its fields', () => {
  const contacts = [
    at(1, { channel: 'sms', tags: ['coupon', 'food'], group: 'a', placement: 'top' }),
    at(2, { purpose: 'service', group: 'b' }),
  ]
  expect(used({}, contacts)).toBe(2)
  expect(used({ channel: 'sms' }, contacts)).toBe(1)
  expect(used({ channel: 'push' }, contacts)).toBe(0)
  expect(used({ tag: 'food' }, contacts)).toBe(1)
  expect(used({ group: 'b' }, contacts)).toBe(1)
  expect(used({ placement: 'top' }, contacts)).toBe(1)
  expect(used({ purpose: 'service' }, contacts)).toBe(1)
})

test("a cap per action or group counts only contacts of the candidate's action or group", () => {
  const contacts = [at(1, { actionId: 'x', group: 'a' }), at(2, { actionId: 'y', group: 'a' }), at(3, { group: 'b' })]
  expect(used({ per: 'action' }, contacts, { actionId: 'x', group: 'a' })).toBe(1)
  expect(used({ per: 'group' }, contacts, { actionId: 'x', group: 'a' })).toBe(2)
  expect(used({ per: 'group' }, contacts, { actionId: 'x', group: '' })).toBe(0)
})

test('a contact of another policy counts only where the cap says so', () => {
  const contacts = [at(1, { state: 'imported' }), at(2, { state: 'reserved' }), at(3, { state: 'confirmed' })]
  expect(used({}, contacts)).toBe(2)
  expect(used({ countsImported: true }, contacts)).toBe(3)
})

test('an exempt purpose passes, and counts where the cap says so', () => {
  const contacts = [at(1, { purpose: 'service' }), at(2)]
  const exempting = { ...weekly, exempt: ['service'] }
  expect(mustKeep(exempting, at(0, { purpose: 'service' }))).toBe(false)
  expect(mustKeep(exempting, at(0))).toBe(true)
  expect(used({ exempt: ['service'], countsExempt: true }, contacts)).toBe(2)
  expect(used({ exempt: ['service'], countsExempt: false }, contacts)).toBe(1)
})

test('whoever asks before each contact never fills a window beyond its cap, in whatever order of time they ask', () => {
  let refused = 0
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 12 }),
      fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 15, maxLength: 40 }),
      (max, windowMs, moments) => {
        const tight = cap({ id: 'tight', max, windowMs })
        let contacts: readonly LedgerContact[] = []
        moments.forEach((moment, i) => {
          const next = contact({ decisionId: `d${i}`, at: moment })
          if (usedOf(tight, contacts, next, moment) < max) contacts = [...contacts, next]
          else refused++
        })
        for (let start = -windowMs; start <= 40; start++) {
          const held = contacts.filter(one => one.at >= start && one.at < start + windowMs).length
          expect(held).toBeLessThanOrEqual(max)
        }
      },
    ),
    { numRuns: 500 },
  )
  expect(refused).toBeGreaterThan(1_000)
})

test('points come back evenly over the window', () => {
  const budget = { points: 10, windowMs: days(8), cost: { sms: 4 }, exempt: [] }
  expect(pointsOf(budget, 'sms')).toBe(4)
  expect(pointsOf(budget, 'toString')).toBe(0)
  expect(pointsUsed(budget, [at(0, { points: 4 })], now)).toBe(4)
  expect(pointsUsed(budget, [at(days(2), { points: 4 })], now)).toBe(3)
  expect(pointsUsed(budget, [at(days(8), { points: 4 })], now)).toBe(0)
  expect(pointsUsed(budget, [at(days(2), { points: 4 }), at(days(4), { points: 4 })], now)).toBe(5)
  expect(pointsUsed(null, [at(0, { points: 4 })], now)).toBe(0)
})
