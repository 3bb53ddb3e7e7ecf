import type { CompiledCandidate, CompiledRelease } from '../release/compiled.ts'
import type { Model } from '../release/release.ts'

/** What the model believes of an action: how often it succeeds. */
export interface Posterior {
  readonly alpha: number
  readonly beta: number
  readonly mean: number
}

/** What a release says on how to score its actions. */
export interface Scoring {
  readonly model: Model
  /** The action's own posterior, else its group's, else the prior. */
  readonly posteriors: ReadonlyMap<string, Posterior>
  /** The features that an action's rules and weights ask about, in the order of their declaration. */
  readonly mentions: ReadonlyMap<string, readonly string[]>
}

const mentionsMax = 5
const known = new WeakMap<CompiledRelease, Scoring>()

/** How a release scores its actions, worked out once per release. */
export function scoringOf(release: CompiledRelease): Scoring {
  let scoring = known.get(release)
  if (!scoring) {
    scoring = makeScoring(release)
    known.set(release, scoring)
  }
  return scoring
}

function makeScoring({ release, candidates }: CompiledRelease): Scoring {
  const model = release.models.find(({ id }) => id === release.exploration.model)
  if (!model)
    throw new Error(`release '${release.release}' explores by model '${release.exploration.model}', it has none`)
  const posteriors = new Map<string, Posterior>()
  for (const { id, group } of release.actions) {
    const { alpha, beta } = ownEntry(model.actions, id) ?? ownEntry(model.groups, group ?? '') ?? model.prior
    posteriors.set(id, { alpha, beta, mean: alpha / (alpha + beta) })
  }
  const names = release.features.map(({ name }) => name)
  return { model, posteriors, mentions: new Map(candidates.map(each => [each.action.id, mentionedBy(each, names)])) }
}

const ownEntry = <V>(entries: Readonly<Record<string, V>>, key: string): V | undefined =>
  Object.hasOwn(entries, key) ? entries[key] : undefined

function mentionedBy({ action, rules }: CompiledCandidate, names: readonly string[]): readonly string[] {
  const texts = [...rules.map(({ rule }) => rule.when), action.context, action.value]
  const words = new Set(texts.flatMap(text => text.match(/[A-Za-z_]\w*/g) ?? []))
  return names.filter(name => words.has(name)).slice(0, mentionsMax)
}
