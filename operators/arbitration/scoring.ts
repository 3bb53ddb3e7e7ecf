import type { Candidate } from '../../schemas/generated.ts'
import { contactPlan } from '../contact-policy/contact-plan.ts'
import type { CompiledCandidate, CompiledRelease } from '../release/compiled/compiled-release.ts'
import type { Model } from '../release/release.ts'
import type { Option } from '../request.ts'

/** The model's belief about how often an action succeeds: a Beta distribution and its mean. */
export interface Posterior {
  readonly alpha: number
  readonly beta: number
  readonly mean: number
}

/** A release's data for scoring its actions, precomputed. */
export interface Scoring {
  readonly model: Model
  /** The action's own posterior, else its group's, else the prior. */
  readonly posteriors: ReadonlyMap<string, Posterior>
  /** Precomputed `Candidate` entries for options that the contact plan removes; they are identical in every decision. */
  readonly removed: ReadonlyMap<Option, Candidate>
  /** The features that an action's rules and weights mention, in the order of their declaration. */
  readonly mentions: ReadonlyMap<string, readonly string[]>
}

const mentionsMax = 5
const scorings = new WeakMap<CompiledRelease, Scoring>()

/** Returns a release's scoring, computed once per release. */
export function scoringOf(release: CompiledRelease): Scoring {
  let scoring = scorings.get(release)
  if (!scoring) {
    scoring = makeScoring(release)
    scorings.set(release, scoring)
  }
  return scoring
}

/** Returns the posterior of an option's action. Throws an Error for an action that the release does not have. */
export function posteriorOf(posteriors: Scoring['posteriors'], { actionId }: Option): Posterior {
  const posterior = posteriors.get(actionId)
  if (!posterior) throw new Error(`the release has no action '${actionId}'`)
  return posterior
}

/** Computes an option's priority: its expected worth less its cost. */
export const priorityOf = ({ context, value, lever, cost }: Option, { mean }: Posterior): number =>
  mean * context * value * lever - cost

/** Builds the `Candidate` entry that a decision holds for an option. */
export const candidateOf = (
  option: Option,
  propensity: number,
  priority: number,
  selectionProbability: number,
): Candidate => ({
  actionId: option.actionId,
  treatmentId: option.treatmentId,
  channel: option.channel,
  removedBy: option.removedBy,
  propensity,
  context: option.context,
  value: option.value,
  lever: option.lever,
  cost: option.cost,
  priority,
  selectionProbability,
})

function makeScoring(active: CompiledRelease): Scoring {
  const { release, candidates } = active
  const model = release.models.find(({ id }) => id === release.exploration.model)
  if (!model)
    throw new Error(`release '${release.release}' explores by model '${release.exploration.model}', it has none`)
  const posteriors = new Map<string, Posterior>()
  for (const { id, group } of release.actions) {
    const { alpha, beta } = ownEntry(model.actions, id) ?? ownEntry(model.groups, group ?? '') ?? model.prior
    posteriors.set(id, { alpha, beta, mean: alpha / (alpha + beta) })
  }
  const removed = contactPlan(active).removed.map((option): [Option, Candidate] => {
    const posterior = posteriorOf(posteriors, option)
    return [option, candidateOf(option, posterior.mean, priorityOf(option, posterior), 0)]
  })
  const names = release.features.map(({ name }) => name)
  const mentions = new Map(candidates.map(each => [each.action.id, mentionedBy(each, names)]))
  return { model, posteriors, removed: new Map(removed), mentions }
}

const ownEntry = <V>(entries: Readonly<Record<string, V>>, key: string): V | undefined =>
  Object.hasOwn(entries, key) ? entries[key] : undefined

function mentionedBy({ action, rules }: CompiledCandidate, names: readonly string[]): readonly string[] {
  const texts = [...rules.map(({ rule }) => rule.when), action.context, action.value]
  const words = new Set(texts.flatMap(text => text.match(/[A-Za-z_]\w*/g) ?? []))
  return names.filter(name => words.has(name)).slice(0, mentionsMax)
}
