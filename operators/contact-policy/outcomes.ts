import type {
  LedgerContact,
  LedgerCounters,
  LedgerOutcome,
  LedgerRow,
  PersonReceipt,
  ReceiptKind,
  Redemption,
  Reward,
} from '../../schemas/generated.ts'
import type { Time } from '../../schemas/record.ts'
import { nameOfReceipt } from '../hashing/ids.ts'
import type { CompiledRelease } from '../release/compiled/compiled-release.ts'
import { joinedOutcomes, joinedSuppressions } from './ledger-rows.ts'
import { keptUntil, pruned } from './retention.ts'
import { isAskedFor, pausesAfter } from './suppression.ts'

/** The person at whom an outcome arrived, and the time. */
interface Arrival {
  readonly personId: string
  readonly now: Time
}

/** The effect of an outcome: the next ledger row and, if the outcome belongs to a contact, the reward for the model. */
export interface AppliedOutcome {
  readonly row: LedgerRow
  readonly reward: Reward | null
  /** Whether a receipt names a contact that the row does not hold, or holds no longer. */
  readonly isUnknown: boolean
}

const returnsContact: ReadonlySet<ReceiptKind> = new Set<ReceiptKind>(['bounced', 'rejected'])
const rewarded: ReadonlySet<ReceiptKind> = new Set<ReceiptKind>(['opened', 'clicked', 'converted'])

/**
 * Applies a receipt. `bounced` and `rejected` return the contact; every other kind confirms it, since a complaint also
 * proves delivery. Outcomes are kept as long as suppressions ask for them; that a cancelled send was not delivered is no
 * outcome of it.
 */
export function applyReceipt(
  row: LedgerRow,
  { receiptId, source, decisionId, kind, value }: PersonReceipt,
  active: CompiledRelease | null,
  { personId, now }: Arrival,
): AppliedOutcome {
  const contact = row.contacts.find(own => own.decisionId === decisionId && own.state !== 'imported')
  if (!contact) return { row: counted(row, 'unknown'), reward: null, isUnknown: true }
  const next = returnsContact.has(kind)
    ? counted({ ...row, contacts: row.contacts.filter(own => own !== contact) }, 'returned')
    : confirmed(row, contact)
  const wasStopped = contact.cancelled && contact.state === 'reserved'
  if (wasStopped && returnsContact.has(kind)) return { row: next, reward: null, isUnknown: false }
  const reward = rewarded.has(kind) ? rewardFor(contact, active, { personId, now }, kind, value) : null
  return {
    row: withOutcome(next, outcomeOf(contact, nameOfReceipt(source, receiptId), kind, now), active),
    reward,
    isUnknown: false,
  }
}

/** Applies the redemption of an event of this name: it converts the latest contact of its action, whether ours or another policy's. */
export function applyRedemption(
  row: LedgerRow,
  { actionId, value, name }: Redemption & { readonly name: string },
  active: CompiledRelease | null,
  { personId, now }: Arrival,
): AppliedOutcome {
  const contact =
    active &&
    row.contacts.findLast(own => own.actionId === actionId && own.at <= now && keptUntil(own, active.release) >= now)
  if (!contact) return { row: counted(row, 'unjoined'), reward: null, isUnknown: false }
  const next = contact.state === 'reserved' ? confirmed(row, contact) : row
  return {
    row: withOutcome(next, outcomeOf(contact, name, 'converted', now), active),
    reward: rewardFor(contact, active, { personId, now }, 'converted', value),
    isUnknown: false,
  }
}

/** Counts an event that leaves no other trace in the row. */
const counted = (row: LedgerRow, counter: keyof LedgerCounters): LedgerRow => ({
  ...row,
  counters: { ...row.counters, [counter]: row.counters[counter] + 1 },
})

const confirmed = (row: LedgerRow, contact: LedgerContact): LedgerRow =>
  contact.state === 'confirmed'
    ? row
    : {
        ...row,
        contacts: row.contacts.map(own => (own === contact ? { ...own, state: 'confirmed', personId: '' } : own)),
      }

const outcomeOf = (contact: LedgerContact, id: string, kind: ReceiptKind, at: Time): LedgerOutcome => ({
  id,
  decisionId: contact.decisionId,
  actionId: contact.actionId,
  group: contact.group,
  purpose: contact.purpose,
  kind,
  at,
})

/** Adds the outcome and the pauses that it causes, if the release asks for outcomes of its kind. */
function withOutcome(row: LedgerRow, outcome: LedgerOutcome, active: CompiledRelease | null): LedgerRow {
  if (!active) return row
  const { release } = active
  if (!isAskedFor(release.suppressions, outcome.kind)) return pruned(row, release, outcome.at)
  const outcomes = joinedOutcomes(row.outcomes, [outcome])
  const pauses = pausesAfter(release.suppressions, outcomes, outcome)
  return pruned({ ...row, outcomes, suppressions: joinedSuppressions(row.suppressions, pauses) }, release, outcome.at)
}

/** Null before this partition's first release: a merge can bring contacts there, but there is no model to reward. */
const rewardFor = (
  contact: LedgerContact,
  active: CompiledRelease | null,
  { personId, now }: Arrival,
  kind: ReceiptKind,
  value: number,
): Reward | null =>
  active && {
    modelId: active.release.exploration.model,
    personId,
    actionId: contact.actionId,
    decisionId: contact.decisionId,
    imported: contact.state === 'imported',
    kind,
    value,
    at: now,
  }
