import { ConnectorError, type LogRecord } from '../../topology/log/log.ts'
import type { SchemaIds } from '../registry/schema-ids.ts'

/** Records as the program knows their schemas: those before the first whose schema can't be had, or the reason why. */
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
  return records.map(record => ({ ...record, value: schemaIds.incoming(topic, record.value) }))
}

/** The records before the first whose schema can't be had; where it is the first of all, the reason and its place. */
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
  // What was asked for the first time has come the second time.
  if (reason instanceof ConnectorError) return records
  throw reason
}
