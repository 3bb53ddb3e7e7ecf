import moment from 'moment-timezone'
import type { Decision } from '../../schemas/generated.ts'
import { budgetUsage, type Contact } from './contact-limits.ts'
import type { variableFields } from './named-variables.ts'
import { zonesOfPerson } from './quiet-hours.ts'
import type { ActiveRelease } from './releases.ts'

/** A decision, and what the log shows of its person at that time. */
interface Facts {
  readonly decision: Decision
  readonly active: ActiveRelease
  readonly contacts: readonly Contact[]
}

/** Returns what differs between the stated value and the log; null where nothing does. */
type Check = (facts: Facts, stated: number | string | null) => string | null

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const neverContactedDays = 36_500
const pointsTolerance = 1e-9

/** Recomputes a value that the log determines exactly. */
const exactly =
  (recompute: (facts: Facts) => number | string | null): Check =>
  (facts, stated) => {
    const own = recompute(facts)
    return stated === own ? null : `states ${stated}, the log shows ${own}`
  }

/** Counts our own contacts less than this time from the decision, on either side. */
const contactsWithin = (windowMs: number): Check =>
  exactly(
    ({ decision, contacts }) =>
      contacts.filter(({ imported, at }) => !imported && Math.abs(at - decision.time.decidedAt) < windowMs).length,
  )

/** Beyond the longest time for which contacts count, the engine may have forgotten the latest contact. */
const daysSinceContact: Check = ({ decision, active, contacts }, stated) => {
  const ages = contacts.filter(({ imported }) => !imported).map(({ at }) => Math.max(0, decision.time.decidedAt - at))
  const own = Math.min(...ages) / dayMs
  if (own * dayMs <= active.memoryMs) return stated === own ? null : `states ${stated}, the log shows ${own}`
  const isPossible = stated === neverContactedDays || stated === own || (own === Infinity && isBeyond(active, stated))
  return isPossible ? null : `states ${stated}, the log shows none so late`
}

const isBeyond = ({ memoryMs }: ActiveRelease, stated: number | string | null): boolean =>
  typeof stated === 'number' && stated * dayMs > memoryMs

const pointsUsed: Check = ({ decision, active, contacts }, stated) => {
  const own = budgetUsage(active, contacts, decision.time.decidedAt)
  const isSame = typeof stated === 'number' && Math.abs(own - stated) <= pointsTolerance * Math.max(1, own)
  return isSame ? null : `states ${stated}, the log shows ${own}`
}

/** The wall clock of the person or, where the zone is unknown, of the country's first zone by name. */
const wallClock = ({ decision, active }: Facts) =>
  moment.tz(decision.time.decidedAt, zonesOfPerson(decision.subject.timeZone, active.release)[0] ?? 'UTC')

const checks: {
  readonly [P in keyof typeof variableFields]: Readonly<Record<(typeof variableFields)[P][number], Check>>
} = {
  ledger: {
    contacts_24h: contactsWithin(24 * hourMs),
    contacts_7d: contactsWithin(7 * dayMs),
    contacts_30d: contactsWithin(30 * dayMs),
    days_since_contact: daysSinceContact,
    points_used: pointsUsed,
  },
  person: {
    jurisdiction: exactly(({ decision }) => decision.subject.jurisdiction),
    time_zone: exactly(({ decision }) => decision.subject.timeZone),
  },
  context: {
    event_age_days: exactly(({ decision: { trigger, time } }) =>
      trigger.journey !== '' ? null : Math.max(0, time.decidedAt - time.occurredAt) / dayMs,
    ),
    trigger: exactly(({ decision }) => (decision.trigger.eventId === '' ? 'timer' : 'event')),
    hour: exactly(facts => wallClock(facts).hour()),
    weekday: exactly(facts => wallClock(facts).day()),
    month: exactly(facts => wallClock(facts).month() + 1),
    journey: exactly(({ decision }) => decision.trigger.journey),
    stage: exactly(({ decision }) => decision.trigger.stage),
  },
}

/** Compares the variables that a decision states with the release and the log; returns what differs, or null. */
export function variablesBreach(
  decision: Decision,
  active: ActiveRelease,
  contacts: readonly Contact[],
): string | null {
  const { variables } = decision
  const stated = variables.map(({ name }) => name).join()
  if (stated !== active.variables.join())
    return `it states the variables '${stated}', its release names '${active.variables.join()}'`
  for (const variable of variables) {
    const [part, field] = variable.name.split('.') as [string, string]
    const check = checksOf(part)[field]
    if (!check) return `the audit does not know the variable '${variable.name}'`
    if (variable.number !== null && variable.text !== null) return `${variable.name} has both a number and a text`
    const breach = check({ decision, active, contacts }, variable.number ?? variable.text)
    if (breach) return `${variable.name} ${breach}`
  }
  return null
}

const checksOf = (part: string): Readonly<Partial<Record<string, Check>>> =>
  Object.hasOwn(checks, part) ? checks[part as keyof typeof checks] : {}
