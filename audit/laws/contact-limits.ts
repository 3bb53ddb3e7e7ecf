import type { Action, Cap } from '../../operators/release/release.ts'
import type { CapCheck, Decision } from '../../schemas/generated.ts'
import type { ActiveRelease } from './releases.ts'

/** One contact of a person, with its action as it was at that time. */
export interface Contact {
  /** Decision id, or the id that a decision on the event of an imported exposure would have. */
  readonly id: string
  readonly at: number
  readonly imported: boolean
  readonly channel: string
  readonly action: Pick<Action, 'id' | 'group' | 'purpose' | 'tags' | 'placement'>
  /** Points of the budget. */
  readonly points: number
  /** The journey whose stage asked for it; empty for none. */
  readonly journey: string
}

type Contacted = Pick<Contact, 'channel' | 'action'>

/** The most contacts that the engine remembers of a person. */
const contactsMax = 2000

/** Keeps the contacts that the engine remembers: the newest, and of those at one time the ones with greater ids. */
export function newestContacts(contacts: readonly Contact[]): readonly Contact[] {
  if (contacts.length <= contactsMax) return contacts
  return [...contacts].sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1)).slice(-contactsMax)
}

/** Counts the contacts that fill a cap for this action at `now`. */
function capUsage(cap: Cap, contacts: readonly Contact[], action: Action | undefined, now: number): number {
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

/** Returns the cap that a contact by this action exceeds; null where all have room. */
export function capBreach(
  { release }: ActiveRelease,
  contacts: readonly Contact[],
  { channel, action }: { readonly channel: string; readonly action: Action },
  now: number,
): string | null {
  for (const cap of release.caps) {
    if (!isOf(cap, { channel, action }) || cap.exempt.includes(action.purpose)) continue
    const count = capUsage(cap, contacts, action, now)
    if (count >= cap.max) return `cap '${cap.id}' was full: ${count} of ${cap.max}`
  }
  return null
}

/** Compares a logged cap with the contacts on the log; returns what differs, or null. */
export function loggedCapBreach(
  active: ActiveRelease,
  contacts: readonly Contact[],
  logged: CapCheck,
  now: number,
): string | null {
  const cap = active.release.caps.find(({ id }) => id === logged.cap)
  if (!cap) return `the release has no cap '${logged.cap}'`
  const own = capUsage(cap, contacts, active.actions.get(logged.actionId), now)
  const name = `cap '${cap.id}'${logged.actionId && ` for ${logged.actionId}`}`
  if (logged.windowMs !== cap.windowMs || logged.limit !== cap.max) return `${name} is not the release's`
  return logged.used === own ? null : `${name} states ${logged.used} used, the log shows ${own}`
}

const pointsTolerance = 1e-9

/** Returns the points in use at `now`. Each contact returns its points evenly over the window. */
export function budgetUsage({ release: { budget } }: ActiveRelease, contacts: readonly Contact[], now: number): number {
  if (!budget) return 0
  return contacts.reduce(
    (sum, { at, points }) => sum + points * Math.max(0, 1 - Math.abs(now - at) / budget.windowMs),
    0,
  )
}

/** Compares the logged budget with the contacts on the log; returns what differs, or null. */
export function loggedPointsBreach(
  active: ActiveRelease,
  contacts: readonly Contact[],
  { fatigue, time }: Decision,
): string | null {
  const max = active.release.budget?.points ?? 0
  if (fatigue.pointsMax !== max) return `it states a budget of ${fatigue.pointsMax} points, the release says ${max}`
  const own = budgetUsage(active, contacts, time.decidedAt)
  return Math.abs(own - fatigue.points) <= pointsTolerance * Math.max(1, own)
    ? null
    : `it states ${fatigue.points} points used, the log shows ${own}`
}

/** Returns by how much a contact exceeds the budget; null where it does not, or is exempt. */
export function budgetBreach(
  active: ActiveRelease,
  contacts: readonly Contact[],
  { channel, action }: Contacted,
  now: number,
): string | null {
  const { budget } = active.release
  if (!budget || budget.exempt.includes(action.purpose)) return null
  const cost = budgetCost(active, channel)
  const total = budgetUsage(active, contacts, now) + cost
  return total <= budget.points + pointsTolerance
    ? null
    : `with this contact, ${total} of ${budget.points} points are used`
}

/** Returns the points that a contact by this channel costs. */
export const budgetCost = ({ release: { budget } }: ActiveRelease, channel: string): number =>
  Object.entries(budget?.cost ?? {}).find(([name]) => name === channel)?.[1] ?? 0
