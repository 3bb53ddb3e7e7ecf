import type { LedgerContact } from '../../schemas/generated.ts'
import type { Time } from '../../schemas/record.ts'
import type { Action, Cap, Treatment } from '../release/release.ts'

/** The fields by which the contact policy tells contacts, and candidates for a contact, apart. */
export type ContactKind = Pick<LedgerContact, 'actionId' | 'group' | 'channel' | 'purpose' | 'tags' | 'placement'>

/** Returns the kind of contact that this treatment of the action would make. */
export const contactKind = (action: Action, channel: Treatment['channel']): ContactKind => ({
  actionId: action.id,
  group: action.group ?? '',
  channel,
  purpose: action.purpose,
  tags: action.tags,
  placement: action.placement ?? '',
})

/** True when a contact of this kind must keep the cap. */
export const mustKeep = (cap: Cap, kind: ContactKind): boolean =>
  matches(cap, kind) && !cap.exempt.includes(kind.purpose)

/** The contacts that fill a cap at a time, by what the cap counts apart: action, group, or nothing. */
export type CapUsage = ReadonlyMap<string, number>

const unused: CapUsage = new Map()

/** Returns what a cap counts for a candidate of this kind. */
export const usedBy = (cap: Cap, usage: CapUsage, kind: ContactKind): number => usage.get(countedFor(cap, kind)) ?? 0

const countedFor = ({ per }: Cap, { actionId, group }: ContactKind): string =>
  per === null ? '' : per === 'action' ? actionId : group

/**
 * Counts the contacts that fill the cap at `now`, once for all candidates; a candidate fits while the count of its kind is
 * less than `cap.max`.
 *
 * A contact counts if it lies less than `windowMs` from `now`, on either side. A contact exactly `windowMs` ago no longer
 * counts; merged persons, and records that overtook each other, can bring contacts later than `now`. Any window
 * [s, s + windowMs) that holds `now` lies within that span, so with at most `max` − 1 others there it holds at most
 * `max`; windows that do not hold `now` stay as they were. So one person's decisions never put more than `max` into any
 * window. (Two persons may each have filled their caps before they merge: then nothing fits until the count falls.)
 *
 * Per group, actions without a group count as one group.
 */
export function usageOf(cap: Cap, contacts: readonly LedgerContact[], now: Time): CapUsage {
  let used: Map<string, number> | null = null
  for (const contact of contacts) {
    if (Math.abs(contact.at - now) >= cap.windowMs || !counts(cap, contact)) continue
    used ??= new Map()
    const counted = countedFor(cap, contact)
    used.set(counted, (used.get(counted) ?? 0) + 1)
  }
  return used ?? unused
}

/** Counts the contacts that fill the cap for one candidate. */
export const usedOf = (cap: Cap, contacts: readonly LedgerContact[], kind: ContactKind, now: Time): number =>
  usedBy(cap, usageOf(cap, contacts, now), kind)

/** Whether the cap counts this contact at all: imported and exempt contacts count only if the cap says so. */
const counts = (cap: Cap, contact: LedgerContact): boolean =>
  matches(cap, contact) &&
  (contact.state !== 'imported' || cap.countsImported) &&
  (cap.countsExempt || !cap.exempt.includes(contact.purpose))

const matches = (cap: Cap, kind: ContactKind): boolean =>
  (cap.purpose === null || cap.purpose === kind.purpose) &&
  (cap.channel === null || cap.channel === kind.channel) &&
  (cap.tag === null || kind.tags.includes(cap.tag)) &&
  (cap.group === null || cap.group === kind.group) &&
  (cap.placement === null || cap.placement === kind.placement)
