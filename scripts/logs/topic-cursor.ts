import type { Time, Topic } from '../../schemas/record.ts'
import { decodeValue, typeOf } from '../../schemas/wire.ts'
import type { Log } from '../../topology/log/log.ts'
import { type PartitionReader, readersAtEnd, readersOf } from '../../topology/log/log-reader.ts'

/** A value as it came up. */
export interface TopicValue<V> {
  readonly value: V
  readonly timestamp: Time
  readonly partition: number
  readonly offset: number
  /** Names what caused it; empty for a record from outside. */
  readonly causeId: string
}

/** Reads on, each time, what a topic got of one type since the last time. */
export class TopicCursor<V> {
  readonly #topic: Topic<any>
  readonly #type: string
  readonly #readers: readonly PartitionReader[]

  private constructor(topic: Topic<any>, type: string, readers: readonly PartitionReader[]) {
    this.#topic = topic
    this.#type = type
    this.#readers = readers
  }

  static fromStart<V>(log: Log, topic: Topic<any>, type: string): TopicCursor<V> {
    return new TopicCursor(topic, type, readersOf(log, topic.name))
  }

  static async fromEnd<V>(log: Log, topic: Topic<any>, type: string): Promise<TopicCursor<V>> {
    return new TopicCursor(topic, type, await readersAtEnd(log, topic.name))
  }

  /** Where each partition ends now. */
  ends(): Promise<number[]> {
    return Promise.all(this.#readers.map(reader => reader.end()))
  }

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
