import type { Topic } from '../../schemas/record.ts'
import { BadRecord, decodeValue, schemaIdOf, typeOf } from '../../schemas/wire.ts'
import type { LogRecord, OutputRecord } from '../../topology/log/log.ts'

interface Replayed extends Pick<OutputRecord, 'key' | 'timestamp' | 'value'> {
  readonly cause?: OutputRecord['cause'] | undefined
}

/** Describes in which field a record of a replay differs from the recorded one; null where they are equal. */
export function recordDifference(topic: Topic, replayed: Replayed, recorded: LogRecord): string | null {
  for (const field of ['key', 'timestamp'] as const)
    if (replayed[field] !== recorded[field])
      return `the ${field} is recorded as '${recorded[field]}', the replay has '${replayed[field]}'`
  if (!Buffer.from(replayed.value).equals(recorded.value)) return valueDifference(topic, replayed.value, recorded.value)
  const [own, theirs] = [replayed.cause, recorded.cause].map(cause => JSON.stringify(cause))
  return own === theirs ? null : `the cause is recorded as ${theirs}, the replay has ${own}`
}

function valueDifference(topic: Topic, replayed: Uint8Array, recorded: Uint8Array): string {
  const read = (bytes: Uint8Array): unknown => decodeValue(topic.types[typeOf(topic, bytes)]!, bytes)
  const unreadable = faultIn(() => read(recorded))
  if (unreadable !== null) return `what is recorded can't be read: ${unreadable}`
  const what = firstDifference(read(recorded), read(replayed), '') ?? 'the bytes differ, although the values are equal'
  return schemaIdOf(recorded) === schemaIdOf(replayed) ? what : `another version of JOAI wrote it: ${what}`
}

function faultIn(read: () => unknown): string | null {
  try {
    read()
    return null
  } catch (error) {
    if (error instanceof BadRecord) return error.message
    throw error
  }
}

/** Describes the first field, depth first, in which two values differ; null where they are equal. */
function firstDifference(recorded: unknown, replayed: unknown, path: string): string | null {
  const areObjects = [recorded, replayed].every(value => typeof value === 'object' && value !== null)
  if (!areObjects)
    return Object.is(recorded, replayed)
      ? null
      : `${path} is recorded as ${JSON.stringify(recorded)}, the replay has ${JSON.stringify(replayed)}`
  for (const field of new Set([recorded, replayed].flatMap(value => Object.keys(value as object)))) {
    const at = (value: unknown) => (value as Record<string, unknown>)[field]
    const difference = firstDifference(at(recorded), at(replayed), path === '' ? field : `${path}.${field}`)
    if (difference) return difference
  }
  return null
}
