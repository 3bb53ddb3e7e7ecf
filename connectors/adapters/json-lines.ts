import { createReadStream } from 'node:fs'
import type { IdentifiedRecord } from '../../schemas/input-record.ts'
import { parseTime } from '../../schemas/json/json-time.ts'
import { ConnectorError } from '../../topology/log/log.ts'
import { type Adapter, neededPath, unreadableInput } from './adapter.ts'
import { lineOrder } from './line-order.ts'
import { sortedByTime, type Timed } from './sorted-on-disk.ts'

/** The longest line. A file with a longer one is not a file of JSON lines. */
const lineBytesMax = 64 * 1024 * 1024

const earliest = Date.UTC(1990, 0)
const latest = Date.UTC(2100, 0)

/**
 * Reads a file of JSON lines: plain events, or `{topic?, key?, timestamp? | receivedAt?, value | base64}` around one. Of a line only
 * its time is checked here: one that is no JSON is passed on as bytes, and intake reports what is wrong with it. A record
 * without a time takes that of its event where it is plausible, else that of the line before.
 *
 * The lines must be in order of time, else `input-disorder` is thrown before the first one comes; with `sort` they are sorted
 * on disk. A line whose clock is ahead of all that follow comes at the time of the line before, so that it moves no clock and
 * intake refuses its time.
 */
export const jsonLines: Adapter = {
  name: 'json-lines',
  async *read(input, { sort = false } = {}) {
    const path = neededPath('json-lines', input)
    const ahead: ReadonlySet<number> = sort ? new Set() : await linesAhead(path)
    const timed = timedLines(path, ahead)
    for await (const { time, bytes } of sort ? sortedByTime(timed) : timed) {
      const number = bytes.readUInt32BE(0)
      yield recordOf(lineOf(bytes.subarray(numberBytes), number), time)
    }
  },
}

const numberBytes = 4

/** Reads the lines that are not empty, each behind its number and with the time at which it counts. */
async function* timedLines(path: string, ahead: ReadonlySet<number>): AsyncGenerator<Timed> {
  let previous: number | null = null
  let waiting: Buffer[] = []
  for await (const { number, line } of numberedLines(path)) {
    const bytes = Buffer.alloc(numberBytes + line.length)
    bytes.writeUInt32BE(number, 0)
    line.copy(bytes, numberBytes)
    const time: number | null = ahead.has(number) ? previous : (timeOf(lineOf(line, number)) ?? previous)
    if (time === null) {
      waiting.push(bytes)
      continue
    }
    for (const early of waiting) yield { time, bytes: early }
    waiting = []
    yield { time, bytes }
    previous = time
  }
  for (const bytes of waiting) yield { time: 0, bytes }
}

/** Finds the lines whose clock is ahead of all that follow. Throws `input-disorder` where the others are not in order either. */
async function linesAhead(path: string): Promise<ReadonlySet<number>> {
  const found = { times: new Float64Array(1024), numbers: new Uint32Array(1024), count: 0, isOrdered: true }
  for await (const { number, line } of numberedLines(path)) {
    const time = timeOf(lineOf(line, number))
    if (time === null) continue
    if (found.count === found.times.length) {
      found.times = grown(found.times, new Float64Array(2 * found.count))
      found.numbers = grown(found.numbers, new Uint32Array(2 * found.count))
    }
    if (found.count > 0 && time < found.times[found.count - 1]!) found.isOrdered = false
    found.times[found.count] = time
    found.numbers[found.count++] = number
  }
  if (found.isOrdered) return new Set()
  const times = found.times.subarray(0, found.count)
  const order = lineOrder(times)
  if ('ahead' in order) return new Set([...order.ahead].map(index => found.numbers[index]!))
  const [at, before] = [order.back, order.back - 1].map(
    index => `line ${found.numbers[index]} (${new Date(times[index]!).toISOString()})`,
  )
  throw new ConnectorError(
    'input-disorder',
    `'${path}' is not in order of time: ${at} comes after ${before}; sort it, or add --sort`,
  )
}

function grown<A extends Float64Array | Uint32Array>(from: A, to: A): A {
  to.set(from)
  return to
}

/** The time of a line: when it was received or, where it says nothing of that, when it happened. */
const timeOf = ({ timestamp, occurredAt }: Line): number | null => timestamp ?? plausibleTime(occurredAt)

