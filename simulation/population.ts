import type { Identifier, Send } from '../schemas/generated.ts'
import type { IdentifiedRecord } from '../schemas/input-record.ts'
import { days, hours, type Time } from '../schemas/record.ts'
import {
  type Behaviour,
  type Customer,
  defaultBehaviour,
  deviceOf,
  devicesBy,
  fatigue,
  newCustomer,
  taste,
} from './customer.ts'
import { simulateDay } from './day.ts'
import { type Reaction, reactionsOf } from './reactions.ts'
import { referenceRecordsOf } from './reference-data.ts'
import { inputRecordOf } from './sample.ts'
import type { ReceivedChange } from './sample-household.ts'

/** The settings that fix a population, besides its seed. */
export interface PopulationSettings extends Partial<Behaviour> {
  /** The start of the first day. */
  readonly start: Time
  /** Returns the id of the person that an identifier on its own would be. Sends name their persons by such ids. */
  readonly personIdOf: (identifier: Identifier) => string
  /** The type of identifier by which the company itself knows its customers; `customer_id` if left out. */
  readonly primaryIdentifierType?: string
}

/** The truth about a customer, which only a simulation can know. */
export interface CustomerTruth {
  readonly customer: string
  /** The identifiers that are really this customer's own. */
  readonly identifiers: readonly Identifier[]
  /** An identifier that this customer uses although it belongs to another or to several: links by it are wrong. */
  readonly borrowed: Identifier | null
  readonly timeZone: string
  readonly visitsPerDay: number
  /** Probabilities that a visit ends in an order, and that the end of a contract makes the customer leave, whatever is sent. */
  readonly buysAnyway: number
  readonly leavesAnyway: number
  /** The number of orders, and whether the customer asked to leave, without any influence of sends. */
  readonly orderedAnyway: number
  readonly leftAnyway: boolean
  readonly persuadable: number
  readonly patience: number
  readonly taste: Readonly<Record<string, number>>
}

/** Simulated customers: what they do unprompted, how they react to sends, and the truth about them. */
export interface Population {
  /** Returns the unprompted events and reference changes received in [from, to), in order. Sends do not influence them. */
  eventsBetween(from: Time, to: Time): IdentifiedRecord[]
  /** Returns the reactions to sends, all of them after `at`. Sends must be given once each, in the order of their decisions. */
  reactionsTo(sends: readonly Send[], at: Time): Reaction[]
  /** Returns the truth about every customer, with the identifiers used until `at`. */
  truth(actionIds: readonly string[], at: Time): CustomerTruth[]
}

