import type { Time, Topic } from '../schemas/record.ts'
import { ticks } from '../schemas/topics.ts'
import { BadRecord, decodeValue, typeOf } from '../schemas/wire.ts'
import type { LogRecord } from './ports.ts'

/** The time that a record carries, if it is a tick; null for all else, and for what only looks like one. */
export function tickOf(topic: Topic, { value, timestamp }: LogRecord): Time | null {
  if (topic === ticks) return timestamp
  const { tick } = topic.types
  if (!tick) return null
  try {
    return typeOf(topic, value) === 'tick' ? (decodeValue(tick, value) as { readonly at: Time }).at : null
  } catch (error) {
    if (error instanceof BadRecord) return null
    throw error
  }
}
