import type { Decision } from '../../schemas/generated.ts'
import { type ActionNames, idWithName } from './action-names.ts'

/** Formats a decision in one line. */
export function formatDecision(decision: Decision, names: ActionNames): string {
  const { time, subject, trigger } = decision
  const when = new Date(time.decidedAt).toISOString().slice(0, 16).replace('T', ' ')
  const who = subject.personId.slice(-6)
  const timer = trigger.journey ? `${trigger.journey}/${trigger.stage}` : 'timer'
  return `${when}  …${who}  ${(trigger.eventId === '' ? timer : trigger.type).padEnd(20)} ${formatOutcome(decision, names)}`
}

/** Formats the outcome of a decision, with the number of open candidates and the probability. */
export function formatOutcome({ time, outcome, candidates, learning }: Decision, names: ActionNames): string {
  const action = idWithName(outcome.actionId, names)
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
