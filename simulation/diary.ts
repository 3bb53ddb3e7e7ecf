import type { CustomerEvent, Identifier } from '../schemas/generated.ts'
import { days, hours, minutes, type Time } from '../schemas/record.ts'
import { type Customer, lot, type World } from './customer.ts'
import { consentChange, customerEvent, type Heard } from './sample-customer.ts'

/** The event that something simulated is told as. */
export const simulated = (told: Omit<CustomerEvent, 'schemaVersion' | 'source'>): CustomerEvent =>
  customerEvent({ ...told, source: 'simulation' })

/** Collects what happens to one customer on one day, with ids that no two events of any day share. */
export class Diary {
  readonly heard: Heard[] = []
  readonly chance
  readonly start: Time
  readonly world: World
  readonly customer: Customer
  readonly day: number

  constructor(world: World, customer: Customer, day: number) {
    this.world = world
    this.customer = customer
    this.day = day
    this.chance = lot(world.seed, customer.number, 'day', day)
    this.start = world.start + days(day)
  }

  /** Most of a day is by daylight; some visits crowd together, some come in the night. */
  moment(): Time {
    const { chance } = this
    if (chance.is(this.world.habits.burst)) return this.start + hours(9) + chance.between(0, minutes(15))
    const isNightly = chance.is(0.2)
    return this.start + chance.between(isNightly ? hours(12) : 0, isNightly ? hours(24) - 1 : hours(12))
  }

  /**
   * `at` is when it should be heard, on this day or before the next one ends; what is late happened earlier, before the
   * first day if need be.
   */
  tell(at: Time, type: CustomerEvent['type'], identifiers: readonly Identifier[], data: CustomerEvent['data']): void {
    const { chance } = this
    const { lateShare, duplicateShare, disorderMs } = this.world.habits
    const lateMs = chance.is(lateShare)
      ? chance.is(0.6)
        ? chance.between(hours(1), hours(20))
        : chance.between(hours(26), hours(60))
      : 0
    const event = simulated({ eventId: this.id(type), type, occurredAt: at - lateMs, identifiers, data })
    const receivedAt = at + chance.between(20, 20 + disorderMs)
    this.heard.push({ receivedAt, event, consent: null })
    if (chance.is(duplicateShare))
      this.heard.push({ receivedAt: receivedAt + chance.between(minutes(1), minutes(90)), event, consent: null })
  }

  say(at: Time, status: 'granted' | 'withdrawn', channel: string | null): void {
    const { id, jurisdiction } = this.customer
    const consent = consentChange(this.id('consent'), at, id, { status, channel, jurisdiction })
    this.heard.push({ receivedAt: at, event: null, consent })
  }

  /** A name for the next thing that happens. */
  id(type: string): string {
    return `${type}-${this.customer.name}-${this.day}-${this.heard.length}`
  }
}
