import { consentChange, type Heard, newOrder, productOf, profile } from '../../connectors/adapters/sample-customer.ts'
import type { CustomerEvent, Identifier } from '../../schemas/generated.ts'
import { days, hours, minutes, type Time } from '../../schemas/record.ts'
import { type Customer, type Device, deviceOf, devicesBy, lot, type World } from './customer.ts'

/** All that one customer does by itself on one day, and when it is heard: a function of seed, customer and day. */
export function dayOf(world: World, customer: Customer, day: number): readonly Heard[] {
  const diary = new Diary(world, customer, day)
  const { chance } = diary
  const device = customer.isOnline ? deviceOf(world, customer, devicesBy(customer, day)) : null
  if (day === 0 && customer.tellsZone)
    diary.tell(
      diary.start + chance.between(minutes(1), minutes(50)),
      'profile_changed',
      [customer.household],
      profile(customer),
    )
  const visits = Math.floor(customer.visitsPerDay) + (chance.is(customer.visitsPerDay % 1) ? 1 : 0)
  for (let visit = 0; visit < visits; visit++) diary.visit(device)
  if (device && device.login >= diary.start && device.login < diary.start + days(1))
    diary.tell(device.login, 'identity_linked', [customer.household, device.identifier], {
      'joai.IdentityLinked': { reason: 'login' },
    })
  if (chance.is(0.01)) diary.say(diary.moment(), 'withdrawn', chance.of([null, 'email', 'push', 'sms']))
  if (chance.is(0.04)) diary.say(diary.moment(), 'granted', null)
  return diary.heard
}

/** Collects what happens on a day, with ids that no two events of any day share. */
class Diary {
  readonly heard: Heard[] = []
  readonly chance
  readonly start: Time
  readonly #world: World
  readonly #customer: Customer
  readonly #day: number

  constructor(world: World, customer: Customer, day: number) {
    this.#world = world
    this.#customer = customer
    this.#day = day
    this.chance = lot(world.seed, customer.number, 'day', day)
    this.start = world.start + days(day)
  }

  /** Most of a day is by daylight; some visits crowd together, some come in the night. */
  moment(): Time {
    const { chance } = this
    if (chance.is(this.#world.habits.burst)) return this.start + hours(9) + chance.between(0, minutes(15))
    const isNightly = chance.is(0.2)
    return this.start + chance.between(isNightly ? hours(12) : 0, isNightly ? hours(24) - 1 : hours(12))
  }

  visit(device: Device | null): void {
    const { chance } = this
    const customer = this.#customer
    const at = this.moment()
    const isOnline = device !== null && chance.is(0.6)
    const identifiers = isOnline ? online(customer, device, at) : [customer.household]
    if (chance.is(0.2) && !isOnline) identifiers.push(customer.email)
    if (customer.borrowed && chance.is(0.25)) identifiers.push(customer.borrowed)
    // Never on the day before: a day is asked for when it comes.
    if (isOnline) this.#view(Math.max(this.start, at - chance.between(minutes(1), minutes(20))), identifiers)
    if (!chance.is(customer.buysAnyway)) return
    // Most only fetch what ran out: too little to be thanked for, so that other actions have a chance.
    const order = newOrder(chance, this.#id('order'), customer.likes, chance.is(0.75) ? 1 : 7)
    this.tell(at, 'order_completed', identifiers, { 'joai.OrderCompleted': order })
    // Many say no just when they are asked at the checkout.
    if (chance.is(0.03))
      this.say(at + chance.between(minutes(6), minutes(40)), 'withdrawn', chance.is(0.7) ? null : 'push')
  }

  #view(at: Time, identifiers: readonly Identifier[]): void {
    const productId = productOf(this.chance, this.chance.of(this.#customer.likes))
    this.tell(at, 'page_viewed', identifiers, { 'joai.PageViewed': { url: `/p/${productId}`, productId } })
  }

  /** `at` is when it should be heard; what is late happened earlier, before the first day if need be. */
  tell(at: Time, type: CustomerEvent['type'], identifiers: readonly Identifier[], data: CustomerEvent['data']): void {
    const { chance } = this
    const { lateShare, duplicateShare, disorderMs } = this.#world.habits
    const lateMs = chance.is(lateShare)
      ? chance.is(0.6)
        ? chance.between(hours(1), hours(20))
        : chance.between(hours(26), hours(60))
      : 0
    const event: CustomerEvent = {
      eventId: this.#id(type),
      type,
      occurredAt: at - lateMs,
      identifiers,
      source: 'simulation',
      schemaVersion: 1,
      data,
    }
    const receivedAt = at + chance.between(20, 20 + disorderMs)
    this.heard.push({ receivedAt, event, consent: null })
    if (chance.is(duplicateShare))
      this.heard.push({ receivedAt: receivedAt + chance.between(minutes(1), minutes(90)), event, consent: null })
  }

  say(at: Time, status: 'granted' | 'withdrawn', channel: string | null): void {
    const consent = consentChange(this.#id('consent'), at, this.#customer.household, { status, channel })
    this.heard.push({ receivedAt: at, event: null, consent })
  }

  #id(type: string): string {
    return `${type}-${this.#customer.name}-${this.#day}-${this.heard.length}`
  }
}

/** A device is nobody's until its customer logs in on it. */
const online = ({ household }: Customer, { identifier, login }: Device, at: Time): Identifier[] =>
  at < login ? [identifier] : [household, identifier]
