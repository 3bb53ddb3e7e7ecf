import type { ConsentChange, Position } from '../../schemas/generated.ts'
import { jsonStart, parseJson } from '../../schemas/json/json-input.ts'
import { topics } from '../../schemas/topics.ts'
import { BadRecord, decodeValue, typeOf } from '../../schemas/wire.ts'
import type { ReadableLog } from '../../topology/log/log-reader.ts'

/**
 * Returns the reason why a change of consent is not backed by the input record that it names; null where it is. A null
 * event id stands for a consent that could not be read: its record only has to be there. A record that retention has deleted
 * can't be checked any more.
 */
export async function consentRecordBreach(
  log: ReadableLog,
  eventId: string | null,
  origin: Position,
): Promise<string | null> {
  const name = `${origin.topic}/${origin.partition}/${origin.offset}`
  const { consents } = topics
  if (origin.topic !== consents.name) return `it names ${name}, where no consent is recorded`
  const partitions = log.topics().get(consents.name) ?? 0
  if (origin.partition < partitions && origin.offset < (await log.start(consents.name, origin.partition))) return null
  const isThere = origin.partition < partitions && origin.offset < (await log.end(consents.name, origin.partition))
  const [record] = isThere ? await log.read(consents.name, origin.partition, origin.offset, 1) : []
  if (record?.offset !== origin.offset) return `it names ${name}, which is not there`
  if (eventId === null) return null
  const change = consentIn(record.value)
  if (change === null) return `it names ${name}, which is no consent`
  return change.eventId === eventId ? null : `it names ${name}, which is another consent`
}

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
