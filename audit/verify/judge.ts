import type { Decision } from '../../schemas/generated.ts'
import { forbids, standing } from './consent.ts'
import { drawBreach } from './draws.ts'
import { experimentBreach } from './experiments.ts'
import { budgetBreach, capBreach, loggedCapBreach, loggedPointsBreach } from './fatigue.ts'
import { idOfAgendaDecision, idOfStageDecision } from './hashes.ts'
import { type IdTable, marks } from './id-table.ts'
import { closedBy, zonesOf } from './local-time.ts'
import { probabilityBreach } from './probabilities.ts'
import type { ActiveRelease } from './releases.ts'
import type { Where } from './report.ts'
import { sendBreach } from './sends.ts'
import { type Person, personOf, thingsOf, type World } from './world.ts'

/** Puts one decision to every law, by what the log had said of its person until then. */
export function judge(decision: Decision, where: Where, active: ActiveRelease, world: World): void {
  const { findings, ids } = world
  const person = personOf(world, decision.subject.personId)
  const { outcome, time } = decision
  const now = time.decidedAt
  if (decision.trigger.eventId === '')
    findings.check('one-decision-per-trigger', where, timerBreach(decision, active, person, ids))
  findings.check('probabilities', where, probabilityBreach(decision, active))
  findings.check('draws', where, drawBreach(decision, active))
  if ((active.release.experiments ?? []).length > 0) person.unit ??= { id: decision.subject.personId, since: now }
  if (person.unit || decision.experiments.length > 0)
    findings.check('experiments', where, experimentBreach(decision, active, person.unit ?? { id: '', since: now }))
  const isJoined = (active.release.reference ?? []).length > 0 || decision.reference.length > 0
  if (isJoined) findings.check('reference', where, thingsOf(world, where.position!.partition).breach(decision, active))
  for (const logged of decision.fatigue.caps)
    findings.check('caps', where, loggedCapBreach(active, person.contacts, logged, now))
  findings.check('budget', where, loggedPointsBreach(active, person.contacts, decision))
  if (outcome.kind === 'DEFER') {
    ids.mark(decision.decisionId, marks.deferred)
    findings.check('quiet-hours', where, deferralBreach(decision, active))
  }
  if (outcome.kind !== 'ACT' && outcome.kind !== 'MANDATORY') return
  ids.mark(decision.decisionId, marks.wantsSend)
  findings.check('sends', where, sendBreach(decision, active, ids))
  if (active.stopped.has(outcome.actionId)) findings.check('sends', where, 'its action had been stopped')
  const action = active.actions.get(outcome.actionId)
  // That the action is one of the release's is part of the law on probabilities.
  if (!action) return
  const contact = { channel: outcome.channel, action }
  const zones = zonesOf(decision.subject.timeZone, active.release)
  findings.check('caps', where, capBreach(active, person.contacts, contact, now))
  findings.check('budget', where, budgetBreach(active, person.contacts, contact, now))
  findings.check('quiet-hours', where, closedBy(active.release, outcome.channel, action.purpose, zones, now))
  findings.check('consent', where, consentBreach(decision, active, person, action.purpose))
}

/** A timer's decision is named by its person and time, and takes afresh only what was deferred before. */
function timerBreach(
  { decisionId, subject, time, trigger }: Decision,
  active: ActiveRelease,
  person: Person,
  ids: IdTable,
): string | null {
  const isOfStage = trigger.type === 'journeys'
  const id = isOfStage
    ? idOfStageDecision(subject.personId, trigger, time.decidedAt)
    : idOfAgendaDecision(subject.personId, time.decidedAt)
  if (decisionId !== id) return 'its id is not that of its timer'
  if (isOfStage) {
    const stages = (active.release.journeys ?? []).find(one => one.id === trigger.journey)?.stages ?? []
    if (!stages.some(({ id, decide }) => decide && id === trigger.stage)) return 'no stage of the release asks for it'
    if (!person.begun.has(trigger.journey)) return `nothing began its journey '${trigger.journey}'`
  }
  if (ids.marksOf(decisionId) & marks.decided) return 'this timer has led to a decision before'
  const unknown = trigger.deferred.find(id => !(ids.marksOf(id) & marks.deferred))
  return unknown === undefined ? null : `it takes '${unknown}' afresh, which was not deferred before`
}

/** A deferral waits for a time at which something that only quiet hours had removed is open. */
function deferralBreach({ subject, time, candidates }: Decision, { release, actions }: ActiveRelease): string | null {
  const { notBefore, decidedAt } = time
  if (notBefore === null || notBefore <= decidedAt) return 'it is deferred to no later time'
  const zones = zonesOf(subject.timeZone, release)
  const waiting = candidates.filter(({ removedBy }) => removedBy?.stage === 'quiet_hours')
  const opens = waiting.some(({ actionId, channel }) => {
    const purpose = actions.get(actionId)?.purpose
    return purpose !== undefined && closedBy(release, channel, purpose, zones, notBefore) === null
  })
  return opens ? null : `of ${waiting.length} that quiet hours removed, none is open at the time it waits for`
}

/** What was said until then must allow the contact, and be what the decision relies on. */
function consentBreach(
  decision: Decision,
  { release }: ActiveRelease,
  { words }: Person,
  purpose: string,
): string | null {
  const { outcome, subject, time, consent } = decision
  const stand = standing(words, purpose, outcome.channel, time.decidedAt)
  const forbidden = forbids(stand, release, subject.jurisdiction, purpose)
  if (forbidden) return forbidden
  const found = consent.find(one => one.purpose === purpose && one.channel === outcome.channel)
  if (!found?.allowed) return `it does not say that '${purpose}' by ${outcome.channel} was allowed`
  const stranger = found.records.find(
    ({ topic, partition, offset }) =>
      !stand.some(({ origin: own }) => own.topic === topic && own.partition === partition && own.offset === offset),
  )
  if (stranger)
    return `it relies on ${stranger.topic}/${stranger.partition}/${stranger.offset}, which is no such consent`
  return stand.length > 0 && found.records.length === 0 ? 'it names no consent record, though there is one' : null
}
