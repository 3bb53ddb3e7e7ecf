import { days, hours, minutes } from '../schemas/record.ts'
import { contractDay } from './contract-day.ts'
import { type Customer, deviceOf, devicesBy, type World } from './customer.ts'
import { Diary } from './diary.ts'
import { type Heard, profile } from './sample-customer.ts'
import { visit } from './shopping.ts'

/** All that one customer does by itself on one day, and when it is heard: a function of seed, customer and day. */
export function dayOf(world: World, customer: Customer, day: number): readonly Heard[] {
  const diary = new Diary(world, customer, day)
  const { chance } = diary
  const device = customer.isOnline ? deviceOf(world, customer, devicesBy(customer, day)) : null
  if (day === 0) introduce(diary)
  const visits = Math.floor(customer.visitsPerDay) + (chance.is(customer.visitsPerDay % 1) ? 1 : 0)
  for (let n = 0; n < visits; n++) visit(diary, device)
  if (device && device.login >= diary.start && device.login < diary.start + days(1))
    diary.tell(device.login, 'identity_linked', [customer.id, device.identifier, device.cookie], {
      'joai.IdentityLinked': { reason: 'login' },
    })
  contractDay(diary)
  if (chance.is(0.01)) diary.say(diary.moment(), 'withdrawn', chance.of([null, 'email', 'push', 'sms']))
  if (chance.is(0.04)) diary.say(diary.moment(), 'granted', null)
  return diary.heard
}

/** What the company knows of its customers when it begins to listen: where they live, their card, and what they allow. */
function introduce(diary: Diary): void {
  const { chance, customer, start } = diary
  const { id, loyalty, jurisdiction, tellsZone } = customer
  const soon = () => start + chance.between(minutes(1), minutes(50))
  if (tellsZone) diary.tell(soon(), 'profile_changed', [id], profile(customer, jurisdiction))
  if (loyalty) diary.tell(soon(), 'identity_linked', [id, loyalty], { 'joai.IdentityLinked': { reason: 'loyalty' } })
  // Whoever lives where unknown means no is asked at once.
  if (jurisdiction !== 'US' && chance.is(0.7)) diary.say(start + chance.between(minutes(51), hours(1)), 'granted', null)
}
