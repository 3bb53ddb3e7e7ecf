import type { InputRecord } from '../../schemas/input-record.ts'
import { hours, type Time, type Topic } from '../../schemas/record.ts'
import { encodeValue } from '../../schemas/wire.ts'
import type { Topology } from '../graph/topology.ts'
import type { Log, OutputRecord } from '../log/log.ts'
import { partitionOf } from '../log/partitioner.ts'

/** The number of records that are appended together. */
const chunk = 2000

/** With more records than this between two ticks, another tick is written where time advances. */
const recordsPerTick = 4000

/** Creates the missing logs of a topology. The topics in `single` get one partition. */
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
 * Writes history into the input logs: records in order of time, and coarse ticks into every input partition, each in
 * front of the first record that is not earlier. Append times never go backwards: a late record is appended at the time
 * of the record before it. An infinite `tickMs` writes no ticks.
 */
export class HistoryWriter {
  readonly #log: Log
  readonly #inputs: readonly Topic[]
  readonly #tickMs: number
  #outputs: OutputRecord[] = []
  /** The next boundary that time has not passed; null before the first record. */
  #next: Time | null = null
  #last = Number.NEGATIVE_INFINITY
  #sinceTick = 0
  /** Counts the records added so far, without ticks. */
  written = 0

  constructor(log: Log, { nodes }: Topology, { tickMs = hours(24) }: { readonly tickMs?: number } = {}) {
    this.#log = log
    this.#inputs = nodes.flatMap(node => (node.kind === 'source' && node.topic.role === 'input' ? [node.topic] : []))
    this.#tickMs = tickMs
  }

  /** Counts the records and ticks that wait for `flush`. */
  get waiting(): number {
    return this.#outputs.length
  }

  /** Adds a record, behind the tick that is due before it. */
  add({ topic, key, timestamp: given, value }: InputRecord): void {
    const timestamp = Math.max(given, this.#last)
    this.#next ??= this.#boundaryAfter(timestamp)
    const isCrowded = this.#hasTicks && this.#sinceTick >= recordsPerTick && timestamp > this.#last
    if (timestamp >= this.#next) this.tick(this.#boundaryAfter(timestamp) - this.#tickMs)
    else if (isCrowded) this.tick(timestamp)
    const partition = partitionOf(key, this.#log.topics().get(topic)!)
    this.#outputs.push({ topic, partition, key, value, timestamp })
    this.#last = timestamp
    this.written++
    this.#sinceTick++
  }

  /** Adds a tick to every input partition: no record before `at` will follow. */
  tick(at: Time): void {
    this.#outputs.push(...ticks(this.#inputs, this.#log.topics(), at))
    this.#next = this.#boundaryAfter(at)
    this.#last = Math.max(this.#last, at)
    this.#sinceTick = 0
  }

  /** Adds the tick of the boundary after the last record, if there was a record. */
  end(): void {
    if (this.#hasTicks && this.written > 0) this.tick(this.#boundaryAfter(this.#last))
  }

  /** Appends everything that waits: all of it or nothing. */
  async flush(): Promise<void> {
    const outputs = this.#outputs
    this.#outputs = []
    await this.#log.append(outputs)
  }

  get #hasTicks(): boolean {
    return Number.isFinite(this.#tickMs)
  }

  #boundaryAfter(time: Time): Time {
    return this.#hasTicks ? Math.floor(time / this.#tickMs) * this.#tickMs + this.#tickMs : this.#tickMs
  }
}

/** Writes all of a history, as `HistoryWriter` does, and returns how many records it had. */
export async function writeHistory(
  log: Log,
  topology: Topology,
  records: AsyncIterable<InputRecord> | Iterable<InputRecord>,
  options: { readonly tickMs?: number } = {},
): Promise<number> {
  const writer = new HistoryWriter(log, topology, options)
  for await (const record of records) {
    writer.add(record)
    if (writer.waiting >= chunk) await writer.flush()
  }
  writer.end()
  await writer.flush()
  return writer.written
}

function ticks(inputs: readonly Topic[], partitions: ReadonlyMap<string, number>, at: Time): OutputRecord[] {
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
