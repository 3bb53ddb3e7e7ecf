import type { Clock } from './clock.ts'

/** Thrown for a call whose outcome did not come in time, or that was broken off. */
class CallEnded extends Error {}

/** After its signal was aborted, work may still say what it knows. */
const graceMs = 200

/** What is under way at a channel's provider: at most so many calls at a time, each for so long at most. */
export class Calls {
  readonly #max: number
  readonly #timeoutMs: number
  readonly #clock: Clock
  readonly #underWay = new Set<AbortController>()
  readonly #waiting: (() => void)[] = []
  #taken = 0

  constructor(max: number, timeoutMs: number, clock: Clock) {
    this.#max = max
    this.#timeoutMs = timeoutMs
    this.#clock = clock
  }

  /** How many places are taken. */
  get taken(): number {
    return this.#taken
  }

  /** Resolves when a place is free, first come, first served, with what gives it back. */
  async take(): Promise<() => void> {
    if (this.#taken < this.#max) this.#taken++
    else await new Promise<void>(resolve => this.#waiting.push(resolve))
    return () => {
      // The place goes straight to the next, so that none who comes later can take it first.
      const next = this.#waiting.shift()
      if (next) next()
      else this.#taken--
    }
  }

  /** Runs work that gets a signal; throws CallEnded soon after the signal when the work does not heed it. */
  async within<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const clock = this.#clock
    const controller = new AbortController()
    const { signal } = controller
    const settled = new AbortController()
    this.#underWay.add(controller)
    clock.sleep(this.#timeoutMs, settled.signal).then(() => controller.abort())
    const ended = new Promise<never>((_, reject) => {
      const end = () => clock.sleep(graceMs, settled.signal).then(() => reject(new CallEnded('no answer in time')))
      signal.addEventListener('abort', end, { once: true })
    })
    try {
      return await Promise.race([work(signal), ended])
    } finally {
      // Both sleeps end now; what they lead to concerns nobody any more.
      ended.catch(() => undefined)
      this.#underWay.delete(controller)
      settled.abort()
    }
  }

  /** Breaks off all that is under way. */
  abort(): void {
    for (const controller of this.#underWay) controller.abort()
  }
}
