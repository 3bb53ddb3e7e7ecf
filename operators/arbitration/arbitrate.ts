import type { OutcomeKind } from '../../schemas/generated.ts'
import type { Exploration } from '../release/release.ts'
import type { Option } from '../request.ts'
import { epsilonGreedy } from './epsilon-greedy.ts'
import { withFloor } from './floor.ts'
import { pick } from './pick.ts'
import type { Posterior } from './scoring.ts'
import { thompson } from './thompson.ts'

/** The winner and its probability. Silence counts as the candidate after the last option. */
export interface Verdict {
  readonly kind: OutcomeKind
  /** Index among the candidates; -1 when deferred. */
  readonly chosen: number
  /** One for each candidate, silence last. */
  readonly probabilities: readonly number[]
  readonly algorithm: string
  /** The time at which the request is decided again; null unless deferred. */
  readonly notBefore: number | null
}

/** All options, open or removed, with the model's beliefs and the priorities that they compete by. */
export interface Contest {
  readonly options: readonly Option[]
  readonly posteriors: readonly Posterior[]
  /** One for each candidate, silence last. */
  readonly priorities: readonly number[]
}

/**
 * Chooses one winner among all options. The best open mandatory option wins. When no option is open and quiet hours
 * closed at least one, the decision is deferred until the first of them opens. Otherwise `draw`, on [0, 1), picks a
 * candidate. In the random arm every open option and silence are equally likely.
 */
export function arbitrate(
  contest: Contest,
  exploration: Exploration,
  draw: number,
  arm: 'policy' | 'random' = 'policy',
): Verdict {
  const { options, priorities } = contest
  const silence = options.length
  const open: number[] = []
  let mandatory = -1
  let notBefore: number | null = null
  for (let i = 0; i < silence; i++) {
    const option = options[i]!
    if (option.removedBy === null) {
      open.push(i)
      if (option.mandatory && (mandatory < 0 || priorities[i]! > priorities[mandatory]!)) mandatory = i
    } else if (option.opensAt !== null && (notBefore === null || option.opensAt < notBefore)) notBefore = option.opensAt
  }
  const probabilities = new Array<number>(silence + 1).fill(0)
  if (mandatory >= 0) {
    probabilities[mandatory] = 1
    return { kind: 'MANDATORY', chosen: mandatory, probabilities, algorithm: 'mandatory', notBefore: null }
  }
  if (open.length === 0) {
    if (notBefore !== null) return { kind: 'DEFER', chosen: -1, probabilities, algorithm: 'none', notBefore }
    probabilities[silence] = 1
    return { kind: 'SILENCE', chosen: silence, probabilities, algorithm: 'none', notBefore: null }
  }
  const even = 1 / (open.length + 1)
  const vector =
    arm === 'random'
      ? new Array<number>(open.length + 1).fill(even)
      : withFloor(explore(contest, open, exploration), exploration.floor)
  for (let i = 0; i < open.length; i++) probabilities[open[i]!] = vector[i]!
  probabilities[silence] = vector[open.length]!
  const chosen = pick(probabilities, draw)
  const kind = chosen === silence ? 'SILENCE' : 'ACT'
  const algorithm = arm === 'random' ? 'uniform' : exploration.algorithm
  return { kind, chosen, probabilities, algorithm, notBefore: null }
}

/** Computes the probabilities of the open options and, last, of silence. */
function explore({ options, posteriors, priorities }: Contest, open: readonly number[], by: Exploration): number[] {
  if (by.algorithm === 'epsilon-greedy') return epsilonGreedy([...open.map(i => priorities[i]!), 0], by.epsilon)
  return thompson(
    open.map(i => {
      const { context, value, lever, cost } = options[i]!
      const { alpha, beta } = posteriors[i]!
      return { alpha, beta, scale: context * value * lever, cost }
    }),
  )
}
