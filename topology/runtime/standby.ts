import { setTimeout as delay } from 'node:timers/promises'
import type { Store } from '../../state/stores/store.ts'
import { type Log, type TaskId, taskName } from '../log/log.ts'
import { RowCache } from '../task/row-cache.ts'
import { isRetryable } from './retry.ts'

/** The number of changelog entries that are applied together. */
const batch = 5000

/**
 * Keeps a warm copy of the rows of a task that another process owns. It applies the committed changelog, so that this
 * process needs to apply only the last entries when it acquires the task.
 */
export class Standby {
  /** Resolves when the standby has stopped using the store; rejects with the error that stopped it for good. */
  readonly done: Promise<void>
  readonly #id: TaskId
  readonly #log: Log
  readonly #rows: RowCache
  readonly #pollMs: number
  readonly #stopping = new AbortController()

  /** Starts when `before` resolves, which means that this process has stopped using the task. */
  constructor(
    id: TaskId,
    { log, store, pollMs }: { readonly log: Log; readonly store: Store; readonly pollMs: number },
    before: Promise<void>,
  ) {
    this.#id = id
    this.#log = log
    this.#rows = new RowCache(store, taskName(id), 0)
    this.#pollMs = pollMs
    this.done = before.then(() => this.#follow())
    // The error is handled where `done` is awaited.
    this.done.catch(() => undefined)
  }

  /** Stops applying, and resolves when the store is no longer used. */
  stop(): Promise<void> {
    this.#stopping.abort()
    return this.done
  }

  async #follow(): Promise<void> {
    while (!this.#stopping.signal.aborted)
      try {
        await this.#apply()
      } catch (error) {
        if (!isRetryable(error)) throw error
        await this.#pause()
      }
  }

  /** Applies the changelog from where the store ends, until it is stopped or fails. */
  async #apply(): Promise<void> {
    let applied = await this.#rows.appliedUntil()
    while (!this.#stopping.signal.aborted) {
      const { entries, next } = await this.#log.changelog(this.#id, applied, batch)
      if (next > applied) await this.#rows.restore(entries, next)
      else await this.#pause()
      applied = next
    }
  }

  async #pause(): Promise<void> {
    await delay(this.#pollMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined)
  }
}
