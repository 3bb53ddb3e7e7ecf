import type { Log, LogRecord } from '../../topology/log/log.ts'

const batch = 1_000

/** Walks one partition of a log, one record in hand. */
export class Cursor {
  readonly topic: string
  readonly partition: number
  readonly #log: Log
  readonly #end: Promise<number>
  #records: readonly LogRecord[] = []
  #index = 0
  #next = 0

  constructor(log: Log, topic: string, partition: number) {
    this.topic = topic
    this.partition = partition
    this.#log = log
    this.#end = log.end(topic, partition)
  }

  /** The next record, without taking it; null at the end. */
  async peek(): Promise<LogRecord | null> {
    if (this.#index === this.#records.length) await this.#fill()
    return this.#records[this.#index] ?? null
  }

  async next(): Promise<LogRecord | null> {
    const record = await this.peek()
    if (record) this.#index++
    return record
  }

  async #fill(): Promise<void> {
    this.#index = 0
    this.#records = []
    const end = await this.#end
    if (this.#next >= end) return
    this.#records = await this.#log.read(this.topic, this.partition, this.#next, batch)
    const last = this.#records.at(-1)
    // Offsets of aborted records are skipped, so the next one to ask for follows the last one read.
    this.#next = last ? last.offset + 1 : end
  }
}

/** All records of a topic, partition by partition. */
export async function* recordsOf(log: Log, topic: string): AsyncGenerator<LogRecord & { readonly partition: number }> {
  const partitions = log.topics().get(topic) ?? 0
  for (let partition = 0; partition < partitions; partition++) {
    const cursor = new Cursor(log, topic, partition)
    for (let record = await cursor.next(); record; record = await cursor.next()) yield { ...record, partition }
  }
}
