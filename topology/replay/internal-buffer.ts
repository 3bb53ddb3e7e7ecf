import type { Topic } from '../../schemas/record.ts'
import type { Cause, Log, LogRecord, OutputRecord } from '../log/log.ts'
import type { Task } from '../task/task.ts'

/** The buffer of one internal partition. */
interface BufferedPartition {
  /** The end of the partition, including records whose commit is under way. */
  end: number
  /** The records that the last round appended. */
  records: LogRecord[]
}

/**
 * Buffers the records that one round appends to internal topics, so the next round can fold them before the commit
 * makes them readable. Only this process may append to those topics.
 */
export class InternalBuffer {
  readonly #log: Log
  readonly #partitions = new Map<string, readonly BufferedPartition[]>()

  private constructor(log: Log) {
    this.#log = log
  }

  /** Makes a buffer that begins where the logs end. */
  static async open(log: Log, topics: ReadonlyMap<string, Topic>): Promise<InternalBuffer> {
    const buffer = new InternalBuffer(log)
    for (const { name, role } of topics.values()) {
      if (role !== 'internal') continue
      const partitions: BufferedPartition[] = []
      for (let partition = 0; partition < (log.topics().get(name) ?? 0); partition++)
        partitions.push({ end: await log.end(name, partition), records: [] })
      buffer.#partitions.set(name, partitions)
    }
    return buffer
  }

  /** Returns what this task has not folded yet: the output of the last round or, after a start, of earlier runs. */
  async unread({ topic, partition, position }: Task): Promise<readonly LogRecord[]> {
    const { end, records } = this.#partitions.get(topic.name)![partition]!
    if (position === end) return []
    const first = records[0]?.offset ?? end
    if (position >= first) return records.slice(position - first)
    return this.#log.read(topic.name, partition, position, first - position)
  }

  /** Replaces the output of the previous round by that of this one, in order. */
  append(outputs: readonly OutputRecord[]): void {
    for (const partitions of this.#partitions.values()) for (const buffered of partitions) buffered.records = []
    for (const { topic, partition, key, value, timestamp, cause } of outputs) {
      const buffered = this.#partitions.get(topic)?.[partition]
      if (buffered) buffered.records.push(asRead({ key, value, timestamp, cause: cause!, offset: buffered.end++ }))
    }
  }

  /** Throws an Error if a log does not end where it should after all buffered records were committed. */
  async check(): Promise<void> {
    for (const [topic, partitions] of this.#partitions)
      for (const [partition, { end }] of partitions.entries())
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
