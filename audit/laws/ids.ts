import type { Decision, PersonEvent } from '../../schemas/generated.ts'
import { idOfAgendaDecision, idOfEventDecision, idOfStageDecision } from './hashes.ts'

/** Checks that a decision has the id, and names the event, that triggered it; returns what differs, or null. */
export function eventIdBreach(
  { decisionId, trigger }: Decision,
  event: PersonEvent,
  receivedAt: number,
): string | null {
  const { source, eventId, type } = event
  if (trigger.eventId !== eventId || trigger.source !== source || trigger.type !== type)
    return `it names the event '${trigger.eventId}' of '${trigger.source}', not '${eventId}' of '${source}'`
  return decisionId === idOfEventDecision(event, receivedAt) ? null : 'its id is not that of its event'
}

/** Checks that a decision has the id of the timer that triggered it; returns what differs, or null. */
export function timerIdBreach({ decisionId, subject, time, trigger }: Decision): string | null {
  const id =
    trigger.type === 'journeys'
      ? idOfStageDecision(subject.personId, trigger, time.decidedAt)
      : idOfAgendaDecision(subject.personId, trigger.deferred, time.decidedAt)
  return decisionId === id ? null : 'its id is not that of its timer'
}
