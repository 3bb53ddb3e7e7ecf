import type { Candidate, Explanation } from '../../schemas/generated.ts'
import type { Verdict } from './arbitrate.ts'

/** Says why no candidate is waited for: as many requests of the person wait already as are kept, or this one has waited as long as any may. */
const cannotWait = (isAgain: boolean): string => (isAgain ? 'waited-too-long' : 'too-many-waiting')

/**
 * Explains a decision in codes: what decided it, then how many candidates were removed for each reason. Silence is the last
 * candidate; `isAgain` says that the decision replaces a deferred one.
 */
export function explanationOf(
  candidates: readonly Candidate[],
  { kind, chosen, algorithm, couldNotWait }: Verdict,
  topFeatures: readonly string[],
  isAgain: boolean,
): Explanation {
  const silence = candidates.length - 1
  const drawn = algorithm !== 'none' && algorithm !== 'mandatory'
  let runnerUp = -1
  let bestOption = -1
  for (let i = 0; i < candidates.length; i++) {
    if (candidates[i]!.removedBy !== null || (i === silence && !drawn)) continue
    if (i !== chosen) runnerUp = better(candidates, i, runnerUp)
    if (i !== silence) bestOption = better(candidates, i, bestOption)
  }
  const missed = kind === 'SILENCE' && bestOption >= 0 ? candidates[bestOption]!.priority : 0
  const beaten = drawn && runnerUp >= 0 && candidates[runnerUp]!.priority > candidates[chosen]!.priority
  return {
    reasons: [
      decidedBy(kind, drawn, beaten),
      ...(couldNotWait ? [cannotWait(isAgain)] : []),
      ...removalCounts(candidates),
    ],
    topFeatures,
    runnerUp: runnerUp < 0 ? '' : candidates[runnerUp]!.actionId,
    opportunityCost: Math.max(0, missed),
  }
}

const better = (candidates: readonly Candidate[], i: number, best: number): number =>
  best < 0 || candidates[i]!.priority > candidates[best]!.priority ? i : best

function decidedBy(kind: Verdict['kind'], drawn: boolean, beaten: boolean): string {
  if (kind === 'MANDATORY') return 'mandatory'
  if (kind === 'DEFER') return 'quiet-hours'
  if (!drawn) return 'only-silence-left'
  return beaten ? 'explored' : 'best-priority'
}

function removalCounts(candidates: readonly Candidate[]): string[] {
  const counts = new Map<string, number>()
  for (const { removedBy } of candidates)
    if (removedBy !== null) counts.set(removedBy.reason, (counts.get(removedBy.reason) ?? 0) + 1)
  return [...counts.keys()].sort().map(reason => `${reason}:${counts.get(reason)}`)
}
