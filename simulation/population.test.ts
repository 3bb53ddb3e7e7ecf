import { describe, expect, test } from 'vitest'
import { eventFieldsOf } from '../schemas/catalog/first-data.ts'
import type { CustomerEvent, Identifier, Receipt, ReferenceChange, Send } from '../schemas/generated.ts'
import type { InputRecord } from '../schemas/input-record.ts'
import { days, hours, minutes } from '../schemas/record.ts'
import { topics } from '../schemas/topics.ts'
import { decodeValue } from '../schemas/wire.ts'
import { population } from './population.ts'

const start = Date.UTC(2017, 6, 10, 13)
const personIdOf = ({ type, value }: Identifier) => `p.${type}.${value}`
const settings = { start, personIdOf, customers: 200 }

const bytes = (records: readonly InputRecord[]) =>
  records.map(({ value, ...record }) => JSON.stringify([record, Buffer.from(value).toString('base64')]))

const eventsOf = (records: readonly InputRecord[]): CustomerEvent[] =>
  records
    .filter(({ topic }) => topic === 'events')
    .map(({ value }) => decodeValue<CustomerEvent>(topics.events.types.event, value))

const sendTo = (personId: string, n: number, channel = 'push'): Send => ({
  decisionId: `decision-${n}`,
  idempotencyKey: `decision-${n}/0`,
  kind: 'send',
  personId,
  addressToken: personId,
  actionId: `action-${n % 5}`,
  treatmentId: 't',
  channel,
  purpose: 'marketing',
  parameters: {},
  notBefore: null,
  expiresAt: null,
  reason: '',
})

/** The person ids of the customers, as sends name them. */
const persons = (): string[] =>
  population('joai', settings)
    .truth([], start)
    .map(({ identifiers }) => settings.personIdOf(identifiers[0]!))

const kindsOf = (records: readonly InputRecord[]): Map<string, number> => {
  const counts = new Map<string, number>()
  for (const { topic, value } of records) {
    const kind = topic === 'receipts' ? decodeValue<Receipt>(topics.receipts.types.receipt, value).kind : topic
    counts.set(kind, (counts.get(kind) ?? 0) + 1)
  }
  return counts
}

