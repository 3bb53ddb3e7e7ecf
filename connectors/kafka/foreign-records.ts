import { foreignTopic } from '../../schemas/topics.ts'
import { encodeValue } from '../../schemas/wire.ts'
import { ConnectorError, type LogRecord } from '../../topology/log/log.ts'
import type { ForeignSchemas } from '../registry/foreign-schemas.ts'
import { recordOf } from './kafka-records.ts'
import { headersIn } from './protocol/batch-records.ts'
import type { KafkaRecord } from './protocol/kafka-record.ts'

const noBytes = Buffer.alloc(0)
/** The record type of every topic that is not ours. */
const { record: type } = foreignTopic('').types

/**
 * Makes log records of the records of a topic that is not ours: key, value and headers, with Avro turned into JSON. Returns
 * those before the first whose schema is missing; throws when that is the first of all.
 */
export async function foreignRecords(
  schemas: ForeignSchemas,
  topic: string,
  partition: number,
  records: readonly KafkaRecord[],
): Promise<LogRecord[]> {
  const found: LogRecord[] = []
  for (const record of records)
    try {
      found.push(await foreignRecord(schemas, topic, record))
    } catch (error) {
      if (found.length > 0) return found
      if (!(error instanceof ConnectorError)) throw error
      const { code, message, retryable } = error
      const place = `${topic}/${partition}, offset ${record.offset}`
      throw new ConnectorError(code, `${message} (${place})`, { retryable, cause: error })
    }
  return found
}

async function foreignRecord(schemas: ForeignSchemas, topic: string, record: KafkaRecord): Promise<LogRecord> {
  const { offset, timestamp, unreadable, value, headers } = record
  if (unreadable) return recordOf(record)
  const key = (await schemas.json(topic, record.key ?? noBytes)).toString('utf8')
  const given = {
    key,
    value: value === null ? null : await schemas.json(topic, value),
    headers: headers ? headersIn(headers) : {},
  }
  // No bytes of a topic that is not ours are named by a schema of ours, so its records name no cause either.
  return { offset, timestamp, key, value: encodeValue(type, given), stored: value ?? noBytes }
}
