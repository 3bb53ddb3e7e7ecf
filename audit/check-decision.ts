import type { Decision } from '../schemas/generated.ts'
import { type AuditedPerson, type AuditState, auditedPerson, referenceDataOf } from './audit-state.ts'
import { consentRefusal, statementsFor } from './laws/consent.ts'
import { budgetBreach, capBreach, loggedCapBreach, loggedPointsBreach } from './laws/contact-limits.ts'
import { drawBreach } from './laws/draws.ts'
import { experimentBreach } from './laws/experiments.ts'
import { type IdTable, marks } from './laws/id-table.ts'
import { timerIdBreach } from './laws/ids.ts'
import { probabilityBreach } from './laws/probabilities.ts'
import { quietHoursBreach, zonesOfPerson } from './laws/quiet-hours.ts'
import type { ActiveRelease } from './laws/releases.ts'
import type { DecisionRef } from './laws/report.ts'
import { sendBreach } from './laws/sends.ts'
import { variablesBreach } from './laws/variables.ts'
import { type WaitingDecisions, waitingBreach } from './laws/waiting.ts'

/** A decision as it was read, and its position. */
export interface PlacedDecision {
  readonly decision: Decision
  readonly where: DecisionRef
}

/** Checks one decision against every law, given the person's history up to it. */
export function checkDecision(
  placed: PlacedDecision,
  active: ActiveRelease,
  state: AuditState,
  eventBytes: number,
): void {
  const { decision, where } = placed
  const { findings, ids } = state
  const person = auditedPerson(state, decision.subject.personId)
  const { outcome, time } = decision
  const now = time.decidedAt
  if (decision.trigger.eventId === '') {
    findings.check('ids', where, timerIdBreach(decision))
    findings.check('one-decision-per-trigger', where, timerBreach(decision, active, person, ids))
  }
  findings.check('probabilities', where, probabilityBreach(decision, active))
  findings.check('draws', where, drawBreach(decision, active))
  if ((active.release.experiments ?? []).length > 0) person.unit ??= { id: decision.subject.personId, since: now }
  if (person.unit || decision.experiments.length > 0)
    findings.check('experiments', where, experimentBreach(decision, active, person.unit ?? { id: '', since: now }))
  const isJoined = (active.release.reference ?? []).length > 0 || decision.reference.length > 0
  if (isJoined)
    findings.check('reference', where, referenceDataOf(state, where.position!.partition).breach(decision, active))
  if (active.variables.length > 0 || decision.variables.length > 0)
    findings.check('variables', where, variablesBreach(decision, active, person.contacts))
  for (const logged of decision.fatigue.caps)
    findings.check('caps', where, loggedCapBreach(active, person.contacts, logged, now))
  findings.check('budget', where, loggedPointsBreach(active, person.contacts, decision))
  if (outcome.kind === 'DEFER' || decision.candidates.some(({ removedBy }) => removedBy?.stage === 'quiet_hours'))
    findings.check('quiet-hours', where, waitingBreach(decision, active, person.waiting, eventBytes))
  if (outcome.kind !== 'ACT' && outcome.kind !== 'MANDATORY') return
  ids.mark(decision.decisionId, marks.wantsSend)
  findings.check('sends', where, sendBreach(decision, active, ids))
  if (active.stopped.has(outcome.actionId)) findings.check('sends', where, 'its action had been stopped')
  const action = active.actions.get(outcome.actionId)
  // The law on probabilities checks that the action belongs to the release.
  if (!action) return
  const contact = { channel: outcome.channel, action }
  const zones = zonesOfPerson(decision.subject.timeZone, active.release)
  findings.check('caps', where, capBreach(active, person.contacts, contact, now))
  findings.check('budget', where, budgetBreach(active, person.contacts, contact, now))
  findings.check('quiet-hours', where, quietHoursBreach(active.release, outcome.channel, action.purpose, zones, now))
  findings.check('consent', where, consentBreach(decision, active, person, action.purpose))
}

/** Checks a decision that a timer triggered: its id names its person and time, and it repeats only deferred decisions. */
function timerBreach(
  { decisionId, trigger, time }: Decision,
  active: ActiveRelease,
  person: AuditedPerson,
  ids: IdTable,
): string | null {
  const isOfStage = trigger.type === 'journeys'
  if (isOfStage) {
    const stages = (active.release.journeys ?? []).find(one => one.id === trigger.journey)?.stages ?? []
    if (!stages.some(({ id, decide }) => decide && id === trigger.stage))
      return 'no stage of the release asks for this decision'
    if (!person.begun.has(trigger.journey)) return `nothing began its journey '${trigger.journey}'`
    if (!(ids.marksOf(trigger.begunBy) & marks.seen))
      return `no event has the id '${trigger.begunBy}', which began its journey`
  }
  if (ids.marksOf(decisionId) & marks.decided) return 'this timer has already led to a decision'
  return isOfStage ? null : repetitionBreach(trigger, time.occurredAt, person.waiting)
}

/** Checks that an agenda's decision repeats one deferred decision, for the event or the stage that asked for that one. */
function repetitionBreach(
  { deferred, journey, stage }: Decision['trigger'],
  occurredAt: number,
  waiting: WaitingDecisions,
): string | null {
  if (deferred.length !== 1) return `it repeats ${deferred.length} decisions`
  const repeated = waiting.get(deferred[0]!)
  if (!repeated) return `it repeats '${deferred[0]}', which was not deferred before`
  if (journey !== repeated.journey || stage !== repeated.stage) return 'another stage asked for the decision it repeats'
  return journey !== '' || occurredAt === repeated.occurredAt
    ? null
    : `the event that asks happened at ${repeated.occurredAt}`
}

/** Checks that the consent of that time allows the contact, and that the decision names the consent records in force. */
function consentBreach(
  decision: Decision,
  { release }: ActiveRelease,
  { consents }: AuditedPerson,
  purpose: string,
): string | null {
  const { outcome, subject, time, consent } = decision
  const inForce = statementsFor(consents, purpose, outcome.channel, time.decidedAt)
  const forbidden = consentRefusal(inForce, release, subject.jurisdiction, purpose)
  if (forbidden) return forbidden
  const found = consent.find(one => one.purpose === purpose && one.channel === outcome.channel)
  if (!found?.allowed) return `it does not say that '${purpose}' by ${outcome.channel} was allowed`
  const unrelated = found.records.find(
    ({ topic, partition, offset }) =>
      !inForce.some(({ origin: own }) => own.topic === topic && own.partition === partition && own.offset === offset),
  )
  if (unrelated)
    return `it relies on ${unrelated.topic}/${unrelated.partition}/${unrelated.offset}, which is no such consent`
  return inForce.length > 0 && found.records.length === 0 ? 'it names no consent record, though there is one' : null
}
