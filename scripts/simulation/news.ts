import type { Time, Topic } from '../../schemas/record.ts'
import { decodeValue, typeOf } from '../../schemas/wire.ts'
import type { Log } from '../../topology/ports.ts'

/** A value as it came up. */
export interface NewsItem<V> {
  readonly value: V
  readonly timestamp: Time
  readonly partition: number
  readonly offset: number
  /** Names what caused it; empty for a record from outside. */
  readonly causeId: string
}

/** Reads on, each time, what a topic got of one type since the last time. */
export class News<V> {
  readonly #log: Log
  readonly #topic: Topic<any>
  readonly #type: string
  readonly #positions: number[]

  constructor(log: Log, topic: Topic<any>, type: string, from: 'start' | 'end') {
    this.#log = log
    this.#topic = topic
    this.#type = type
    const ends = Array.from({ length: log.topics().get(topic.name) ?? 0 }, (_, partition) =>
      log.end(topic.name, partition),
    )
    this.#positions = from === 'end' ? ends : ends.map(() => 0)
  }

  /** Where each partition ends now. */
  ends(): number[] {
    return this.#positions.map((_, partition) => this.#log.end(this.#topic.name, partition))
  }

  async next(): Promise<NewsItem<V>[]> {
    const items: NewsItem<V>[] = []
    for (const [partition, end] of this.ends().entries()) {
      const from = this.#positions[partition]!
      if (from === end) continue
      for (const { value, timestamp, offset, cause } of await this.#log.read(
        this.#topic.name,
        partition,
        from,
        end - from,
      ))
        if (typeOf(this.#topic, value) === this.#type)
          items.push({
            value: decodeValue<V>(this.#topic.types[this.#type]!, value),
            timestamp,
            partition,
            offset,
            causeId: cause?.causeId ?? '',
          })
      this.#positions[partition] = end
    }
    return items
  }
}