describe('what customers do unprompted', () => {
  const whole = population('joai', settings).eventsBetween(start, start + days(5))

  test('is the same however time is divided, and differs for another seed', () => {
    const people = population('joai', settings)
    const pieces: InputRecord[] = []
    for (let from = start; from < start + days(5); from += minutes(95))
      pieces.push(...people.eventsBetween(from, Math.min(from + minutes(95), start + days(5))))
    expect(bytes(pieces)).toEqual(bytes(whole))
    expect(bytes(population('spring', settings).eventsBetween(start, start + days(5)))).not.toEqual(bytes(whole))
    expect(whole.length).toBeGreaterThan(1000)
  })

  test('does not depend on the other customers', () => {
    const all = new Set(bytes(whole))
    const fewer = population('joai', { ...settings, customers: 20 })
      .eventsBetween(start, start + days(5))
      .filter(({ topic }) => topic !== 'reference')
    expect(bytes(fewer).filter(record => !all.has(record))).toEqual([])
    expect(fewer.length).toBeGreaterThan(100)
  })

  test('comes from devices that belong to nobody until their customer logs in', () => {
    const events = eventsOf(whole)
    const linked = events
      .filter(({ type }) => type === 'identity_linked')
      .map(({ identifiers }) => identifiers[1]!.value)
    const guests = new Set(
      events
        .filter(({ type, identifiers }) => type === 'product_added' && identifiers[0]!.type === 'device_id')
        .map(({ identifiers }) => identifiers[0]!.value),
    )
    expect(linked.filter(device => guests.has(device)).length).toBeGreaterThan(5)
  })

  test('goes through both journeys: carts are filled, emptied, bought and abandoned, and contracts billed, asked about and ended', () => {
    const events = eventsOf(whole)
    const counts = new Map<string, number>()
    for (const { type } of events) counts.set(type, (counts.get(type) ?? 0) + 1)
    const types = ['page_viewed', 'product_added', 'product_removed', 'checkout_started', 'order_completed']
    const contractTypes = ['contract_changed', 'usage_rated', 'bill_issued', 'payment_failed', 'ticket_opened']
    const endTypes = ['ticket_closed', 'contract_end_near', 'port_out_requested', 'plan_changed', 'profile_changed']
    for (const type of [...types, ...contractTypes, ...endTypes]) expect(counts.get(type), type).toBeGreaterThan(0)
    const cartsOf = (type: string) =>
      new Set(events.filter(event => event.type === type).map(event => eventFieldsOf(event).cartId as string | null))
    const [filled, bought] = [cartsOf('product_added'), cartsOf('order_completed')]
    bought.delete(null)
    expect([...bought].filter(cart => !filled.has(cart))).toEqual([])
    expect(bought.size).toBeGreaterThan(20)
    expect(filled.size).toBeGreaterThan(1.5 * bought.size)
  })

  test('happens beside changes of reference data: products are added, sold out and reduced, and cells fail', () => {
    const changes = whole
      .filter(({ topic }) => topic === 'reference')
      .map(({ key, value }) => ({ key, ...decodeValue<ReferenceChange>(topics.reference.types.change, value) }))
    const keysOf = (wanted: string) => new Set(changes.filter(({ type }) => type === wanted).map(({ key }) => key))
    const introduced = keysOf('reference_set')
    expect(introduced.size).toBe(27)
    const viewed = eventsOf(whole).flatMap(event =>
      event.type === 'page_viewed' ? [eventFieldsOf(event).productId] : [],
    )
    expect(viewed.filter(productId => !introduced.has(`product/${productId}`))).toEqual([])
    const onHand = changes.flatMap(({ data }) =>
      'joai.StockChanged' in data ? [data['joai.StockChanged'].onHand] : [],
    )
    expect(Math.min(...onHand)).toBe(0)
    expect(onHand.some(left => left > 0 && left < 5)).toBe(true)
    for (const type of ['price_changed', 'network_incident']) expect(keysOf(type).size, type).toBeGreaterThan(3)
  })

  test('carries the primary identifier type of the release', () => {
    const grocers = population('joai', { ...settings, primaryIdentifierType: 'household_id' })
    const types = new Set(
      eventsOf(grocers.eventsBetween(start, start + days(1))).map(({ identifiers }) => identifiers[0]!.type),
    )
    expect([...types].sort()).toEqual(['cookie_id', 'device_id', 'household_id', 'msisdn_hash'])
  })

  test('includes shared tablets and mistyped addresses', () => {
    const owners = new Map<string, Set<string>>()
    for (const { identifiers } of eventsOf(whole).filter(({ identifiers }) => identifiers[0]!.type === 'customer_id'))
      for (const { type, value } of identifiers.slice(1))
        owners.set(`${type} ${value}`, (owners.get(`${type} ${value}`) ?? new Set()).add(identifiers[0]!.value))
    const shared = [...owners].filter(([, households]) => households.size > 1).map(([name]) => name)
    expect(shared.filter(name => name.startsWith('device_id tablet-')).length).toBeGreaterThan(2)
    expect(shared.filter(name => name.startsWith('email_hash')).length).toBeGreaterThan(0)
  })

  test('is as skewed, crowded, late, duplicated and disordered as requested', () => {
    const tidy = { skew: 0, burst: 0, lateShare: 0, duplicateShare: 0, disorderMs: 0 }
    const wild = { skew: 1, burst: 0.8, lateShare: 0.5, duplicateShare: 0.5, disorderMs: 60_000 }
    const measured = [tidy, wild].map(behaviour => {
      const records = population('joai', { ...settings, ...behaviour }).eventsBetween(start, start + days(1))
      const events = eventsOf(records)
      const orders = events.filter(({ type }) => type === 'order_completed')
      const perHousehold = new Map<string, number>()
      for (const { identifiers } of orders)
        perHousehold.set(identifiers[0]!.value, (perHousehold.get(identifiers[0]!.value) ?? 0) + 1)
      const happened = events.map(({ occurredAt }) => occurredAt)
      return {
        busiest: Math.max(...perHousehold.values()),
        inBurst:
          records.filter(({ timestamp }) => timestamp >= start + hours(9) && timestamp < start + hours(9.3)).length /
          records.length,
        late: events.filter(({ occurredAt }, i) => records[i]!.timestamp - occurredAt > hours(0.9)).length,
        doubled: events.length - new Set(events.map(({ eventId }) => eventId)).size,
        disordered: happened.filter((at, i) => i > 0 && at < happened[i - 1]!).length,
      }
    })
    const [calm, storm] = measured as unknown as [Record<string, number>, Record<string, number>]
    expect(calm).toMatchObject({ doubled: 0, disordered: 0 })
    expect(calm.inBurst).toBeLessThan(0.1)
    expect(storm.inBurst).toBeGreaterThan(0.25)
    expect(storm.busiest).toBeGreaterThan(2 * calm.busiest!)
    for (const name of ['late', 'doubled', 'disordered']) expect(storm[name]).toBeGreaterThan(calm[name]! + 50)
  })
})

