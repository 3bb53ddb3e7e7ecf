import { setImmediate as turn } from 'node:timers/promises'

/**
 * Lets the tasks of a process fold one after the other, and whatever waits for the event loop in between, above all the
 * heartbeat and the answers of brokers: a commit takes several of them, and would wait for all folds with each.
 */
export class Turns {
  #last: Promise<unknown> = Promise.resolve()

  /** Does the work when those before it are done. */
  take<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(() => turn()).then(work)
    this.#last = done.catch(() => undefined)
    return done
  }
}
