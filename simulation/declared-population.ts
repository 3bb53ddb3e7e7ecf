import type { CatalogDeclaration } from '../schemas/catalog/catalog.ts'
import type { EventFields } from '../schemas/catalog/event-schema.ts'
import type { Identifier, Receipt, Send } from '../schemas/generated.ts'
import type { IdentifiedRecord } from '../schemas/input-record.ts'
import { receiptOf } from '../schemas/receipts.ts'
import { days, hours, minutes, type Time } from '../schemas/record.ts'
import { topics } from '../schemas/topics.ts'
import { encodeValue } from '../schemas/wire.ts'
import { Chance } from './chance.ts'
import { type Behaviour, defaultBehaviour } from './customer.ts'
import { valueFor } from './declared-values.ts'
import { inOrder, type Population } from './population.ts'
import type { Reaction } from './reactions.ts'

/** The settings that fix the customers of a catalog, besides their seed. */
export interface DeclaredSettings extends Partial<Behaviour> {
  readonly start: Time
  readonly personIdOf: (identifier: Identifier) => string
  readonly words: CatalogDeclaration
  /** The types of identifiers, the most telling first. */
  readonly identifierTypes: readonly string[]
  /** The event types that a release reads, of which customers have more than of others. */
  readonly eventTypes: readonly string[]
}

/** Customers in a neighbourhood: three share the last type of identifier, so that links by it are wrong. */
const neighbourhood = 50

/**
 * Makes customers of any trade, from its catalog alone: each day things happen to them with fields as the catalog declares them, they
 * say yes and no, and react to what is sent. What drives a real trade's customers, only the trade can say.
 */
