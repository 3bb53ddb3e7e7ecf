import type { Decision } from '../../schemas/generated.ts'
import { lot } from './hashes.ts'
import type { ActiveRelease } from './releases.ts'

/** By which id a person takes part in experiments, and since when. */
export interface Unit {
  readonly id: string
  readonly since: number
}

/** Of two persons who are one, whoever took part first counts; at one time, the smaller id. */
export function unitOfBoth(a: Unit | null, b: Unit | null): Unit | null {
  if (!a || !b) return a ?? b
  return [a, b].sort((x, y) => x.since - y.since || (x.id < y.id ? -1 : 1))[0]!
}

/** What is wrong with the experiments of a decision, or with what it did in spite of them; null when all is well. */
export function experimentBreach(decision: Decision, { release, actions }: ActiveRelease, unit: Unit): string | null {
  const { experiments, trigger, outcome, learning, candidates } = decision
  const meant = (release.experiments ?? []).filter(({ journey }) => journey === null || journey === trigger.journey)
  if (experiments.map(({ id }) => id).join() !== meant.map(({ id }) => id).join())
    return `it is of ${experiments.length} experiments, the release says ${meant.length}`
  for (const [n, { id, kind, share, salt, exempt }] of meant.entries()) {
    const variant = lot(salt, unit.id) < share ? kind : 'policy'
    const logged = experiments[n]!
    if (logged.variant !== variant) return `'${id}' has variant ${logged.variant}, ${unit.id} draws ${variant}`
    const probability = variant === 'policy' ? 1 - share : share
    if (logged.probability !== probability)
      return `'${id}' says ${logged.probability}, its share makes it ${probability}`
    if (variant !== 'holdout') continue
    const isHeld = (actionId: string) => !exempt.includes(actions.get(actionId)?.purpose ?? '')
    if (outcome.actionId !== '' && outcome.actionId !== 'silence' && isHeld(outcome.actionId))
      return `'${id}' holds this person out, and ${outcome.actionId} was chosen`
  }
  const stray = candidates.find(
    ({ removedBy }) =>
      removedBy?.stage === 'experiment' &&
      !experiments.some(({ id, variant }) => id === removedBy.rule && variant === 'holdout'),
  )
  if (stray) return `${stray.actionId} was held back by '${stray.removedBy!.rule}', which holds nobody out here`
  const arm = experiments.some(({ variant }) => variant === 'random') ? 'random' : 'policy'
  return learning.arm === arm ? null : `its arm is ${learning.arm}, the experiments make it ${arm}`
}
