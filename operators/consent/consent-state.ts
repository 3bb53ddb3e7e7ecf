import type { ConsentFound, ConsentRecord } from '../../schemas/generated.ts'
import type { Time } from '../../schemas/record.ts'
import { compareText } from '../lists/compare.ts'
import type { ConsentPolicy } from '../release/release.ts'
import { isAssumed } from './assumed-no.ts'

type Records = readonly ConsentRecord[]

/** The most grants of the future that a purpose on a channel keeps: those that hold first. */
export const futureGrantsMax = 8

/** The most records of a scope that a merge of two persons leaves, besides withdrawals. */
const recordsMax = 2 * futureGrantsMax

/** Drops the grants of the future beyond the most of their scope, the latest first; the records are sorted. */
function withinBounds(records: ConsentRecord[], now: Time): ConsentRecord[] {
  return records.filter((own, i) => {
    const behind = records[i + futureGrantsMax]
    return isInEffect(own, now) || !behind || !isSameScope(own, behind) || isInEffect(behind, now)
  })
}

/** Whether a newer record of the same scope is in effect; the records are sorted. */
function isOverridden(records: Records, index: number, now: Time): boolean {
  const own = records[index]!
  for (let i = index - 1; i >= 0 && isSameScope(own, records[i]!); i--) if (isInEffect(records[i]!, now)) return true
  return false
}

/** Adds a consent record and drops records that can no longer take effect. */
export const addConsentRecord = (records: Records, added: ConsentRecord, now: Time): ConsentRecord[] =>
  withinBounds(
    ordered([...records, added]).filter(
      (own, i, all) =>
        !isOverridden(all, i, now) &&
        !(isAssumed(own) && all.some(general => isInEffect(general, now) && lifts(general, own))),
    ),
    now,
  )

/** Tells whether a record on every channel replaces a no that was assumed for one of them. */
const lifts = (general: ConsentRecord, own: ConsentRecord): boolean =>
  isAssumed(own) &&
  general.channel === '' &&
  general.purpose === own.purpose &&
  (general.effectiveAt > own.effectiveAt || general.status === 'withdrawn')

/**
 * Merges the consents of two merged persons. For each purpose and channel, a withdrawal by either one wins and cancels
 * all grants, including future ones; only a later grant lifts it. A no that was assumed for one of them moves behind the
 * grants of the other on every channel, for the same reason.
 */
export function joinedConsents(own: Records, other: Records): ConsentRecord[] {
  const [a, b] = [behindGrants(own, other), behindGrants(other, own)]
  const both = ordered([...a, ...b])
  return both.filter((own, i) => {
    const behind = both[i + recordsMax]
    if (own.status === 'granted' && behind && isSameScope(own, behind)) return false
    const isInBoth = a.some(record => isSameScope(own, record)) && b.some(record => isSameScope(own, record))
    const withdrawal = both.findIndex(record => isSameScope(own, record) && record.status === 'withdrawn')
    return !isInBoth || withdrawal < 0 || withdrawal === i
  })
}

const behindGrants = (records: Records, others: Records): Records =>
  records.map(record => {
    if (!isAssumed(record)) return record
    const grants = others.filter(({ purpose, channel }) => purpose === record.purpose && channel === '')
    return { ...record, effectiveAt: Math.max(record.effectiveAt, ...grants.map(({ effectiveAt }) => effectiveAt)) }
  })

/** Determines the consent state for a purpose on a channel at `now`, and whether the jurisdiction's regime allows contact in that state. */
export function consentFound(
  records: Records,
  { purpose, channel }: { readonly purpose: string; readonly channel: string },
  { policy, jurisdiction, now }: { readonly policy: ConsentPolicy; readonly jurisdiction: string; readonly now: Time },
): ConsentFound {
  const onChannel = recordInForce(records, purpose, channel, now)
  const general = recordInForce(records, purpose, '', now)
  const own = onChannel && general && lifts(general, onChannel) ? null : onChannel
  const isWithdrawn = own?.status === 'withdrawn' || general?.status === 'withdrawn'
  const state = isWithdrawn ? 'withdrawn' : own || general ? 'granted' : 'unknown'
  const reliedOn: ConsentRecord[] = []
  if (own?.status === state) reliedOn.push(own)
  if (general?.status === state) reliedOn.push(general)
  return {
    purpose,
    channel,
    state,
    allowed: isAllowed(policy, purpose, jurisdiction, state),
    lawfulBasis: reliedOn[0]?.lawfulBasis ?? '',
    records: reliedOn.map(({ origin }) => origin),
  }
}

function isAllowed(
  policy: ConsentPolicy,
  purpose: string,
  jurisdiction: string,
  state: ConsentFound['state'],
): boolean {
  if (policy.exemptPurposes.includes(purpose)) return true
  const regime = Object.hasOwn(policy.regimes, jurisdiction) ? policy.regimes[jurisdiction] : 'opt-in'
  return regime === 'opt-out' ? state !== 'withdrawn' : state === 'granted'
}

/** Finds the record of highest precedence that is in effect at `now`; the records are sorted. */
function recordInForce(records: Records, purpose: string, channel: string, now: Time): ConsentRecord | null {
  for (const record of records)
    if (record.purpose === purpose && record.channel === channel && isInEffect(record, now)) return record
  return null
}

/** A withdrawal takes effect at once, a grant from its time on. */
const isInEffect = ({ status, effectiveAt }: ConsentRecord, now: Time): boolean =>
  status === 'withdrawn' || effectiveAt <= now

const isSameScope = (a: ConsentRecord, b: ConsentRecord): boolean => a.purpose === b.purpose && a.channel === b.channel

/** Sorts records by purpose and channel; then the newest first, a withdrawal before a grant, the greater event id first, then the greater source. Keeps each record once. */
function ordered(records: Records): ConsentRecord[] {
  const sorted = [...records].sort(
    (a, b) =>
      compareText(a.purpose, b.purpose) ||
      compareText(a.channel, b.channel) ||
      b.effectiveAt - a.effectiveAt ||
      compareText(b.status, a.status) ||
      compareText(b.eventId, a.eventId) ||
      compareText(b.source, a.source) ||
      compareText(originText(b), originText(a)),
  )
  return sorted.filter((record, i) => i === 0 || !isSameRecord(record, sorted[i - 1]!))
}

const isSameRecord = (a: ConsentRecord, b: ConsentRecord): boolean =>
  isSameScope(a, b) &&
  a.effectiveAt === b.effectiveAt &&
  a.status === b.status &&
  a.eventId === b.eventId &&
  a.source === b.source

const originText = ({ origin }: ConsentRecord): string => `${origin.topic}/${origin.partition}/${origin.offset}`
