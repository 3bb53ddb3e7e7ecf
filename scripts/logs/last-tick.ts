import type { Time, Topic } from '../../schemas/record.ts'
import type { Log, LogRecord } from '../../topology/log/log.ts'
import { records } from '../../topology/log/log-reader.ts'
import { tickOf } from '../../topology/task/tick.ts'

/** Returns the time of the tick that ends a partition; null where another record does. */
export async function lastTick(log: Log, topic: Topic<any>, partition: number): Promise<Time | null> {
  const end = await log.end(topic.name, partition)
  // On a cluster, the last offset may be the marker of a transaction.
  for (let span = 1; ; span *= 8) {
    const from = Math.max(0, end - span)
    let last: LogRecord | undefined
    for await (const record of records(log, topic.name, partition, from)) last = record
    if (last || from === 0) return last ? tickOf(topic, last) : null
  }
}
