import type { ChannelCounts } from '../../connectors/channels/dispatcher.ts'
import type { Decision } from '../../schemas/generated.ts'
import type { Coverage } from '../../simulation/coverage.ts'
import { type ActionNames, inFull } from '../queries/action-names.ts'
import type { Summary } from '../summary.ts'

/** A decision, as short as can be. */
export function inOneLine(decision: Decision, names: ActionNames): string {
  const { time, subject, trigger } = decision
  const when = new Date(time.decidedAt).toISOString().slice(0, 16).replace('T', ' ')
  const who = subject.personId.slice(-6)
  const timer = trigger.journey ? `${trigger.journey}/${trigger.stage}` : 'timer'
  return `${when}  …${who}  ${(trigger.eventId === '' ? timer : trigger.type).padEnd(20)} ${outcomeInWords(decision, names)}`
}

/** What a decision came to, and out of how much. */
export function outcomeInWords({ time, outcome, candidates, learning }: Decision, names: ActionNames): string {
  const action = inFull(outcome.actionId, names)
  const open = candidates.filter(({ removedBy }) => removedBy === null).length
  const what = {
    ACT: `sends ${action} by ${outcome.channel}`,
    MANDATORY: `must send ${action} by ${outcome.channel}`,
    SILENCE: 'stays silent',
    DEFER: `waits until ${time.notBefore === null ? '' : new Date(time.notBefore).toISOString().slice(11, 16)}`,
    PENDING_APPROVAL: `asks for approval of ${action}`,
  }[outcome.kind]
  if (outcome.kind === 'DEFER') return what
  return `${what}, ${open} of ${candidates.length} candidates open, p = ${learning.behaviourProbability.toFixed(3)}`
}

/** What a run came to. */
export function told(summary: Summary): string[] {
  const removals = Object.entries(summary.removedBy).map(([reason, count]) => `${reason} ${count}`)
  return [
    `${summary.persons} persons (${summary.merges} merged into another), ${summary.decisions} decisions on events, ${summary.timerDecisions} on timers`,
    `${summary.sends} sends, ${summary.silences} silences, ${summary.deferrals} deferrals, ${summary.cancellations} cancelled, ${summary.deadLetters} dead letters`,
    `candidates removed: ${removals.join(', ')}`,
  ]
}

/** How often the hard cases came up. */
export const coverageInWords = (coverage: Coverage): string =>
  Object.entries(coverage)
    .map(([name, count]) => `${name.replace(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`)} ${count}`)
    .join(', ')

/** What each channel did in this run. */
export const deliveries = (channels: Readonly<Record<string, ChannelCounts>>): string[] =>
  Object.entries(channels).map(([channel, counts]) => {
    const done = Object.entries(counts).filter(([, count]) => count > 0)
    return `${channel}: ${done.map(([what, count]) => `${what} ${count}`).join(', ') || 'nothing to deliver'}`
  })
