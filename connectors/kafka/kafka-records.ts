import { asBuffer } from '../../schemas/codec/bytes.ts'
import type { Cause, LogRecord, NewRecord } from '../../topology/log/log.ts'
import type { Message } from './protocol/batch-writer.ts'
import type { KafkaRecord } from './protocol/record-batches.ts'

const causeHeader = 'joai-cause'
const noBytes = new Uint8Array(0)

/** A record on its way to the broker; its cause travels in a header. */
export function messageOf({ key, value, timestamp, cause }: NewRecord): Message {
  const message = { key: Buffer.from(key), value: asBuffer(value), timestamp }
  if (!cause) return message
  const { source, position, n, causeId, path } = cause
  return { ...message, headers: { [causeHeader]: Buffer.from(JSON.stringify([source, position, n, causeId, path])) } }
}

/**
 * A record as it came from the broker, from whoever wrote it: what has no key or value has empty ones. So has what can't
 * be read: the door dead-letters it, and any other log stops whoever reads it.
 */
export function recordOf({ offset, timestamp, key, value, headers }: KafkaRecord): LogRecord {
  const record = { offset, timestamp, key: key === null ? '' : key.toString('utf8'), value: value ?? noBytes }
  const header = headers.get(causeHeader)
  const cause = header && causeIn(header)
  return cause ? { ...record, cause } : record
}

/** Undefined for a header of that name which is not ours: the record then is one from outside. */
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
