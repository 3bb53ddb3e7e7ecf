import type { LedgerContact } from '../../schemas/generated.ts'
import type { Time } from '../../schemas/record.ts'
import type { Action, Cap, Treatment } from '../release/release.ts'

/** What the contact policy can tell contacts, and candidates for one, apart by. */
export type ContactKind = Pick<LedgerContact, 'actionId' | 'group' | 'channel' | 'purpose' | 'tags' | 'placement'>

/** The kind of contact that this treatment of the action would be. */
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

/**
 * How many contacts fill the cap for a candidate of this kind at `now`; it fits while this is less than `cap.max`.
 *
 * Counted is what lies less than `windowMs` from `now`, on either side: a contact exactly `windowMs` ago counts no more,
 * and rows of a merged person, or records that overtook each other, can bring contacts later than `now`. Any window
 * [s, s + windowMs) that holds `now` lies within that span, so with at most `max` − 1 others there it holds at most
 * `max`; windows that do not hold `now` stay as they were. So no window ever holds more than `max` that one person's
 * decisions put there. (Two persons can each have filled theirs before they merge: then nothing fits until it is less.)
 *
 * Per group, actions without a group count as one group.
 */
export function usedOf(cap: Cap, contacts: readonly LedgerContact[], kind: ContactKind, now: Time): number {
  let used = 0
  for (const contact of contacts) {
    if (Math.abs(contact.at - now) >= cap.windowMs || !counts(cap, contact)) continue
    if (cap.per === 'action' && contact.actionId !== kind.actionId) continue
    if (cap.per === 'group' && contact.group !== kind.group) continue
    used++
  }
  return used
}

/** Whether the cap counts this contact at all: imported and exempt ones only where it says so. */
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
