import type { Candidate, Decision } from '../../schemas/generated.ts'
import { type ActiveRelease, modelPosterior } from './releases.ts'
import { bestProbabilities } from './thompson.ts'

const probabilityTolerance = 1e-6
const priorityTolerance = 1e-9

/** Recomputes the scores and probabilities of a decision from its release; returns what differs, or null. */
export function probabilityBreach(decision: Decision, active: ActiveRelease): string | null {
  return listBreach(decision, active) ?? priorityBreach(decision, active) ?? vectorBreach(decision, active)
}

/** Checks that every treatment of the release is a candidate, in the release's order, and that silence is last. */
function listBreach({ candidates }: Decision, { release }: ActiveRelease): string | null {
  const expected = release.actions.flatMap(action => action.treatments.map(({ id }) => `${action.id}/${id}`))
  const found = candidates.map(({ actionId, treatmentId }) => `${actionId}/${treatmentId}`)
  const breach = [...expected, 'silence/'].findIndex((name, i) => name !== found[i])
  if (breach >= 0) return `candidate ${breach} is ${found[breach] ?? 'missing'}, not ${expected[breach] ?? 'silence/'}`
  return found.length > expected.length + 1 ? `there is a candidate after silence: ${found.at(-1)}` : null
}

function priorityBreach({ candidates }: Decision, active: ActiveRelease): string | null {
  for (const { actionId, propensity, context, value, lever, cost, priority } of candidates.slice(0, -1)) {
    const posterior = modelPosterior(active, actionId)
    const action = active.actions.get(actionId)!
    if (!posterior) return `the release has no model '${active.release.exploration.model}'`
    const mean = posterior.alpha / (posterior.alpha + posterior.beta)
    if (!near(propensity, mean)) return `${actionId}: propensity ${propensity}, the model says ${mean}`
    if (lever !== action.lever || cost !== action.cost) return `${actionId}: lever or cost is not the release's`
    const own = propensity * context * value * lever - cost
    if (!near(priority, own)) return `${actionId}: priority ${priority}, its factors give ${own}`
  }
  return candidates.at(-1)!.priority === 0 ? null : 'silence has a priority'
}

const near = (a: number, b: number): boolean => Math.abs(a - b) <= priorityTolerance * Math.max(1, Math.abs(b))

function vectorBreach(decision: Decision, active: ActiveRelease): string | null {
  const { candidates, outcome, learning } = decision
  const expected = expectedVector(decision, active)
  if (typeof expected === 'string') return expected
  // What the integration could not resolve, as near 1 with a posterior of 10⁹ and 0.5, may belong to any candidate.
  const lost = outcome.kind === 'DEFER' ? 0 : Math.abs(1 - expected.reduce((total, one) => total + one, 0))
  for (const [i, candidate] of candidates.entries()) {
    const { selectionProbability: logged } = candidate
    if (candidate.removedBy && logged !== 0)
      return `${nameOf(candidate)} was removed, and could still be drawn: ${logged}`
    if (!(Math.abs(logged - expected[i]!) <= probabilityTolerance + lost))
      return `${nameOf(candidate)}: probability ${logged}, recomputed ${expected[i]}`
  }
  const sum = candidates.reduce((total, { selectionProbability }) => total + selectionProbability, 0)
  if (outcome.kind !== 'DEFER' && Math.abs(sum - 1) > priorityTolerance) return `the probabilities add up to ${sum}`
  return (
    floorBreach(decision, active) ?? behaviourBreach(chosenOf(decision), outcome.kind, learning.behaviourProbability)
  )
}

/** Returns the candidate that the outcome names; undefined for a deferral. */
export const chosenOf = ({ candidates, outcome }: Decision): Candidate | undefined =>
  candidates.find(({ actionId, treatmentId }) => actionId === outcome.actionId && treatmentId === outcome.treatmentId)

