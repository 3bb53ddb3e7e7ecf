import type { Action, Cap } from '../release.ts'

/** True if the cap can never stop any action. */
export function matchesNothing(cap: Cap, actions: readonly Action[]): boolean {
  return !actions.some(
    action =>
      !cap.exempt.includes(action.purpose) &&
      (cap.purpose === null || cap.purpose === action.purpose) &&
      (cap.group === null || cap.group === action.group) &&
      (cap.tag === null || action.tags.includes(cap.tag)) &&
      (cap.placement === null || cap.placement === action.placement) &&
      (cap.channel === null || action.treatments.some(({ channel }) => channel === cap.channel)),
  )
}

const filters = ['purpose', 'channel', 'tag', 'group', 'placement'] as const

/**
 * True if `other` always stops a contact before `cap` could: it counts every contact that `cap` counts, and allows no more in
 * `cap`'s window. A window of W is covered by ⌈W / w⌉ windows of w, but only for contacts that `other` itself allows.
 */
export function impliedBy(cap: Cap, other: Cap): boolean {
  const covers = filters.every(key => other[key] === null || other[key] === cap[key])
  const grain = other.per === null || other.per === cap.per
  if (!covers || !grain) return false
  if (!other.exempt.every(purpose => cap.exempt.includes(purpose))) return false
  const windows = Math.ceil(cap.windowMs / other.windowMs)
  if (windows > 1)
    return other.max * windows <= cap.max && !cap.countsImported && (other.exempt.length === 0 || !cap.countsExempt)
  const counts =
    (!cap.countsImported || other.countsImported) &&
    (other.exempt.length === 0 || other.countsExempt || !cap.countsExempt)
  return other.max <= cap.max && counts
}
