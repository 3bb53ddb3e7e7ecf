import type { Log, LogRecord } from '../../topology/log/log.ts'
import { records } from '../../topology/log/log-reader.ts'

/** Walks one partition of a log to where it ended when the walk began, one record in hand. */
export class Cursor {
  readonly topic: string
  readonly partition: number
  readonly #records: AsyncGenerator<LogRecord>
  /** Undefined before it is read; null at the end. */
  #held: LogRecord | null | undefined

  constructor(log: Log, topic: string, partition: number) {
    this.topic = topic
    this.partition = partition
    this.#records = records(log, topic, partition)
  }

  /** The next record, without taking it; null at the end. */
  async peek(): Promise<LogRecord | null> {
    this.#held = this.#held === undefined ? await this.#read() : this.#held
    return this.#held
  }

  async next(): Promise<LogRecord | null> {
    const record = await this.peek()
    if (record) this.#held = undefined
    return record
  }

  async #read(): Promise<LogRecord | null> {
    const { value } = await this.#records.next()
    return value ?? null
  }
}