export function declaredPopulation(seed: string, settings: DeclaredSettings): Population {
  const { start, personIdOf, words, identifierTypes, eventTypes } = settings
  const behaviour: Behaviour = { ...defaultBehaviour, ...settings }
  const customers = Array.from({ length: behaviour.customers }, (_, number) => number)
  const chanceFor = (customer: number, purpose: string, n: number | string) =>
    new Chance(`${seed}/${customer}/${purpose}/${n}`)
  const asked = words.purposes.filter(purpose => purpose !== 'service')
  const read = eventTypes.filter(type => Object.hasOwn(words.events, type))
  const others = Object.keys(words.events).filter(type => !read.includes(type))
  const dayAt = (at: Time): number => Math.floor((at - start) / days(1))
  const primary = (customer: number): Identifier => identifierOf(identifierTypes[0]!, customer, 0)

  /** The identifiers of a customer: each has one of each type, and another one of the less telling types each fortnight. */
  function identifiersOf(customer: number, day: number): Identifier[] {
    return identifierTypes.map((type, rank) => {
      const isShared = rank === identifierTypes.length - 1 && rank > 0 && customer % neighbourhood < 3
      const owner = isShared ? customer - (customer % neighbourhood) : customer
      return identifierOf(type, owner, rank > 1 ? Math.floor((day + customer) / 14) : 0)
    })
  }

  const eventOf = (id: string, type: string, at: Time, identifiers: readonly Identifier[], data: unknown) => ({
    ...{ topic: topics.events.name, key: identifiers[0]!.value, id },
    value: encodeValue(topics.events.types.event, {
      ...{ eventId: id, type, occurredAt: at, identifiers: [...identifiers], source: 'simulation', schemaVersion: 1 },
      data: { 'joai.OpenData': { fields: data as EventFields } },
    }),
  })
  function consentOf(
    id: string,
    at: Time,
    customer: number,
    purpose: string,
    status: 'granted' | 'withdrawn',
    channel: string | null,
  ) {
    const proof = { lawfulBasis: 'consent', jurisdiction: '', wordingVersion: '' }
    const change = { purpose, channel, status, ...proof, effectiveAt: at, recordedAt: at }
    const identifiers = [primary(customer)]
    const value = encodeValue(topics.consents.types.consent, { eventId: id, identifiers, source: 'simulation', change })
    return { topic: topics.consents.name, key: identifiers[0]!.value, id, value, timestamp: at }
  }

  function happenings(customer: number, day: number): IdentifiedRecord[] {
    const chance = chanceFor(customer, 'day', day)
    const from = start + days(day)
    const known = identifiersOf(customer, day)
    const records: IdentifiedRecord[] = []
    const heavy = 0.33 / (0.05 + chanceFor(customer, 'who', 0).next())
    const perDay = behaviour.visitsPerDay * (1 - behaviour.skew + behaviour.skew * heavy)
    const count = Math.floor(perDay) + (chance.is(perDay % 1) ? 1 : 0)
    for (let n = 0; n < count; n++) {
      const isNightly = chance.is(0.2)
      const at = from + chance.between(isNightly ? hours(12) : 0, isNightly ? hours(24) - 1 : hours(12))
      const type = chance.of(others.length === 0 || chance.is(0.8) ? read : others)
      const lateMs = chance.is(behaviour.lateShare) ? chance.between(hours(1), hours(40)) : 0
      const by = chance.is(0.5) ? [known[0]!] : chance.is(0.5) ? [known[0]!, chance.of(known)] : [chance.of(known)]
      const data = valueFor(words.events[type], { chance, at, name: '' })
      const made = eventOf(`${type}-${customer}-${day}-${n}`, type, at - lateMs, unique(by), data)
      const received = at + chance.between(20, 20 + behaviour.disorderMs)
      records.push({ ...made, timestamp: received })
      if (chance.is(behaviour.duplicateShare))
        records.push({ ...made, timestamp: received + chance.between(minutes(1), minutes(90)) })
    }
    const soon = from + chance.between(minutes(1), hours(2))
    for (const [n, purpose] of asked.entries()) {
      const id = `consent-${customer}-${day}-${n}`
      if (day === 0 ? chance.is(0.75) : chance.is(0.01))
        records.push(consentOf(id, soon, customer, purpose, 'granted', null))
      else if (day > 0 && chance.is(0.01))
        records.push(consentOf(id, soon, customer, purpose, 'withdrawn', chance.of([null, ...words.channels])))
    }
    return records
  }

  const generated = new Map<number, readonly IdentifiedRecord[]>()
  function recordsOf(day: number): readonly IdentifiedRecord[] {
    let records = generated.get(day)
    if (!records) {
      for (const kept of generated.keys()) if (kept < day - 1) generated.delete(kept)
      records = customers.flatMap(customer => happenings(customer, day)).sort(inOrder)
      generated.set(day, records)
    }
    return records
  }

  const taste = (customer: number, actionId: string): number => chanceFor(customer, 'taste', actionId).next()
  const byPerson = new Map<string, number>()
  let learnt = -1
  function customerOf(personId: string, at: Time): number | undefined {
    for (; learnt < dayAt(at); learnt++)
      for (const customer of customers)
        for (const identifier of identifiersOf(customer, learnt + 1)) byPerson.set(personIdOf(identifier), customer)
    return byPerson.get(personId)
  }

  function reactionsOf(send: Send, at: Time): Reaction[] {
    const customer = customerOf(send.personId, at)
    if (customer === undefined) return []
    const chance = chanceFor(customer, 'send', send.decisionId)
    const reactions: Reaction[] = []
    const tell = (kind: Receipt['kind'], when: Time, value = 0) => {
      const receipt = receiptOf(send, kind, when, { value })
      reactions.push({
        ...{ topic: topics.receipts.name, key: receipt.personId, timestamp: when, decisionId: send.decisionId },
        ...{ id: receipt.receiptId, value: encodeValue(topics.receipts.types.receipt, receipt) },
      })
    }
    const delivered = Math.max(at, send.notBefore ?? at) + chance.between(2_000, hours(2))
    const delivery = chance.next()
    // Some providers never report anything.
    if (delivery < 0.02) return reactions
    if (delivery < 0.05) {
      tell('bounced', delivered)
      return reactions
    }
    tell('delivered', delivered)
    if (chance.is(0.02)) tell('complained', delivered + chance.between(minutes(2), hours(1)))
    if (chance.is(0.02)) {
      const when = delivered + chance.between(minutes(1), minutes(30))
      tell('unsubscribed', when)
      const no = consentOf(`no-${send.decisionId}`, when + 2000, customer, send.purpose, 'withdrawn', send.channel)
      reactions.push({ ...no, decisionId: send.decisionId })
    }
    const liking = taste(customer, send.actionId)
    if (!chance.is(0.15 + 0.7 * liking)) {
      tell('ignored', delivered + hours(24))
      return reactions
    }
    const opened = delivered + chance.between(minutes(1), hours(4))
    tell('opened', opened)
    if (!chance.is(0.1 + 0.6 * liking)) return reactions
    tell('clicked', opened + minutes(1))
    if (chance.is(0.4)) tell('converted', opened + minutes(20), 10)
    return reactions
  }

  return {
    eventsBetween(from, to) {
      const records: IdentifiedRecord[] = []
      for (let day = Math.max(0, dayAt(from) - 1); day <= dayAt(to - 1); day++)
        for (const record of recordsOf(day)) if (record.timestamp >= from && record.timestamp < to) records.push(record)
      return records.sort(inOrder)
    },
    reactionsTo: (sends, at) => sends.flatMap(send => reactionsOf(send, at)),
    truth: (actionIds, at) =>
      customers.map(customer => ({
        customer: primary(customer).value,
        identifiers: identifiersOf(customer, dayAt(at)),
        borrowed: null,
        timeZone: '',
        visitsPerDay: behaviour.visitsPerDay,
        buysAnyway: 0,
        leavesAnyway: 0,
        orderedAnyway: 0,
        leftAnyway: false,
        persuadable: 0,
        patience: 0,
        taste: Object.fromEntries(actionIds.map(actionId => [actionId, taste(customer, actionId)])),
      })),
  }
}

/** Values that fit what the type's name says, as folding needs addresses and telephone numbers. */
function identifierOf(type: string, customer: number, count: number): Identifier {
  if (/mail/.test(type)) return { type, value: `customer-${customer}-${count}@example.com` }
  if (/phone|msisdn/.test(type)) return { type, value: `+4930${1_000_000 + customer * 100 + count}` }
  return { type, value: `${type}-${customer}-${count}` }
}

const unique = (identifiers: readonly Identifier[]): readonly Identifier[] =>
  identifiers.filter(({ type }, n) => identifiers.findIndex(other => other.type === type) === n)
