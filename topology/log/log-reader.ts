import type { Log, LogRecord } from './log.ts'

/** The part of a log that a reader needs. */
export type ReadableLog = Pick<Log, 'topics' | 'end' | 'read'>

/** A record with the partition that it was read from. */
export interface PartitionRecord extends LogRecord {
  readonly partition: number
}

/** The most records that one read asks for. */
const pageMax = 1000

/**
 * Reads one partition from a position onwards. Offsets have gaps where transactions were aborted, and one read may
 * return fewer records than there are; this class handles both for all readers of a log.
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

  /** Makes a reader that begins where the partition ends now. */
  static async atEnd(log: ReadableLog, topic: string, partition: number): Promise<PartitionReader> {
    return new PartitionReader(log, topic, partition, await log.end(topic, partition))
  }

  /** The next offset to read. */
  get position(): number {
    return this.#position
  }

  /** Asks where the partition ends now. */
  end(): Promise<number> {
    return this.#log.end(this.topic, this.partition)
  }

  /** Reads once, and returns an empty page if nothing new has arrived. */
  async page(): Promise<readonly LogRecord[]> {
    const page = await this.#log.read(this.topic, this.partition, this.#position, pageMax)
    this.#position = (page.at(-1)?.offset ?? this.#position - 1) + 1
    return page
  }

  /** Reads all records before `end`, which is by default where the partition ends now. */
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
      // Only gaps are left before `to`.
      if (page.length === 0 || page.at(-1)!.offset >= to) this.#position = to
    }
  }
}

/** Makes a reader for each partition of a topic, at its beginning. */
export const readersOf = (log: ReadableLog, topic: string): PartitionReader[] =>
  Array.from({ length: log.topics().get(topic) ?? 0 }, (_, partition) => new PartitionReader(log, topic, partition))

/** Makes a reader for each partition of a topic, where it ends now. */
export const readersAtEnd = (log: ReadableLog, topic: string): Promise<PartitionReader[]> =>
  Promise.all(readersOf(log, topic).map(({ partition }) => PartitionReader.atEnd(log, topic, partition)))

/** Reads all records of a partition from an offset to where the partition ends now. */
export const records = (log: ReadableLog, topic: string, partition: number, from = 0): AsyncGenerator<LogRecord> =>
  new PartitionReader(log, topic, partition, from).records()

/** Reads all records of a topic, one partition after the other. A topic that does not exist has none. */
export async function* topicRecords(log: ReadableLog, topic: string): AsyncGenerator<PartitionRecord> {
  for (const reader of readersOf(log, topic))
    for await (const record of reader.records()) yield { ...record, partition: reader.partition }
}
