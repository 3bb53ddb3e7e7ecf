import type { LedgerContact } from '../../../schemas/generated.ts'
import { days, hours, type Time } from '../../../schemas/record.ts'
import { minuteOfDay, monthOf, wallMinutes, weekdayOf, zoneOf, zonesOfCountry } from '../../calendar/zones.ts'
import type { DecisionRequest, PersonLocale } from '../../request.ts'

/** A request and the state of its person, from which variables are served. */
export interface RuleContext {
  readonly request: DecisionRequest
  readonly locale: PersonLocale
  /** ISO country. If the person's zone is unknown, the country's first zone by name is used for the wall clock. */
  readonly country: string
  readonly contacts: readonly LedgerContact[]
  /** Points of the budget that are used up. */
  readonly points: number
  readonly now: Time
}

/** A variable that rules can name in every release. Null: absent. */
export type RuleVariable = { readonly doc: string } & (
  | { readonly type: 'double'; serve(context: RuleContext): number | null }
  | { readonly type: 'string'; serve(context: RuleContext): string }
)

/** Days that `ledger.days_since_contact` serves when the ledger holds no contact: a hundred years. */
const neverContactedDays = 36_500

/** The variables that rules can name in every release, by part: types, lint, rules and docs take them from here. */
export const ruleVariables = {
  ledger: {
    contacts_24h: {
      type: 'double',
      doc: 'our own contacts within 24 hours',
      serve: ({ contacts, now }) => contactsWithin(contacts, hours(24), now),
    },
    contacts_7d: {
      type: 'double',
      doc: 'our own contacts within 7 days',
      serve: ({ contacts, now }) => contactsWithin(contacts, days(7), now),
    },
    contacts_30d: {
      type: 'double',
      doc: 'our own contacts within 30 days',
      serve: ({ contacts, now }) => contactsWithin(contacts, days(30), now),
    },
    days_since_contact: {
      type: 'double',
      doc: 'days since our latest contact; 36,500 if there was none',
      serve: ({ contacts, now }) => daysSinceContact(contacts, now),
    },
    points_used: { type: 'double', doc: 'points of the budget that are used up', serve: ({ points }) => points },
  },
  person: {
    jurisdiction: { type: 'string', doc: 'whose law counts', serve: ({ locale }) => locale.jurisdiction },
    time_zone: { type: 'string', doc: 'IANA name; empty when unknown', serve: ({ locale }) => locale.timeZone ?? '' },
  },
  context: {
    trigger: {
      type: 'string',
      doc: '`"event"` or `"timer"`',
      serve: ({ request }) => (request.trigger.eventId === '' ? 'timer' : 'event'),
    },
    event_age_days: {
      type: 'double',
      doc: 'days since the event that asks happened, never below 0; absent where no event asks, as at a stage of a journey',
      serve: ({ request, now }) => (request.event ? Math.max(0, now - request.event.occurredAt) / days(1) : null),
    },
    hour: {
      type: 'double',
      doc: '0 to 23, on the person’s wall clock',
      serve: context => Math.floor(minuteOfDay(wallOf(context)) / 60),
    },
    weekday: {
      type: 'double',
      doc: '0 is Sunday, on the person’s wall clock',
      serve: context => weekdayOf(wallOf(context)),
    },
    month: {
      type: 'double',
      doc: '1 is January, on the person’s wall clock',
      serve: context => monthOf(wallOf(context)),
    },
    journey: {
      type: 'string',
      doc: 'the journey that asks for the decision; empty outside journeys',
      serve: ({ request }) => request.trigger.journey,
    },
    stage: {
      type: 'string',
      doc: 'the stage that asks for the decision; empty outside journeys',
      serve: ({ request }) => request.trigger.stage,
    },
  },
} satisfies Readonly<Record<string, Readonly<Record<string, RuleVariable>>>>

/** The parts of a scope that hold the same variables in every release. */
export type FixedPart = keyof typeof ruleVariables

/** Counts our own contacts. Contacts of other policies are counted by features, and by caps that say so. */
function contactsWithin(contacts: readonly LedgerContact[], windowMs: number, now: Time): number {
  let count = 0
  for (const { at, state } of contacts) if (state !== 'imported' && Math.abs(now - at) < windowMs) count++
  return count
}

function daysSinceContact(contacts: readonly LedgerContact[], now: Time): number {
  let nearest = days(neverContactedDays)
  for (const { at, state } of contacts) if (state !== 'imported') nearest = Math.min(nearest, Math.max(0, now - at))
  return nearest / days(1)
}

/**
 * Returns the person's wall clock in minutes. If the zone is unknown, it is that of the country's first zone by name,
 * else UTC.
 */
function wallOf({ locale, country, now }: RuleContext): number {
  const { timeZone } = locale
  const zone = (timeZone === null ? null : zoneOf(timeZone)) ?? zonesOfCountry(country)[0] ?? zoneOf('UTC')!
  return wallMinutes(zone, now)
}
