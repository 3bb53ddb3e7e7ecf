import type { Decision } from '../../schemas/generated.ts'
import { randomDraw } from './hashes.ts'
import { chosenOf } from './probabilities.ts'
import type { ActiveRelease } from './releases.ts'

/** Recomputes the draw and the choice that follows from it; returns what differs, or null. */
export function drawBreach(decision: Decision, { release }: ActiveRelease): string | null {
  const { decisionId, learning, outcome, candidates } = decision
  if (learning.drawId !== decisionId) return `drew by '${learning.drawId}', not by its own id`
  const own = randomDraw(release.seed, decisionId)
  if (learning.draw !== own) return `drew ${learning.draw}, the seed gives ${own}`
  if (outcome.kind === 'DEFER' || outcome.kind === 'MANDATORY') return null
  let sum = 0
  let fallen = candidates.findLast(({ selectionProbability }) => selectionProbability > 0)
  for (const candidate of candidates) {
    sum += candidate.selectionProbability
    if (candidate.selectionProbability === 0 || sum <= own) continue
    fallen = candidate
    break
  }
  const chosen = chosenOf(decision)
  return chosen !== undefined && chosen === fallen
    ? null
    : `chose ${outcome.actionId}/${outcome.treatmentId}, the draw fell on ${fallen?.actionId}/${fallen?.treatmentId}`
}
