import { topics } from '../../schemas/topics.ts'
import type { Plans } from '../../topology/graph/plan.ts'
import type { Log, LogRecord, OutputRecord } from '../../topology/log/log.ts'
import { records } from '../../topology/log/log-reader.ts'
import { recordDifference } from './record-difference.ts'

/** The first difference between the replay of a task and what the task recorded. */
export interface Difference {
  readonly task: string
  /** A record of a log, by its number among those of the task there, or a key of its rows. */
  readonly place: string
  /** A description in plain text. */
  readonly what: string
}

/** Compares the records that one task has written to the logs with those of a replay, one by one. */
export class RecordedOutputs {
  readonly #log: Log
  readonly #plans: Plans
  readonly #task: string
  readonly #targets = new Map<string, AsyncIterator<LogRecord>>()

  constructor(log: Log, plans: Plans, task: string) {
    this.#log = log
    this.#plans = plans
    this.#task = task
  }

  /** Compares the next recorded output with this one; null where they are equal. */
  async compare(output: OutputRecord): Promise<Difference | null> {
    const { topic, partition, cause } = output
    const { value: recorded } = await this.#of(topic, partition).next()
    const place = `${topic}/${partition}, number ${cause!.n} from ${this.#task}`
    const what = recorded
      ? recordDifference(this.#plans.topics.get(topic)!, output, recorded)
      : 'it is missing: has everything drained?'
    return what === null ? null : { task: this.#task, place, what }
  }

  /** Finds a recorded output that the replay did not produce; null where there is none. */
  async surplus(): Promise<Difference | null> {
    for (const topic of [...this.#plans.topics.keys(), topics.deadLetters.name])
      for (let partition = 0; partition < (this.#log.topics().get(topic) ?? 0); partition++) {
        const { value: record } = await this.#of(topic, partition).next()
        if (!record) continue
        const place = `${topic}/${partition}/${record.offset}, number ${record.cause.n} from ${this.#task}`
        return { task: this.#task, place, what: 'the replay does not produce it' }
      }
    return null
  }

  #of(topic: string, partition: number): AsyncIterator<LogRecord> {
    const name = `${topic}/${partition}`
    let target = this.#targets.get(name)
    if (!target) {
      target = this.#from(topic, partition)
      this.#targets.set(name, target)
    }
    return target
  }

  async *#from(topic: string, partition: number): AsyncGenerator<LogRecord> {
    for await (const record of records(this.#log, topic, partition))
      if (record.cause?.source === this.#task) yield record
  }
}
