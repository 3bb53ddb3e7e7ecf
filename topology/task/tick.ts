import type { Time, Topic } from '../../schemas/record.ts'
import { ticks } from '../../schemas/topics.ts'
import { BadRecord, decodeValue, isFramed, schemaIdOf } from '../../schemas/wire.ts'
import type { LogRecord } from '../log/log.ts'

/**
 * The time that a record carries, if it is a tick; null for all else, and for what only looks like one. From outside, none
 * is later than its own record: one such would move a partition's clock into the future for good.
 */
export function tickOf(topic: Topic, { value, timestamp }: LogRecord): Time | null {
  if (topic === ticks) return timestamp
  const { tick } = topic.types
  // Asked of every record, more than once.
  if (!tick || !isFramed(value) || !tick.schema.reads(schemaIdOf(value))) return null
  try {
    const { at } = decodeValue(tick, value) as { readonly at: Time }
    return topic.role === 'input' && at > timestamp ? null : at
  } catch (error) {
    if (error instanceof BadRecord) return null
    throw error
  }
}
