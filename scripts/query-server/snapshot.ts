import { setImmediate as yieldToEventLoop } from 'node:timers/promises'
import type { Log } from '../../topology/log/log.ts'

/**
 * Returns a read-only view of a log as it is now; records appended later are not visible. Every read yields to the event
 * loop first, so that reading a whole log does not delay deciding.
 */
export async function snapshotOf(log: Log): Promise<Log> {
  const ends = new Map<string, readonly number[]>()
  for (const [topic, partitions] of log.topics()) {
    const all = Array.from({ length: partitions }, (_, partition) => log.end(topic, partition))
    ends.set(topic, await Promise.all(all))
  }
  const endOf = (topic: string, partition: number): number | undefined => ends.get(topic)?.[partition]
  return {
    createTopic: refused,
    topics: () => log.topics(),
    start: (topic, partition) => log.start(topic, partition),
    end: async (topic, partition) => endOf(topic, partition) ?? (await log.end(topic, partition)),
    async read(topic, partition, from, limit) {
      await yieldToEventLoop()
      const end = endOf(topic, partition) ?? Number.POSITIVE_INFINITY
      return log.read(topic, partition, from, Math.min(limit, Math.max(0, end - from)))
    },
    append: refused,
    acquire: refused,
    commit: refused,
    changelog: refused,
    settledPositions: (tasks, outputs) => log.settledPositions(tasks, outputs),
    close: async () => undefined,
  }
}

async function refused(): Promise<never> {
  throw new Error('a snapshot of a log can only be read')
}
