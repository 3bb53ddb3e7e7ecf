import { topics } from '../../../schemas/topics.ts'
import { partitionOf } from '../../../topology/log/partitioner.ts'
import { settings } from '../../config/config.ts'
import { namesInDocument } from '../action-names.ts'
import { formatPerson } from '../person/format.ts'
import { findPerson, rowsAt } from '../person/identity.ts'
import { personStatusOf } from '../person/status.ts'
import { timelineOf } from '../person/timeline.ts'
import type { QueryHandler } from '../query.ts'
import { releaseIn } from './control.ts'

/** Reports a person: identity, status and timeline. */
export const handlePerson: QueryHandler<{
  readonly name: string
  readonly last: number
  readonly json: boolean
}> = async ({ name, last, json }, backend, { write }) => {
  const { secret } = settings({}).config
  const found = await backend.betweenEpochs(async (runner, log) => {
    const identity = await findPerson(runner, name, secret)
    const tasks = runner.tasks.filter(({ topic }) => topic.name === topics.people.name)
    const { rows } = tasks[partitionOf(identity.personId, tasks.length)]!
    return {
      names: namesInDocument(releaseIn(runner).document),
      identity,
      log,
      standing: personStatusOf(
        await rowsAt(runner, topics.people.name, identity.personId),
        rows.partition,
        runner.time,
      ),
    }
  })
  const timeline = last === 0 ? [] : (await timelineOf(found.log, found.identity, found.names)).slice(-last)
  const report = { ...found.identity, standing: found.standing, timeline }
  await write(json ? JSON.stringify(report) : formatPerson(report, found.names))
  return 0
}
