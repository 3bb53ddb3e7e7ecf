import type { ChangelogEntry, Log, LogRecord, TaskId } from '../../topology/log/log.ts'
import { records } from '../../topology/log/log-reader.ts'

interface Partition {
  readonly end: number
  readonly records: readonly LogRecord[]
}

/** The records of all topics at one moment, in memory, so that several checks read the brokers only once. */
export class TopicSnapshot implements Log {
  readonly #log: Log
  readonly #partitions = new Map<string, Partition>()

  private constructor(log: Log) {
    this.#log = log
  }

  /** Reads all topics; changelogs stay on the brokers. */
  static async of(log: Log): Promise<TopicSnapshot> {
    const snapshot = new TopicSnapshot(log)
    for (const [topic, partitions] of log.topics())
      await Promise.all(Array.from({ length: partitions }, (_, partition) => snapshot.#take(topic, partition)))
    return snapshot
  }

  topics(): ReadonlyMap<string, number> {
    return this.#log.topics()
  }

  async start(): Promise<number> {
    return 0
  }

  async end(topic: string, partition: number): Promise<number> {
    return this.#at(topic, partition).end
  }

  async read(topic: string, partition: number, from: number, limit: number): Promise<LogRecord[]> {
    const { records } = this.#at(topic, partition)
    const first = firstFrom(records, from)
    return records.slice(first, first + limit)
  }

  changelog(task: TaskId, from: number, limit: number): Promise<{ entries: ChangelogEntry[]; next: number }> {
    return this.#log.changelog(task, from, limit)
  }

  settledPositions(tasks: readonly TaskId[], outputs: readonly string[]): Promise<readonly (number | null)[]> {
    return this.#log.settledPositions(tasks, outputs)
  }

  createTopic = isFixed
  append = isFixed
  acquire = isFixed
  commit = isFixed

  async close(): Promise<void> {}

  async #take(topic: string, partition: number): Promise<void> {
    const end = await this.#log.end(topic, partition)
    const all: LogRecord[] = []
    for await (const record of records(this.#log, topic, partition)) all.push(record)
    this.#partitions.set(`${topic}/${partition}`, { end, records: all })
  }

  #at(topic: string, partition: number): Partition {
    return this.#partitions.get(`${topic}/${partition}`)!
  }
}

const isFixed = (): Promise<never> => Promise.reject(new Error('a snapshot can not be changed'))

/** Finds the index of the first record at this offset or after it; offsets have gaps. */
function firstFrom(records: readonly LogRecord[], from: number): number {
  let [low, high] = [0, records.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (records[middle]!.offset < from) low = middle + 1
    else high = middle
  }
  return low
}