function behaviourBreach(chosen: Candidate | undefined, kind: string, behaviour: number): string | null {
  if (kind === 'DEFER') return behaviour === 1 ? null : `a deferral is certain, not ${behaviour}`
  if (!chosen) return 'the outcome names no candidate'
  if (chosen.removedBy) return `${nameOf(chosen)} was chosen, though ${chosen.removedBy.rule} had removed it`
  return behaviour === chosen.selectionProbability
    ? null
    : `states that it chose with ${behaviour}, the candidate has ${chosen.selectionProbability}`
}

/** Checks that where the draw decides, no open candidate is below the floor. */
function floorBreach({ candidates, outcome }: Decision, { release }: ActiveRelease): string | null {
  const open = candidates.filter(({ removedBy }) => removedBy === null)
  if (outcome.kind === 'MANDATORY' || outcome.kind === 'DEFER' || open.length === 1) return null
  const least = release.exploration.floor / open.length
  const below = open.find(({ selectionProbability }) => selectionProbability < least - 1e-12)
  return below ? `${nameOf(below)}: probability ${below.selectionProbability} is below the floor of ${least}` : null
}

/** Returns the probabilities that the candidates must have, or a message where this kind of outcome is impossible. */
function expectedVector(
  { candidates, outcome, learning }: Decision,
  active: ActiveRelease,
): readonly number[] | string {
  const open = candidates.flatMap(({ removedBy }, i) => (removedBy ? [] : [i]))
  const options = open.slice(0, -1)
  const only = (index: number) => candidates.map((_, i) => (i === index ? 1 : 0))
  // The law on quiet hours checks that the best candidate is worth waiting for.
  if (outcome.kind === 'DEFER') return only(-1)
  const mandatory = options.filter(i => active.actions.get(candidates[i]!.actionId)!.mandatory)
  const best = mandatory.find(i => mandatory.every(j => candidates[i]!.priority >= candidates[j]!.priority))
  if (best !== undefined)
    return outcome.kind === 'MANDATORY' ? only(best) : 'a mandatory action was open, and passed over'
  if (outcome.kind === 'MANDATORY') return 'no mandatory action was open'
  if (options.length === 0) return outcome.kind === 'SILENCE' ? only(candidates.length - 1) : 'nothing was open'
  const { algorithm, epsilon, floor } = active.release.exploration
  if (learning.arm === 'random') return candidates.map(({ removedBy }) => (removedBy ? 0 : 1 / open.length))
  const raw =
    algorithm === 'epsilon-greedy'
      ? greedy(
          open.map(i => candidates[i]!.priority),
          epsilon,
        )
      : thompson(candidates, options, active)
  const vector = candidates.map(() => 0)
  open.forEach((index, i) => {
    vector[index] = (1 - floor) * raw[i]! + floor / open.length
  })
  return vector
}

function greedy(priorities: readonly number[], epsilon: number): readonly number[] {
  const best = Math.max(...priorities)
  const winners = priorities.filter(priority => priority === best).length
  return priorities.map(priority => epsilon / priorities.length + (priority === best ? (1 - epsilon) / winners : 0))
}

/** The probabilities of arms that were integrated before, by their parameters. */
const remembered = new Map<string, readonly number[]>()
const rememberedMax = 20_000

/** PERF: many decisions weigh the same candidates, so each set of arms is integrated once. */
function thompson(
  candidates: readonly Candidate[],
  options: readonly number[],
  active: ActiveRelease,
): readonly number[] {
  const arms = options.map(i => {
    const { actionId, context, value, lever, cost } = candidates[i]!
    return { posterior: modelPosterior(active, actionId)!, scale: context * value * lever, cost }
  })
  const name = arms.map(({ posterior, scale, cost }) => [posterior.alpha, posterior.beta, scale, cost].join()).join(';')
  let found = remembered.get(name)
  if (!found) {
    found = bestProbabilities(arms)
    if (remembered.size >= rememberedMax) remembered.clear()
    remembered.set(name, found)
  }
  return found
}

const nameOf = ({ actionId, treatmentId }: Candidate): string => (treatmentId ? `${actionId}/${treatmentId}` : actionId)
