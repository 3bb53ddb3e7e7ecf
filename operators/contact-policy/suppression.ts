import type { LedgerOutcome, LedgerRow, LedgerSuppression } from '../../schemas/generated.ts'
import type { Time } from '../../schemas/record.ts'
import type { Suppression } from '../release/release.ts'

/** The action, group and purpose of an outcome or a candidate. */
type Subject = Pick<LedgerOutcome, 'actionId' | 'group' | 'purpose'>

/** Whether any suppression asks about outcomes of this kind; other outcomes need not be kept. */
export const isAskedFor = (suppressions: readonly Suppression[], kind: string): boolean =>
  suppressions.some(({ outcomes }) => outcomes.includes(kind))

/** Lists the pauses that `outcome`, the latest of `outcomes`, causes. */
export const pausesAfter = (
  suppressions: readonly Suppression[],
  outcomes: readonly LedgerOutcome[],
  outcome: LedgerOutcome,
): LedgerSuppression[] =>
  suppressions.flatMap(suppression => {
    if (!suppression.outcomes.includes(outcome.kind)) return []
    const until = pauseEnd(suppression, outcomes, outcome)
    return until === null ? [] : [{ id: suppression.id, ...paused(suppression.pauses, outcome), until }]
  })

/** What is paused for a person at a time, by what it pauses. */
export interface Paused {
  /** The recorded pauses that last, by scope; the first one on record counts. */
  readonly recorded: ReadonlyMap<string, { readonly id: string; readonly place: number }>
  /** The suppressions by which outcomes pause something, in the order of the release. */
  readonly caused: readonly { readonly suppression: Suppression; readonly of: ReadonlySet<string> }[]
}

const nothingPaused: Paused = { recorded: new Map(), caused: [] }

/**
 * Finds what suppressions pause for a person at `now`, once for all candidates. Checks the outcomes too, not only the
 * recorded pauses: two persons who each ignored one message have, once merged, ignored two.
 */
export function pausedNow(
  suppressions: readonly Suppression[],
  { outcomes, suppressions: onRecord }: Pick<LedgerRow, 'outcomes' | 'suppressions'>,
  now: Time,
): Paused {
  if (outcomes.length + onRecord.length === 0) return nothingPaused
  const recorded = new Map<string, { readonly id: string; readonly place: number }>()
  for (const [place, pause] of onRecord.entries())
    if (pause.until > now && !recorded.has(nameOf(pause))) recorded.set(nameOf(pause), { id: pause.id, place })
  const caused = suppressions
    .map(suppression => ({ suppression, of: pausedBy(suppression, outcomes, now) }))
    .filter(({ of }) => of.size > 0)
  return { recorded, caused }
}

/** Names what the outcomes, sorted by time, pause at `now` by one suppression. */
function pausedBy(suppression: Suppression, outcomes: readonly LedgerOutcome[], now: Time): ReadonlySet<string> {
  const byName = new Map<string, LedgerOutcome[]>()
  for (const outcome of outcomes) {
    if (!suppression.outcomes.includes(outcome.kind)) continue
    const name = nameOf(paused(suppression.pauses, outcome))
    const same = byName.get(name)
    if (same) same.push(outcome)
    else byName.set(name, [outcome])
  }
  const found = new Set<string>()
  for (const [name, same] of byName) if ((lastPauseEnd(suppression, same) ?? now) > now) found.add(name)
  return found
}

const nameOf = ({ scope, of }: Pick<LedgerSuppression, 'scope' | 'of'>): string => `${scope}/${of}`

/** Finds the suppression that pauses the subject; null when there is none. */
export function suppressedBy({ recorded, caused }: Paused, subject: Subject): string | null {
  if (recorded.size > 0) {
    const { purpose, group, actionId } = subject
    const found = [`purpose/${purpose}`, `group/${group}`, `action/${actionId}`].flatMap(
      name => recorded.get(name) ?? [],
    )
    const [first] = found.sort((a, b) => a.place - b.place)
    if (first) return first.id
  }
  for (const { suppression, of } of caused)
    if (of.has(nameOf(paused(suppression.pauses, subject)))) return suppression.id
  return null
}

/** Returns the end of the last pause that these outcomes, sorted by time, cause for the subject; null when they cause none. */
function pauseEnd(suppression: Suppression, outcomes: readonly LedgerOutcome[], subject: Subject): Time | null {
  const name = nameOf(paused(suppression.pauses, subject))
  const same = outcomes.filter(
    outcome => suppression.outcomes.includes(outcome.kind) && nameOf(paused(suppression.pauses, outcome)) === name,
  )
  return lastPauseEnd(suppression, same)
}

/** Returns the end of the last pause of outcomes that count together, sorted by time. */
function lastPauseEnd({ count, withinMs, pauseMs }: Suppression, same: readonly LedgerOutcome[]): Time | null {
  let end: Time | null = null
  for (const [n, { at }] of same.entries()) {
    const first = same[n + 1 - count]
    if (first !== undefined && at - first.at < withinMs) end = at + pauseMs
  }
  return end
}

/** Returns what a suppression pauses after an outcome of the subject; an action without a group pauses only itself. */
function paused(
  pauses: Suppression['pauses'],
  { actionId, group, purpose }: Subject,
): Pick<LedgerSuppression, 'scope' | 'of'> {
  if (pauses === 'purpose') return { scope: 'purpose', of: purpose }
  return pauses === 'group' && group !== '' ? { scope: 'group', of: group } : { scope: 'action', of: actionId }
}
