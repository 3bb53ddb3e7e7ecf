import { release } from '../../../operators/deciding/active-release.ts'
import { controlFlaw } from '../../../operators/intake/control-checks.ts'
import { releaseHash } from '../../../operators/release/canonical.ts'
import { insteadOf } from '../../../operators/release/problem.ts'
import type { Release } from '../../../operators/release/release.ts'
import type { Control, ReleaseRow } from '../../../schemas/generated.ts'
import { topics } from '../../../schemas/topics.ts'
import type { EpochRunner } from '../../../topology/replay/epoch-runner.ts'
import { UsageError } from '../../cli/errors.ts'
import type { Answer, ControlEffect } from '../query.ts'

/** Puts a release, which was linted where its file is, into the history; answers once every partition decides by it. */
export const releaseAnswer: Answer<{ readonly control: Control; readonly json: boolean }> = async (
  { control, json },
  desk,
  { say },
) => {
  const flaw = controlFlaw(control)
  if (flaw) throw new UsageError(`the release can't be taken: ${flaw.detail}`)
  const effect = await desk.control(control)
  const { release: id, version } = JSON.parse(control.document) as Release
  if (json) await say(JSON.stringify({ release: id, version, hash: control.hash, ...told(effect) }))
  else await say(`'${id}', version ${version}, decides from ${inWords(effect)}.`)
  return 0
}

/** Stops an action, given by id or name, until the next release: no later decision takes it, and what waits to be sent is cancelled. */
export const stopAnswer: Answer<{ readonly actionId: string; readonly json: boolean }> = async (
  { actionId: given, json },
  desk,
  { say },
) => {
  const { document, stopped } = await desk.quiet(async epochs => releaseIn(epochs))
  if (document === '') throw new UsageError('nothing is decided there yet: there is no release')
  const { actionId, called } = actionIn(JSON.parse(document), given)
  const isStopped = stopped.includes(actionId)
  const effect = isStopped ? null : await desk.control(stopOf(actionId))
  if (json) await say(JSON.stringify({ actionId, wasStopped: isStopped, ...(effect && told(effect)) }))
  else if (effect === null) await say(`${called} is stopped already, until the next release.`)
  else
    await say(
      `${called} is stopped from ${inWords(effect)}; ${effect.cancelled} sends of it were cancelled. The next release lifts it.`,
    )
  return 0
}

/** What the partitions of deciding decide by: between two epochs all by the same. */
export function releaseIn({ tasks }: EpochRunner): ReleaseRow {
  const task = tasks.find(({ topic }) => topic.name === topics.people.name)
  return task ? task.rows.partition.get(release) : release.empty
}

/** The action of a release that someone calls by its id or its name; throws UsageError where there is none. */
export function actionIn({ actions }: Release, given: string): { readonly actionId: string; readonly called: string } {
  const action = actions.find(({ id }) => id === given) ?? actions.find(({ name }) => name === given)
  if (!action) {
    const known = actions.flatMap(({ id, name }) => (name === undefined ? [id] : [id, name]))
    throw new UsageError(`the release has no action '${given}': ${insteadOf(given, known)}`)
  }
  const { id: actionId, name = actionId } = action
  return { actionId, called: name === actionId ? `'${actionId}'` : `'${actionId}' (${name})` }
}

/** The record that stops an action. */
export function stopOf(actionId: string): Control {
  const document = JSON.stringify({ actionId })
  return { controlId: `stop/${actionId}`, kind: 'stop', document, hash: releaseHash(document) }
}

const told = ({ at, positions, cancelled }: ControlEffect) => ({
  at: new Date(at).toISOString(),
  positions: positions.map(position => ({ topic: topics.people.name, ...position })),
  cancelled,
})

const inWords = ({ at, positions }: ControlEffect): string =>
  `${new Date(at).toISOString()} on: ${positions.map(({ partition, offset }) => `record ${offset} of ${topics.people.name}/${partition}`).join(', ')}`
