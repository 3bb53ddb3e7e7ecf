import type { Action, Cap } from '../../operators/release/release.ts'
import type { CapCheck, Decision } from '../../schemas/generated.ts'
import type { ActiveRelease } from './releases.ts'

/** One contact of a person, as the log shows that it was made; its action as it was then. */
export interface Contact {
  /** Decision id, or event id of an imported exposure. */
  readonly id: string
  readonly at: number
  readonly imported: boolean
  readonly channel: string
  readonly action: Pick<Action, 'id' | 'group' | 'purpose' | 'tags' | 'placement'>
  /** Of the budget. */
  readonly points: number
  /** Whose stage asked for it; empty for none. */
  readonly journey: string
}

type Contacted = Pick<Contact, 'channel' | 'action'>

/** How many contacts fill a cap for this action at `now`. */
export function used(cap: Cap, contacts: readonly Contact[], action: Action | undefined, now: number): number {
  return contacts.filter(contact => {
    if (Math.abs(contact.at - now) >= cap.windowMs || !isOf(cap, contact)) return false
    if (contact.imported && !cap.countsImported) return false
    if (cap.exempt.includes(contact.action.purpose) && !cap.countsExempt) return false
    if (cap.per === 'action') return contact.action.id === action?.id
    return cap.per === null || contact.action.group === action?.group
  }).length
}

function isOf(cap: Cap, { channel, action }: Contacted): boolean {
  if (cap.purpose !== null && cap.purpose !== action.purpose) return false
  if (cap.channel !== null && cap.channel !== channel) return false
  if (cap.tag !== null && !action.tags.includes(cap.tag)) return false
  if (cap.group !== null && cap.group !== action.group) return false
  return cap.placement === null || cap.placement === action.placement
}

/** Says which cap a contact by this action went over; null when there was room in all. */
export function capBreach(
  { release }: ActiveRelease,
  contacts: readonly Contact[],
  { channel, action }: { readonly channel: string; readonly action: Action },
  now: number,
): string | null {
  for (const cap of release.caps) {
    if (!isOf(cap, { channel, action }) || cap.exempt.includes(action.purpose)) continue
    const count = used(cap, contacts, action, now)
    if (count >= cap.max) return `cap '${cap.id}' was full: ${count} of ${cap.max}`
  }
  return null
}

/** Says where a cap as logged differs from the contacts on the log; null when it agrees. */
export function loggedCapBreach(
  active: ActiveRelease,
  contacts: readonly Contact[],
  logged: CapCheck,
  now: number,
): string | null {
  const cap = active.release.caps.find(({ id }) => id === logged.cap)
  if (!cap) return `the release has no cap '${logged.cap}'`
  const own = used(cap, contacts, active.actions.get(logged.actionId), now)
  const name = `cap '${cap.id}'${logged.actionId && ` for ${logged.actionId}`}`
  if (logged.windowMs !== cap.windowMs || logged.limit !== cap.max) return `${name} is not the release's`
  return logged.used === own ? null : `${name} is said to have ${logged.used} used, the log shows ${own}`
}

const pointsTolerance = 1e-9

/** Points that are used up at `now`: each contact gives its own back evenly over the window. */
export function pointsUsed({ release: { budget } }: ActiveRelease, contacts: readonly Contact[], now: number): number {
  if (!budget) return 0
  return contacts.reduce(
    (sum, { at, points }) => sum + points * Math.max(0, 1 - Math.abs(now - at) / budget.windowMs),
    0,
  )
}

/** Says where the budget as logged differs from the log; null when it agrees. */
export function loggedPointsBreach(
  active: ActiveRelease,
  contacts: readonly Contact[],
  { fatigue, time }: Decision,
): string | null {
  const max = active.release.budget?.points ?? 0
  if (fatigue.pointsMax !== max) return `the budget is said to be ${fatigue.pointsMax}, the release says ${max}`
  const own = pointsUsed(active, contacts, time.decidedAt)
  return Math.abs(own - fatigue.points) <= pointsTolerance * Math.max(1, own)
    ? null
    : `${fatigue.points} points are said to be used, the log shows ${own}`
}

/** Says by how much a contact went over the budget; null when it did not, or passes. */
export function budgetBreach(
  active: ActiveRelease,
  contacts: readonly Contact[],
  { channel, action }: Contacted,
  now: number,
): string | null {
  const { budget } = active.release
  if (!budget || budget.exempt.includes(action.purpose)) return null
  const cost = pointsOf(active, channel)
  const total = pointsUsed(active, contacts, now) + cost
  return total <= budget.points + pointsTolerance ? null : `${total} of ${budget.points} points with this one`
}

/** What a contact by this channel costs of the budget. */
export const pointsOf = ({ release: { budget } }: ActiveRelease, channel: string): number =>
  Object.entries(budget?.cost ?? {}).find(([name]) => name === channel)?.[1] ?? 0
