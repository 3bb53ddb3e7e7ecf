import type { LedgerContact, LedgerOutcome, LedgerRow, LedgerSuppression } from '../../schemas/generated.ts'
import { followedBy } from '../lists/append.ts'
import { compareText } from '../lists/compare.ts'
import { mergedById } from '../lists/merge.ts'
import { newest } from '../lists/newest.ts'
import { joinedDeferrals } from './deferrals.ts'

/** The most contacts that a row keeps, the newest: a person with so many gets none that a cap counts. */
export const contactsMax = 2000
/** The most outcomes, and the most pauses, that a row keeps: the newest, and those that last longest. */
export const outcomesMax = 200

/** A person's ledger before the first contact. */
export const emptyLedger: LedgerRow = {
  contacts: [],
  outcomes: [],
  suppressions: [],
  deferred: null,
  counters: { returned: 0, cancelled: 0, unknown: 0, unjoined: 0 },
}

/** Merges two lists of contacts; each contact is kept once. */
export const joinedContacts = (a: readonly LedgerContact[], b: readonly LedgerContact[]): readonly LedgerContact[] =>
  newest(
    joinedByTime(a, b, contact => contact.decisionId, furtherOn),
    contactsMax,
  )

/** Merges two lists of outcomes; each outcome is kept once. */
export const joinedOutcomes = (a: readonly LedgerOutcome[], b: readonly LedgerOutcome[]): readonly LedgerOutcome[] =>
  newest(
    joinedByTime(a, b, outcome => outcome.id, earlier),
    outcomesMax,
  )

/** Merges two lists of pauses; of the same pause, the longer one is kept. */
export const joinedSuppressions = (
  a: readonly LedgerSuppression[],
  b: readonly LedgerSuppression[],
): readonly LedgerSuppression[] => {
  const all = mergedById(a, b, {
    id: keyOf,
    join: (x, y) => (x.until < y.until ? y : x),
    compare: (x, y) => compareText(keyOf(x), keyOf(y)),
  })
  if (all.length <= outcomesMax) return all
  const shortest = [...all].sort((x, y) => x.until - y.until || compareText(keyOf(x), keyOf(y)))
  const dropped = new Set(shortest.slice(0, all.length - outcomesMax))
  return all.filter(pause => !dropped.has(pause))
}

/** Merges the ledgers of two merged persons: every contact counts, and none twice. */
export const joinedLedgers = (a: LedgerRow, b: LedgerRow): LedgerRow => ({
  contacts: joinedContacts(a.contacts, b.contacts),
  outcomes: joinedOutcomes(a.outcomes, b.outcomes),
  suppressions: joinedSuppressions(a.suppressions, b.suppressions),
  deferred: joinedDeferrals(a.deferred, b.deferred),
  counters: {
    returned: a.counters.returned + b.counters.returned,
    cancelled: a.counters.cancelled + b.counters.cancelled,
    unknown: a.counters.unknown + b.counters.unknown,
    unjoined: a.counters.unjoined + b.counters.unjoined,
  },
})

/** True when nothing is left that could change a decision or a count. */
export const isEmptyLedger = ({ contacts, outcomes, suppressions, deferred, counters }: LedgerRow): boolean =>
  contacts.length + outcomes.length + suppressions.length === 0 &&
  deferred === null &&
  counters.returned + counters.cancelled + counters.unknown + counters.unjoined === 0

function joinedByTime<T extends { readonly at: number }>(
  a: readonly T[],
  b: readonly T[],
  id: (one: T) => string,
  join: (x: T, y: T) => T,
): readonly T[] {
  if (b.length === 0) return a
  if (a.length === 0) return b
  // PERF: usually a single entry is added, which is new and the latest.
  const first = b[0]!
  if (b.length === 1 && a.at(-1)!.at < first.at && !a.some(one => id(one) === id(first))) return followedBy(a, first)
  return mergedById(a, b, { id, join, compare: (x, y) => x.at - y.at || compareText(id(x), id(y)) })
}

const rank = { imported: 0, reserved: 1, confirmed: 2 } as const

/** Picks the later state of one contact that is in both lists. Ties are broken by content, so that merges commute. */
function furtherOn(x: LedgerContact, y: LedgerContact): LedgerContact {
  if (x.state !== y.state) return rank[x.state] > rank[y.state] ? x : y
  if (x.cancelled !== y.cancelled) return x.cancelled ? x : y
  return earlier(x, y)
}

function earlier<T extends { readonly at: number }>(x: T, y: T): T {
  if (x.at !== y.at) return x.at < y.at ? x : y
  return compareText(canonical(x), canonical(y)) <= 0 ? x : y
}

/** Serializes with sorted field names, so that equal rows give equal texts in whatever order their fields were written. */
const canonical = (one: object): string => JSON.stringify(one, Object.keys(one).sort(compareText))

const keyOf = ({ id, scope, of }: LedgerSuppression): string => JSON.stringify([id, scope, of])
