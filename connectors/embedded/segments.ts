import type { Cause, ChangelogEntry, LogRecord, NewRecord } from '../../topology/log/log.ts'
import { countSize, Packer, textSize, Unpacker } from './packing.ts'

/** Consecutive records of one partition, packed into one entry of the store. */
export interface RecordSegment {
  readonly first: number
  readonly last: number
  readonly bytes: Uint8Array
}

/** A change and its offset in the changelog. Compaction leaves gaps. */
export interface OffsetEntry extends ChangelogEntry {
  readonly offset: number
}

/** Changelog entries of one task, packed into one entry of the store. */
export interface ChangelogSegment {
  readonly last: number
  readonly bytes: Buffer
}

/** The size at which a segment is closed. */
const segmentSizeMax = 256 * 1024

const hasCause = 1
const sameCauseId = 2

const packer = new Packer()

/** Packs records, the first of which gets the offset `first`, into segments of about 256 KiB. */
export function packRecords(records: readonly NewRecord[], first: number): RecordSegment[] {
  const segments: RecordSegment[] = []
  let next = 0
  while (next < records.length) {
    const segment = packSegment(records, next, first + next)
    segments.push(segment)
    next = segment.last + 1 - first
  }
  return segments
}

function packSegment(records: readonly NewRecord[], from: number, first: number): RecordSegment {
  const sources: string[] = []
  let count = 0
  let causeId = ''
  packer.position = 0
  packer.reserve(2 * countSize)
  packer.count(first)
  while (from + count < records.length && (count === 0 || packer.position < segmentSizeMax)) {
    const record = normalizedRecord(records[from + count]!)
    packRecord(record, causeId, sources)
    causeId = record.cause?.causeId ?? ''
    count++
  }
  return { first, last: first + count - 1, bytes: packer.take() }
}

function packRecord({ key, value, timestamp, cause }: NewRecord, lastCauseId: string, sources: string[]): void {
  const causeSize = cause
    ? textSize(cause.source) + textSize(cause.causeId) + countSize * (4 + cause.path.length)
    : countSize
  packer.reserve(textSize(key) + value.length + causeSize + 2 * countSize)
  if (cause) packCause(cause, cause.causeId === lastCauseId, sources)
  else packer.count(0)
  packer.double(timestamp)
  packer.text(key)
  packer.bytes(value)
}

function packCause({ source, position, n, causeId, path }: Cause, sameId: boolean, sources: string[]): void {
  packer.count(sameId ? hasCause | sameCauseId : hasCause)
  let index = sources.indexOf(source)
  if (index < 0) {
    index = sources.push(source) - 1
    packer.count(index)
    packer.text(source)
  } else packer.count(index)
  packer.count(position)
  packer.count(n)
  if (!sameId) packer.text(causeId)
  packer.count(path.length)
  for (const step of path) packer.count(step)
}

/** Unpacks the records of a segment, in order. Their values are views of its bytes. */
export function unpackRecords(bytes: Uint8Array): LogRecord[] {
  const from = new Unpacker(bytes)
  const sources: string[] = []
  const records: LogRecord[] = []
  let offset = from.count()
  let causeId = ''
  while (!from.ended) {
    const flags = from.count()
    const cause =
      (flags & hasCause) === 0 ? undefined : unpackCause(from, (flags & sameCauseId) !== 0, causeId, sources)
    causeId = cause?.causeId ?? ''
    const timestamp = from.double()
    const key = from.text()
    const value = from.bytes()
    records.push(cause ? { key, value, timestamp, cause, offset } : { key, value, timestamp, offset })
    offset++
  }
  return records
}

function unpackCause(from: Unpacker, sameId: boolean, lastCauseId: string, sources: string[]): Cause {
  const index = from.count()
  if (index === sources.length) sources.push(from.text())
  const position = from.count()
  const n = from.count()
  const causeId = sameId ? lastCauseId : from.text()
  const path: number[] = []
  for (let left = from.count(); left > 0; left--) path.push(from.count())
  return { source: sources[index]!, position, n, causeId, path }
}

/** Returns a record as it will be read from memory or disk: half of a surrogate pair becomes U+FFFD. */
export function normalizedRecord<R extends NewRecord>(record: R): R {
  const key = record.key.toWellFormed()
  const { cause } = record
  if (!cause) return key === record.key ? record : { ...record, key }
  const source = cause.source.toWellFormed()
  const causeId = cause.causeId.toWellFormed()
  if (key === record.key && source === cause.source && causeId === cause.causeId) return record
  return { ...record, key, cause: { ...cause, source, causeId } }
}

/** Packs changelog entries, in order of their offsets, into segments of about 256 KiB. */
export function packChangelog(entries: readonly OffsetEntry[]): ChangelogSegment[] {
  const segments: ChangelogSegment[] = []
  packer.position = 0
  let last = -1
  for (const { offset, key, value } of entries) {
    if (packer.position >= segmentSizeMax) {
      segments.push({ last, bytes: packer.take() })
      last = -1
    }
    packer.reserve(textSize(key) + (value?.length ?? 0) + 3 * countSize)
    packer.count(last < 0 ? offset : offset - last)
    packer.text(key)
    packer.count(value ? 1 : 0)
    if (value) packer.bytes(value)
    last = offset
  }
  if (packer.position > 0) segments.push({ last, bytes: packer.take() })
  return segments
}

/** Unpacks the changelog entries of a segment, in order. Their values are views of its bytes. */
export function unpackChangelog(bytes: Uint8Array): OffsetEntry[] {
  const from = new Unpacker(bytes)
  const entries: OffsetEntry[] = []
  let offset = 0
  while (!from.ended) {
    offset += from.count()
    const key = from.text()
    entries.push({ key, value: from.count() === 0 ? null : from.bytes(), offset })
  }
  return entries
}
