import type { Store, StoreChange } from '../../state/stores/store.ts'
import type { Log, OutputRecord } from '../log/log.ts'
import type { Task } from '../task/task.ts'
import type { InternalBuffer } from './internal-buffer.ts'

/** Says what commits write to. */
export interface OrderedCommitsOptions {
  readonly tasks: readonly Task[]
  readonly internal: InternalBuffer
  readonly log: Log
  readonly store: Store
  /** Called after each commit, with the number of records that were folded before it. */
  readonly progress?: (records: number) => void
}

/**
 * Commits what tasks have folded in one transaction of the log, with the outputs of all tasks as one ordered list, then writes
 * the same rows to the store in one batch. So the store is never ahead of the log. More can be folded meanwhile; only its
 * commit waits for this one. So at most one commit is under way, and a kill leaves the state after some input.
 */
export class OrderedCommits {
  readonly #options: OrderedCommitsOptions
  /** The last commit that was started, and the write of its rows to the store. */
  #committed: Promise<void> = Promise.resolve()
  #stored: Promise<void> = Promise.resolve()

  constructor(options: OrderedCommitsOptions) {
    this.#options = options
  }

  /** Starts a commit of these outputs, once the one before is done. False where nothing was folded since then. */
  async start(outputs: readonly OutputRecord[], folded: number): Promise<boolean> {
    await this.#committed
    const { log, store, internal, progress } = this.#options
    const tasks = this.#options.tasks.filter(task => task.isAhead)
    if (tasks.length === 0) return false
    const prepared = tasks.map((task, index) => task.commit(index === 0 ? outputs : []))
    const committed = log.commit(prepared.map(({ commit }) => commit))
    const ends = internal.ends()
    this.#committed = (async () => {
      await committed
      await internal.check(ends)
      progress?.(folded)
    })()
    // Writes wait for earlier ones: a short write must not overtake a long one.
    const before = this.#stored
    this.#stored = (async () => {
      const [done] = await Promise.all([committed, before])
      // A task without a changed row has added nothing to its changelog, so the store already knows where that ends.
      const changes = prepared.flatMap((own, index): StoreChange[] =>
        own.changes.length > 0 ? [...own.changes, tasks[index]!.applied(done[index]!)] : [],
      )
      await store.write(changes)
    })()
    // A failure is thrown where the commit is awaited.
    this.#committed.catch(() => undefined)
    for (const task of tasks) task.rows.trackWrite(this.#stored)
    return true
  }

  /** Waits for the last commit; throws where it failed. */
  async done(): Promise<void> {
    await this.#committed
  }

  /** Waits until no write is under way, however it ended, so that a new start does not find one. */
  async quiet(): Promise<void> {
    await Promise.allSettled([this.#committed, this.#stored])
  }
}
