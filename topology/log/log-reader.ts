import { ConnectorError, type Log, type LogRecord } from './log.ts'

/** The part of a log that a reader needs. */
export type ReadableLog = Pick<Log, 'topics' | 'start' | 'end' | 'read'>

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
  /** Whether the reader stands at the beginning, wherever that is by now. */
  #isAtStart: boolean

  /** Without a position, the reader begins at the first record that the log still holds. */
  constructor(log: ReadableLog, topic: string, partition: number, position?: number) {
    this.#log = log
    this.topic = topic
    this.partition = partition
    this.#position = position ?? 0
    this.#isAtStart = position === undefined
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
    await this.#begin()
    const page = await this.#log.read(this.topic, this.partition, this.#position, pageMax)
    this.#position = (page.at(-1)?.offset ?? this.#position - 1) + 1
    return page
  }

  /** Reads all records before `end`, which is by default where the partition ends now. */
  async *records(end: number | Promise<number> = this.end()): AsyncGenerator<LogRecord> {
    const to = await end
    await this.#begin()
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

  async #begin(): Promise<void> {
    if (!this.#isAtStart) return
    this.#position = await this.#log.start(this.topic, this.partition)
    this.#isAtStart = false
  }
}

/** Makes a reader for each partition of a topic, at its beginning. */
export const readersOf = (log: ReadableLog, topic: string): PartitionReader[] =>
  Array.from({ length: log.topics().get(topic) ?? 0 }, (_, partition) => new PartitionReader(log, topic, partition))

/** Makes a reader for each partition of a topic, where it ends now. */
export const readersAtEnd = (log: ReadableLog, topic: string): Promise<PartitionReader[]> =>
  Promise.all(readersOf(log, topic).map(({ partition }) => PartitionReader.atEnd(log, topic, partition)))

/** Reads all records of a partition to where it ends now, from an offset on or, without one, all that the log still holds. */
export const records = (log: ReadableLog, topic: string, partition: number, from?: number): AsyncGenerator<LogRecord> =>
  new PartitionReader(log, topic, partition, from).records()

/** Reads all records of a topic, one partition after the other. A topic that does not exist has none. */
export async function* topicRecords(log: ReadableLog, topic: string): AsyncGenerator<PartitionRecord> {
  for (const reader of readersOf(log, topic))
    for await (const record of reader.records()) yield { ...record, partition: reader.partition }
}

/** Throws `log-incomplete` if the log no longer holds all records of these topics. A topic that does not exist is whole. */
export async function assertWhole(log: ReadableLog, names: readonly string[]): Promise<void> {
  for (const topic of names)
    for (let partition = 0; partition < (log.topics().get(topic) ?? 0); partition++) {
      const start = await log.start(topic, partition)
      if (start === 0) continue
      throw new ConnectorError(
        'log-incomplete',
        `${topic}/${partition} begins at offset ${start}: the records before were deleted, by retention or by hand, and what followed from them can't be checked`,
      )
    }
}
