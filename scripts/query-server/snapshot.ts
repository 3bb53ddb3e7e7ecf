import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Log } from '../../topology/log/log.ts'

/**
 * A log as it stands now, to be read while it grows: what is appended later is not seen. Others get their turn between
 * two reads, so that who reads all of it does not hold up those who decide.
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
    end: async (topic, partition) => endOf(topic, partition) ?? (await log.end(topic, partition)),
    async read(topic, partition, from, limit) {
      await nextTurn()
      const end = endOf(topic, partition) ?? Number.POSITIVE_INFINITY
      return log.read(topic, partition, from, Math.min(limit, Math.max(0, end - from)))
    },
    append: refused,
    acquire: refused,
    commit: refused,
    changelog: refused,
    close: async () => undefined,
  }
}

async function refused(): Promise<never> {
  throw new Error('a snapshot of a log can only be read')
}
