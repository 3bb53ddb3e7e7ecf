import type { ConsentRecord, LedgerContact, LedgerRow, Send } from '../../schemas/generated.ts'
import type { Time } from '../../schemas/record.ts'
import { consentFound } from '../consent/consent-state.ts'
import type { CompiledRelease } from '../release/compiled/compiled-release.ts'
import { withoutCandidates } from './deferrals.ts'

/**
 * Applies a withdrawal of consent, of every purpose or channel where that is null: cancels the sends on their way that it
 * covers, and ends the deferral of decisions that waited for nothing else. Null when there is nothing to cancel.
 */
export function cancelForWithdrawal(
  row: LedgerRow,
  { purpose, channel }: Readonly<Record<'purpose' | 'channel', string | null>>,
  active: CompiledRelease | null,
  now: Time,
): CancelledSends | null {
  const exempt = active?.release.consent.exemptPurposes ?? []
  const covers = (one: Cancellable): boolean =>
    !exempt.includes(one.purpose) &&
    (purpose === null || one.purpose === purpose) &&
    (channel === null || one.channel === channel)
  return cancelWhere(row, { contact: covers, waiting: covers }, 'consent-withdrawn', active, now)
}

/** Applies the end of a journey: cancels its sends that are on their way and drops its candidates from a deferral. */
export const cancelForJourneyEnd = (
  row: LedgerRow,
  journeyId: string,
  active: CompiledRelease | null,
  now: Time,
): CancelledSends | null => {
  const covers = ({ journey }: Cancellable) => journey === journeyId
  return cancelWhere(row, { contact: covers, waiting: covers }, 'journey-ended', active, now)
}

/** Applies the stops of a release: cancels the sends of stopped actions that are on their way. Deferred requests are decided again anyway. */
export function cancelForStops(row: LedgerRow, active: CompiledRelease | null, now: Time): CancelledSends | null {
  if (!active || active.stopped.size === 0) return null
  const covers = { contact: ({ actionId }: LedgerContact) => active.stopped.has(actionId), waiting: () => false }
  return cancelWhere(row, covers, 'action-stopped', active, now)
}

/**
 * Applies a merge that brings a no along: cancels the sends on their way that the consents of both do not allow any more.
 * Deferred requests are decided again anyway.
 */
export function cancelForMerge(
  row: LedgerRow,
  records: readonly ConsentRecord[],
  active: CompiledRelease | null,
  now: Time,
): CancelledSends | null {
  if (!active) return null
  const asked = { policy: active.release.consent, jurisdiction: '', now }
  const isOver = (contact: LedgerContact): boolean =>
    !asked.policy.exemptPurposes.includes(contact.purpose) &&
    consentFound(records, contact, asked).state === 'withdrawn'
  return cancelWhere(row, { contact: isOver, waiting: () => false }, 'consent-withdrawn', active, now)
}

/** The fields that a contact and a deferred candidate have in common. */
type Cancellable = Pick<LedgerContact, 'purpose' | 'channel' | 'journey'>

/** Selects the contacts to cancel and the candidates to drop from a deferral. */
interface Covers {
  contact(contact: LedgerContact): boolean
  waiting(candidate: Cancellable): boolean
}

/** The row with its contacts marked as cancelled, and the cancellations for the channels. */
export interface CancelledSends {
  readonly row: LedgerRow
  readonly cancellations: readonly Send[]
}

/**
 * A send is due as soon as it is decided, so whoever cancels it can't know that it was not delivered: its contact counts
 * until a receipt says so.
 */
function cancelWhere(
  row: LedgerRow,
  covers: Covers,
  reason: string,
  active: CompiledRelease | null,
  now: Time,
): CancelledSends | null {
  const cancelled = row.contacts.filter(
    contact => isOnItsWay(contact) && covers.contact(contact) && !isExpired(contact, active, now),
  )
  const deferred = row.deferred && withoutCandidates(row.deferred, covers.waiting)
  if (cancelled.length === 0 && deferred === row.deferred) return null
  return {
    row: {
      ...row,
      contacts: row.contacts.map(contact => (cancelled.includes(contact) ? { ...contact, cancelled: true } : contact)),
      deferred,
      counters: { ...row.counters, cancelled: row.counters.cancelled + cancelled.length },
    },
    cancellations: cancelled.map(contact => cancellationOf(contact, reason)),
  }
}

const isOnItsWay = ({ state, cancelled }: LedgerContact): boolean => state === 'reserved' && !cancelled

/** A send that has expired was delivered or dropped, so there is nothing left to cancel. */
function isExpired({ actionId, at }: LedgerContact, active: CompiledRelease | null, now: Time): boolean {
  const after = active?.actions.get(actionId)?.expiresAfterMs ?? null
  return after !== null && at + after <= now
}

/** Builds a cancellation with the key of its send, even after a merge, so that it follows the send in the same partition. */
const cancellationOf = (
  { decisionId, personId, actionId, treatmentId, channel, purpose }: LedgerContact,
  reason: string,
): Send => ({
  decisionId,
  // The same key as in the decision's outcome; a decision has one slot so far.
  idempotencyKey: `${decisionId}/0`,
  kind: 'cancel',
  personId,
  addressToken: personId,
  actionId,
  treatmentId,
  channel,
  purpose,
  parameters: {},
  notBefore: null,
  expiresAt: null,
  reason,
})
