import type { Decision } from '../../schemas/generated.ts'
import { randomDraw } from './hashes.ts'
import type { ActiveRelease } from './releases.ts'

/** The id by which a person takes part in experiments, and the time of the first part. */
export interface Unit {
  readonly id: string
  readonly since: number
}

/** Merges the units of two merged persons: the earlier one stays; at the same time, the smaller id. */
export function unitOfBoth(a: Unit | null, b: Unit | null): Unit | null {
  if (!a || !b) return a ?? b
  return [a, b].sort((x, y) => x.since - y.since || (x.id < y.id ? -1 : 1))[0]!
}

/** Recomputes the variants of a decision, and checks that it obeys them; returns what differs, or null. */
export function experimentBreach(decision: Decision, { release, actions }: ActiveRelease, unit: Unit): string | null {
  const { experiments, trigger, outcome, learning, candidates } = decision
  const meant = (release.experiments ?? []).filter(({ journey }) => journey === null || journey === trigger.journey)
  if (experiments.map(({ id }) => id).join() !== meant.map(({ id }) => id).join())
    return `it takes part in ${experiments.length} experiments, the release says ${meant.length}`
  for (const [n, { id, kind, share, salt, exempt }] of meant.entries()) {
    const variant = randomDraw(salt, unit.id) < share ? kind : 'policy'
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
