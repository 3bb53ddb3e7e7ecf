import { topics } from '../../schemas/topics.ts'
import { decodeValue, typeOf } from '../../schemas/wire.ts'
import type { Plans } from '../../topology/graph/plan.ts'
import type { Log, LogRecord, OutputRecord } from '../../topology/log/log.ts'
import { records } from '../../topology/log/log-reader.ts'

/** Where a replay and what was recorded are not the same: the first place of one task. */
export interface Difference {
  readonly task: string
  /** A record of a log, by its place among those of the task there, or a key of its rows. */
  readonly place: string
  /** In words. */
  readonly what: string
}

/** What one task has written to the logs, to be compared with what it would write, one record after the other. */
export class Recorded {
  readonly #log: Log
  readonly #plans: Plans
  readonly #task: string
  readonly #targets = new Map<string, AsyncIterator<LogRecord>>()

  constructor(log: Log, plans: Plans, task: string) {
    this.#log = log
    this.#plans = plans
    this.#task = task
  }

  /** Null when the next record that is there is this one. */
  async compare(output: OutputRecord): Promise<Difference | null> {
    const { topic, partition, cause } = output
    const { value: recorded } = await this.#of(topic, partition).next()
    const place = `${topic}/${partition}, number ${cause!.n} from ${this.#task}`
    const what = recorded ? this.#unlike(output, recorded) : 'it is not there: has everything drained?'
    return what === null ? null : { task: this.#task, place, what }
  }

  /** A record that the replay did not come to; null when there is none. */
  async surplus(): Promise<Difference | null> {
    for (const topic of [...this.#plans.topics.keys(), topics.deadLetters.name])
      for (let partition = 0; partition < (this.#log.topics().get(topic) ?? 0); partition++) {
        const { value: record } = await this.#of(topic, partition).next()
        if (!record) continue
        const place = `${topic}/${partition}/${record.offset}, number ${record.cause.n} from ${this.#task}`
        return { task: this.#task, place, what: 'the replay does not come to it' }
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

  #unlike(output: OutputRecord, recorded: LogRecord): string | null {
    for (const field of ['key', 'timestamp'] as const)
      if (output[field] !== recorded[field])
        return `the ${field} is recorded as '${recorded[field]}', the replay has '${output[field]}'`
    if (!Buffer.from(output.value).equals(recorded.value)) return this.#unlikeValue(output, recorded)
    const [own, theirs] = [output.cause, recorded.cause].map(cause => JSON.stringify(cause))
    return own === theirs ? null : `the cause is recorded as ${theirs}, the replay has ${own}`
  }

  #unlikeValue({ topic: name, value }: OutputRecord, recorded: LogRecord): string {
    const topic = this.#plans.topics.get(name)!
    const read = (bytes: Uint8Array): unknown => decodeValue(topic.types[typeOf(topic, bytes)]!, bytes)
    return firstUnlike(read(recorded.value), read(value), '') ?? 'the bytes differ, though they say the same'
  }
}

/** The first field, depth first, in which two values differ, in words; null when they are alike. */
function firstUnlike(recorded: unknown, replayed: unknown, path: string): string | null {
  const areObjects = [recorded, replayed].every(value => typeof value === 'object' && value !== null)
  if (!areObjects)
    return Object.is(recorded, replayed)
      ? null
      : `${path} is recorded as ${JSON.stringify(recorded)}, the replay has ${JSON.stringify(replayed)}`
  for (const field of new Set([recorded, replayed].flatMap(value => Object.keys(value as object)))) {
    const at = (value: unknown) => (value as Record<string, unknown>)[field]
    const unlike = firstUnlike(at(recorded), at(replayed), path === '' ? field : `${path}.${field}`)
    if (unlike) return unlike
  }
  return null
}
