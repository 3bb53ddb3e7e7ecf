import type { Time } from '../../schemas/record.ts'
import type { Log, LogRecord } from '../log/log.ts'
import type { Task } from '../task/task.ts'
import { tickOf } from '../task/tick.ts'
import { compareInputs, type Placed } from './input-order.ts'

/** A record of an input log that is to be folded. */
export interface MergedInput extends Placed {
  readonly task: Task
  readonly record: LogRecord
  /** Whether the record only says how late it is: it moves the clock, and nothing folds it. */
  readonly isTick: boolean
}

/** The number of records that are read of a partition at a time. */
const pageMax = 1000

/** Merges the input partitions of a history into one order. Each partition is in that order itself, as its writer left it. */
export class InputMerge {
  readonly #sources: readonly InputSource[]

  constructor(tasks: readonly Task[], log: Log) {
    this.#sources = tasks.map(task => new InputSource(task, log))
  }

  /** Allows new reads. Input that arrives after the end was found waits for the next call. */
  begin(): void {
    for (const source of this.#sources) source.begin()
  }

  /** Takes the next records in order, at most `count`: those before `until`, and ticks of that time. */
  async next(count: number, until: Time): Promise<MergedInput[]> {
    const merged: MergedInput[] = []
    while (merged.length < count) {
      let first: InputSource | null = null
      for (const source of this.#sources) {
        if (source.isShort) await source.fill()
        if (source.head !== null && (first === null || comesBefore(source.head, first.head!))) first = source
      }
      if (first === null || !isBefore(first.head!, until)) break
      merged.push(first.take())
    }
    return merged
  }

  /** Takes the first record of these inputs, ahead of all others; null where there is none. It passes over ticks, which say only the time. */
  async ahead(topics: ReadonlySet<string>): Promise<MergedInput | null> {
    let first: InputSource | null = null
    for (const source of this.#sources) {
      if (!topics.has(source.topic)) continue
      await source.passTicks()
      if (source.head !== null && (first === null || compareInputs(source.head, first.head!) < 0)) first = source
    }
    return first?.take() ?? null
  }
}

const isBefore = ({ time, isTick }: MergedInput, until: Time): boolean => time < until || (isTick && time === until)

/** Ticks come first at their time, and move nothing but the clock, so that they need no order among themselves. */
function comesBefore(a: MergedInput, b: MergedInput): boolean {
  if (a.time === b.time && a.isTick !== b.isTick) return a.isTick
  return compareInputs(a, b) < 0
}

/** One partition of an input log. */
class InputSource {
  readonly #task: Task
  readonly #log: Log
  #page: readonly LogRecord[] = []
  #next = 0
  #from: number
  /** True once a read found nothing. */
  #isAtEnd = false
  head: MergedInput | null = null

  constructor(task: Task, log: Log) {
    this.#task = task
    this.#log = log
    this.#from = task.position
  }

  get topic(): string {
    return this.#task.topic.name
  }

  begin(): void {
    this.#isAtEnd = false
  }

  /** Goes on to the next record that is no tick. */
  async passTicks(): Promise<void> {
    for (;;) {
      if (this.isShort) await this.fill()
      if (this.head?.isTick) this.#task.skip(this.take().record)
      else if (!this.isShort) return
    }
  }

  /** Whether it may have a head that was not read yet. */
  get isShort(): boolean {
    return this.head === null && !this.#isAtEnd
  }

  async fill(): Promise<void> {
    const { topic, partition } = this.#task
    this.#page = await this.#log.read(topic.name, partition, this.#from, pageMax)
    this.#next = 0
    this.#isAtEnd = this.#page.length === 0
    this.#advance()
  }

  take(): MergedInput {
    const taken = this.head!
    this.#from = taken.record.offset + 1
    this.#advance()
    return taken
  }

  #advance(): void {
    const record = this.#page[this.#next++]
    const { topic } = this.#task
    if (record === undefined) {
      this.head = null
      return
    }
    const { timestamp: time, key, value } = record
    this.head = {
      task: this.#task,
      record,
      topic,
      time,
      key,
      value,
      identity: null,
      isTick: tickOf(topic, record) !== null,
    }
  }
}
