import type { Log, LogRecord } from './log.ts'

/** The part of a log that its readers need. */
export type ReadableLog = Pick<Log, 'topics' | 'end' | 'read'>

/** A record, and the partition that it was read from. */
export interface PartitionRecord extends LogRecord {
  readonly partition: number
}

/** Records that are read at once. */
const pageMax = 1000

/**
 * Reads one partition on from a position. Offsets have gaps where something was aborted, and a read may answer with fewer
 * records than there are: both are seen to here, and nowhere else.
 */
export class PartitionReader {
  readonly topic: string
  readonly partition: number
  readonly #log: ReadableLog
  #position: number

  constructor(log: ReadableLog, topic: string, partition: number, position = 0) {
    this.#log = log
    this.topic = topic
    this.partition = partition
    this.#position = position
  }

  /** Begins where the partition ends now. */
  static async atEnd(log: ReadableLog, topic: string, partition: number): Promise<PartitionReader> {
    return new PartitionReader(log, topic, partition, await log.end(topic, partition))
  }

  /** The offset behind the last record that was read. */
  get position(): number {
    return this.#position
  }

  /** Where the partition ends now. */
  end(): Promise<number> {
    return this.#log.end(this.topic, this.partition)
  }

  /** The records that one read gives; none where nothing has come since the last one. */
  async page(): Promise<readonly LogRecord[]> {
    const page = await this.#log.read(this.topic, this.partition, this.#position, pageMax)
    this.#position = (page.at(-1)?.offset ?? this.#position - 1) + 1
    return page
  }

  /** All records before `end`; without one, before where the partition ends now. */
  async *records(end: number | Promise<number> = this.end()): AsyncGenerator<LogRecord> {
    const to = await end
    while (this.#position < to) {
      const page = await this.#log.read(
        this.topic,
        this.partition,
        this.#position,
        Math.min(pageMax, to - this.#position),
      )
      for (const record of page) {
        if (record.offset >= to) break
        this.#position = record.offset + 1
        yield record
      }
      // Up to `to` there is nothing more but gaps.
      if (page.length === 0 || page.at(-1)!.offset >= to) this.#position = to
    }
  }
}

/** The readers of all partitions of a topic, from their beginnings. */
export const readersOf = (log: ReadableLog, topic: string): PartitionReader[] =>
  Array.from({ length: log.topics().get(topic) ?? 0 }, (_, partition) => new PartitionReader(log, topic, partition))

/** The readers of all partitions of a topic, from where each ends now. */
export const readersAtEnd = (log: ReadableLog, topic: string): Promise<PartitionReader[]> =>
  Promise.all(readersOf(log, topic).map(({ partition }) => PartitionReader.atEnd(log, topic, partition)))

/** All records of a partition from an offset on, up to where it ends now. */
export const records = (log: ReadableLog, topic: string, partition: number, from = 0): AsyncGenerator<LogRecord> =>
  new PartitionReader(log, topic, partition, from).records()

/** All records of a topic, one partition after the other. A topic that is not there has none. */
export async function* recordsOf(log: ReadableLog, topic: string): AsyncGenerator<PartitionRecord> {
  for (const reader of readersOf(log, topic))
    for await (const record of reader.records()) yield { ...record, partition: reader.partition }
}
