import { release } from '../../../operators/deciding/active-release.ts'
import { controlError } from '../../../operators/intake/control-checks.ts'
import { releaseHash } from '../../../operators/release/canonical.ts'
import { insteadOf } from '../../../operators/release/problem.ts'
import type { Release } from '../../../operators/release/release.ts'
import type { Control, ReleaseRow } from '../../../schemas/generated.ts'
import { topics } from '../../../schemas/topics.ts'
import { ConnectorError } from '../../../topology/log/log.ts'
import type { HistoryRunner } from '../../../topology/replay/history-runner.ts'
import { UsageError } from '../../cli/errors.ts'
import type { SimulationLoop } from '../../demo/simulation-loop.ts'
import { assertFollows } from '../../input/release-order.ts'
import type { ControlEffect, QueryBackend, QueryHandler } from '../query.ts'

/** Adds a release to the history, and replies once it is in force in every partition. The client has linted it. */
export const handleRelease: QueryHandler<{
  readonly control: Control
  readonly force: boolean
  readonly json: boolean
}> = async ({ control, force, json }, backend, { write }) => {
  const error = controlError(control)
  if (error) throw new UsageError(`the release can't be taken: ${error.detail}`)
  const asked = JSON.parse(control.document) as Release
  if (!force) assertFollows(asked, await releaseInForce(backend))
  const effect = await backend.control(control)
  assertInForce(effect, ({ hash }) => hash === control.hash)
  const { release: id, version } = asked
  if (json) await write(JSON.stringify({ release: id, version, hash: control.hash, ...effectJson(effect) }))
  else await write(`'${id}', version ${version}, decides from ${formatEffect(effect)}.`)
  return 0
}

/** Reads the release in force; null where there is none, or no persons are decided for. */
async function releaseInForce(backend: QueryBackend): Promise<Release | null> {
  const { document } = await backend.betweenEpochs(async runner => releaseIn(runner))
  return document === '' ? null : JSON.parse(document)
}

/** Stops an action, given by id or name, until the next release: it is not decided any more, and waiting sends are cancelled. */
export const handleStop: QueryHandler<{ readonly actionId: string; readonly json: boolean }> = async (
  { actionId: given, json },
  backend,
  { write },
) => {
  const { document, stopped } = await backend.betweenEpochs(async runner => releaseIn(runner))
  if (document === '') throw new UsageError('nothing is decided there yet: there is no release')
  const { actionId, called } = actionIn(JSON.parse(document), given)
  const isStopped = stopped.includes(actionId)
  const effect = isStopped ? null : await backend.control(stopOf(actionId))
  if (effect !== null) assertInForce(effect, row => row.stopped.includes(actionId))
  if (json) await write(JSON.stringify({ actionId, wasStopped: isStopped, ...(effect && effectJson(effect)) }))
  else if (effect === null) await write(`${called} is stopped already, until the next release.`)
  else
    await write(
      `${called} is stopped from ${formatEffect(effect)}; ${effect.cancelled} sends of it were cancelled. The next release lifts it.`,
    )
  return 0
}

/** Checks that what was asked for is in force in every partition: throws `not-in-effect` with those where it is not. */
function assertInForce({ inForce }: ControlEffect, holds: (row: ReleaseRow) => boolean): void {
  const late = inForce.filter(({ row }) => !holds(row))
  if (late.length === 0) return
  const places = late.map(({ partition }) => `${topics.people.name}/${partition}`).join(', ')
  throw new ConnectorError(
    'not-in-effect',
    `it is part of the history, but not in force on ${places}: something threw under it, and the release before goes on (release-quarantined)`,
  )
}

/** Puts a release or a stop in force in a demo, and reads by what its partitions decide then. */
export async function controlled(loop: SimulationLoop, control: Control): Promise<ControlEffect> {
  const effect = await loop.control(control)
  const inForce = await loop.betweenEpochs(async ({ tasks }) =>
    tasks.flatMap(({ topic, partition, rows }) =>
      topic.name === topics.people.name ? [{ partition, row: rows.partition.get(release) }] : [],
    ),
  )
  return { ...effect, inForce }
}

/** Reads the row of the release in force; between two epochs it is the same in all partitions. */
export function releaseIn({ tasks }: HistoryRunner): ReleaseRow {
  const task = tasks.find(({ topic }) => topic.name === topics.people.name)
  return task ? task.rows.partition.get(release) : release.empty
}

/** Finds an action of a release by its id or its name; throws UsageError where there is none. */
export function actionIn({ actions }: Release, given: string): { readonly actionId: string; readonly called: string } {
  const action = actions.find(({ id }) => id === given) ?? actions.find(({ name }) => name === given)
  if (!action) {
    const known = actions.flatMap(({ id, name }) => (name === undefined ? [id] : [id, name]))
    throw new UsageError(`the release has no action '${given}': ${insteadOf(given, known)}`)
  }
  const { id: actionId, name = actionId } = action
  return { actionId, called: name === actionId ? `'${actionId}'` : `'${actionId}' (${name})` }
}

/** Makes the control record that stops an action. */
export function stopOf(actionId: string): Control {
  const document = JSON.stringify({ actionId })
  return { controlId: `stop/${actionId}`, kind: 'stop', document, hash: releaseHash(document) }
}

const effectJson = ({ at, positions, cancelled }: ControlEffect) => ({
  at: new Date(at).toISOString(),
  positions: positions.map(position => ({ topic: topics.people.name, ...position })),
  cancelled,
})

const formatEffect = ({ at, positions }: ControlEffect): string =>
  `${new Date(at).toISOString()} on: ${positions.map(({ partition, offset }) => `record ${offset} of ${topics.people.name}/${partition}`).join(', ')}`
