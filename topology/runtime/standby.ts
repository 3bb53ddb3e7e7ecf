import { setTimeout as delay } from 'node:timers/promises'
import type { Store } from '../../state/stores/store.ts'
import { type Log, type TaskId, taskName } from '../log/log.ts'
import { RowCache } from '../task/row-cache.ts'
import { isRetryable } from './retry.ts'

/** Entries that are applied together. */
const batch = 5000

/**
 * Keeps a warm copy of a task's rows, of which someone else is the owner: it applies what the changelog has committed,
 * so that a takeover here need only catch up with the tail.
 */
export class Standby {
  /** Resolves when it touches the store no more; rejects with what stopped it for good. */
  readonly done: Promise<void>
  readonly #id: TaskId
  readonly #log: Log
  readonly #rows: RowCache
  readonly #pollMs: number
  readonly #stopping = new AbortController()

  /** `before`: whoever had the task in this process must be done with it first. */
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
    // What stopped it is asked for by whoever waits for the end.
    this.done.catch(() => undefined)
  }

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

  /** From where the store stands to the end, or to a failure. */
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
