import { expect, test } from 'vitest'
import { firstCatalog } from '../../schemas/catalog/first-catalog.ts'
import type { ConsentRecord, WindowSeries } from '../../schemas/generated.ts'
import { days } from '../../schemas/record.ts'
import { purposes } from '../../schemas/words.ts'
import { grownSeries, seriesEntriesMax } from '../../state/windows/window-series.ts'
import { addConsentRecord, futureGrantsMax, joinedConsents } from '../consent/consent-state.ts'
import {
  contactsMax,
  joinedContacts,
  joinedOutcomes,
  joinedSuppressions,
  outcomesMax,
} from '../contact-policy/ledger-rows.ts'
import { contact, outcome } from '../contact-policy/test/household.ts'
import { idsMax, seen } from '../deciding/deduplication.ts'

const { channels } = firstCatalog.declaration

const numbers = (count: number) => Array.from({ length: count }, (_, n) => n)

test('a ledger keeps the newest contacts and outcomes, and the pauses that last longest', () => {
  const contacts = numbers(contactsMax + 10).map(n => contact({ decisionId: `d${n}`, at: n }))
  expect(joinedContacts(contacts.slice(0, contactsMax), contacts.slice(contactsMax))).toEqual(contacts.slice(10))
  const outcomes = numbers(outcomesMax + 10).map(n => outcome({ id: `o${n}`, at: n }))
  expect(joinedOutcomes(outcomes.slice(10), outcomes.slice(0, 10))).toEqual(outcomes.slice(10))
  const pauses = numbers(outcomesMax + 10).map(n => ({ id: `p${n}`, scope: 'action' as const, of: 'a', until: n }))
  const kept = joinedSuppressions(pauses.slice(50), pauses.slice(0, 50))
  expect(new Set(kept.map(({ until }) => until))).toEqual(new Set(pauses.slice(10).map(({ until }) => until)))
})

test('ids of more events than a person has in any month are forgotten from the oldest on', () => {
  const ids = numbers(idsMax + 5).map(n => ({ id: `${n}`.padStart(8, '0'), at: n }))
  const row = (of: typeof ids) => ({ names: of, earlier: [], dropped: 0 })
  expect(seen.merge!(row(ids.slice(0, 500)), row(ids.slice(500))).names).toEqual(ids.slice(5))
})

const grant = (purpose: string, channel: string, n: number): ConsentRecord => ({
  purpose,
  channel,
  status: 'granted',
  lawfulBasis: 'consent',
  jurisdiction: '',
  wordingVersion: '',
  effectiveAt: days(n),
  recordedAt: 0,
  eventId: `e${n}`,
  source: '',
  origin: { topic: 'consents', partition: 0, offset: n },
})

test('of many grants of the future those that hold first stay, also where persons merge, and a withdrawal always does', () => {
  const many = (from: number) =>
    purposes.flatMap(purpose =>
      ['', ...channels].flatMap(channel => numbers(9).map(n => grant(purpose, channel, from + n))),
    )
  const scopes = purposes.length * (channels.length + 1)
  const own = many(1).reduce<readonly ConsentRecord[]>((all, one) => addConsentRecord(all, one, 0), [])
  expect(own).toHaveLength(scopes * futureGrantsMax)
  expect(
    own.filter(({ purpose, channel }) => purpose === 'service' && channel === '').map(({ eventId }) => eventId),
  ).toEqual(numbers(8).map(n => `e${8 - n}`))
  const other = many(20).reduce<readonly ConsentRecord[]>((all, one) => addConsentRecord(all, one, 0), [])
  const third = many(40).reduce<readonly ConsentRecord[]>((all, one) => addConsentRecord(all, one, 0), [])
  const merged = joinedConsents(joinedConsents(own, other), third)
  expect(merged).toHaveLength(scopes * futureGrantsMax * 2)
  expect(joinedConsents(third, joinedConsents(other, own))).toEqual(merged)
  const no: ConsentRecord = { ...grant('service', '', 0), status: 'withdrawn', eventId: 'no' }
  expect(joinedConsents(merged, [no])).toContainEqual(no)
})

test('a series keeps its latest entries, in whatever order events arrive', () => {
  const events = numbers(seriesEntriesMax / 50 + 2)
  const samples = (event: number) => numbers(50).map(n => ({ key: event * 50 + n, amount: 1 }))
  const grow = (order: readonly number[]) =>
    order.reduce<WindowSeries | null>((all, n) => grownSeries(all, 1, 'distinct', n >> 1, samples(n)), null)!
  const series = grow(events)
  expect(series.keys).toEqual(numbers(seriesEntriesMax).map(n => n + 100))
  expect(grow([...events].reverse())).toEqual(series)
})