/** Makes a population, which its seed and settings fix. Its records do not depend on how time is divided into calls. */
export function population(
  seed: string,
  { start, personIdOf, primaryIdentifierType = 'customer_id', ...behaviour }: PopulationSettings,
): Population {
  const settings = { seed, start, primaryIdentifierType, behaviour: { ...defaultBehaviour, ...behaviour } }
  const customers = Array.from({ length: settings.behaviour.customers }, (_, number) => newCustomer(settings, number))
  const dayAt = (at: Time): number => Math.floor((at - start) / days(1))
  const personal = (customer: Customer, at: Time): Identifier[] => [
    customer.id,
    customer.email,
    customer.phone,
    ...(customer.loyalty ? [customer.loyalty] : []),
    ...(customer.isOnline
      ? Array.from({ length: devicesBy(customer, dayAt(at)) + 1 }, (_, n) => deviceOf(settings, customer, n)).flatMap(
          ({ identifier, cookie }) => [identifier, cookie],
        )
      : []),
  ]
  const eventsUntil = (customer: Customer, at: Time, type: string): readonly ReceivedChange[] =>
    Array.from({ length: dayAt(at - 1) + 1 }, (_, day) => simulateDay(settings, customer, day))
      .flat()
      .filter(({ event, receivedAt }) => event?.type === type && receivedAt < at)

  const generated = new Map<number, readonly IdentifiedRecord[]>()
  const dayRecords = (day: number): readonly IdentifiedRecord[] => {
    let records = generated.get(day)
    if (!records) {
      for (const known of generated.keys()) if (known < day - 1) generated.delete(known)
      const received = customers.flatMap(customer => simulateDay(settings, customer, day).map(inputRecordOf))
      records = [...referenceRecordsOf(settings, day), ...received].sort(inOrder)
      generated.set(day, records)
    }
    return records
  }

  const customersByPerson = new CustomersByPerson(personIdOf)
  const contacts = new Map<Customer, Time[]>()

  return {
    eventsBetween(from, to) {
      const records: IdentifiedRecord[] = []
      // A duplicate may be received on the following day.
      for (let day = Math.max(0, dayAt(from) - 1); day <= dayAt(to - 1); day++)
        for (const record of dayRecords(day))
          if (record.timestamp >= from && record.timestamp < to) records.push(record)
      return records.sort(inOrder)
    },
    reactionsTo(sends, at) {
      customersByPerson.learn(dayAt(at), customers, customer => personal(customer, at))
      return sends.flatMap(send => {
        const customer = customersByPerson.of(send.personId)
        if (!customer) return []
        const earlier = (contacts.get(customer) ?? []).filter(contact => contact > at - days(7))
        contacts.set(customer, [...earlier, at])
        const arrives = Math.max(at, send.notBefore ?? at)
        const nextOrder = (after: Time) => nextOrderAfter(simulateDay(settings, customer, dayAt(after)), after)
        return reactionsOf(settings, customer, {
          send,
          at: arrives,
          fatigue: fatigue(customer, earlier, arrives),
          nextOrder,
        })
      })
    },
    truth: (actionIds, at) =>
      customers.map(customer => ({
        customer: customer.name,
        identifiers: personal(customer, at),
        borrowed: customer.borrowed,
        timeZone: customer.zone,
        visitsPerDay: customer.visitsPerDay,
        buysAnyway: customer.buysAnyway,
        leavesAnyway: customer.leavesAnyway,
        orderedAnyway: new Set(eventsUntil(customer, at, 'order_completed').map(({ event }) => event!.eventId)).size,
        leftAnyway: eventsUntil(customer, at, 'port_out_requested').length > 0,
        persuadable: customer.persuadable,
        patience: customer.patience,
        taste: Object.fromEntries(actionIds.map(actionId => [actionId, taste(settings, customer, actionId)])),
      })),
  }
}

/** Orders records by the time at which they are received, then by their ids. */
export const inOrder = (a: IdentifiedRecord, b: IdentifiedRecord): number =>
  a.timestamp - b.timestamp || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)

/** Returns the time of the next order within half a day; null where none comes. */
function nextOrderAfter(received: readonly ReceivedChange[], after: Time): Time | null {
  const times = received.flatMap(({ event, receivedAt }) =>
    event?.type === 'order_completed' && receivedAt > after && receivedAt < after + hours(12) ? [receivedAt] : [],
  )
  return times.length === 0 ? null : Math.min(...times)
}

/** Finds the customer that a send means: its person id is made from one of the customer's identifiers. */
class CustomersByPerson {
  readonly #personIdOf: PopulationSettings['personIdOf']
  readonly #byPerson = new Map<string, Customer>()
  #knownDay = -1

  constructor(personIdOf: PopulationSettings['personIdOf']) {
    this.#personIdOf = personIdOf
  }

  /** Learns the identifiers that customers use until this day. */
  learn(day: number, customers: readonly Customer[], identifiersOf: (customer: Customer) => Identifier[]): void {
    if (day <= this.#knownDay) return
    this.#knownDay = day
    for (const customer of customers)
      for (const identifier of identifiersOf(customer)) this.#byPerson.set(this.#personIdOf(identifier), customer)
  }

  of(personId: string): Customer | undefined {
    return this.#byPerson.get(personId)
  }
}
