import type { Topic } from '../../schemas/record.ts'
import type { Cause, Log, LogRecord, OutputRecord } from '../log/log.ts'
import type { Task } from '../task/task.ts'

/** An internal partition. */
interface Place {
  /** With what is under way to it. */
  end: number
  /** What the last round appended. */
  records: LogRecord[]
}

/**
 * What one round of a process appends to internal logs, for the next round to fold: the log would give the same back,
 * but only once it is committed. Nobody else appends there.
 */
export class InternalBuffer {
  readonly #log: Log
  readonly #places = new Map<string, readonly Place[]>()

  private constructor(log: Log) {
    this.#log = log
  }

  /** Begins where the logs end. */
  static async open(log: Log, topics: ReadonlyMap<string, Topic>): Promise<InternalBuffer> {
    const handover = new InternalBuffer(log)
    for (const { name, role } of topics.values()) {
      if (role !== 'internal') continue
      const places: Place[] = []
      for (let partition = 0; partition < (log.topics().get(name) ?? 0); partition++)
        places.push({ end: await log.end(name, partition), records: [] })
      handover.#places.set(name, places)
    }
    return handover
  }

  /** All that this task has not folded yet: what the last round appended or, after a start, what earlier lives left. */
  async unread({ topic, partition, position }: Task): Promise<readonly LogRecord[]> {
    const { end, records } = this.#places.get(topic.name)![partition]!
    if (position === end) return []
    const first = records[0]?.offset ?? end
    if (position >= first) return records.slice(position - first)
    return this.#log.read(topic.name, partition, position, first - position)
  }

  /** Takes what a round appends, in order, in the place of what the round before did. */
  append(outputs: readonly OutputRecord[]): void {
    for (const places of this.#places.values()) for (const place of places) place.records = []
    for (const { topic, partition, key, value, timestamp, cause } of outputs) {
      const place = this.#places.get(topic)?.[partition]
      if (place) place.records.push(asRead({ key, value, timestamp, cause: cause!, offset: place.end++ }))
    }
  }

  /** Throws an Error where a log does not end where it should, once all that was given is committed. */
  async check(): Promise<void> {
    for (const [topic, places] of this.#places)
      for (const [partition, { end }] of places.entries())
        if ((await this.#log.end(topic, partition)) !== end)
          throw new Error(`${topic}/${partition} does not end at ${end}: somebody else appends to it`)
  }
}

/** Half of a surrogate pair has no UTF-8 bytes. */
function asRead(record: LogRecord & { readonly cause: Cause }): LogRecord {
  const { key, cause } = record
  if (key.isWellFormed() && cause.causeId.isWellFormed()) return record
  return { ...record, key: key.toWellFormed(), cause: { ...cause, causeId: cause.causeId.toWellFormed() } }
}
