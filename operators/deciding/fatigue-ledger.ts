import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { builtInData } from '../../schemas/catalog/event-reading.ts'
import {
  Control,
  DeadLetter,
  Decision,
  JourneyEnded,
  LedgerRow,
  MovedRows,
  PersonEvent,
  PersonReceipt,
  Reward,
  Send,
} from '../../schemas/generated.ts'
import type { Time } from '../../schemas/record.ts'
import { table } from '../../state/table.ts'
import { booked, imported, sendOf } from '../contact-policy/booking.ts'
import { deferralOf, joinedDeferrals, withoutDecisions } from '../contact-policy/deferrals.ts'
import { emptyLedger, isEmptyLedger, joinedLedgers } from '../contact-policy/ledger-rows.ts'
import { type AppliedOutcome, applyReceipt, applyRedemption } from '../contact-policy/outcomes.ts'
import { pruned } from '../contact-policy/retention.ts'
import {
  type CancelledSends,
  cancelForJourneyEnd,
  cancelForMerge,
  cancelForStops,
  cancelForWithdrawal,
} from '../contact-policy/withdrawal.ts'
import { decisionIdOfEvent, nameOfEvent } from '../hashing/ids.ts'
import { operator, type Step, to } from '../operator.ts'
import { compiled } from '../release/compiled/compiled-release.ts'
import { release } from './active-release.ts'
import { consents } from './consent-join.ts'
import { ledgerRow1 } from './earlier-rows.ts'
import { eventTypeVersions } from './event-types.ts'

/** Holds the recent contacts of each person, and their outcomes. */
export const ledger = table('ledger', {
  schema: LedgerRow,
  version: 2,
  previous: { 1: ledgerRow1 },
  empty: emptyLedger,
  merge: joinedLedgers,
  expires: isEmptyLedger,
})

/** `unknown` takes the dead letters of receipts that match no contact. */
const output = { decision: Decision, send: Send, reward: Reward, unknown: DeadLetter }
type LedgerStep = Step<LedgerRow, typeof output>

/**
 * Reserves the contact of each decision, confirms or returns it when receipts come, and credits its outcome to the
 * model.
 */
export const fatigueLedger = operator({
  name: 'fatigue-ledger',
  input: {
    decision: Decision,
    receipt: PersonReceipt,
    event: PersonEvent,
    left: JourneyEnded,
    stop: Control,
    rows: MovedRows,
  },
  output,
  writes: ledger,
  reads: { release, consents, versions: eventTypeVersions },
  on: {
    decision({ value: decision, receivedAt: now }, row, reads): LedgerStep {
      const active = compiled(reads.release)
      if (!active) throw new Error(`decision '${decision.decisionId}' was made without a release`)
      const { kind } = decision.outcome
      const unchanged: LedgerStep = { emit: [{ to: 'decision', value: decision }] }
      const deferred = withoutDecisions(row.deferred, decision.trigger.deferred)
      if (kind === 'DEFER')
        return { ...unchanged, row: { ...row, deferred: joinedDeferrals(deferred, deferralOf(decision, active)) } }
      const settled = deferred === row.deferred ? row : { ...row, deferred }
      if (kind !== 'ACT' && kind !== 'MANDATORY') return settled === row ? unchanged : { ...unchanged, row: settled }
      const fatigue = { ...decision.fatigue, reservation: decision.decisionId }
      return {
        row: booked(pruned(settled, active.release, now), decision, active, now),
        emit: [
          { to: 'decision', value: { ...decision, fatigue } },
          { to: 'send', value: sendOf(decision, active) },
        ],
      }
    },
    receipt({ key, value: receipt, receivedAt: now }, row, reads): LedgerStep {
      const answer = applyReceipt(row, receipt, compiled(reads.release), { personId: key, now })
      return answer.isUnknown
        ? { row: answer.row, emit: [to('unknown', unknownReceipt(receipt, now))] }
        : credited(answer)
    },
    event({ key, value: event, receivedAt: now }, row, reads): LedgerStep {
      const active = compiled(reads.release)
      switch (event.type) {
        case 'exposure': {
          const known = active ? pruned(row, active.release, now) : row
          const exposure = builtInData(event, 'exposure', reads)
          return { row: imported(known, decisionIdOfEvent(event, now), exposure, active, now) }
        }
        case 'redemption': {
          const redemption = { ...builtInData(event, 'redemption', reads), name: nameOfEvent(event) }
          return credited(applyRedemption(row, redemption, active, { personId: key, now }))
        }
        case 'consent_changed': {
          const change = builtInData(event, 'consent_changed', reads)
          return change.status === 'withdrawn' ? cancelled(cancelForWithdrawal(row, change, active, now)) : {}
        }
        case 'consent_unreadable': {
          return cancelled(cancelForWithdrawal(row, builtInData(event, 'consent_unreadable', reads), active, now))
        }
        default:
          return {}
      }
    },
    left({ value: { journeyId }, receivedAt: now }, row, reads): LedgerStep {
      return cancelled(cancelForJourneyEnd(row, journeyId, compiled(reads.release), now))
    },
    // A stop reaches every ledger of the partition. A ledger that travels with a merged person meanwhile applies it on
    // arrival.
    stop: ({ receivedAt: now }, row, reads): LedgerStep => cancelled(cancelForStops(row, compiled(reads.release), now)),
    rows({ receivedAt: now }, row, reads): LedgerStep {
      const active = compiled(reads.release)
      const stopped = cancelForStops(row, active, now)
      const withdrawn = cancelForMerge(stopped?.row ?? row, reads.consents.records, active, now)
      if (!stopped || !withdrawn) return cancelled(withdrawn ?? stopped)
      return cancelled({ row: withdrawn.row, cancellations: [...stopped.cancellations, ...withdrawn.cancellations] })
    },
  },
})

const cancelled = (undone: CancelledSends | null): LedgerStep =>
  undone ? { row: undone.row, emit: undone.cancellations.map(value => ({ to: 'send', value })) } : {}

const credited = ({ row, reward }: AppliedOutcome): LedgerStep =>
  reward ? { row, emit: [{ to: 'reward', value: reward }] } : { row }

function unknownReceipt(receipt: PersonReceipt, at: Time): DeadLetter {
  const bytes = PersonReceipt.encode(receipt)
  return {
    position: receipt.origin,
    reason: 'unknown-receipt',
    detail: `nothing is known to be sent that this receipt of kind '${receipt.kind}' could be about`,
    size: bytes.length,
    hash: bytesToHex(sha256(bytes)),
    at,
  }
}
