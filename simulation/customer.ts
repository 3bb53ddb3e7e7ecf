import type { Identifier } from '../schemas/generated.ts'
import { days, hours, type Time } from '../schemas/record.ts'
import { Chance } from './chance.ts'
import { type Contract, newContract } from './contract.ts'
import { newHousehold } from './sample-household.ts'
import { type Category, favourites } from './sample-products.ts'

/** The activity of a population, its uneven distribution, and the untidiness of its records. */
export interface Behaviour {
  readonly customers: number
  /** Visits of a customer, online and in stores, on an average day. */
  readonly visitsPerDay: number
  /** 0: all customers visit equally often; 1: a few visit far more often than most. */
  readonly skew: number
  /** Share of each day's visits that fall into the quarter of an hour that begins nine hours into the day. */
  readonly burst: number
  /** Share of events that are received hours or days after they happened, and of sends whose receipt is. */
  readonly lateShare: number
  /** Share of events and receipts that are received twice. */
  readonly duplicateShare: number
  /** Share of sends after which a channel reports on an unknown decision, or on an unknown person. */
  readonly strayShare: number
  /** Events that happen within this time of each other may be received in another order. */
  readonly disorderMs: number
}

/** The behaviour of the demo's population. */
export const defaultBehaviour: Behaviour = {
  customers: 600,
  visitsPerDay: 2.5,
  skew: 0.5,
  burst: 0.1,
  lateShare: 0.02,
  duplicateShare: 0.01,
  strayShare: 0.01,
  disorderMs: 4000,
}

/** Everything that fixes a population: nothing else decides what its customers do. */
export interface SimulationSettings {
  readonly seed: string
  readonly behaviour: Behaviour
  /** The start of the first day. */
  readonly start: Time
  /** The type of identifier by which the company itself knows its customers. */
  readonly primaryIdentifierType: string
}

/** A simulated customer, who shops and has a phone contract, with traits that only a simulation can know. */
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
  /** Probability that a visit ends in an order, whatever is sent. */
  readonly buysAnyway: number
  /** Probability that the end of a contract makes the customer leave, whatever is sent. */
  readonly leavesAnyway: number
  /** Probability that a clicked message causes an order or a change of plans that would not have come otherwise. */
  readonly persuadable: number
  /** 0: every contact tires the customer; 1: hardly any contact does. */
  readonly patience: number
  readonly isOnline: boolean
  readonly reportsTimeZone: boolean
  readonly contract: Contract
  /** A tablet that others use too, or someone else's address: links by it are wrong. */
  readonly borrowed: Identifier | null
  /** Days by which this customer's changes of devices are shifted. */
  readonly deviceOffset: number
}

/** Makes a separate stream of random numbers for each purpose, so that no draw depends on earlier draws for another. */
export const chanceFor = (seed: string, customer: number, purpose: string, n: number | string): Chance =>
  new Chance(`${seed}/${customer}/${purpose}/${n}`)

/** Customers in a neighbourhood: three share a tablet, and one enters a neighbour's address as its own. */
const neighbourhood = 50

/** Customers abroad are under another law, by which unknown consent means no. */
const abroad = [
  { zone: 'Europe/Berlin', jurisdiction: 'DE' },
  { zone: 'Europe/Lisbon', jurisdiction: 'PT' },
  { zone: 'Asia/Kolkata', jurisdiction: 'IN' },
  { zone: 'Pacific/Chatham', jurisdiction: 'NZ' },
] as const

/** Makes the customer of this number. */
export function newCustomer({ seed, behaviour, primaryIdentifierType }: SimulationSettings, number: number): Customer {
  const chance = chanceFor(seed, number, 'who', 0)
  const { name, email, zone } = newHousehold(number, chance)
  const home = chance.is(0.15) ? chance.of(abroad) : { zone, jurisdiction: 'US' }
  // 1 on average and 6.6 at most, so that a few customers visit far more often.
  const heavy = 0.33 / (0.05 + chance.next())
  return {
    number,
    name,
    id: { type: primaryIdentifierType, value: name },
    email,
    phone: { type: 'msisdn_hash', value: `phone-${name}-${chance.between(1000, 9999)}` },
    loyalty: chance.is(0.5) ? { type: 'loyalty_id', value: `card-${name}` } : null,
    ...home,
    likes: Array.from({ length: chance.between(2, 4) }, () => chance.of(favourites)),
    visitsPerDay: behaviour.visitsPerDay * (1 - behaviour.skew + behaviour.skew * heavy),
    buysAnyway: 0.35 + 0.4 * chance.next(),
    leavesAnyway: 0.6 * chance.next(),
    persuadable: chance.next() * 0.6,
    patience: chance.next(),
    isOnline: chance.is(0.55),
    reportsTimeZone: chance.is(0.7),
    contract: newContract(chanceFor(seed, number, 'contract', 0)),
    borrowed: borrowedBy(seed, number),
    deviceOffset: chance.between(0, devicePeriod - 1),
  }
}

function borrowedBy(seed: string, number: number): Identifier | null {
  const index = number % neighbourhood
  const first = number - index
  if (index < 3) return { type: 'device_id', value: `tablet-${first}` }
  if (index !== 4) return null
  return newHousehold(number - 1, chanceFor(seed, number - 1, 'who', 0)).email
}

/** Returns how well an action fits a customer, on [0, 1): the preference that a model would have to learn. */
export const taste = ({ seed }: SimulationSettings, { number }: Customer, actionId: string): number =>
  chanceFor(seed, number, 'taste', actionId).next()

/** Days for which a customer keeps a device. */
const devicePeriod = 14

/** A device and its browser's cookie. Until the login neither is linked to a customer. */
export interface Device {
  readonly identifier: Identifier
  readonly cookie: Identifier
  readonly login: Time
}

/** Returns the number of devices that a customer had before that of this day. */
export const devicesBy = ({ deviceOffset }: Customer, day: number): number =>
  Math.floor((day + deviceOffset) / devicePeriod)

/** Returns the customer's device of this number, from 0. */
export function deviceOf(
  { seed, start }: SimulationSettings,
  { name, number, deviceOffset }: Customer,
  count: number,
): Device {
  const chance = chanceFor(seed, number, 'device', count)
  const named = `${name}-${count}-${chance.between(1000, 9999)}`
  const day = count * devicePeriod - deviceOffset + chance.between(0, 4)
  return {
    identifier: { type: 'device_id', value: `device-${named}` },
    cookie: { type: 'cookie_id', value: `cookie-${named}` },
    login: start + days(day) + chance.between(hours(2), hours(13)),
  }
}

/**
 * Returns how tired earlier contacts made a customer, on [0, 0.9]. Each contact adds to it, and fades with time. It uses
 * no powers and no exponentials, so that it has the same bits everywhere.
 */
export const fatigue = ({ patience }: Customer, contacts: readonly Time[], at: Time): number =>
  Math.min(
    0.9,
    contacts.reduce((sum, contact) => sum + (0.35 * (1.1 - patience)) / (1 + Math.max(0, at - contact) / hours(18)), 0),
  )
