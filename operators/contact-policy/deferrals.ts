import type { Decision, DeferredCandidate, LedgerDeferral } from '../../schemas/generated.ts'
import { compareText } from '../lists/compare.ts'
import type { CompiledRelease } from '../release/compiled/compiled-release.ts'

/** Describes what a deferred decision waits for: the candidates that only quiet hours removed. */
export function deferralOf(
  { decisionId, time, candidates, trigger }: Decision,
  active: CompiledRelease,
): LedgerDeferral {
  const { notBefore } = time
  if (notBefore === null) throw new Error(`decision '${decisionId}' is deferred, but not until when`)
  const { journey, stage } = trigger
  const waiting = candidates
    .filter(({ removedBy }) => removedBy?.stage === 'quiet_hours')
    .map(({ actionId, channel }): DeferredCandidate => {
      const purpose = active.actions.get(actionId)?.purpose ?? ''
      return { purpose, channel, journey, stage, decisionId, notBefore }
    })
  return { decisionIds: [decisionId], notBefore, waiting: distinctCandidates(waiting) }
}

/** Merges two deferrals: every decision of both is taken again at its own time. */
export function joinedDeferrals(a: LedgerDeferral | null, b: LedgerDeferral | null): LedgerDeferral | null {
  if (a === null || b === null) return a ?? b
  return {
    decisionIds: [...new Set([...a.decisionIds, ...b.decisionIds])].sort(compareText),
    notBefore: Math.min(a.notBefore, b.notBefore),
    waiting: distinctCandidates([...a.waiting, ...b.waiting]),
  }
}

/** Ends the deferral of these decisions; null if no other is left. */
export function withoutDecisions(deferred: LedgerDeferral | null, ended: readonly string[]): LedgerDeferral | null {
  if (deferred === null || ended.length === 0) return deferred
  const decisionIds = deferred.decisionIds.filter(id => !ended.includes(id))
  const waiting = deferred.waiting.filter(one => !ended.includes(one.decisionId))
  return earliest({ ...deferred, decisionIds, waiting })
}

/** Drops the candidates that are no longer waited for, and the decisions that wait for nothing else; null if none is left. */
export function withoutCandidates(
  deferred: LedgerDeferral,
  isDropped: (candidate: DeferredCandidate) => boolean,
): LedgerDeferral | null {
  const waiting = deferred.waiting.filter(one => !isDropped(one))
  if (waiting.length === deferred.waiting.length) return deferred
  const decisionIds = deferred.decisionIds.filter(id => waiting.some(one => isOf(one, id)))
  return earliest({ ...deferred, decisionIds, waiting })
}

/** The time at which a deferred decision is taken again; null if it is not waiting, or not any more. */
export function dueAt(deferred: LedgerDeferral | null, decisionId: string): number | null {
  if (!deferred?.decisionIds.includes(decisionId)) return null
  const own = deferred.waiting.find(one => one.decisionId === decisionId)
  return own?.notBefore ?? deferred.notBefore
}

/** A row of version 1 does not say which of its decisions a candidate belongs to. */
const isOf = ({ decisionId }: DeferredCandidate, id: string): boolean => decisionId === id || decisionId === ''

function earliest(deferred: LedgerDeferral): LedgerDeferral | null {
  if (deferred.decisionIds.length === 0) return null
  const times = deferred.decisionIds.map(id => dueAt(deferred, id) ?? deferred.notBefore)
  return { ...deferred, notBefore: Math.min(...times) }
}

/** Keeps each purpose and channel of each decision once, in order. */
function distinctCandidates(list: readonly DeferredCandidate[]): readonly DeferredCandidate[] {
  const byKey = new Map(list.map(one => [keyOf(one), one]))
  return [...byKey.entries()].sort(([x], [y]) => compareText(x, y)).map(([, one]) => one)
}

const keyOf = ({ purpose, channel, journey, stage, decisionId }: DeferredCandidate): string =>
  JSON.stringify([decisionId, purpose, channel, journey, stage])
