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
  /** Whether a candidate would have been waited for, had the request been able to wait. */
  readonly couldNotWait: boolean
}

/** All options, open or removed, with the model's beliefs and the priorities that they compete by. */
export interface Contest {
  readonly options: readonly Option[]
  readonly posteriors: readonly Posterior[]
  /** One for each candidate, silence last. */
  readonly priorities: readonly number[]
}

/** How a request may be decided. */
export interface Manner {
  readonly arm: 'policy' | 'random'
  /** False if the request can't wait for quiet hours to end. */
  readonly canWait: boolean
}

/**
 * Chooses one winner among all options. The best of those that are open, or closed by quiet hours alone, decides whether
 * the request waits: the best mandatory one, if there is any, else the one with the highest priority; of equals, an open
 * one. If it is closed, the decision is deferred until it opens. If it is mandatory, it wins. Otherwise `draw`, on
 * [0, 1), picks an open candidate. In the random arm every open option and silence are equally likely.
 */
export function arbitrate(
  contest: Contest,
  exploration: Exploration,
  draw: number,
  { arm, canWait }: Manner = { arm: 'policy', canWait: true },
): Verdict {
  const { options } = contest
  const silence = options.length
  const open: number[] = []
  let best = -1
  let closed = -1
  for (let i = 0; i < silence; i++) {
    const { removedBy, opensAt } = options[i]!
    if (removedBy === null) open.push(i)
    else if (opensAt === null) continue
    else if (!canWait) {
      closed = i
      continue
    }
    if (best < 0 || isBetter(contest, i, best)) best = i
  }
  const probabilities = new Array<number>(silence + 1).fill(0)
  const verdict = { probabilities, notBefore: null, couldNotWait: closed >= 0 } as const
  const notBefore = best < 0 ? null : options[best]!.opensAt
  if (best >= 0 && options[best]!.removedBy !== null)
    return { ...verdict, kind: 'DEFER', chosen: -1, algorithm: 'none', notBefore }
  if (best >= 0 && options[best]!.mandatory) {
    probabilities[best] = 1
    return { ...verdict, kind: 'MANDATORY', chosen: best, algorithm: 'mandatory' }
  }
  if (open.length === 0) {
    probabilities[silence] = 1
    return { ...verdict, kind: 'SILENCE', chosen: silence, algorithm: 'none' }
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
  return { ...verdict, kind, chosen, algorithm }
}

/** Whether an option is better than the best one before it in the file. */
function isBetter({ options, priorities }: Contest, i: number, best: number): boolean {
  const own = options[i]!
  const other = options[best]!
  if (own.mandatory !== other.mandatory) return own.mandatory
  if (priorities[i]! !== priorities[best]!) return priorities[i]! > priorities[best]!
  const isOpen = own.removedBy === null
  if (isOpen !== (other.removedBy === null)) return isOpen
  return !isOpen && own.opensAt! < other.opensAt!
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
