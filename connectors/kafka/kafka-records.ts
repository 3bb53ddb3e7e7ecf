import { asBuffer } from '../../schemas/codec/bytes.ts'
import type { Cause, LogRecord, NewRecord } from '../../topology/log/log.ts'
import type { Message } from './protocol/batch-writer.ts'
import { causeHeader, type KafkaRecord } from './protocol/kafka-record.ts'

/** Such a batch may be whole, so that nothing may pass it over. */
const readElsewhere: ReadonlySet<string> = new Set(['codec-unknown', 'format-unknown'])
const noBytes = new Uint8Array(0)

/** Makes a message for the broker. The record's cause is stored in a header. */
export function messageOf({ key, value, timestamp, cause }: NewRecord): Message {
  const message = { key: Buffer.from(key), value: asBuffer(value), timestamp }
  if (!cause) return message
  const { source, position, n, causeId, path } = cause
  return { ...message, headers: { [causeHeader]: Buffer.from(JSON.stringify([source, position, n, causeId, path])) } }
}

/**
 * Makes a log record of a broker's record, whoever wrote it. A missing key or value becomes an empty one, also where a batch
 * can't be read: on an input such a record becomes a dead letter, on any other log it stops the task. Throws `codec-unknown`
 * and `format-unknown`.
 */
export function recordOf({ offset, timestamp, key, value, cause: header, unreadable }: KafkaRecord): LogRecord {
  if (unreadable && readElsewhere.has(unreadable.code)) throw unreadable
  if (unreadable) return { offset, timestamp, key: '', value: noBytes, unreadable }
  const record = { offset, timestamp, key: key === null ? '' : key.toString('utf8'), value: value ?? noBytes }
  const cause = header === null ? undefined : causeIn(header)
  return cause ? { ...record, cause } : record
}

/** Decodes the cause in a header. Returns undefined for a header of that name from another writer: the record then comes from outside. */
function causeIn(header: Buffer): Cause | undefined {
  try {
    const [source, position, n, causeId, path] = JSON.parse(header.toString('utf8')) as [
      string,
      number,
      number,
      string,
      number[],
    ]
    const isOurs =
      typeof source === 'string' && Number.isSafeInteger(position) && Number.isSafeInteger(n) && Array.isArray(path)
    return isOurs && typeof causeId === 'string' ? { source, position, n, causeId, path } : undefined
  } catch {
    return undefined
  }
}
