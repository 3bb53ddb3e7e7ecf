import type { IdentifiedRecord } from '../../schemas/input-record.ts'
import { parseTime } from '../../schemas/json/json-time.ts'
import { ConnectorError } from '../../topology/log/log.ts'
import { type Adapter, type InputLine, type LineReader, neededPath } from './adapter.ts'
import { type LineOrder, LineOrderJudge, type TimedLine } from './line-order.ts'
import { numberedLines } from './numbered-lines.ts'
import { sortedByTime, type Timed } from './sorted-on-disk.ts'

const earliest = Date.UTC(1990, 0)
const latest = Date.UTC(2100, 0)

/**
 * Reads a file of JSON lines: plain events, or `{topic?, key?, timestamp? | receivedAt?, value | base64}` around one. Of a line only
 * its time is checked here: one that is no JSON is passed on as bytes, and intake reports what is wrong with it. A record
 * without a time takes that of its event where it is plausible, else that of the line before.
 *
 * The lines must be in order of time, else `input-disorder` is thrown before the first one comes; with `sort` they are sorted
 * on disk. A line whose clock is wrong comes at the time of the line before, so that it moves no clock, and with a time that
 * intake refuses.
 */
export const jsonLines: Adapter = {
  name: 'json-lines',
  async *read(
    input,
    { sort = false, warn = () => undefined, progress = () => undefined, line: lineOf = ownLine } = {},
  ) {
    const path = neededPath('json-lines', input)
    const order = await orderOf(path, lineOf, progress)
    if (order.back !== null && !sort)
      throw new ConnectorError(
        'input-disorder',
        `'${path}' is not in order of time: ${shown(order.back.line)} comes after ${shown(order.back.before)}; sort it, or add --sort`,
      )
    tellOf(order, path, warn)
    const timed = timedLines(path, lineOf, order)
    for await (const { time, bytes } of sort ? sortedByTime(timed) : timed) {
      const number = bytes.readUInt32BE(0)
      const line = lineOf(bytes.subarray(numberBytes), number)
      yield recordOf(order.wrong.has(number) ? { ...line, value: withoutTime(line, time) } : line, time)
    }
  },
}

const numberBytes = 4
/** After so many lines progress is shown. */
const linesToProgress = 500_000

const shown = ({ number, time }: TimedLine): string => `line ${number} (${new Date(time).toISOString()})`

function tellOf({ wrong, lonely }: LineOrder, path: string, warn: (text: string) => void): void {
  const [first] = [...wrong].sort((a, b) => a - b)
  if (first !== undefined)
    warn(
      `'${path}': the clock of line ${first} ${wrong.size > 1 ? `and of ${wrong.size - 1} more ` : ''}is wrong: a dead letter, absurd-timestamp`,
    )
  if (lonely)
    warn(
      `'${path}': ${shown(lonely.line)} comes long after ${shown(lonely.before)}: is its clock right? The history ends there`,
    )
}

/** Reads the lines that are not empty, each behind its number and with the time at which it counts. */
async function* timedLines(
  path: string,
  lineOf: LineReader,
  { wrong, back, latest }: LineOrder,
): AsyncGenerator<Timed> {
  let previous: number | null = null
  let waiting: Buffer[] = []
  for await (const { number, line } of numberedLines(path)) {
    const bytes = Buffer.alloc(numberBytes + line.length)
    bytes.writeUInt32BE(number, 0)
    line.copy(bytes, numberBytes)
    // A file that is not in order is sorted, and what is wrong comes last.
    const instead: number | null = back === null ? previous : (latest?.time ?? previous)
    const time: number | null = wrong.has(number) ? instead : (timeOf(lineOf(line, number)) ?? previous)
    if (time === null) {
      waiting.push(bytes)
      continue
    }
    for (const early of waiting) yield { time, bytes: early }
    waiting = []
    yield { time, bytes }
    if (!wrong.has(number)) previous = time
  }
  for (const bytes of waiting) yield { time: 0, bytes }
}

/** Judges the order of a file. Throws `input-bad` for JSON that is not in lines. */
async function orderOf(path: string, lineOf: LineReader, progress: (text: string) => void): Promise<LineOrder> {
  const judge = new LineOrderJudge()
  let isFirst = true
  for await (const { number, line } of numberedLines(path)) {
    if (isFirst) assertLines(path, line)
    isFirst = false
    const time = timeOf(lineOf(line, number))
    if (time !== null) judge.add({ number, time })
    if (number % linesToProgress === 0) progress(`${number} lines of the input are checked for their order`)
  }
  return judge.result()
}

/** Throws `input-bad` where a file holds JSON in another form than lines. */
function assertLines(path: string, first: Buffer): void {
  const text = first.subarray(0, 4096).toString().trimEnd()
  const [isList, isSpread] = [/^\[\s*(\{|$)/.test(text), text === '{' || text === '[' || text === '[{']
  if (!isList && !isSpread) return
  const how = isList ? '.[]' : '.'
  throw new ConnectorError(
    'input-bad',
    `'${path}' is JSON, but not in lines: write one object a line, as \`jq -c '${how}' FILE\` does`,
  )
}

/**
 * Writes an event without its time, so that intake refuses it and knows whose it is; what it stated stands beside. Bytes that are
 * no JSON are judged as they are, and so is a time that intake refuses anyhow.
 */
function withoutTime({ topic, value, occurredAt }: InputLine, receivedAt: number): Uint8Array {
  const event = asObject(parse(Buffer.from(value)))
  if (event === null || (isTime(occurredAt) && occurredAt > receivedAt + refusedAheadMs)) return value
  const change = topic === 'consents' ? asObject(event.change) : null
  const absurd =
    change === null
      ? { ...event, occurredAt: 0, statedAt: event.occurredAt }
      : { ...event, change: { ...change, recordedAt: 0, statedAt: change.recordedAt } }
  return text(absurd) ?? value
}

/** Intake refuses what happened so long after it was received. */
const refusedAheadMs = 5 * 60_000

/** The time of a line: when it was received or, where it says nothing of that, when it happened. */
const timeOf = ({ timestamp, occurredAt }: InputLine): number | null => timestamp ?? plausibleTime(occurredAt)

const recordOf = ({ topic, key, value, id }: InputLine, timestamp: number): IdentifiedRecord => ({
  topic,
  key,
  timestamp,
  value,
  id,
})

const plausibleTime = (time: unknown): number | null =>
  isTime(time) && time >= earliest && time <= latest ? time : null

const isTime = (time: unknown): time is number => Number.isSafeInteger(time) && (time as number) >= 0

function ownLine(bytes: Buffer, number: number): InputLine {
  const raw: InputLine = {
    topic: 'events',
    key: '',
    timestamp: null,
    value: bytes,
    id: `line-${number}`,
    occurredAt: null,
  }
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
function about(event: Readonly<Record<string, unknown>>, number: number): Pick<InputLine, 'key' | 'id' | 'occurredAt'> {
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
