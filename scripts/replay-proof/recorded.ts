import { topics } from '../../schemas/topics.ts'
import { decodeValue, typeOf } from '../../schemas/wire.ts'
import type { Plans } from '../../topology/graph/plan.ts'
import type { Log, LogRecord, OutputRecord } from '../../topology/log/log.ts'
import { records } from '../../topology/log/log-reader.ts'

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
    const what = recorded ? this.#difference(output, recorded) : 'it is missing: has everything drained?'
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

  #difference(output: OutputRecord, recorded: LogRecord): string | null {
    for (const field of ['key', 'timestamp'] as const)
      if (output[field] !== recorded[field])
        return `the ${field} is recorded as '${recorded[field]}', the replay has '${output[field]}'`
    if (!Buffer.from(output.value).equals(recorded.value)) return this.#valueDifference(output, recorded)
    const [own, theirs] = [output.cause, recorded.cause].map(cause => JSON.stringify(cause))
    return own === theirs ? null : `the cause is recorded as ${theirs}, the replay has ${own}`
  }

  #valueDifference({ topic: name, value }: OutputRecord, recorded: LogRecord): string {
    const topic = this.#plans.topics.get(name)!
    const read = (bytes: Uint8Array): unknown => decodeValue(topic.types[typeOf(topic, bytes)]!, bytes)
    return firstDifference(read(recorded.value), read(value), '') ?? 'the bytes differ, although the values are equal'
  }
}

/** Describes the first field, depth first, in which two values differ; null where they are equal. */
function firstDifference(recorded: unknown, replayed: unknown, path: string): string | null {
  const areObjects = [recorded, replayed].every(value => typeof value === 'object' && value !== null)
  if (!areObjects)
    return Object.is(recorded, replayed)
      ? null
      : `${path} is recorded as ${JSON.stringify(recorded)}, the replay has ${JSON.stringify(replayed)}`
  for (const field of new Set([recorded, replayed].flatMap(value => Object.keys(value as object)))) {
    const at = (value: unknown) => (value as Record<string, unknown>)[field]
    const difference = firstDifference(at(recorded), at(replayed), path === '' ? field : `${path}.${field}`)
    if (difference) return difference
  }
  return null
}
