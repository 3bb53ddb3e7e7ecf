import { setTimeout as delay } from 'node:timers/promises'

/** Where waiting for a send's time and between its tries comes from; tests and the demo have clocks of their own. */
export interface Clock {
  now(): number
  /** Resolves after so long, or at once when the signal is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
}

/** The computer's own clock. */
export const wallClock: Clock = {
  now: Date.now,
  sleep: (ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined),
}
