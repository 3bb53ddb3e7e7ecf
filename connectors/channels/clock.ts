import { setTimeout as delay } from 'node:timers/promises'

/** The time by which sends wait and are retried. Tests and the demo have clocks of their own. */
export interface Clock {
  /** In ms since the epoch. */
  now(): number
  /** Resolves after `ms`, or as soon as the signal is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
}

/** The computer's own clock. */
export const wallClock: Clock = {
  now: Date.now,
  sleep: (ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined),
}
