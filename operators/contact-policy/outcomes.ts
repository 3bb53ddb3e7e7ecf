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
import type { CompiledRelease } from '../release/compiled/compiled-release.ts'
import { joinedOutcomes, joinedSuppressions } from './ledger-rows.ts'
import { keptUntil, pruned } from './retention.ts'
import { isAskedFor, pausesAfter } from './suppression.ts'

/** At whom an outcome arrived, and when. */
interface Arrival {
  readonly personId: string
  readonly now: Time
}

/** What an outcome does: to the ledger, and, if it answers a contact, for the model. */
export interface AppliedOutcome {
  readonly row: LedgerRow
  readonly reward: Reward | null
  /** Whether a receipt names a contact that is not, or no longer, held here. */
  readonly isUnknown: boolean
}

const givesBack: ReadonlySet<ReceiptKind> = new Set<ReceiptKind>(['bounced', 'rejected'])
const rewarded: ReadonlySet<ReceiptKind> = new Set<ReceiptKind>(['opened', 'clicked', 'converted'])

/**
 * What a receipt does: a contact that never arrived is given back, any other kind confirms it, for whoever complains or
 * ignores has received; outcomes are kept as long as suppressions ask for them.
 */
export function applyReceipt(
  row: LedgerRow,
  { receiptId, decisionId, kind, value }: PersonReceipt,
  active: CompiledRelease | null,
  { personId, now }: Arrival,
): AppliedOutcome {
  const contact = row.contacts.find(own => own.decisionId === decisionId && own.state !== 'imported')
  if (!contact) return { row: counted(row, 'unknown'), reward: null, isUnknown: true }
  const next = givesBack.has(kind)
    ? counted({ ...row, contacts: row.contacts.filter(own => own !== contact) }, 'returned')
    : confirmed(row, contact)
  const reward = rewarded.has(kind) ? rewardFor(contact, active, { personId, now }, kind, value) : null
  return { row: withOutcome(next, outcomeOf(contact, receiptId, kind, now), active), reward, isUnknown: false }
}

/** What a redemption does: it converts the latest contact of its action, of ours or of another policy. */
export function applyRedemption(
  row: LedgerRow,
  { actionId, value, eventId }: Redemption & { readonly eventId: string },
  active: CompiledRelease | null,
  { personId, now }: Arrival,
): AppliedOutcome {
  const contact =
    active &&
    row.contacts.findLast(own => own.actionId === actionId && own.at <= now && keptUntil(own, active.release) >= now)
  if (!contact) return { row: counted(row, 'unjoined'), reward: null, isUnknown: false }
  const next = contact.state === 'reserved' ? confirmed(row, contact) : row
  return {
    row: withOutcome(next, outcomeOf(contact, eventId, 'converted', now), active),
    reward: rewardFor(contact, active, { personId, now }, 'converted', value),
    isUnknown: false,
  }
}

/** The row with one more of what leaves no other trace. */
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

/** The row with the outcome, and the pauses that it brings about, if the release asks for outcomes of its kind. */
function withOutcome(row: LedgerRow, outcome: LedgerOutcome, active: CompiledRelease | null): LedgerRow {
  if (!active) return row
  const { release } = active
  if (!isAskedFor(release.suppressions, outcome.kind)) return pruned(row, release, outcome.at)
  const outcomes = joinedOutcomes(row.outcomes, [outcome])
  const pauses = pausesAfter(release.suppressions, outcomes, outcome)
  return pruned({ ...row, outcomes, suppressions: joinedSuppressions(row.suppressions, pauses) }, release, outcome.at)
}

/** Null before this partition's first release: a merge can bring contacts there, but no model would hear of it. */
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
