import type { Identifier } from '../schemas/generated.ts'
import { days, hours, type Time } from '../schemas/record.ts'
import { Chance } from './chance.ts'
import { type Contract, newContract } from './contract.ts'
import { newHousehold } from './sample-customer.ts'
import { type Category, favourites } from './sample-products.ts'

/** How lively, uneven and untidy the life of a population is. */
export interface Habits {
  readonly customers: number
  /** Visits of a customer, online and in stores, on an average day. */
  readonly visitsPerDay: number
  /** 0: all visit equally often; 1: a few far more often than most. */
  readonly skew: number
  /** Share of each day's visits that crowd into the quarter of an hour from nine hours after the day began. */
  readonly burst: number
  /** Share of events that are heard hours or days after they happened, and of sends of which a receipt is. */
  readonly lateShare: number
  /** Share of events and receipts that are heard twice. */
  readonly duplicateShare: number
  /** Share of sends after which a channel reports on a decision that never was, or to a person that nobody knows. */
  readonly strayShare: number
  /** Events that happen within this of each other may be heard in another order. */
  readonly disorderMs: number
}

/** The population of the demo. */
export const usualHabits: Habits = {
  customers: 600,
  visitsPerDay: 2.5,
  skew: 0.5,
  burst: 0.1,
  lateShare: 0.02,
  duplicateShare: 0.01,
  strayShare: 0.01,
  disorderMs: 4000,
}

/** What fixes a population: nothing else decides what its customers do. */
export interface World {
  readonly seed: string
  readonly habits: Habits
  /** When the first day begins. */
  readonly start: Time
  /** The type of the identifier by which the company itself knows its customers: the first of the release. */
  readonly knownBy: string
}

/** A customer, as only a simulation can know one: who shops, and has a contract for a phone. */
export interface Customer {
  readonly number: number
  readonly name: string
  /** The identifier by which the company itself knows the customer. */
  readonly id: Identifier
  readonly email: Identifier
  readonly phone: Identifier
  readonly loyalty: Identifier | null
  readonly zone: string
  readonly jurisdiction: string
  readonly likes: readonly Category[]
  readonly visitsPerDay: number
  /** How likely a visit ends in an order, whatever we send. */
  readonly buysAnyway: number
  /** How likely the end of a contract makes the customer leave, whatever we send. */
  readonly leavesAnyway: number
  /** How likely a message that was clicked makes an order, or a change of plans, that would not have been. */
  readonly persuadable: number
  /** 0: every contact tires; 1: hardly any does. */
  readonly patience: number
  readonly isOnline: boolean
  readonly tellsZone: boolean
  readonly contract: Contract
  /** The tablet that others use too, or the address of someone else: where identities go wrong. */
  readonly borrowed: Identifier | null
  /** When this customer's devices change, in days. */
  readonly deviceOffset: number
}

/** A stream of numbers of its own for each purpose, so that no draw depends on what was drawn before it. */
export const lot = (seed: string, customer: number, purpose: string, n: number | string): Chance =>
  new Chance(`${seed}/${customer}/${purpose}/${n}`)

/** Customers come in neighbourhoods: three share a tablet, and one types a neighbour's address for its own. */
const neighbourhood = 50

/** Whoever lives abroad lives by another law: there, unknown means no. */
const abroad = [
  { zone: 'Europe/Berlin', jurisdiction: 'DE' },
  { zone: 'Europe/Lisbon', jurisdiction: 'PT' },
  { zone: 'Asia/Kolkata', jurisdiction: 'IN' },
  { zone: 'Pacific/Chatham', jurisdiction: 'NZ' },
] as const

export function newCustomer({ seed, habits, knownBy }: World, number: number): Customer {
  const chance = lot(seed, number, 'who', 0)
  const { name, email, zone } = newHousehold(number, chance)
  const home = chance.is(0.15) ? chance.of(abroad) : { zone, jurisdiction: 'US' }
  // On average 1, at most 6.6: the share of a few who are there all the time.
  const heavy = 0.33 / (0.05 + chance.next())
  return {
    number,
    name,
    id: { type: knownBy, value: name },
    email,
    phone: { type: 'msisdn_hash', value: `phone-${name}-${chance.between(1000, 9999)}` },
    loyalty: chance.is(0.5) ? { type: 'loyalty_id', value: `card-${name}` } : null,
    ...home,
    likes: Array.from({ length: chance.between(2, 4) }, () => chance.of(favourites)),
    visitsPerDay: habits.visitsPerDay * (1 - habits.skew + habits.skew * heavy),
    buysAnyway: 0.35 + 0.4 * chance.next(),
    leavesAnyway: 0.6 * chance.next(),
    persuadable: chance.next() * 0.6,
    patience: chance.next(),
    isOnline: chance.is(0.55),
    tellsZone: chance.is(0.7),
    contract: newContract(lot(seed, number, 'contract', 0)),
    borrowed: borrowedBy(seed, number),
    deviceOffset: chance.between(0, devicePeriod - 1),
  }
}

function borrowedBy(seed: string, number: number): Identifier | null {
  const place = number % neighbourhood
  const first = number - place
  if (place < 3) return { type: 'device_id', value: `tablet-${first}` }
  if (place !== 4) return null
  return newHousehold(number - 1, lot(seed, number - 1, 'who', 0)).email
}

/** How well an action fits a customer, on [0, 1): what a model would have to learn. */
export const taste = ({ seed }: World, { number }: Customer, actionId: string): number =>
  lot(seed, number, 'taste', actionId).next()

/** Days for which a customer keeps a device. */
const devicePeriod = 14

/** A device, the cookie in its browser, and when its customer logs in on it: until then both are nobody's. */
export interface Device {
  readonly identifier: Identifier
  readonly cookie: Identifier
  readonly login: Time
}

/** How many devices a customer has had before the one of this day; less than 0 never. */
export const devicesBy = ({ deviceOffset }: Customer, day: number): number =>
  Math.floor((day + deviceOffset) / devicePeriod)

/** The device that the customer has got as its `count`th. */
export function deviceOf({ seed, start }: World, { name, number, deviceOffset }: Customer, count: number): Device {
  const chance = lot(seed, number, 'device', count)
  const named = `${name}-${count}-${chance.between(1000, 9999)}`
  const day = count * devicePeriod - deviceOffset + chance.between(0, 4)
  return {
    identifier: { type: 'device_id', value: `device-${named}` },
    cookie: { type: 'cookie_id', value: `cookie-${named}` },
    login: start + days(day) + chance.between(hours(2), hours(13)),
  }
}

/**
 * How tired earlier contacts made a customer, on [0, 0.9]: each adds, and fades with time. Made without powers or
 * exponentials, so that it has the same bits everywhere.
 */
export const fatigue = ({ patience }: Customer, contacts: readonly Time[], at: Time): number =>
  Math.min(
    0.9,
    contacts.reduce((sum, contact) => sum + (0.35 * (1.1 - patience)) / (1 + Math.max(0, at - contact) / hours(18)), 0),
  )
