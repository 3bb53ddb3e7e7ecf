import type { Position } from '../../schemas/generated.ts'
import { topics } from '../../schemas/topics.ts'
import { decodeValue, typeOf } from '../../schemas/wire.ts'
import type { Log } from '../../topology/ports.ts'

/** Says why a word of consent is not backed by the input record that it names; null when it is. */
export async function consentRecordBreach(log: Log, eventId: string, origin: Position): Promise<string | null> {
  const name = `${origin.topic}/${origin.partition}/${origin.offset}`
  const { consents } = topics
  if (origin.topic !== consents.name) return `it names ${name}, where no consent is recorded`
  const partitions = log.topics().get(consents.name) ?? 0
  const isThere = origin.partition < partitions && origin.offset < log.end(consents.name, origin.partition)
  const [record] = isThere ? await log.read(consents.name, origin.partition, origin.offset, 1) : []
  if (record?.offset !== origin.offset) return `it names ${name}, which is not there`
  if (typeOf(consents, record.value) !== 'consent') return `it names ${name}, which is no consent`
  const change = decodeValue(consents.types.consent, record.value)
  return change.eventId === eventId ? null : `it names ${name}, which is another consent`
}
