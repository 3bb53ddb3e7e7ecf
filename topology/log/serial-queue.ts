/**
 * Runs work one piece at a time, in the order in which it was asked for: a log needs that for its appends and commits.
 */
export class SerialQueue {
  #last: Promise<unknown> = Promise.resolve()

  /** Starts the work when all earlier work has ended. A failure reaches its own caller only; later work still runs. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work)
    this.#last = done.catch(() => undefined)
    return done
  }

  /** Resolves when all the work that was asked for so far has ended. */
  async settled(): Promise<void> {
    await this.#last
  }
}

/** A serial queue for each key. Keys without work take no memory. */
export class SerialQueues {
  readonly #last = new Map<string, Promise<void>>()

  /** Starts the work when all earlier work of this key has ended. */
  run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const done = (this.#last.get(key) ?? Promise.resolve()).then(work)
    const last = done
      .catch(() => undefined)
      .then(() => {
        if (this.#last.get(key) === last) this.#last.delete(key)
      })
    this.#last.set(key, last)
    return done
  }

  /** Resolves when all the work that was asked for so far has ended, of every key. */
  async settled(): Promise<void> {
    await Promise.all(this.#last.values())
  }
}
