import { setTimeout as delay } from 'node:timers/promises'
import type { KafkaLog } from '../../connectors/kafka/kafka-log.ts'
import {
  type ChangelogEntry,
  ConnectorError,
  type Log,
  type LogRecord,
  type OutputRecord,
  type TaskId,
  type TopicPartition,
} from '../../topology/log/log.ts'
import { SerialQueue } from '../../topology/log/serial-queue.ts'

const patienceMs = 90_000

/**
 * The log of whoever writes the input and looks at what comes of it: a broker that is being restarted is waited for, and
 * nothing is appended meanwhile, since it would not be known whether it came through.
 */
export class PatientLog implements Log {
  readonly #open: () => Promise<KafkaLog>
  #log: KafkaLog
  readonly #queue = new SerialQueue()

  private constructor(open: () => Promise<KafkaLog>, log: KafkaLog) {
    this.#open = open
    this.#log = log
  }

  static async open(open: () => Promise<KafkaLog>): Promise<PatientLog> {
    return new PatientLog(open, await open())
  }

  /** Does something while nothing is appended, and goes on with a new client. */
  around(work: () => Promise<void>): Promise<void> {
    return this.#queue.run(async () => {
      await work()
      const before = this.#log
      this.#log = await this.#open()
      await before.close()
    })
  }

  topics(): ReadonlyMap<string, number> {
    return this.#log.topics()
  }

  createTopic(topic: string, partitions: number): Promise<void> {
    return this.#log.createTopic(topic, partitions)
  }

  end(topic: string, partition: number): Promise<number> {
    return this.#ask(log => log.end(topic, partition))
  }

  read(topic: string, partition: number, from: number, limit: number): Promise<LogRecord[]> {
    return this.#ask(log => log.read(topic, partition, from, limit))
  }

  changelog(task: TaskId, from: number, limit: number): Promise<{ entries: ChangelogEntry[]; next: number }> {
    return this.#ask(log => log.changelog(task, from, limit))
  }

  positions(partitions: readonly TopicPartition[]): Promise<(number | null)[]> {
    return this.#ask(log => log.positions(partitions))
  }

  append(outputs: readonly OutputRecord[]): Promise<void> {
    return this.#queue.run(() => this.#log.append(outputs))
  }

  acquire(): never {
    throw new Error('whoever looks on takes nothing over')
  }

  commit(): never {
    throw new Error('whoever looks on commits nothing')
  }

  async close(): Promise<void> {
    await this.#queue.settled()
    await this.#log.close()
  }

  async #ask<T>(question: (log: KafkaLog) => Promise<T>): Promise<T> {
    for (const until = performance.now() + patienceMs; ; await delay(200)) {
      try {
        return await question(this.#log)
      } catch (error) {
        if (performance.now() > until || !isPassing(error)) throw error
      }
    }
  }
}

const isPassing = (error: unknown): boolean =>
  error instanceof ConnectorError && (error.retryable || error.code === 'log-closed')
