import type { Cause, Log, LogRecord, OutputRecord } from '../log/log.ts'
import type { Task } from '../task/task.ts'

/**
 * Knows where the logs end that a topology reads after it has written them itself, including records whose commit is still
 * to come. So a record is folded at the next hop before it is committed. Only this process may append to those logs.
 */
export class InternalBuffer {
  readonly #log: Log
  readonly #ends: ReadonlyMap<string, number[]>

  private constructor(log: Log, ends: ReadonlyMap<string, number[]>) {
    this.#log = log
    this.#ends = ends
  }

  /** Begins where the logs end. */
  static async open(log: Log, topics: Iterable<string>): Promise<InternalBuffer> {
    const ends = new Map<string, number[]>()
    for (const name of topics) {
      const partitions = Array.from({ length: log.topics().get(name) ?? 0 }, (_, partition) => log.end(name, partition))
      ends.set(name, await Promise.all(partitions))
    }
    return new InternalBuffer(log, ends)
  }

  /** Returns what a task has not folded of what earlier runs wrote. */
  async unread({ topic, partition, position }: Task): Promise<readonly LogRecord[]> {
    const end = this.#ends.get(topic.name)![partition]!
    return position < end ? this.#log.read(topic.name, partition, position, end - position) : []
  }

  /** Gives a record the place that it will have, and returns it as its readers will find it. */
  place({ topic, partition, key, value, timestamp, cause }: OutputRecord): LogRecord {
    const ends = this.#ends.get(topic)!
    return asRead({ key, value, timestamp, cause: cause!, offset: ends[partition]!++ })
  }

  /** The present ends. */
  ends(): ReadonlyMap<string, readonly number[]> {
    return new Map(Array.from(this.#ends, ([topic, ends]) => [topic, [...ends]]))
  }

  /** Throws an Error if a log does not end where it should after all records of then were committed. */
  async check(ends: ReadonlyMap<string, readonly number[]>): Promise<void> {
    for (const [topic, partitions] of ends)
      for (const [partition, end] of partitions.entries())
        if ((await this.#log.end(topic, partition)) !== end)
          throw new Error(`${topic}/${partition} does not end at ${end}: another process appends to it`)
  }
}

/** Makes a record as the log would return it: half of a surrogate pair has no UTF-8 bytes. */
function asRead(record: LogRecord & { readonly cause: Cause }): LogRecord {
  const { key, cause } = record
  if (key.isWellFormed() && cause.causeId.isWellFormed()) return record
  return { ...record, key: key.toWellFormed(), cause: { ...cause, causeId: cause.causeId.toWellFormed() } }
}
