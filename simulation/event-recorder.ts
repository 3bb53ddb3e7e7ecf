import type { FirstData } from '../schemas/catalog/first-data.ts'
import type { CustomerEvent, Identifier } from '../schemas/generated.ts'
import { days, hours, minutes, type Time } from '../schemas/record.ts'
import { type Customer, chanceFor, type SimulationSettings } from './customer.ts'
import { consentChange, customerEvent, type Happening, type ReceivedChange } from './sample-household.ts'

/** Completes an event with the simulation as its source. */
export const simulatedEvent = (event: Omit<Happening, 'source'>): CustomerEvent =>
  customerEvent({ ...event, source: 'simulation' })

/** Records what one customer does on one day, with event ids that are unique over all days. */
export class EventRecorder {
  readonly received: ReceivedChange[] = []
  readonly chance
  readonly start: Time
  readonly settings: SimulationSettings
  readonly customer: Customer
  readonly day: number

  constructor(settings: SimulationSettings, customer: Customer, day: number) {
    this.settings = settings
    this.customer = customer
    this.day = day
    this.chance = chanceFor(settings.seed, customer.number, 'day', day)
    this.start = settings.start + days(day)
  }

  /** Draws a time of the day: mostly by daylight, sometimes within the daily burst, sometimes at night. */
  moment(): Time {
    const { chance } = this
    if (chance.is(this.settings.behaviour.burst)) return this.start + hours(9) + chance.between(0, minutes(15))
    const isNightly = chance.is(0.2)
    return this.start + chance.between(isNightly ? hours(12) : 0, isNightly ? hours(24) - 1 : hours(12))
  }

  /**
   * Records an event, late or twice as the behaviour says. `at` is when it would be received in time, on this day or the
   * next. A late event happened earlier, possibly before the first day.
   */
  recordEvent(at: Time, type: CustomerEvent['type'], identifiers: readonly Identifier[], data: FirstData): void {
    const { chance } = this
    const { lateShare, duplicateShare, disorderMs } = this.settings.behaviour
    const lateMs = chance.is(lateShare)
      ? chance.is(0.6)
        ? chance.between(hours(1), hours(20))
        : chance.between(hours(26), hours(60))
      : 0
    const event = simulatedEvent({ eventId: this.id(type), type, occurredAt: at - lateMs, identifiers, data })
    const receivedAt = at + chance.between(20, 20 + disorderMs)
    this.received.push({ receivedAt, event, consent: null })
    if (chance.is(duplicateShare))
      this.received.push({ receivedAt: receivedAt + chance.between(minutes(1), minutes(90)), event, consent: null })
  }

  /** Records a change of consent to marketing; to every channel, where `channel` is null. */
  recordConsent(at: Time, status: 'granted' | 'withdrawn', channel: string | null): void {
    const { id, jurisdiction } = this.customer
    const consent = consentChange(this.id('consent'), at, id, { status, channel, jurisdiction })
    this.received.push({ receivedAt: at, event: null, consent })
  }

  /** Returns an id for the next event. */
  id(type: string): string {
    return `${type}-${this.customer.name}-${this.day}-${this.received.length}`
  }
}
