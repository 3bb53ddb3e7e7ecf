import type { LogRecord } from '../topology/log/log.ts'
import { type ReadableLog, records } from '../topology/log/log-reader.ts'

/** Reads one partition record by record with one record of lookahead, up to its end at the time of the first read. */
export class RecordReader {
  readonly topic: string
  readonly partition: number
  readonly #records: AsyncGenerator<LogRecord>
  /** Undefined where no record is read ahead; null at the end. */
  #ahead: LogRecord | null | undefined

  constructor(log: ReadableLog, topic: string, partition: number) {
    this.topic = topic
    this.partition = partition
    this.#records = records(log, topic, partition)
  }

  /** Returns the next record without consuming it; null at the end. */
  async peek(): Promise<LogRecord | null> {
    this.#ahead = this.#ahead === undefined ? await this.#read() : this.#ahead
    return this.#ahead
  }

  /** Returns the next record; null at the end. */
  async next(): Promise<LogRecord | null> {
    const record = await this.peek()
    if (record) this.#ahead = undefined
    return record
  }

  async #read(): Promise<LogRecord | null> {
    const { value } = await this.#records.next()
    return value ?? null
  }
}
