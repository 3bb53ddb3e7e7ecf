import { setTimeout as delay } from 'node:timers/promises'
import type { Producer } from 'kafkajs'
import { kafkaClient } from '../connectors/kafka/kafka-client.ts'
import { openSchemaIds, type SchemaIds } from '../connectors/registry/schema-ids.ts'
import { topics } from '../schemas/topics.ts'
import type { Config } from '../scripts/config/config.ts'
import { connectionOf, registryOf } from '../scripts/logs/cluster.ts'
import { partitionOf } from '../topology/log/partitioner.ts'
import type { Customers } from './customers.ts'

/** How long events wait to be appended together with later ones. */
const lingerMs = 5

/** Appends events to a live application as a company's own system does, with a plain Kafka producer. */
export class Load {
  /** Number of events appended so far, which is also the number of the next one. */
  appended = 0
  readonly #producer: Producer
  readonly #schemaIds: SchemaIds
  readonly #customers: Customers
  readonly #partitions: number

  private constructor(producer: Producer, schemaIds: SchemaIds, customers: Customers, partitions: number) {
    this.#producer = producer
    this.#schemaIds = schemaIds
    this.#customers = customers
    this.#partitions = partitions
  }

  static async open(config: Config, customers: Customers): Promise<Load> {
    const producer = kafkaClient(connectionOf(config)).producer({ allowAutoTopicCreation: false })
    const schemaIds = await openSchemaIds({ registry: await registryOf(config), topics: [topics.events] })
    await producer.connect()
    return new Load(producer, schemaIds, customers, config.partitions)
  }

  /** Appends the next `count` events in one request; resolves when the broker has them. */
  async append(count: number): Promise<void> {
    const now = Date.now()
    const messages = Array.from({ length: count }, () => {
      const { topic, key, value } = this.#customers.record(this.appended++, now)
      const partition = partitionOf(key, this.#partitions)
      return { key, partition, value: Buffer.from(this.#schemaIds.outgoing(topic, value)) }
    })
    await this.#producer.sendBatch({ acks: -1, topicMessages: [{ topic: topics.events.name, messages }] })
  }

  /** Appends events at an even rate until `until` aborts; resolves to the rate that was reached. */
  async steadily(perSecond: number, until: AbortSignal): Promise<number> {
    const started = performance.now()
    const first = this.appended
    const passed = () => (performance.now() - started) / 1000
    for (; !until.aborted; await delay(lingerMs)) {
      const due = Math.floor(passed() * perSecond) - (this.appended - first)
      if (due > 0) await this.append(due)
    }
    return (this.appended - first) / passed()
  }

  async close(): Promise<void> {
    await this.#producer.disconnect()
  }
}
