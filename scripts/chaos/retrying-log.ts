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
 * The log that writes the input of a run and reads its results. Reads are retried while a broker restarts; appends wait,
 * because it would be unknown whether one that was interrupted had been written.
 */
export class RetryingLog implements Log {
  readonly #open: () => Promise<KafkaLog>
  #log: KafkaLog
  readonly #queue = new SerialQueue()

  private constructor(open: () => Promise<KafkaLog>, log: KafkaLog) {
    this.#open = open
    this.#log = log
  }

  static async open(open: () => Promise<KafkaLog>): Promise<RetryingLog> {
    return new RetryingLog(open, await open())
  }

  /** Runs `work` while nothing is appended, then goes on with a new client. */
  reopenAfter(work: () => Promise<void>): Promise<void> {
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

  start(topic: string, partition: number): Promise<number> {
    return this.#retry(log => log.start(topic, partition))
  }

  end(topic: string, partition: number): Promise<number> {
    return this.#retry(log => log.end(topic, partition))
  }

  read(topic: string, partition: number, from: number, limit: number): Promise<LogRecord[]> {
    return this.#retry(log => log.read(topic, partition, from, limit))
  }

  changelog(task: TaskId, from: number, limit: number): Promise<{ entries: ChangelogEntry[]; next: number }> {
    return this.#retry(log => log.changelog(task, from, limit))
  }

  positions(partitions: readonly TopicPartition[]): Promise<(number | null)[]> {
    return this.#retry(log => log.positions(partitions))
  }

  settledPositions(tasks: readonly TaskId[], outputs: readonly string[]): Promise<readonly (number | null)[]> {
    return this.#retry(log => log.settledPositions(tasks, outputs))
  }

  append(outputs: readonly OutputRecord[]): Promise<void> {
    return this.#queue.run(() => this.#log.append(outputs))
  }

  acquire(): never {
    throw new Error('this log only reads and appends: it takes over no task')
  }

  commit(): never {
    throw new Error('this log only reads and appends: it commits nothing')
  }

  async close(): Promise<void> {
    await this.#queue.settled()
    await this.#log.close()
  }

  async #retry<T>(request: (log: KafkaLog) => Promise<T>): Promise<T> {
    for (const until = performance.now() + patienceMs; ; await delay(200)) {
      try {
        return await request(this.#log)
      } catch (error) {
        if (performance.now() > until || !isTransient(error)) throw error
      }
    }
  }
}

const isTransient = (error: unknown): boolean =>
  error instanceof ConnectorError && (error.retryable || error.code === 'log-closed')
