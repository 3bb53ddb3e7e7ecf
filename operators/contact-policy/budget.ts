import type { LedgerContact } from '../../schemas/generated.ts'
import type { Time } from '../../schemas/record.ts'
import type { Budget } from '../release/release.ts'

/** Returns the points that a contact by this channel costs. Exempt purposes cost points too, although the budget never blocks them. */
export const pointsOf = (budget: Budget | null, channel: string): number =>
  budget !== null && Object.hasOwn(budget.cost, channel) ? budget.cost[channel]! : 0

/**
 * Sums the points used up at `now`; the points of each contact come back evenly over the window. A merge can bring a
 * contact later than `now`, which counts by its distance too. Imported contacts carry no points.
 */
export function pointsUsed(budget: Budget | null, contacts: readonly LedgerContact[], now: Time): number {
  if (budget === null) return 0
  let used = 0
  for (const { points, at } of contacts) {
    const distance = Math.abs(now - at)
    if (distance < budget.windowMs) used += points * (1 - distance / budget.windowMs)
  }
  return used
}

/** True when the budget may block a contact for this purpose. */
export const isBudgeted = (budget: Budget | null, purpose: string): budget is Budget =>
  budget !== null && !budget.exempt.includes(purpose)

/** True when the remaining budget covers a contact by this channel for this purpose. */
export const affords = (budget: Budget | null, used: number, channel: string, purpose: string): boolean =>
  !isBudgeted(budget, purpose) || used + pointsOf(budget, channel) <= budget.points
