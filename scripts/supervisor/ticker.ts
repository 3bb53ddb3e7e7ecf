import { ticks } from '../../schemas/topics.ts'
import type { Log } from '../../topology/log/log.ts'

/**
 * Advances the time of a live application: it appends an empty record each second, and the append time of that record is
 * the time. Two tickers at once do no harm, because the latest tick counts.
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

  /** Starts or stops ticking. */
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
