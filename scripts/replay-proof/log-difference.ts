import { topics } from '../../schemas/topics.ts'
import type { Plans } from '../../topology/graph/plan.ts'
import type { LogRecord } from '../../topology/log/log.ts'
import { type ReadableLog, records } from '../../topology/log/log-reader.ts'
import { recordDifference } from './record-difference.ts'

/** Describes the first record of the public logs in which a replay differs from a run; null where there is none. */
export async function logDifference(
  run: ReadableLog,
  replay: ReadableLog,
  plans: Pick<Plans, 'topics'>,
): Promise<string | null> {
  const ofPublic = [...plans.topics.values()].filter(({ role }) => role === 'public')
  for (const topic of ofPublic)
    for (let partition = 0; partition < (run.topics().get(topic.name) ?? 0); partition++) {
      const replayed = ownRecords(replay, topic.name, partition)
      const place = `${topic.name}/${partition}`
      for await (const recorded of records(run, topic.name, partition)) {
        if (!recorded.cause && topic.name === topics.deadLetters.name) continue
        if (!recorded.cause) return `${place}/${recorded.offset}: something else than the topology wrote it`
        const { value: ours, done } = await replayed.next()
        if (done) return `${place}/${recorded.offset}: the replay does not write it`
        const what = recordDifference(topic, { ...ours, cause: recorded.cause }, recorded)
        if (what !== null) return `${place}/${recorded.offset}: ${what}`
      }
      const { done } = await replayed.next()
      if (!done) return `${place}: the replay writes more than is recorded`
    }
  return null
}

/** The records that the topology wrote: they have a cause. Channels report on dead letters, without one. */
async function* ownRecords(log: ReadableLog, topic: string, partition: number): AsyncGenerator<LogRecord, void> {
  for await (const record of records(log, topic, partition)) if (record.cause) yield record
}
