import type { Time, Topic } from '../../schemas/record.ts'
import { decodeValue, typeOf } from '../../schemas/wire.ts'
import type { Log, LogRecord } from '../../topology/log/log.ts'

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
  readonly #log: Log
  readonly #topic: Topic<any>
  readonly #type: string
  readonly #positions: number[]

  private constructor(log: Log, topic: Topic<any>, type: string) {
    this.#log = log
    this.#topic = topic
    this.#type = type
    this.#positions = Array.from({ length: log.topics().get(topic.name) ?? 0 }, () => 0)
  }

  static fromStart<V>(log: Log, topic: Topic<any>, type: string): TopicCursor<V> {
    return new TopicCursor(log, topic, type)
  }

  static async fromEnd<V>(log: Log, topic: Topic<any>, type: string): Promise<TopicCursor<V>> {
    const news = new TopicCursor<V>(log, topic, type)
    for (const [partition, end] of (await news.ends()).entries()) news.#positions[partition] = end
    return news
  }

  /** Where each partition ends now. */
  ends(): Promise<number[]> {
    return Promise.all(this.#positions.map((_, partition) => this.#log.end(this.#topic.name, partition)))
  }

  async next(): Promise<TopicValue<V>[]> {
    const items: TopicValue<V>[] = []
    for (const [partition, end] of (await this.ends()).entries()) {
      for await (const { value, timestamp, offset, cause } of this.#records(partition, end))
        if (typeOf(this.#topic, value) === this.#type)
          items.push({
            value: decodeValue<V>(this.#topic.types[this.#type]!, value),
            timestamp,
            partition,
            offset,
            causeId: cause?.causeId ?? '',
          })
    }
    return items
  }

  /** A cluster may answer with fewer than there are, and its offsets have gaps. */
  async *#records(partition: number, end: number): AsyncGenerator<LogRecord> {
    while (this.#positions[partition]! < end) {
      const from = this.#positions[partition]!
      const records = await this.#log.read(this.#topic.name, partition, from, end - from)
      this.#positions[partition] = (records.at(-1)?.offset ?? end - 1) + 1
      yield* records
    }
  }
}
