import type { Time } from '../../schemas/record.ts'
import type { Plans } from '../graph/plan.ts'
import { isThrown } from '../task/careful-fold.ts'
import { TaskStopped } from '../task/checkpoint.ts'
import type { Task } from '../task/task.ts'
import { HistoryFold, type HistoryRunnerOptions, Interrupted, type Overtaking, windowDefault } from './history-fold.ts'

/**
 * Runs a topology over the logs of one process: one fold in order of time over all hops. What a record sets off has its time,
 * and goes through every hop before the next input. Timers fire at their due time in that order. Where the work is cut into
 * windows, commits and runs changes no byte. Where something throws under a release, the same inputs are folded again with care:
 * the release before goes on, or else a later one or a stop is folded ahead.
 */
export class HistoryRunner {
  readonly #options: HistoryRunnerOptions
  #fold: HistoryFold
  /** Whether the last call failed: what it folded after its last commit is dropped. */
  #hasFailed = false

  private constructor(options: HistoryRunnerOptions, fold: HistoryFold) {
    this.#options = options
    this.#fold = fold
  }

  /** Acquires all tasks of a topology. The topics must exist. */
  static async open(options: HistoryRunnerOptions): Promise<HistoryRunner> {
    return new HistoryRunner(options, await HistoryFold.open(options, { carefulFor: 0, records: 0, overtaking: null }))
  }

  get plans(): Plans {
    return this.#fold.plans
  }

  get tasks(): readonly Task[] {
    return this.#fold.tasks
  }

  /** The time of the last input: a history has no other clock. */
  get time(): Time {
    return this.#fold.time
  }

  /** Counts the records that were folded. */
  get records(): number {
    return this.#fold.records
  }

  /**
   * Runs until all present input before `until` has been folded through every hop, and the timers have fired that are due by
   * then: by `until`, or, without it, by the time of the last input. Throws TaskStopped where something throws under every
   * release; what was committed stays, and a later release or a stop lets the next call go on.
   */
  async drain(until = Number.POSITIVE_INFINITY): Promise<void> {
    if (this.#hasFailed) await this.#begin(null)
    this.#hasFailed = true
    let overtaking = null as Overtaking | null
    for (;;) {
      const { committed: before } = this.#fold
      try {
        await this.#fold.drain(until)
        this.#hasFailed = false
        return
      } catch (error) {
        const isStuck = error instanceof TaskStopped && error.code === 'stuck'
        if (overtaking?.error === error || !(isStuck || this.#mayBeOfRelease(error))) throw error
        const isProgress = this.#fold.committed > before
        const count: number = isStuck ? 1 + (isProgress ? 0 : (overtaking?.count ?? 0)) : 0
        overtaking = count > 0 ? { count, error } : null
        await this.#begin(overtaking)
      }
    }
  }

  /** Begins anew, with care, from what was committed last. */
  async #begin(overtaking: Overtaking | null): Promise<void> {
    const { batch = windowDefault } = this.#options
    // The window after the one that threw was read by then.
    const after = { carefulFor: 2 * batch, records: this.#fold.committed, overtaking }
    this.#fold = await HistoryFold.open(this.#options, after)
  }

  #mayBeOfRelease(error: unknown): boolean {
    return isThrown(error) && !(error instanceof Interrupted) && this.#hasFallback
  }

  get #hasFallback(): boolean {
    return this.plans.subTopologies.some(({ fallbacks }) => fallbacks.length > 0)
  }
}
