import type { Identifier, Send } from '../schemas/generated.ts'
import type { IdentifiedRecord } from '../schemas/input-record.ts'
import { days, hours, type Time } from '../schemas/record.ts'
import {
  type Customer,
  deviceOf,
  devicesBy,
  fatigue,
  type Habits,
  newCustomer,
  taste,
  usualHabits,
} from './customer.ts'
import { dayOf } from './day.ts'
import { type Reaction, reactionsOf } from './reactions.ts'
import { recordOf } from './sample.ts'
import type { Heard } from './sample-customer.ts'
import { thingsOf } from './things.ts'

export interface PopulationSettings extends Partial<Habits> {
  /** When the first day begins. */
  readonly start: Time
  /** The id of the person that an identifier on its own would be: sends name their persons so. */
  readonly personIdOf: (identifier: Identifier) => string
  /** The type of the identifier by which the company itself knows its customers; `customer_id` if left out. */
  readonly knownBy?: string
}

/** What only a simulation can know of a customer. */
export interface CustomerTruth {
  readonly customer: string
  /** All that are really this customer's own. */
  readonly identifiers: readonly Identifier[]
  /** What this customer uses though it is another's, or of all: links by it are wrong. */
  readonly borrowed: Identifier | null
  readonly timeZone: string
  readonly visitsPerDay: number
  /** How likely a visit ends in an order, and the end of a contract in leaving, whatever is sent. */
  readonly buysAnyway: number
  readonly leavesAnyway: number
  /** What was ordered, and whether the customer asked to leave, until then, without anything that was sent. */
  readonly orderedAnyway: number
  readonly leftAnyway: boolean
  readonly persuadable: number
  readonly patience: number
  readonly taste: Readonly<Record<string, number>>
}

/** Customers who never were: what they do by themselves, how they take what is sent to them, and who they really are. */
export interface Population {
  /** What they do, and what happens to things, that is heard in [from, to), in order. It does not depend on what is sent. */
  eventsUntil(from: Time, to: Time): IdentifiedRecord[]
  /** What comes of these sends, all of it after `at`. Sends must be given in the order in which they were decided, each once. */
  reactionsTo(sends: readonly Send[], at: Time): Reaction[]
  /** The truth about everyone, with the identifiers that they have had until `at`. */
  truth(actionIds: readonly string[], at: Time): CustomerTruth[]
}

/** A population, fixed by its seed and settings: the same questions get the same answers, however they are cut up. */
export function population(
  seed: string,
  { start, personIdOf, knownBy = 'customer_id', ...habits }: PopulationSettings,
): Population {
  const world = { seed, start, knownBy, habits: { ...usualHabits, ...habits } }
  const customers = Array.from({ length: world.habits.customers }, (_, number) => newCustomer(world, number))
  const dayAt = (at: Time): number => Math.floor((at - start) / days(1))
  const personal = (customer: Customer, at: Time): Identifier[] => [
    customer.id,
    customer.email,
    customer.phone,
    ...(customer.loyalty ? [customer.loyalty] : []),
    ...(customer.isOnline
      ? Array.from({ length: devicesBy(customer, dayAt(at)) + 1 }, (_, n) => deviceOf(world, customer, n)).flatMap(
          ({ identifier, cookie }) => [identifier, cookie],
        )
      : []),
  ]
  const until = (customer: Customer, at: Time, type: string): readonly Heard[] =>
    Array.from({ length: dayAt(at - 1) + 1 }, (_, day) => dayOf(world, customer, day))
      .flat()
      .filter(({ event, receivedAt }) => event?.type === type && receivedAt < at)

  const lived = new Map<number, readonly IdentifiedRecord[]>()
  const dayRecords = (day: number): readonly IdentifiedRecord[] => {
    let records = lived.get(day)
    if (!records) {
      for (const known of lived.keys()) if (known < day - 1) lived.delete(known)
      const heard = customers.flatMap(customer => dayOf(world, customer, day).map(recordOf))
      records = [...thingsOf(world, day), ...heard].sort(inOrder)
      lived.set(day, records)
    }
    return records
  }

  const owners = new Owners(personIdOf)
  const contacts = new Map<Customer, Time[]>()

  return {
    eventsUntil(from, to) {
      const records: IdentifiedRecord[] = []
      // What is heard a second time may be heard on the day after.
      for (let day = Math.max(0, dayAt(from) - 1); day <= dayAt(to - 1); day++)
        for (const record of dayRecords(day))
          if (record.timestamp >= from && record.timestamp < to) records.push(record)
      return records.sort(inOrder)
    },
    reactionsTo(sends, at) {
      owners.know(dayAt(at), customers, customer => personal(customer, at))
      return sends.flatMap(send => {
        const customer = owners.of(send.personId)
        if (!customer) return []
        const earlier = (contacts.get(customer) ?? []).filter(contact => contact > at - days(7))
        contacts.set(customer, [...earlier, at])
        const arrives = Math.max(at, send.notBefore ?? at)
        const nextOrder = (after: Time) => orderAfter(dayOf(world, customer, dayAt(after)), after)
        return reactionsOf(world, customer, {
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
        orderedAnyway: new Set(until(customer, at, 'order_completed').map(({ event }) => event!.eventId)).size,
        leftAnyway: until(customer, at, 'port_out_requested').length > 0,
        persuadable: customer.persuadable,
        patience: customer.patience,
        taste: Object.fromEntries(actionIds.map(actionId => [actionId, taste(world, customer, actionId)])),
      })),
  }
}

/** When records are heard, then by their ids: the order in which a population is read. */
export const inOrder = (a: IdentifiedRecord, b: IdentifiedRecord): number =>
  a.timestamp - b.timestamp || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)

/** An order that was about to come within half a day. */
function orderAfter(heard: readonly Heard[], after: Time): Time | null {
  const times = heard.flatMap(({ event, receivedAt }) =>
    event?.type === 'order_completed' && receivedAt > after && receivedAt < after + hours(12) ? [receivedAt] : [],
  )
  return times.length === 0 ? null : Math.min(...times)
}

/** Who is meant by the persons that sends name: a person has the name of one of its identifiers. */
class Owners {
  readonly #personIdOf: PopulationSettings['personIdOf']
  readonly #byPerson = new Map<string, Customer>()
  #knownDay = -1

  constructor(personIdOf: PopulationSettings['personIdOf']) {
    this.#personIdOf = personIdOf
  }

  /** Takes in the identifiers that came up until this day. */
  know(day: number, customers: readonly Customer[], identifiersOf: (customer: Customer) => Identifier[]): void {
    if (day <= this.#knownDay) return
    this.#knownDay = day
    for (const customer of customers)
      for (const identifier of identifiersOf(customer)) this.#byPerson.set(this.#personIdOf(identifier), customer)
  }

  of(personId: string): Customer | undefined {
    return this.#byPerson.get(personId)
  }
}
