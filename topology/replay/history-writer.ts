import type { InputRecord } from '../../schemas/input-record.ts'
import { days, type Time, type Topic } from '../../schemas/record.ts'
import { encodeValue } from '../../schemas/wire.ts'
import type { Topology } from '../graph/topology.ts'
import type { Log, OutputRecord } from '../log/log.ts'
import { partitionOf } from '../log/partitioner.ts'
import { compareInputs, type Placed } from './input-order.ts'

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

/** The time between two ticks of a history on a cluster. */
export const clusterTickMs = days(1)

/** Returns the time of the tick that follows a time. */
export const tickAfter = (time: Time, tickMs = clusterTickMs): Time => (Math.floor(time / tickMs) + 1) * tickMs

/** Configures how a history is written. */
export interface HistoryWriterOptions {
  /** Time between the ticks that a cluster needs as its clock. In one process the order of records is the clock: no ticks. */
  readonly tickMs?: number
  /** The end of the history: later records are left out, and timers fire until then. */
  readonly until?: Time
}

/**
 * Writes history into the input logs, in order of time; records of one time in the order in which they count. Append times
 * never go backwards: a late record is appended at the time of the record before it. With `tickMs`, ticks go into every input
 * partition, each in front of the first record that is not earlier.
 */
export class HistoryWriter {
  readonly #log: Log
  readonly #inputs: readonly Topic[]
  readonly #topics: ReadonlyMap<string, Topic>
  readonly #tickMs: number
  #outputs: OutputRecord[] = []
  /** The records of the last time, whose order is not known before the next time. */
  #sameTime: Placed[] = []
  /** The next boundary that time has not passed; null before the first record. */
  #next: Time | null = null
  #last = Number.NEGATIVE_INFINITY
  #sinceTick = 0
  /** Counts the records added so far, without ticks. */
  written = 0

  constructor(log: Log, { nodes }: Topology, { tickMs = Number.POSITIVE_INFINITY }: HistoryWriterOptions = {}) {
    this.#log = log
    this.#inputs = nodes.flatMap(node => (node.kind === 'source' && node.topic.role === 'input' ? [node.topic] : []))
    this.#topics = new Map(this.#inputs.map(topic => [topic.name, topic]))
    this.#tickMs = tickMs
  }

  /** Counts the records and ticks that wait for `flush`, but for those of the last time. */
  get waiting(): number {
    return this.#outputs.length
  }

  /** Adds a record, behind the tick that is due before it. */
  add({ topic, key, timestamp: given, value }: InputRecord): void {
    const time = Math.max(given, this.#last)
    if (time > this.#last) this.#place()
    this.#next ??= this.#boundaryAfter(time)
    const isCrowded = this.#hasTicks && this.#sinceTick >= recordsPerTick && time > this.#last
    if (time >= this.#next) this.tick(this.#boundaryAfter(time) - this.#tickMs)
    else if (isCrowded) this.tick(time)
    this.#sameTime.push({ topic: this.#topics.get(topic) ?? unread(topic), time, key, value, identity: null })
    this.#last = time
    this.written++
    this.#sinceTick++
  }

  /** Adds a tick to every input partition: no record before `at` will follow. */
  tick(at: Time): void {
    this.#place()
    this.#outputs.push(...ticks(this.#inputs, this.#log.topics(), at))
    this.#next = this.#boundaryAfter(at)
    this.#last = Math.max(this.#last, at)
    this.#sinceTick = 0
  }

  /** Adds the tick of the boundary after the last record, if there are ticks and was a record. */
  end(): void {
    if (this.#hasTicks && this.written > 0) this.tick(this.#boundaryAfter(this.#last))
  }

  /** Appends everything that waits: all of it or nothing. */
  async flush(): Promise<void> {
    this.#place()
    await this.flushEarlier()
  }

  /** Appends everything that waits, but for the records of the last time. */
  async flushEarlier(): Promise<void> {
    const outputs = this.#outputs
    this.#outputs = []
    await this.#log.append(outputs)
  }

  /** Puts the records of the last time in order. */
  #place(): void {
    if (this.#sameTime.length > 1) this.#sameTime.sort(compareInputs)
    for (const { topic, time: timestamp, key, value } of this.#sameTime) {
      const partition = partitionOf(key, this.#log.topics().get(topic.name)!)
      this.#outputs.push({ topic: topic.name, partition, key, value, timestamp })
    }
    this.#sameTime = []
  }

  get #hasTicks(): boolean {
    return Number.isFinite(this.#tickMs)
  }

  #boundaryAfter(time: Time): Time {
    return this.#hasTicks ? tickAfter(time, this.#tickMs) : this.#tickMs
  }
}

/** Stands for a topic that the topology does not read. */
const unread = (name: string): Topic => ({ name, role: 'input', types: {} }) as Topic

/** Writes all of a history, as `HistoryWriter` does, and returns how many records it had. */
export async function writeHistory(
  log: Log,
  topology: Topology,
  records: AsyncIterable<InputRecord> | Iterable<InputRecord>,
  options: HistoryWriterOptions = {},
): Promise<number> {
  const writer = new HistoryWriter(log, topology, options)
  for await (const record of records) {
    if (options.until !== undefined && record.timestamp > options.until) continue
    writer.add(record)
    if (writer.waiting >= chunk) await writer.flushEarlier()
  }
  writer.end()
  if (options.until !== undefined) writer.tick(options.until)
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
