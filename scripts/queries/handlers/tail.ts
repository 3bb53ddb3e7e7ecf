import { setTimeout as delay } from 'node:timers/promises'
import { insteadOf } from '../../../operators/release/problem.ts'
import type { Control, Decision, Send } from '../../../schemas/generated.ts'
import type { Topic } from '../../../schemas/record.ts'
import { topics } from '../../../schemas/topics.ts'
import { decodeValue, typeOf } from '../../../schemas/wire.ts'
import { allTopics, plan } from '../../../topology/graph/plan.ts'
import type { Topology } from '../../../topology/graph/topology.ts'
import type { Log } from '../../../topology/log/log.ts'
import { PartitionReader, type PartitionRecord, readersAtEnd } from '../../../topology/log/log-reader.ts'
import { UsageError } from '../../cli/errors.ts'
import { visibleLine } from '../../cli/foreign-text.ts'
import { TopicCursor } from '../../logs/topic-cursor.ts'
import { type ActionNames, idWithName, namesInControls } from '../action-names.ts'
import { formatDecision } from '../decision-line.ts'
import type { QueryHandler } from '../query.ts'

/** The parameters of `joai tail`. */
export interface TailRequest {
  readonly topic: string
  readonly last: number
  readonly follow: boolean
  readonly json: boolean
}

const pollMs = 100

/** Writes the last records of a public log, and with `follow` those that come, one line each. */
export const handleTail: QueryHandler<TailRequest> = async (
  { topic: name, last, follow, json },
  backend,
  { write, closed },
) => {
  const topic = publicTopic(name, backend.topology)
  const log = follow ? backend.growing : await backend.log()
  if (log === null) throw new UsageError('--follow: nothing is written there now; start `joai demo` in that folder')
  const readers = await readersAtEnd(log, name)
  const releases = TopicCursor.fromStart<Control>(log, topics.control, 'control')
  const names = new Map<string, string>()
  const line = json
    ? jsonLine
    : (of: Topic<any>, record: PartitionRecord) => visibleLine(formatRecord(of, record, names))
  const writeAll = async (records: readonly PartitionRecord[]) => {
    if (records.length === 0) return
    for (const [id, called] of namesInControls((await releases.next()).map(({ value }) => value))) names.set(id, called)
    for (const record of records) await write(line(topic, record))
  }
  await writeAll(await lastOf(log, readers, last))
  // Records that came before the end are written before the query ends.
  for (let isOver = !follow; !isOver; ) {
    isOver = closed.aborted
    await writeAll(await newOf(readers))
    if (!isOver) await delay(pollMs, undefined, { signal: closed }).catch(() => undefined)
  }
  return 0
}

/** Finds a public topic by name; other topics may hold personal identifiers. */
function publicTopic(name: string, topology: Topology): Topic<any> {
  const known = allTopics(plan(topology)).filter(({ role }) => role === 'public')
  const found = known.find(topic => topic.name === name)
  const names = known.map(topic => topic.name)
  if (!found) throw new UsageError(`there is no public topic '${name}': ${insteadOf(name, names)}`)
  return found
}

/** Orders the records of all partitions by time. */
const inOrder = (records: PartitionRecord[]): PartitionRecord[] =>
  records.sort((a, b) => a.timestamp - b.timestamp || a.partition - b.partition || a.offset - b.offset)

/** Reads the last records before the readers' positions. */
async function lastOf(log: Log, readers: readonly PartitionReader[], last: number): Promise<PartitionRecord[]> {
  const found: PartitionRecord[] = []
  for (const { topic, partition, position: end } of readers) {
    // Not every offset holds a record, so the search goes further back until it has found enough.
    for (let span = last; ; span *= 4) {
      const from = Math.max(0, end - span)
      const some = await range(new PartitionReader(log, topic, partition, from), end)
      if (some.length < last && from > 0) continue
      found.push(...some)
      break
    }
  }
  return last === 0 ? [] : inOrder(found).slice(-last)
}

/** Reads the records that came since the last call. */
async function newOf(readers: readonly PartitionReader[]): Promise<PartitionRecord[]> {
  const ends = await Promise.all(readers.map(reader => reader.end()))
  const found: PartitionRecord[] = []
  for (const [index, reader] of readers.entries()) found.push(...(await range(reader, ends[index]!)))
  return inOrder(found)
}

async function range(reader: PartitionReader, end: number): Promise<PartitionRecord[]> {
  const { partition } = reader
  const found: PartitionRecord[] = []
  for await (const record of reader.records(end)) found.push({ ...record, partition })
  return found
}

function jsonLine(topic: Topic<any>, { partition, offset, timestamp, key, value: bytes }: PartitionRecord): string {
  const type = typeOf(topic, bytes)
  const value = decodeValue(topic.types[type]!, bytes)
  return JSON.stringify({ topic: topic.name, partition, offset, timestamp, key, type, value }, withoutBytes)
}

const withoutBytes = (_: string, value: unknown): unknown =>
  value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value

function formatRecord(topic: Topic<any>, { timestamp, value: bytes }: PartitionRecord, names: ActionNames): string {
  const type = typeOf(topic, bytes)
  const value = decodeValue(topic.types[type]!, bytes)
  if (topic === topics.decisions) return formatDecision(value as Decision, names)
  const when = new Date(timestamp).toISOString().slice(0, 16).replace('T', ' ')
  if (type === 'send') return `${when}  ${formatSend(value as Send, names)}`
  const fields = Object.entries(value as object).map(
    ([name, field]) => `${name} ${JSON.stringify(field, withoutBytes)}`,
  )
  return `${when}  ${fields.join(', ')}`
}

function formatSend(
  { kind, decisionId, personId, actionId, treatmentId, channel, reason }: Send,
  names: ActionNames,
): string {
  const who = `…${personId.slice(-6)}`
  const what = `${idWithName(actionId, names)} (${treatmentId}) by ${channel}, decision ${decisionId.slice(0, 12)}`
  return kind === 'send' ? `${who}  send ${what}` : `${who}  cancel ${what}: ${reason}`
}
