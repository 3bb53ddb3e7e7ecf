import type { ChannelCounts } from '../../connectors/channels/dispatcher.ts'
import type { RunSummary } from '../logs/summary.ts'
import type { Coverage } from './coverage.ts'

/** Formats the summary of a run. */
export function formatSummary(summary: RunSummary): string[] {
  const removals = Object.entries(summary.removedBy).map(([reason, count]) => `${reason} ${count}`)
  return [
    `${summary.persons} persons (${summary.merges} merged into another), ${summary.decisions} decisions on events, ${summary.timerDecisions} on timers`,
    `${summary.sends} sends, ${summary.silences} silences, ${summary.deferrals} deferrals, ${summary.cancellations} cancelled, ${summary.deadLetters} dead letters`,
    `candidates removed: ${removals.join(', ')}`,
  ]
}

/** Formats how often the hard cases occurred. */
export const formatCoverage = (coverage: Coverage): string =>
  Object.entries(coverage)
    .map(([name, count]) => `${name.replace(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`)} ${count}`)
    .join(', ')

/** Formats what each channel did in this run. */
export const formatDeliveries = (channels: Readonly<Record<string, ChannelCounts>>): string[] =>
  Object.entries(channels).map(([channel, counts]) => {
    const done = Object.entries(counts).filter(([, count]) => count > 0)
    return `${channel}: ${done.map(([what, count]) => `${what} ${count}`).join(', ') || 'nothing to deliver'}`
  })
