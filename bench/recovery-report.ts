import { machine } from './machine.ts'
import type { Recovery, RecoveryOptions } from './recovery.ts'
import { type Metric, summaries, textLines } from './report.ts'

/** Target from the assignment of the partitions to the first decision. */
const targetMs = 5000
/** Largest share of the changelogs that may be replayed. */
const tailMax = 0.1

const lines: readonly Metric<Recovery>[] = [
  { key: 'stateBytes', name: 'state on disk', unit: 'B', of: one => one.stateBytes },
  { key: 'killedToStartedMs', name: 'from the kill to the next process', unit: 'ms', of: one => one.killedToStartedMs },
  {
    key: 'startedToAssignedMs',
    name: 'from its start until it has the partitions',
    unit: 'ms',
    of: one => one.startedToAssignedMs,
  },
  {
    key: 'assignedToDecisionMs',
    name: 'from then to the first decision',
    unit: 'ms',
    of: one => one.assignedToDecisionMs,
  },
  {
    key: 'startedToDecisionMs',
    name: 'from the start of the process to the first decision',
    unit: 'ms',
    of: one => one.startedToDecisionMs,
  },
  { key: 'replayed', name: 'offsets of changelogs replayed', of: one => one.replayed },
  { key: 'changelogs', name: 'offsets of changelogs in all', of: one => one.changelogs },
]

/** Reports the kills as data and as text, and tells whether the targets were met. */
export function recoveryReport(options: RecoveryOptions, kills: readonly Recovery[]) {
  const { partitions, rate, sessionTimeoutMs, repeats } = options
  const isMet = kills.every(one => one.assignedToDecisionMs <= targetMs && one.replayed <= tailMax * one.changelogs)
  const where = { machine: machine(), partitions, rate, sessionTimeoutMs, repeats }
  return {
    json: { ...where, ...summaries(lines, kills), targetMs, isMet },
    words: [
      `${where.machine}, one worker, RocksDB, ${partitions} partitions, ${rate} events/s, session timeout ${sessionTimeoutMs} ms, ${repeats} kills -9`,
      ...textLines(lines, kills),
      `a decision within ${targetMs} ms of the partitions, and only tails replayed: ${isMet ? 'yes' : 'NO'}`,
    ],
    isMet,
  }
}
