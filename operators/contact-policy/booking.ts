import type { Decision, Exposure, LedgerContact, LedgerRow, Send } from '../../schemas/generated.ts'
import type { Time } from '../../schemas/record.ts'
import type { CompiledRelease } from '../release/compiled/compiled-release.ts'
import type { Action } from '../release/release.ts'
import { pointsOf } from './budget.ts'
import { joinedContacts } from './ledger-rows.ts'

/** Adds the contact that this decision makes; it stays reserved until a receipt arrives. */
export function booked(row: LedgerRow, decision: Decision, active: CompiledRelease, now: Time): LedgerRow {
  const { outcome, subject, decisionId } = decision
  const action = actionOf(decision, active)
  const contact: LedgerContact = {
    decisionId,
    actionId: action.id,
    treatmentId: outcome.treatmentId,
    group: action.group ?? '',
    channel: outcome.channel,
    purpose: action.purpose,
    tags: action.tags,
    placement: action.placement ?? '',
    points: pointsOf(active.release.budget, outcome.channel),
    at: now,
    state: 'reserved',
    until: null,
    personId: subject.personId,
    journey: decision.trigger.journey,
    cancelled: false,
  }
  return { ...row, contacts: joinedContacts(row.contacts, [contact]) }
}

/** Builds the send with which the channel delivers this decision. */
export function sendOf(decision: Decision, active: CompiledRelease): Send {
  const { decisionId, outcome, subject, time } = decision
  const { purpose, treatments, expiresAfterMs } = actionOf(decision, active)
  return {
    decisionId,
    idempotencyKey: outcome.idempotencyKey,
    kind: 'send',
    personId: subject.personId,
    addressToken: subject.personId,
    actionId: outcome.actionId,
    treatmentId: outcome.treatmentId,
    channel: outcome.channel,
    purpose,
    parameters: treatments.find(({ id }) => id === outcome.treatmentId)?.parameters ?? {},
    notBefore: time.notBefore,
    expiresAt: expiresAfterMs === null ? null : time.decidedAt + expiresAfterMs,
    reason: '',
  }
}

/** Adds a contact that another policy made, under the id that a decision on its event would have. It costs no points, because it does not use up our budget. */
export function imported(
  row: LedgerRow,
  decisionId: string,
  { actionId, channel, until }: Exposure,
  active: CompiledRelease | null,
  now: Time,
): LedgerRow {
  const action = active?.actions.get(actionId)
  const contact: LedgerContact = {
    decisionId,
    actionId,
    treatmentId: '',
    group: action?.group ?? '',
    channel,
    purpose: action?.purpose ?? '',
    tags: action?.tags ?? [],
    placement: action?.placement ?? '',
    points: 0,
    at: now,
    state: 'imported',
    until,
    personId: '',
    journey: '',
    cancelled: false,
  }
  return { ...row, contacts: joinedContacts(row.contacts, [contact]) }
}

function actionOf({ decisionId, outcome }: Decision, { actions }: CompiledRelease): Action {
  const action = actions.get(outcome.actionId)
  if (!action) throw new Error(`decision '${decisionId}' names '${outcome.actionId}', which the release does not hold`)
  return action
}
