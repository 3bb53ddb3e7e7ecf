import type { Log, LogRecord } from '../log/log.ts'
import type { Task } from '../task/task.ts'
import { tickOf } from '../task/tick.ts'

/**
 * Where the input has no ticks, a round takes it up to the next multiple of this offset: where it stops must not depend
 * on where a restart began.
 */
const roundMax = 10_000

/** What of one input partition belongs to the epoch under way: all up to the next tick. */
export class InputWindow {
  readonly #task: Task
  readonly #log: Log
  /** Read, not yet given to the task. */
  #ahead: LogRecord[] = []
  /** There was nothing more to read. */
  #isAtEnd = false

  constructor(task: Task, log: Log) {
    this.#task = task
    this.#log = log
  }

  /** Looks again whether there is more: what comes meanwhile waits for the next time. */
  begin(): void {
    this.#isAtEnd = false
  }

  async takeUntilTick(): Promise<LogRecord[]> {
    await this.#fill()
    const end = this.#ahead.findIndex(record => this.#isTick(record))
    return this.#ahead.splice(0, end < 0 ? this.#ahead.length : end)
  }

  /** The time of the tick that comes next; null when something else does, or nothing. */
  async tick(): Promise<number | null> {
    await this.#fill()
    return this.#ahead[0] ? this.#tickOf(this.#ahead[0]) : null
  }

  async takeTick(at: number): Promise<LogRecord[]> {
    return (await this.tick()) === at ? this.#ahead.splice(0, 1) : []
  }

  /** Reads on until a tick is in sight, since all before it belongs together, or until the end. */
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
