import type { InputRecord } from '../../connectors/adapters/adapter.ts'
import { recordOf } from '../../connectors/adapters/sample.ts'
import type { Heard } from '../../connectors/adapters/sample-customer.ts'
import { personOf, tokens } from '../../operators/tokens.ts'
import type { Identifier, Send } from '../../schemas/generated.ts'
import { days, hours, type Time } from '../../schemas/record.ts'
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

export interface PopulationSettings extends Partial<Habits> {
  /** When the first day begins. */
  readonly start: Time
  /** Makes the tokens by which sends name their persons. */
  readonly secret: string
}

/** What only a simulation can know of a customer. */
export interface CustomerTruth {
  readonly customer: string
  readonly identifiers: readonly Identifier[]
  readonly timeZone: string
  readonly visitsPerDay: number
  readonly buysAnyway: number
  readonly persuadable: number
  readonly patience: number
  readonly taste: Readonly<Record<string, number>>
}

/** Customers who never were: what they do by themselves, how they take what is sent to them, and who they really are. */
export interface Population {
  /** What they do that is heard in [from, to), in order. It does not depend on what is sent to them. */
  eventsUntil(from: Time, to: Time): InputRecord[]
  /** What comes of these sends, all of it after `at`. Sends must be given in the order in which they were decided, each once. */
  reactionsTo(sends: readonly Send[], at: Time): Reaction[]
  /** The truth about everyone, with the identifiers that they have had until `at`. */
  truth(actionIds: readonly string[], at: Time): CustomerTruth[]
}

/** A population, fixed by its seed and settings: the same questions get the same answers, however they are cut up. */
export function population(seed: string, { start, secret, ...habits }: PopulationSettings): Population {
  const world = { seed, start, habits: { ...usualHabits, ...habits } }
  const customers = Array.from({ length: world.habits.customers }, (_, number) => newCustomer(world, number))
  const dayAt = (at: Time): number => Math.floor((at - start) / days(1))
  const personal = (customer: Customer, at: Time): Identifier[] => [
    customer.household,
    customer.email,
    ...(customer.isOnline
      ? Array.from({ length: devicesBy(customer, dayAt(at)) + 1 }, (_, n) => deviceOf(world, customer, n).identifier)
      : []),
  ]

  const lived = new Map<number, readonly InputRecord[]>()
  const dayRecords = (day: number): readonly InputRecord[] => {
    let records = lived.get(day)
    if (!records) {
      for (const known of lived.keys()) if (known < day - 2) lived.delete(known)
      records = customers.flatMap(customer => dayOf(world, customer, day).map(recordOf)).sort(inOrder)
      lived.set(day, records)
    }
    return records
  }

  const owners = new Owners(secret)
  const contacts = new Map<Customer, Time[]>()

  return {
    eventsUntil(from, to) {
      const records: InputRecord[] = []
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
        timeZone: customer.zone,
        visitsPerDay: customer.visitsPerDay,
        buysAnyway: customer.buysAnyway,
        persuadable: customer.persuadable,
        patience: customer.patience,
        taste: Object.fromEntries(actionIds.map(actionId => [actionId, taste(world, customer, actionId)])),
      })),
  }
}

/** When records are heard, then by their ids: the order in which a population is read. */
export const inOrder = (a: InputRecord, b: InputRecord): number =>
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
  readonly #token: ReturnType<typeof tokens>
  readonly #byPerson = new Map<string, Customer>()
  #knownDay = -1

  constructor(secret: string) {
    this.#token = tokens(secret)
  }

  /** Takes in the identifiers that came up until this day. */
  know(day: number, customers: readonly Customer[], identifiersOf: (customer: Customer) => Identifier[]): void {
    if (day <= this.#knownDay) return
    this.#knownDay = day
    for (const customer of customers)
      for (const identifier of identifiersOf(customer))
        this.#byPerson.set(personOf(this.#token(identifier).token), customer)
  }

  of(personId: string): Customer | undefined {
    return this.#byPerson.get(personId)
  }
}
