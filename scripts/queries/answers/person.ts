import { topics } from '../../../schemas/topics.ts'
import { partitionOf } from '../../../topology/log/partitioner.ts'
import { settings } from '../../config/config.ts'
import { namesIn } from '../action-names.ts'
import { inWords } from '../person/in-words.ts'
import { standingOf } from '../person/standing.ts'
import { timelineOf } from '../person/timeline.ts'
import { rowsAt, whoIs } from '../person/who.ts'
import type { Answer } from '../query.ts'
import { releaseIn } from './control.ts'

/** Who is this, where do they stand, and what has happened to them? */
export const personAnswer: Answer<{ readonly name: string; readonly last: number; readonly json: boolean }> = async (
  { name, last, json },
  desk,
  { say },
) => {
  const { secret } = settings({}).config
  const found = await desk.quiet(async (epochs, log) => {
    const who = await whoIs(epochs, name, secret)
    const tasks = epochs.tasks.filter(({ topic }) => topic.name === topics.people.name)
    const { rows, clock } = tasks[partitionOf(who.personId, tasks.length)]!
    return {
      names: namesIn(releaseIn(epochs).document),
      who,
      log,
      standing: standingOf(await rowsAt(epochs, topics.people.name, who.personId), rows.partition, clock),
    }
  })
  const timeline = last === 0 ? [] : (await timelineOf(found.log, found.who, found.names)).slice(-last)
  const told = { ...found.who, standing: found.standing, timeline }
  await say(json ? JSON.stringify(told) : inWords(told, found.names))
  return 0
}