describe('how customers react to sends', () => {
  const everyone = persons()
  const sends = everyone.map((personId, n) => sendTo(personId, n, ['push', 'email', 'inapp'][n % 3]))

  test('comes after the send, in every kind, and only from customers whom it reached', () => {
    const reactions = population('joai', settings).reactionsTo([...sends, sendTo('p.nobody', 9999)], start)
    expect(reactions.every(({ timestamp }) => timestamp > start)).toBe(true)
    const kinds = kindsOf(reactions)
    for (const kind of ['delivered', 'bounced', 'opened', 'clicked', 'converted', 'ignored'])
      expect(kinds.get(kind), kind).toBeGreaterThan(0)
    expect(kinds.get('delivered')).toBeLessThan(sends.length)
    expect(kinds.get('opened')).toBeLessThan(kinds.get('delivered')!)
    expect(reactions.filter(({ decisionId }) => decisionId === 'decision-9999')).toEqual([])
    const bounced = reactions.filter(({ id }) => id.endsWith('/bounced')).map(({ decisionId }) => decisionId)
    expect(reactions.filter(({ decisionId, id }) => bounced.includes(decisionId) && !id.endsWith('/bounced'))).toEqual(
      [],
    )
  })

  test('is the same however sends are grouped', () => {
    const [one, many] = [population('joai', settings), population('joai', settings)]
    const together = one.reactionsTo(sends, start)
    expect(bytes(sends.flatMap(send => many.reactionsTo([send], start)))).toEqual(bytes(together))
  })

  test('declines with every contact, and recovers with rest', () => {
    const opened = (gap: number, rest: number) => {
      const people = population('joai', settings)
      let n = 0
      for (let time = 0; time < 6; time++)
        people.reactionsTo(
          everyone.map(personId => sendTo(personId, ++n)),
          start + time * gap,
        )
      const last = people.reactionsTo(
        everyone.map((personId, i) => sendTo(personId, 100_000 + i)),
        start + 5 * gap + rest,
      )
      return kindsOf(last)
    }
    const [fresh, tired] = [opened(hours(1), days(6)), opened(hours(1), hours(1))]
    expect(tired.get('opened')).toBeLessThan(0.8 * fresh.get('opened')!)
    expect(tired.get('complained') ?? 0).toBeGreaterThan(fresh.get('complained') ?? 0)
    expect(tired.get('consents') ?? 0).toBeGreaterThan(fresh.get('consents') ?? 0)
  })

  test('is reported twice, days late, of unknown decisions and of unknown persons, as often as requested', () => {
    const shares = { duplicateShare: 0.3, lateShare: 0.3, strayShare: 0.3 }
    const measured = [{ duplicateShare: 0, lateShare: 0, strayShare: 0 }, shares].map(behaviour => {
      const receipts = population('joai', { ...settings, ...behaviour })
        .reactionsTo(sends, start)
        .filter(({ topic }) => topic === 'receipts')
        .map(({ timestamp, value }) => ({
          timestamp,
          ...decodeValue<Receipt>(topics.receipts.types.receipt, value),
        }))
      return {
        twice: receipts.length - new Set(receipts.map(({ receiptId }) => receiptId)).size,
        late: receipts.filter(({ timestamp, occurredAt }) => timestamp - occurredAt > days(1)).length,
        ofNothing: receipts.filter(({ decisionId }) => !decisionId.startsWith('decision-')).length,
        toNobody: receipts.filter(({ personId }) => !everyone.includes(personId)).length,
      }
    })
    expect(measured[0]).toEqual({ twice: 0, late: 0, ofNothing: 0, toNobody: 0 })
    for (const [name, count] of Object.entries(measured[1]!)) expect(count, name).toBeGreaterThan(10)
  })

  test('changes plans where the action concerns plans, and orders otherwise', () => {
    const causedBy = (actionId: string) =>
      kindsIn(
        eventsOf(
          population('joai', settings).reactionsTo(
            sends.map(send => ({ ...send, actionId })),
            start,
          ),
        ),
      )
    const kindsIn = (events: readonly CustomerEvent[]) => [...new Set(events.map(({ type }) => type))]
    expect(causedBy('T4')).toEqual(['plan_changed'])
    expect(causedBy('R1')).toEqual(['order_completed'])
  })
})

test('the truth about every customer can be written: identifiers, taste, and what they would have bought anyway', () => {
  const people = population('joai', settings)
  const truth = JSON.parse(JSON.stringify(people.truth(['a', 'b'], start + days(20)))) as ReturnType<
    typeof people.truth
  >
  expect(truth).toHaveLength(200)
  const tastes = truth.map(({ taste }) => taste.a!)
  expect(Math.max(...tastes) - Math.min(...tastes)).toBeGreaterThan(0.8)
  expect(new Set(truth.map(({ timeZone }) => timeZone)).size).toBeGreaterThan(3)
  const left = truth.filter(({ leftAnyway }) => leftAnyway)
  expect(left.length).toBeGreaterThan(10)
  expect(left.length).toBeLessThan(150)
  const mean = (of: readonly (typeof truth)[number][], value: (one: (typeof truth)[number]) => number) =>
    of.reduce((sum, one) => sum + value(one), 0) / of.length
  expect(mean(left, ({ leavesAnyway }) => leavesAnyway)).toBeGreaterThan(
    mean(truth, ({ leavesAnyway }) => leavesAnyway),
  )
  expect(mean(truth, ({ orderedAnyway }) => orderedAnyway)).toBeGreaterThan(5)
  expect(truth.filter(({ borrowed }) => borrowed !== null).length).toBe(16)
  const known = new Set(truth.flatMap(({ identifiers }) => identifiers.map(({ type, value }) => `${type} ${value}`)))
  const unknown = eventsOf(people.eventsBetween(start, start + days(20)))
    .flatMap(({ identifiers }) => identifiers)
    .filter(({ type, value }) => !known.has(`${type} ${value}`) && !value.startsWith('tablet-'))
  expect(unknown).toEqual([])
})
