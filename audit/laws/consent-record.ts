import type { ConsentChange, Position } from '../../schemas/generated.ts'
import { jsonStart, parseJson } from '../../schemas/json/json-input.ts'
import { topics } from '../../schemas/topics.ts'
import { BadRecord, decodeValue, typeOf } from '../../schemas/wire.ts'
import type { ReadableLog } from '../../topology/log/log-reader.ts'

/**
 * Returns the reason why a change of consent is not backed by the input record that it names; null where it is. A null
 * event id stands for a consent that could not be read: its record only has to be there, and so has one of another system's topic. A record that retention has deleted
 * can't be checked any more.
 */
export async function consentRecordBreach(
  log: ReadableLog,
  eventId: string | null,
  origin: Position,
): Promise<string | null> {
  const { topic, partition, offset } = origin
  const name = `${topic}/${partition}/${offset}`
  const isOwn = topic === topics.consents.name
  const partitions = isOwn || isForeign(topic) ? (log.topics().get(topic) ?? 0) : 0
  if (partitions === 0) return `it names ${name}, where no consent is recorded`
  if (partition < partitions && offset < (await log.start(topic, partition))) return null
  const isThere = partition < partitions && offset < (await log.end(topic, partition))
  const [record] = isThere ? await log.read(topic, partition, offset, 1) : []
  if (record?.offset !== offset) return `it names ${name}, which is not there`
  // What a record of another system means is known by a mapping only, which the auditor does not share.
  if (eventId === null || !isOwn) return null
  const change = consentIn(record.value)
  if (change === null) return `it names ${name}, which is no consent`
  return change.eventId === eventId ? null : `it names ${name}, which is another consent`
}

const own: ReadonlySet<string> = new Set(Object.values(topics).map(({ name }) => name))

/** Tells whether a topic may be another system's, whose records a source maps to consents. */
const isForeign = (topic: string): boolean => !own.has(topic) && !topic.startsWith('sends.')

/** Decodes the consent change of an input record, Avro or JSON; null where it holds none. */
function consentIn(bytes: Uint8Array): ConsentChange | null {
  const { consents } = topics
  try {
    if (bytes[0] === jsonStart) return parseJson(consents, bytes).value as ConsentChange
    return typeOf(consents, bytes) === 'consent' ? decodeValue(consents.types.consent, bytes) : null
  } catch (error) {
    if (error instanceof BadRecord) return null
    throw error
  }
}
