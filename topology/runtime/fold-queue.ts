import { setImmediate as yieldToEventLoop } from 'node:timers/promises'
import { SerialQueue } from '../log/serial-queue.ts'

/**
 * Runs the folds of one process one at a time and yields to the event loop between them, so that heartbeats and broker
 * responses are not starved. A commit needs several responses; without the yield each would wait for every queued fold.
 */
export class FoldQueue {
  readonly #queue = new SerialQueue()

  /** Starts a fold when all earlier folds have ended. */
  run<T>(fold: () => Promise<T>): Promise<T> {
    return this.#queue.run(() => yieldToEventLoop().then(fold))
  }
}
