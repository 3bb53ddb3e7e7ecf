import type { LedgerContact, LedgerRow } from '../../schemas/generated.ts'
import { days, type Time } from '../../schemas/record.ts'
import type { Release } from '../release/release.ts'

/** Rules can ask for the contacts of the last 30 days. */
const rulesReachMs = days(30)
/** An imported exposure is credited with outcomes within this time. */
const attributionMs = days(90)
/** Extra time for which entries are kept, because records from different partitions can overtake each other. */
const overtakingMs = days(2)

/** Returns the time until which a cap can count the contact, or an outcome can be credited to it. */
export function keptUntil(contact: LedgerContact, release: Release): Time {
  const reach = contactReachMs(release)
  if (contact.state !== 'imported') return contact.at + reach
  return Math.max(contact.until ?? 0, contact.at + Math.max(reach, attributionMs))
}

/** Drops the entries that no window of the release reaches any more. */
export function pruned(row: LedgerRow, release: Release, now: Time): LedgerRow {
  const since = now - overtakingMs
  const outcomeMs = outcomeReachMs(release)
  const contacts = kept(row.contacts, contact => keptUntil(contact, release) > since)
  const outcomes = kept(row.outcomes, ({ at }) => at + outcomeMs > since)
  const suppressions = kept(row.suppressions, ({ until }) => until > since)
  if (contacts === row.contacts && outcomes === row.outcomes && suppressions === row.suppressions) return row
  return { ...row, contacts, outcomes, suppressions }
}

function contactReachMs({ caps, budget }: Release): number {
  let reach = Math.max(rulesReachMs, budget?.windowMs ?? 0)
  for (const { windowMs } of caps) reach = Math.max(reach, windowMs)
  return reach
}

/** An outcome matters while it can be counted, and then as long as the pause it led to. */
function outcomeReachMs({ suppressions }: Release): number {
  let reach = 0
  for (const { withinMs, pauseMs } of suppressions) reach = Math.max(reach, withinMs + pauseMs)
  return reach
}

const kept = <T>(list: readonly T[], isKept: (one: T) => boolean): readonly T[] =>
  list.every(isKept) ? list : list.filter(isKept)
