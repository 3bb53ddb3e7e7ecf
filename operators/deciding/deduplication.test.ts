import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { PersonEvent, PersonReceipt } from '../../schemas/generated.ts'
import { days } from '../../schemas/record.ts'
import { readOtherVersion } from '../../state/row-versions.ts'
import { base64urlOf } from '../hashing/digest-text.ts'
import { sha256Of } from '../hashing/sha256.ts'
import { frozen, noRelease, personEvent, recordOf, releaseRow, versions } from '../test/fixtures.ts'
import { deduplication, seen } from './deduplication.ts'
import { seenRow1 } from './earlier-rows.ts'

const release = releaseRow({ dedupMs: days(10) })
const now = days(17_000)
const event = (eventId: string) => personEvent('page_viewed', { url: '/' }, { eventId, occurredAt: now })
const receipt = (receiptId: string): PersonReceipt => ({
  personId: 'p',
  receiptId,
  decisionId: 'd',
  source: '',
  kind: 'opened',
  value: 0,
  occurredAt: now,
  origin: { topic: 'receipts', partition: 0, offset: 0 },
})

const take = (ids: readonly string[], at = now, row = seen.empty) => {
  const passed: string[] = []
  for (const id of ids) {
    const step = deduplication.on.event(frozen(recordOf(event(id), at)), frozen(row), frozen({ release, versions }))
    if (step.emit) passed.push(id)
    row = step.row!
  }
  return { passed, row }
}

test('the same event ten times passes once', () => {
  const { passed, row } = take(Array.from({ length: 10 }, () => 'e'))
  expect(passed).toEqual(['e'])
  expect(row.dropped).toBe(9)
  expect(row.names).toHaveLength(1)
  expect(row.names[0]!.id).toMatch(/^[\w-]{11}$/)
})

test('of any events in any order each id passes once, and the duplicates are counted', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { maxLength: 30 }), ids => {
      const { passed, row } = take(ids)
      expect(passed).toEqual([...new Set(ids)])
      expect(row.dropped).toBe(ids.length - passed.length)
    }),
  )
})

test('a merged person knows what both have seen, whichever came first', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(9)), fc.array(fc.nat(9)), fc.nat(5), (mine, theirs, age) => {
      const a = take(mine.map(String)).row
      const b = take(theirs.map(String), now - age).row
      const merged = seen.merge!(a, b)
      expect(seen.merge!(b, a)).toEqual(merged)
      expect(take([...mine, ...theirs].map(String), now, merged).passed).toEqual([])
      expect(merged.dropped).toBe(a.dropped + b.dropped)
    }),
  )
})

test('a receipt passes once, and is not taken for an event of the same id', () => {
  const first = deduplication.on.receipt(recordOf(receipt('x'), now), take(['x']).row, { release, versions })
  expect(first.emit).toEqual([{ to: 'receipt', value: receipt('x') }])
  const second = deduplication.on.receipt(recordOf(receipt('x'), now), first.row!, { release, versions })
  expect(second.emit).toBeUndefined()
  expect(second.row).toEqual({ ...first.row, dropped: 1 })
})

test('two systems may use one id, and so may a consent and an event', () => {
  const at = (parts: Partial<PersonEvent>) => ({ ...event('17'), ...parts })
  const sources = ['', 'shop', 'till', '1', '17', 'shop/1']
  const given = sources.flatMap(source => [at({ source }), at({ source, type: 'consent_changed' })])
  let row = seen.empty
  for (const one of [...given, ...given])
    row = deduplication.on.event(recordOf(one, now), row, { release, versions }).row!
  expect(row.names).toHaveLength(given.length)
  expect(row.dropped).toBe(given.length)
  const first = deduplication.on.receipt(recordOf({ ...receipt('17'), source: 'mail' }, now), row, {
    release,
    versions,
  })
  const second = deduplication.on.receipt(recordOf({ ...receipt('17'), source: 'sms' }, now), first.row!, {
    release,
    versions,
  })
  expect(second.emit).toHaveLength(1)
})

test('a record that overtook another does not make a duplicate of that count', () => {
  const { row } = take(['b'], now + days(10), take(['a']).row)
  expect(take(['a'], now + days(10) - 1, row).passed).toEqual([])
  expect(take(['a'], now, row).passed).toEqual([])
  expect(take(['a'], now + days(10), row).passed).toEqual(['a'])
})

test('an id is forgotten after the time that the release gives, or 30 days without one', () => {
  const { row } = take(['a'])
  expect(take(['a'], now + days(10) - 1, row).passed).toEqual([])
  const again = take(['a'], now + days(10), row)
  expect(again.passed).toEqual(['a'])
  expect(again.row.names).toHaveLength(1)
  const without = (at: number) =>
    deduplication.on.event(recordOf(event('a'), at), row, { release: noRelease, versions })
  expect(without(now + days(30) - 1).emit).toBeUndefined()
  expect(without(now + days(30)).emit).toHaveLength(1)
})

test('an event, consent or receipt that was seen before an upgrade is a duplicate after it, also at a merged person', () => {
  const ids = [
    { id: base64urlOf(sha256Of('event\u0000e'), 11), at: now - days(1) },
    { id: base64urlOf(sha256Of('receipt\u0000r'), 11), at: now - days(1) },
  ]
  const read = (row: unknown) => readOtherVersion(seen, 1, seenRow1.encode(row))
  const before = seen.merge!(take(['other']).row, read({ ids, dropped: 2 }))
  const { passed, row } = take(['e', 'other', 'new', 'e'], now, before)
  expect([passed, row.dropped]).toEqual([['new'], 5])
  const again = deduplication.on.receipt(recordOf(receipt('r'), now), row, { release, versions })
  expect(again.emit).toBeUndefined()
  expect(again.row).toEqual({ ...row, dropped: 6 })
  const { passed: later, row: last } = take(['e'], now + days(11), row)
  expect(later).toEqual(['e'])
  expect(last.earlier).toEqual([])
})
