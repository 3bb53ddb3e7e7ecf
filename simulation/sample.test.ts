import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { eventFieldsOf } from '../schemas/catalog/first-data.ts'
import type { ConsentChange, CustomerEvent } from '../schemas/generated.ts'
import type { IdentifiedRecord } from '../schemas/input-record.ts'
import { topics } from '../schemas/topics.ts'
import { decodeValue } from '../schemas/wire.ts'
import { sampleHistory } from './sample.ts'
import { favourites, staples } from './sample-products.ts'

const readAll = (seed = 'joai', customers = 300): IdentifiedRecord[] => [...sampleHistory(seed, customers)]

const hash = (records: readonly IdentifiedRecord[]): string =>
  createHash('sha256')
    .update(JSON.stringify(records.map(({ value, ...record }) => [record, Buffer.from(value).toString('base64')])))
    .digest('hex')

const eventsOf = (records: readonly IdentifiedRecord[]): { record: IdentifiedRecord; event: CustomerEvent }[] =>
  records
    .filter(({ topic }) => topic === 'events')
    .map(record => ({ record, event: decodeValue(topics.events.types.event, record.value) }))

describe('the sample', () => {
  const records = readAll()
  const events = eventsOf(records)
  const orders = events.filter(({ event }) => event.type === 'order_completed')
  const typesOf = (event: CustomerEvent) => event.identifiers.map(({ type }) => type).join('+')

  test('depends on seed and size only: the same bytes each time, others for another seed', () => {
    expect(hash(readAll('joai', 300))).toBe(hash(records))
    expect(hash(readAll('spring'))).not.toBe(hash(records))
    expect(readAll('joai', 30).length).toBeLessThan(records.length / 5)
  })

  test('never changes: this is its hash', () => {
    expect(hash(readAll('joai', 10))).toMatchInlineSnapshot(
      `"fe47653f4b098c0ff7b56dca365a952cae9c906a4f3c40ec3fe4a5db17f368b0"`,
    )
  })

  test('runs over six weeks in order of receipt, and three hundred households shop', () => {
    expect(records.every(({ timestamp }, i) => i === 0 || timestamp >= records[i - 1]!.timestamp)).toBe(true)
    expect(records[0]!.timestamp).toBeGreaterThanOrEqual(Date.parse('2017-07-10T09:00:00-04:00'))
    expect(records.at(-1)!.timestamp).toBeLessThan(Date.parse('2017-08-25T00:00:00-04:00'))
    const shopping = new Set(
      orders.flatMap(({ event }) =>
        event.identifiers.filter(({ type }) => type === 'household_id').map(({ value }) => value),
      ),
    )
    expect(shopping.size).toBeGreaterThan(270)
    expect(orders.length).toBeGreaterThan(1500)
  })

  test('devices order before they are linked to a household, and are linked later', () => {
    const guests = new Set(
      orders.filter(({ event }) => typesOf(event) === 'device_id').map(({ event }) => event.identifiers[0]!.value),
    )
    const linked = new Set(
      events
        .filter(({ event }) => typesOf(event) === 'household_id+device_id')
        .map(({ event }) => event.identifiers[1]!.value),
    )
    expect([...guests].filter(device => linked.has(device)).length).toBeGreaterThan(40)
  })

  test('a tablet has three households, and an address has two', () => {
    const householdsWith = (type: string) => {
      const found = new Map<string, Set<string>>()
      for (const { event } of events) {
        const household = event.identifiers.find(identifier => identifier.type === 'household_id')
        const other = event.identifiers.find(identifier => identifier.type === type)
        if (household && other) found.set(other.value, (found.get(other.value) ?? new Set()).add(household.value))
      }
      return Math.max(...[...found.values()].map(households => households.size))
    }
    expect(householdsWith('device_id')).toBe(3)
    expect(householdsWith('email_hash')).toBe(2)
  })

  test('some households withdraw consent, and some of them grant it again', () => {
    const changes = records
      .filter(({ topic }) => topic === 'consents')
      .map(({ value }) => decodeValue<ConsentChange>(topics.consents.types.consent, value).change)
    expect(changes.filter(({ status }) => status === 'withdrawn').length).toBeGreaterThan(20)
    expect(changes.filter(({ status }) => status === 'granted').length).toBeGreaterThan(4)
  })

  test('some records are late, some too late, some duplicated, and some come at night or from other time zones', () => {
    const late = (hours: number) =>
      events.filter(({ record, event }) => record.timestamp - event.occurredAt > hours * 3_600_000).length
    expect(late(1)).toBeGreaterThan(50)
    expect(late(25)).toBeGreaterThan(10)
    expect(events.length - new Set(events.map(({ event }) => event.eventId)).size).toBeGreaterThan(15)
    const hour = (time: number) => new Date(time - 4 * 3_600_000).getUTCHours()
    const nightly = orders.filter(({ event }) => hour(event.occurredAt) >= 21 || hour(event.occurredAt) < 8)
    expect(nightly.length).toBeGreaterThan(100)
    const zones = new Set(
      events.flatMap(({ event }) => (event.type === 'profile_changed' ? [eventFieldsOf(event).timeZone] : [])),
    )
    expect(zones.size).toBe(6)
  })

  test('its products cover the categories that the grocery release names', () => {
    const release = readFileSync(fileURLToPath(new URL('../examples/grocery.yaml', import.meta.url)), 'utf8')
    const asked = [...release.matchAll(/lines\.category, equals: ([^}]+?) ?\}/g)].map(([, name]) => name!)
    expect(asked.length).toBeGreaterThan(5)
    const sold = new Set([...favourites, ...staples].map(({ name }) => name))
    expect(asked.filter(name => !sold.has(name))).toEqual([])
  })
})
