import { eventData } from '../../schemas/event-data.ts'
import type { FeatureValue, LedgerContact } from '../../schemas/generated.ts'
import { days, hours, type Time } from '../../schemas/record.ts'
import { minuteOfDay, monthOf, wallMinutes, weekdayOf, zoneOf, zonesOfCountry } from '../calendar/zones.ts'
import type { CompiledRelease } from '../release/compiled/compiled-release.ts'
import { type RuleScope, scopeClasses } from '../release/rules/rule-scope.ts'
import type { DecisionRequest, PersonLocale } from '../request.ts'

/** What `ledger.days_since_contact` says of a person whom the ledger knows no contact of: a hundred years. */
const neverContactedDays = 36_500

/** What the rules of a release can ask about this person, now. */
export interface Standing {
  readonly active: CompiledRelease
  readonly request: DecisionRequest
  readonly locale: PersonLocale
  readonly features: readonly FeatureValue[]
  readonly contacts: readonly LedgerContact[]
  readonly points: number
  readonly now: Time
}

/** The scope of the rules, with what was looked up for it. A part is made when a rule asks for it: most releases name few. */
export const personScope = (standing: Standing, reference: RuleScope['reference'] = {}): RuleScope =>
  new PersonScope(standing, reference)

class PersonScope implements RuleScope {
  readonly reference: RuleScope['reference']
  readonly #standing: Standing

  constructor(standing: Standing, reference: RuleScope['reference']) {
    this.reference = reference
    this.#standing = standing
  }

  get features(): RuleScope['features'] {
    return featuresByName(this.#standing.features)
  }

  get event(): RuleScope['event'] {
    const { active, request } = this.#standing
    const { event } = request
    if (event === null) return active.eventScope('', null)
    return active.eventScope(event.type, eventData(event) as unknown as Readonly<Record<string, unknown>>)
  }

  get ledger(): RuleScope['ledger'] {
    const { contacts, points, now } = this.#standing
    return contactCounts(contacts, points, now)
  }

  get person(): RuleScope['person'] {
    const { jurisdiction, timeZone } = this.#standing.locale
    return { jurisdiction, time_zone: timeZone ?? '' }
  }

  get context(): RuleScope['context'] {
    const { active, request, locale, now } = this.#standing
    const { journey, stage } = request.trigger
    const wall = wallOf(locale.timeZone, active.release.person.country, now)
    return {
      trigger: request.event ? 'event' : 'timer',
      hour: Math.floor(minuteOfDay(wall) / 60),
      weekday: weekdayOf(wall),
      month: monthOf(wall),
      journey,
      stage,
    }
  }
}

/** Features as rules ask for them. */
export function featuresByName(features: readonly FeatureValue[]): RuleScope['features'] {
  const byName: Record<string, number | string> = new scopeClasses.Features() as Record<string, never>
  for (const { name, number, text } of features) byName[name] = number ?? text ?? 0
  return byName
}

/** Our own contacts only: what another policy did is counted by features and by caps that say so. */
function contactCounts(contacts: readonly LedgerContact[], points: number, now: Time): RuleScope['ledger'] {
  let day = 0
  let week = 0
  let month = 0
  let nearest = days(neverContactedDays)
  for (const { at, state } of contacts) {
    if (state === 'imported') continue
    const distance = Math.abs(now - at)
    if (distance < hours(24)) day++
    if (distance < days(7)) week++
    if (distance < days(30)) month++
    nearest = Math.min(nearest, Math.max(0, now - at))
  }
  return {
    contacts_24h: day,
    contacts_7d: week,
    contacts_30d: month,
    days_since_contact: nearest / days(1),
    points_used: points,
  }
}

/** The person's wall clock, in minutes; where the zone is unknown, that of the country's first zone by name, else UTC. */
function wallOf(timeZone: string | null, country: string, now: Time): number {
  const zone = (timeZone === null ? null : zoneOf(timeZone)) ?? zonesOfCountry(country)[0] ?? zoneOf('UTC')!
  return wallMinutes(zone, now)
}
