import { ticks } from '../../schemas/topics.ts'
import type { Log } from '../../topology/log/log.ts'

/**
 * Lets the time of a live application pass: it appends a record without content each second, and the time at which the
 * log takes it is the time. Two of them at once do no harm: time is the latest tick.
 */
export class Ticker {
  readonly #log: Log
  readonly #failed: (error: unknown) => void
  #timer: NodeJS.Timeout | null = null
  #appending: Promise<void> = Promise.resolve()

  constructor(log: Log, failed: (error: unknown) => void) {
    this.#log = log
    this.#failed = failed
  }

  /** Ticks, or no longer. */
  run(isOurs: boolean, everyMs = 1000): void {
    if (!isOurs && this.#timer) {
      clearInterval(this.#timer)
      this.#timer = null
    }
    if (isOurs && !this.#timer) this.#timer = setInterval(() => this.#tick(), everyMs)
  }

  async close(): Promise<void> {
    this.run(false)
    await this.#appending
  }

  #tick(): void {
    const record = { topic: ticks.name, partition: 0, key: '', value: new Uint8Array(), timestamp: Date.now() }
    this.#appending = this.#log.append([record]).catch(this.#failed)
  }
}
