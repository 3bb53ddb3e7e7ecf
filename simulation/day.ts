import { days, hours, minutes } from '../schemas/record.ts'
import { contractDay } from './contract-day.ts'
import { type Customer, deviceOf, devicesBy, type SimulationSettings } from './customer.ts'
import { EventRecorder } from './event-recorder.ts'
import { profileChange, type ReceivedChange } from './sample-household.ts'
import { visit } from './shopping.ts'

/** Returns everything that one customer does unprompted on one day. It depends on the settings, the customer and the day only. */
export function simulateDay(settings: SimulationSettings, customer: Customer, day: number): readonly ReceivedChange[] {
  const recorder = new EventRecorder(settings, customer, day)
  const { chance } = recorder
  const device = customer.isOnline ? deviceOf(settings, customer, devicesBy(customer, day)) : null
  if (day === 0) recordIntroduction(recorder)
  const visits = Math.floor(customer.visitsPerDay) + (chance.is(customer.visitsPerDay % 1) ? 1 : 0)
  for (let n = 0; n < visits; n++) visit(recorder, device)
  if (device && device.login >= recorder.start && device.login < recorder.start + days(1))
    recorder.recordEvent(device.login, 'identity_linked', [customer.id, device.identifier, device.cookie], {
      'joai.IdentityLinked': { reason: 'login' },
    })
  contractDay(recorder)
  if (chance.is(0.01)) recorder.recordConsent(recorder.moment(), 'withdrawn', chance.of([null, 'email', 'push', 'sms']))
  if (chance.is(0.04)) recorder.recordConsent(recorder.moment(), 'granted', null)
  return recorder.received
}

/** Records what the company knows of a customer from the start: time zone, loyalty card and consent. */
function recordIntroduction(recorder: EventRecorder): void {
  const { chance, customer, start } = recorder
  const { id, loyalty, jurisdiction, reportsTimeZone } = customer
  const soon = () => start + chance.between(minutes(1), minutes(50))
  if (reportsTimeZone) recorder.recordEvent(soon(), 'profile_changed', [id], profileChange(customer, jurisdiction))
  if (loyalty)
    recorder.recordEvent(soon(), 'identity_linked', [id, loyalty], { 'joai.IdentityLinked': { reason: 'loyalty' } })
  // Customers in countries where unknown consent means no are asked at once.
  if (jurisdiction !== 'US' && chance.is(0.7))
    recorder.recordConsent(start + chance.between(minutes(51), hours(1)), 'granted', null)
}
