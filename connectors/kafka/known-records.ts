import { ConnectorError, type LogRecord } from '../../topology/log/log.ts'
import type { SchemaIds } from '../registry/schema-ids.ts'

/** Translates the schema ids of records. Returns the records before the first whose schema is missing; throws when that is the first of all. */
export async function knownRecords(
  schemaIds: SchemaIds,
  topic: string,
  partition: number,
  records: LogRecord[],
): Promise<LogRecord[]> {
  try {
    await schemaIds.prepare(
      topic,
      records.map(({ value }) => value),
    )
  } catch (error) {
    const before = await knownBefore(schemaIds, topic, partition, records, error)
    return knownRecords(schemaIds, topic, partition, before)
  }
  return records.map(record => {
    const value = schemaIds.incoming(topic, record.value)
    return value === record.value ? record : { ...record, value, stored: record.value }
  })
}

/** Returns the records before the first whose schema is missing. If that is the first of all, throws the reason with its offset. */
async function knownBefore(ids: SchemaIds, topic: string, partition: number, records: LogRecord[], reason: unknown) {
  for (const [index, { offset, value }] of records.entries())
    try {
      await ids.prepare(topic, [value])
    } catch (error) {
      if (index > 0) return records.slice(0, index)
      if (!(error instanceof ConnectorError)) throw error
      const { code, message, retryable } = error
      throw new ConnectorError(code, `${message} (${topic}/${partition}, offset ${offset})`, {
        retryable,
        cause: error,
      })
    }
  // A schema that was missing in the first request has been found in the second.
  if (reason instanceof ConnectorError) return records
  throw reason
}