interface Line extends Omit<IdentifiedRecord, 'timestamp'> {
  readonly timestamp: number | null
  readonly occurredAt: unknown
}

const recordOf = ({ topic, key, value, id }: Line, timestamp: number): IdentifiedRecord => ({
  topic,
  key,
  timestamp,
  value,
  id,
})

const plausibleTime = (time: unknown): number | null =>
  isTime(time) && time >= earliest && time <= latest ? time : null

const isTime = (time: unknown): time is number => Number.isSafeInteger(time) && (time as number) >= 0

function lineOf(bytes: Buffer, number: number): Line {
  const raw: Line = { topic: 'events', key: '', timestamp: null, value: bytes, id: `line-${number}`, occurredAt: null }
  const parsed = asObject(parse(bytes))
  if (!parsed) return raw
  const isAround = asObject(parsed.value) !== null || typeof parsed.base64 === 'string'
  if (!isAround) return { ...raw, ...about(parsed, number) }
  const { topic, key, timestamp, receivedAt } = parsed
  const inner = asObject(parsed.value)
  const named = about(inner ?? {}, number)
  const time = parseTime(timestamp ?? receivedAt)
  const value = typeof parsed.base64 === 'string' ? Buffer.from(parsed.base64, 'base64') : text(inner)
  return {
    ...named,
    topic: typeof topic === 'string' ? topic : 'events',
    key: typeof key === 'string' ? key : named.key,
    timestamp: isTime(time) ? time : null,
    value: value ?? bytes,
  }
}

/** Reads key, id and time from an event. The key is its first identifier, so that a customer's events stay in order. */
function about(event: Readonly<Record<string, unknown>>, number: number): Pick<Line, 'key' | 'id' | 'occurredAt'> {
  const id = [event.eventId, event.receiptId, event.changeId, event.controlId].find(given => typeof given === 'string')
  const first = Array.isArray(event.identifiers) ? asObject(event.identifiers[0])?.value : undefined
  const key = [first, event.personId, id].find(given => typeof given === 'string')
  return {
    key: (key as string | undefined) ?? '',
    id: (id as string | undefined) ?? `line-${number}`,
    occurredAt: parseTime(event.occurredAt ?? asObject(event.change)?.recordedAt),
  }
}

const asObject = (value: unknown): Readonly<Record<string, unknown>> | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString())
  } catch {
    return null
  }
}

/** Writes a value as JSON; returns null when it is nested too deeply. */
function text(value: unknown): Buffer | null {
  try {
    return Buffer.from(JSON.stringify(value))
  } catch {
    return null
  }
}

/** Reads the lines that are not empty, with their numbers. */
async function* numberedLines(path: string): AsyncGenerator<{ readonly number: number; readonly line: Buffer }> {
  let number = 0
  for await (const line of lines(path)) {
    const isFirst = number++ === 0
    const trimmed = withoutIndent(
      isFirst && line.subarray(0, byteOrderMark.length).equals(byteOrderMark)
        ? line.subarray(byteOrderMark.length)
        : line,
    )
    if (trimmed.length > 0) yield { number, line: trimmed }
  }
}

const byteOrderMark = Buffer.from('\ufeff')
const blanks: ReadonlySet<number> = new Set([0x20, 0x09, 0x0d])

function withoutIndent(line: Buffer): Buffer {
  let start = 0
  while (start < line.length && blanks.has(line[start]!)) start++
  return line.subarray(start)
}

/** Reads lines as bytes, so that a line that is not UTF-8 stays unchanged. */
async function* lines(path: string): AsyncGenerator<Buffer> {
  let parts: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
      let start = 0
      for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
        parts.push(chunk.subarray(start, end))
        yield withoutReturn(Buffer.concat(parts))
        parts = []
        size = 0
        start = end + 1
      }
      parts.push(chunk.subarray(start))
      size += chunk.length - start
      if (size > lineBytesMax)
        throw new ConnectorError('input-bad', `'${path}' has a line of over ${lineBytesMax} bytes`)
    }
  } catch (error) {
    throw error instanceof ConnectorError ? error : unreadableInput(path, error)
  }
  if (size > 0) yield withoutReturn(Buffer.concat(parts))
}

const withoutReturn = (line: Buffer): Buffer => (line.at(-1) === 13 ? line.subarray(0, -1) : line)
