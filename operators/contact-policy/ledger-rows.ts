import type {
  DeferredCandidate,
  LedgerContact,
  LedgerDeferral,
  LedgerOutcome,
  LedgerRow,
  LedgerSuppression,
} from '../../schemas/generated.ts'
import { followedBy } from '../lists/append.ts'

/** A person's ledger before the first contact. */
export const emptyLedger: LedgerRow = {
  contacts: [],
  outcomes: [],
  suppressions: [],
  deferred: null,
  counters: { returned: 0, cancelled: 0, unknown: 0, unjoined: 0 },
}

/** Decisions that wait are named up to this many; all of them are decided afresh at once. */
const deferredMax = 50

/** The contacts of both lists, each once. */
export const joinedContacts = (a: readonly LedgerContact[], b: readonly LedgerContact[]): readonly LedgerContact[] =>
  joined(a, b, contact => contact.decisionId, furtherOn)

/** The outcomes of both lists, each once. */
export const joinedOutcomes = (a: readonly LedgerOutcome[], b: readonly LedgerOutcome[]): readonly LedgerOutcome[] =>
  joined(a, b, outcome => outcome.id, earlier)

/** The pauses of both lists; of two of one kind the longer. */
export const joinedSuppressions = (
  a: readonly LedgerSuppression[],
  b: readonly LedgerSuppression[],
): readonly LedgerSuppression[] => {
  const byKey = new Map<string, LedgerSuppression>()
  for (const pause of [...a, ...b]) {
    const key = keyOf(pause)
    const known = byKey.get(key)
    if (!known || known.until < pause.until) byKey.set(key, pause)
  }
  return [...byKey.values()].sort((x, y) => compare(keyOf(x), keyOf(y)))
}

/** Both deferrals as one, which wakes at the earlier time. */
export function joinedDeferrals(a: LedgerDeferral | null, b: LedgerDeferral | null): LedgerDeferral | null {
  if (a === null || b === null) return a ?? b
  return {
    decisionIds: [...new Set([...a.decisionIds, ...b.decisionIds])].sort(compare).slice(0, deferredMax),
    notBefore: Math.min(a.notBefore, b.notBefore),
    waiting: distinctCandidates([...a.waiting, ...b.waiting]),
  }
}

/** Each purpose and channel of each stage once, in order. */
export function distinctCandidates(list: readonly DeferredCandidate[]): readonly DeferredCandidate[] {
  const byKey = new Map(list.map(one => [JSON.stringify([one.purpose, one.channel, one.journey, one.stage]), one]))
  return [...byKey.entries()].sort(([x], [y]) => compare(x, y)).map(([, one]) => one)
}

/** The ledger of two persons who are one: every contact counts, and none twice. */
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

function joined<T extends { readonly at: number }>(
  a: readonly T[],
  b: readonly T[],
  id: (one: T) => string,
  better: (x: T, y: T) => T,
): readonly T[] {
  if (b.length === 0) return a
  if (a.length === 0) return b
  // Rows are sorted: mostly one comes that is new, and the latest.
  const [first] = b
  if (b.length === 1 && a.at(-1)!.at < first!.at && !a.some(one => id(one) === id(first!))) return followedBy(a, first!)
  const byId = new Map(a.map(one => [id(one), one]))
  for (const one of b) {
    const known = byId.get(id(one))
    byId.set(id(one), known ? better(known, one) : one)
  }
  return [...byId.values()].sort((x, y) => x.at - y.at || compare(id(x), id(y)))
}

const rank = { imported: 0, reserved: 1, confirmed: 2 } as const

/** Of one contact seen twice: what is known of it last. Ties are broken by content, so that merges commute. */
function furtherOn(x: LedgerContact, y: LedgerContact): LedgerContact {
  if (x.state !== y.state) return rank[x.state] > rank[y.state] ? x : y
  return earlier(x, y)
}

function earlier<T extends { readonly at: number }>(x: T, y: T): T {
  if (x.at !== y.at) return x.at < y.at ? x : y
  return compare(canonical(x), canonical(y)) <= 0 ? x : y
}

/** By sorted field names: equal for equal rows, whatever order their fields were written in. */
const canonical = (one: object): string => JSON.stringify(one, Object.keys(one).sort(compare))

const keyOf = ({ id, scope, of }: LedgerSuppression): string => JSON.stringify([id, scope, of])

/** By UTF-16 code units, the same on every machine. */
const compare = (x: string, y: string): number => (x < y ? -1 : x > y ? 1 : 0)
