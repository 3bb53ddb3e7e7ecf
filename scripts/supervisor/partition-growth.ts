import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { GrownTopic } from '../../connectors/kafka/kafka-topics.ts'
import type { TopicPartition } from '../../topology/log/log.ts'
import type { Worker } from '../../topology/runtime/worker.ts'

/** What is asked of a log to follow topics that grow. */
export interface GrowingLog {
  topics(): ReadonlyMap<string, number>
  /** Looks for topics that are new or have grown. Those that `mayGrow` are known with their new number of partitions from then on. */
  notice(mayGrow: ReadonlySet<string>): Promise<readonly GrownTopic[]>
}

export interface GrowthOptions {
  readonly log: GrowingLog
  readonly worker: Worker
  readonly logger: Logger
}

const againMs = 5000

/**
 * Gives a worker the partitions that the group assigns to it, also those that were not there when it started. The group sees
 * them within a quarter of a minute. Inputs may grow. On any other topic more partitions would send a key elsewhere, so that
 * the worker goes on with those that it knows, and says so.
 */
export class PartitionGrowth {
  readonly #options: GrowthOptions
  readonly #over = new AbortController()
  readonly #told = new Set<string>()
  #assigned: readonly TopicPartition[] = []
  #following: Promise<void> | null = null

  constructor(options: GrowthOptions) {
    this.#options = options
    for (const topic of this.#unseen()) this.#tellUnseen(topic)
  }

  /** The number of partitions of each topic that the worker may read. */
  get known(): ReadonlyMap<string, number> {
    const { log, worker } = this.#options
    return new Map(worker.topics.map(topic => [topic, log.topics().get(topic) ?? 0]))
  }

  /** Partitions that are assigned and topics that are not to be seen, which have no task. */
  get withoutTask(): readonly string[] {
    return [...this.#unseen(), ...this.#new().map(({ topic, partition }) => `${topic}/${partition}`)]
  }

  assign(partitions: readonly TopicPartition[]): void {
    this.#assigned = partitions
    this.#options.worker.assign(partitions)
    if (this.#new().length > 0)
      this.#following ??= this.#follow().finally(() => {
        this.#following = null
      })
  }

  async close(): Promise<void> {
    this.#over.abort()
    await this.#following
  }

  #unseen(): string[] {
    return [...this.known].flatMap(([topic, partitions]) => (partitions === 0 ? [topic] : []))
  }

  #new(): TopicPartition[] {
    return this.#assigned.filter(one => !this.#options.worker.has(one))
  }

  async #follow(): Promise<void> {
    const { log, worker, logger } = this.#options
    const mayGrow = new Set(worker.topicsThatGrow)
    const { signal } = this.#over
    while (!signal.aborted && this.#new().length > 0) {
      try {
        for (const grown of await log.notice(mayGrow)) this.#tell(grown, mayGrow.has(grown.topic))
        worker.grow()
        worker.assign(this.#assigned)
      } catch (error) {
        logger.warn({ message: (error as Error).message }, 'new partitions can not be taken yet')
      }
      await delay(againMs, undefined, { signal }).catch(() => undefined)
    }
  }

  #tell({ topic, before, now }: GrownTopic, isFollowed: boolean): void {
    const { worker, logger } = this.#options
    if (!worker.topics.includes(topic) || this.#told.has(`${topic} ${now}`)) return
    this.#told.add(`${topic} ${now}`)
    if (isFollowed) logger.warn({ topic, before, now }, 'topic has more partitions, and they are read from now on')
    else
      logger.error(
        { topic, before, now },
        'topic has more partitions, which are not read; see "Partitions that are added" in docs/workers.md',
      )
  }

  #tellUnseen(topic: string): void {
    this.#options.logger.error({ topic }, 'topic is not there, or may not be seen: it is read once it is')
  }
}
