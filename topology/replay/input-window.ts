import type { Log, LogRecord } from '../log/log.ts'
import type { Task } from '../task/task.ts'
import { tickOf } from '../task/tick.ts'

/**
 * Without ticks, a round ends at the next multiple of this offset, so that round boundaries do not depend on where a
 * restart began.
 */
const roundMax = 10_000

/** Reads the part of one input partition that belongs to the current epoch: everything up to the next tick. */
export class InputWindow {
  readonly #task: Task
  readonly #log: Log
  /** The records that were read and not yet given to the task. */
  #ahead: LogRecord[] = []
  /** True once a read found nothing. */
  #isAtEnd = false

  constructor(task: Task, log: Log) {
    this.#task = task
    this.#log = log
  }

  /** Allows new reads. Input that arrives after the end was found waits for the next call. */
  begin(): void {
    this.#isAtEnd = false
  }

  /** Takes the records before the next tick. */
  async takeUntilTick(): Promise<LogRecord[]> {
    await this.#fill()
    const end = this.#ahead.findIndex(record => this.#isTick(record))
    return this.#ahead.splice(0, end < 0 ? this.#ahead.length : end)
  }

  /** Returns the time of the next record if it is a tick, else null. */
  async tick(): Promise<number | null> {
    await this.#fill()
    return this.#ahead[0] ? this.#tickOf(this.#ahead[0]) : null
  }

  /** Takes the next record if it is a tick of this time. */
  async takeTick(at: number): Promise<LogRecord[]> {
    return (await this.tick()) === at ? this.#ahead.splice(0, 1) : []
  }

  /** Reads until a tick is found or the input ends: everything before a tick belongs to one epoch. */
  async #fill(): Promise<void> {
    const { topic, partition, position } = this.#task
    let isEnough =
      this.#isAtEnd ||
      (this.#ahead.length > 0 && (!topic.types.tick || this.#ahead.some(record => this.#isTick(record))))
    for (let from = position + this.#ahead.length; !isEnough; ) {
      const records = await this.#log.read(topic.name, partition, from, roundMax - (from % roundMax))
      this.#ahead = this.#ahead.length === 0 ? records : this.#ahead.concat(records)
      this.#isAtEnd = records.length === 0
      isEnough = this.#isAtEnd || !topic.types.tick || records.some(record => this.#isTick(record))
      from += records.length
    }
  }

  #tickOf(record: LogRecord): number | null {
    return tickOf(this.#task.topic, record)
  }

  #isTick(record: LogRecord): boolean {
    return this.#tickOf(record) !== null
  }
}
