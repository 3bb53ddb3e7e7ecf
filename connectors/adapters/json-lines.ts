import { createReadStream } from 'node:fs'
import type { IdentifiedRecord } from '../../schemas/input-record.ts'
import { parseTime } from '../../schemas/json/json-time.ts'
import { ConnectorError } from '../../topology/log/log.ts'
import { type Adapter, neededPath, unreadableInput } from './adapter.ts'

/** The longest line. A file with a longer one is not a file of JSON lines. */
const lineBytesMax = 64 * 1024 * 1024

/** The most that one event may move the log's time. A larger jump is one absurd date, which would shift all later records. */
const jumpMaxMs = 400 * 86_400_000

const earliest = Date.UTC(1990, 0)
const latest = Date.UTC(2100, 0)

/**
 * Reads a file of JSON lines: plain events, or `{topic?, key?, timestamp? | receivedAt?, value | base64}` around one. Nothing is
 * checked here: a line that is no JSON is passed on as bytes, and intake reports what is wrong with it. A record without a time
 * takes that of its event where it is plausible, else that of the line before.
 */
export const jsonLines: Adapter = {
  name: 'json-lines',
  async *read(input) {
    const path = neededPath('json-lines', input)
    let previous: number | null = null
    let waiting: Line[] = []
    let number = 0
    for await (const bytes of lines(path)) {
      number++
      if (bytes.length === 0) continue
      const line = lineOf(bytes, number)
      const time: number | null = line.timestamp ?? plausibleTime(line.occurredAt, previous) ?? previous
      if (time === null) {
        waiting.push(line)
        continue
      }
      for (const early of waiting) yield recordOf(early, time)
      waiting = []
      yield recordOf(line, time)
      previous = time
    }
    for (const line of waiting) yield recordOf(line, 0)
  },
}

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

function plausibleTime(time: unknown, previous: number | null): number | null {
  if (!isTime(time) || time < earliest || time > latest) return null
  return previous === null || Math.abs(time - previous) <= jumpMaxMs ? time : null
}

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
