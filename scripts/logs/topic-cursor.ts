import type { Time, Topic } from '../../schemas/record.ts'
import { decodeValue, typeOf } from '../../schemas/wire.ts'
import type { Log } from '../../topology/log/log.ts'
import { type PartitionReader, readersAtEnd, readersOf } from '../../topology/log/log-reader.ts'

/** A value of a topic, with its position. */
export interface TopicValue<V> {
  readonly value: V
  readonly timestamp: Time
  readonly partition: number
  readonly offset: number
  /** The id of its cause; empty for a record from outside. */
  readonly causeId: string
}

/** Reads the values of one type that a topic received since the last call. */
export class TopicCursor<V> {
  readonly #topic: Topic<any>
  readonly #type: string
  readonly #readers: readonly PartitionReader[]

  private constructor(topic: Topic<any>, type: string, readers: readonly PartitionReader[]) {
    this.#topic = topic
    this.#type = type
    this.#readers = readers
  }

  /** Begins at the first record. */
  static fromStart<V>(log: Log, topic: Topic<any>, type: string): TopicCursor<V> {
    return new TopicCursor(topic, type, readersOf(log, topic.name))
  }

  /** Begins at the current end. */
  static async fromEnd<V>(log: Log, topic: Topic<any>, type: string): Promise<TopicCursor<V>> {
    return new TopicCursor(topic, type, await readersAtEnd(log, topic.name))
  }

  /** Returns the current end of each partition. */
  ends(): Promise<number[]> {
    return Promise.all(this.#readers.map(reader => reader.end()))
  }

  /** Returns the values since the last call. */
  async next(): Promise<TopicValue<V>[]> {
    const items: TopicValue<V>[] = []
    const ends = await this.ends()
    for (const [partition, reader] of this.#readers.entries())
      for await (const { value, timestamp, offset, cause } of reader.records(ends[partition]))
        if (typeOf(this.#topic, value) === this.#type)
          items.push({
            value: decodeValue<V>(this.#topic.types[this.#type]!, value),
            timestamp,
            partition,
            offset,
            causeId: cause?.causeId ?? '',
          })
    return items
  }
}
