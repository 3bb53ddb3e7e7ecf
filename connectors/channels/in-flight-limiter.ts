import type { Clock } from './clock.ts'

/** A call was broken off, or its outcome did not come in time. */
class CallEnded extends Error {}

/** Time that a call has, after its signal was aborted, to report what it knows. */
const graceMs = 200

/** Limits the calls to a channel's provider: how many run at a time, and how long each may take. */
export class InFlightLimiter {
  readonly #max: number
  readonly #timeoutMs: number
  readonly #clock: Clock
  readonly #controllers = new Set<AbortController>()
  readonly #waiting: (() => void)[] = []
  #inFlight = 0

  constructor(max: number, timeoutMs: number, clock: Clock) {
    this.#max = max
    this.#timeoutMs = timeoutMs
    this.#clock = clock
  }

  /** Number of places in use. */
  get inFlight(): number {
    return this.#inFlight
  }

  /** Waits for a free place, first come, first served. Returns the function that releases it. */
  async acquire(): Promise<() => void> {
    if (this.#inFlight < this.#max) this.#inFlight++
    else await new Promise<void>(resolve => this.#waiting.push(resolve))
    return () => {
      // The place passes directly to the first waiter, so that a later caller can't overtake it.
      const next = this.#waiting.shift()
      if (next) next()
      else this.#inFlight--
    }
  }

  /** Runs `work` with a signal that is aborted after the time limit. Throws CallEnded soon after that when the work ignores it. */
  async run<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const clock = this.#clock
    const controller = new AbortController()
    const { signal } = controller
    const settled = new AbortController()
    this.#controllers.add(controller)
    clock.sleep(this.#timeoutMs, settled.signal).then(() => controller.abort())
    const ended = new Promise<never>((_, reject) => {
      const end = () => clock.sleep(graceMs, settled.signal).then(() => reject(new CallEnded('no answer in time')))
      signal.addEventListener('abort', end, { once: true })
    })
    try {
      return await Promise.race([work(signal), ended])
    } finally {
      // Ends both sleeps; their late effects are ignored.
      ended.catch(() => undefined)
      this.#controllers.delete(controller)
      settled.abort()
    }
  }

  /** Aborts all calls that are in flight. */
  abort(): void {
    for (const controller of this.#controllers) controller.abort()
  }
}
