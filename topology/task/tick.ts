import type { Time, Topic } from '../../schemas/record.ts'
import { ticks } from '../../schemas/topics.ts'
import { BadRecord, decodeValue, isFramed, schemaIdOf } from '../../schemas/wire.ts'
import type { LogRecord } from '../log/log.ts'

/**
 * Returns the time of a tick; null for any other record. On an input log, a tick that is later than its own record does
 * not count: it would move the partition's clock into the future for good.
 */
export function tickOf(topic: Topic, { value, timestamp }: LogRecord): Time | null {
  if (topic === ticks) return timestamp
  const { tick } = topic.types
  // PERF: called for every record, more than once, so decode only what has the schema of a tick.
  if (!tick || !isFramed(value) || !tick.schema.reads(schemaIdOf(value))) return null
  try {
    const { at } = decodeValue(tick, value) as { readonly at: Time }
    return topic.role === 'input' && at > timestamp ? null : at
  } catch (error) {
    if (error instanceof BadRecord) return null
    throw error
  }
}
