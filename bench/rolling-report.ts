import { machine } from './machine.ts'
import { rounded } from './report.ts'
import type { RollingOptions, RollingResult } from './rolling.ts'

/** Longest time without a decision that a partition may have, on top of the session timeout of the group. */
const gapMaxMs = 10_000

/** Reports the phases as data and as text, and tells whether all checks passed. */
export function rollingReport({ release: _, ...options }: RollingOptions, rolled: RollingResult) {
  const { workers, partitions, rate, sessionTimeoutMs } = options
  const { phases, triggers, decisions, missing, duplicates, replayEqual, violations } = rolled
  const longestGapMs = Math.max(...phases.flatMap(({ gapsMs }) => gapsMs))
  const isWhole = missing === 0 && duplicates === 0 && violations === 0 && replayEqual
  const isMet = isWhole && longestGapMs <= gapMaxMs + sessionTimeoutMs
  return {
    json: { machine: machine(), ...options, ...rolled, longestGapMs, isMet },
    words: [
      `${machine()}, ${workers} workers of a process each, ${partitions} partitions, ${rate} events/s, session timeout ${sessionTimeoutMs} ms`,
      ...phases.map(
        ({ name, seconds, gapsMs }) =>
          `${name.padEnd(24)} ${rounded(seconds)} s; longest without a decision, by partition: ${gapsMs.join(', ')} ms`,
      ),
      `${triggers} triggers, ${decisions} decisions, ${missing} missing, ${duplicates} double, ${violations} violations; replay of people ${replayEqual ? 'equal' : 'NOT EQUAL'}`,
      `longest gap ${longestGapMs} ms, of ${gapMaxMs + sessionTimeoutMs} at most: ${isMet ? 'yes' : 'NO'}`,
    ],
    isMet,
  }
}
