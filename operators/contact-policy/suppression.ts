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

/**
 * Finds the suppression that pauses the subject at `now`; null when there is none. Checks the outcomes too, not only the
 * recorded pauses: two persons who each ignored one message have, once merged, ignored two.
 */
export function suppressedBy(
  suppressions: readonly Suppression[],
  { outcomes, suppressions: onRecord }: LedgerRow,
  subject: Subject,
  now: Time,
): string | null {
  for (const { id, scope, of, until } of onRecord)
    if (
      until > now &&
      (scope === 'purpose' ? subject.purpose : scope === 'group' ? subject.group : subject.actionId) === of
    )
      return id
  if (outcomes.length === 0) return null
  for (const suppression of suppressions) {
    const until = pauseEnd(suppression, outcomes, subject)
    if (until !== null && until > now) return suppression.id
  }
  return null
}

/** Returns the end of the last pause that these outcomes, sorted by time, cause for the subject; null when they cause none. */
function pauseEnd(
  { outcomes: kinds, count, withinMs, pauses, pauseMs }: Suppression,
  outcomes: readonly LedgerOutcome[],
  subject: Subject,
): Time | null {
  const { scope, of } = paused(pauses, subject)
  const times: Time[] = []
  let end: Time | null = null
  for (const outcome of outcomes) {
    const same = paused(pauses, outcome)
    if (same.of !== of || same.scope !== scope || !kinds.includes(outcome.kind)) continue
    times.push(outcome.at)
    const first = times[times.length - count]
    if (first !== undefined && outcome.at - first < withinMs) end = outcome.at + pauseMs
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
