import { hours, type Time, type Topic } from '../schemas/record.ts'
import { encodeValue } from '../schemas/wire.ts'
import { partitionOf } from './partition.ts'
import type { Log, Output } from './ports.ts'
import type { Topology } from './topology.ts'

/** A record of history, in order of time, as an adapter reads it. */
export interface InputRecord {
  readonly topic: string
  readonly key: string
  readonly timestamp: Time
  readonly value: Uint8Array
}

/** Appended together. */
const chunk = 2000

/** With more records than this between two ticks, one more tick is put in where time advances. */
const recordsPerTick = 20_000

/** Creates the logs of a topology that are not there yet. Topics that carry little have one partition. */
export async function createTopics(
  log: Log,
  { nodes }: Topology,
  partitions: number,
  single: ReadonlySet<string> = new Set(),
): Promise<void> {
  for (const node of nodes)
    if (node.kind === 'source' || node.kind === 'sink')
      await log.createTopic(node.topic.name, single.has(node.topic.name) ? 1 : partitions)
  if (!log.topics().has('dead-letters')) await log.createTopic('dead-letters', 1)
}

/**
 * Writes history into the input logs: records in order of time, and coarse ticks into every input partition, each
 * ahead of the first record that is not before it. Append times never go backwards: a record that comes later than
 * its time is appended at the time of the one before. An infinite `tickMs` writes no ticks. Returns how many records
 * were written.
 */
export async function writeHistory(
  log: Log,
  { nodes }: Topology,
  records: AsyncIterable<InputRecord> | Iterable<InputRecord>,
  { tickMs = hours(24) }: { readonly tickMs?: number } = {},
): Promise<number> {
  const inputs = nodes.flatMap(node => (node.kind === 'source' && node.topic.role === 'input' ? [node.topic] : []))
  const partitions = log.topics()
  const hasTicks = Number.isFinite(tickMs)
  const boundaryAfter = (time: Time) => (hasTicks ? Math.floor(time / tickMs) * tickMs + tickMs : tickMs)
  let outputs: Output[] = []
  let written = 0
  let next: Time | null = null
  let last = Number.NEGATIVE_INFINITY
  let sinceTick = 0
  for await (const { topic, key, timestamp: given, value } of records) {
    const timestamp = Math.max(given, last)
    next ??= boundaryAfter(timestamp)
    if (timestamp >= next || (hasTicks && sinceTick >= recordsPerTick && timestamp > last)) {
      outputs.push(...ticks(inputs, partitions, timestamp >= next ? boundaryAfter(timestamp) - tickMs : timestamp))
      next = boundaryAfter(timestamp)
      sinceTick = 0
    }
    outputs.push({ topic, partition: partitionOf(key, partitions.get(topic)!), key, value, timestamp })
    last = timestamp
    written++
    sinceTick++
    if (outputs.length >= chunk) {
      await log.append(outputs)
      outputs = []
    }
  }
  if (hasTicks && written > 0) outputs.push(...ticks(inputs, partitions, boundaryAfter(last)))
  await log.append(outputs)
  return written
}

function ticks(inputs: readonly Topic[], partitions: ReadonlyMap<string, number>, at: Time): Output[] {
  return inputs.flatMap(topic =>
    topic.types.tick
      ? Array.from({ length: partitions.get(topic.name)! }, (_, partition) => ({
          topic: topic.name,
          partition,
          key: '',
          value: encodeValue(topic.types.tick!, { at }),
          timestamp: at,
        }))
      : [],
  )
}
