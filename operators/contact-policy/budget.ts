import type { LedgerContact } from '../../schemas/generated.ts'
import type { Time } from '../../schemas/record.ts'
import type { Budget } from '../release/release.ts'

/** What a contact by this channel costs of the budget: also of an exempt purpose, which passes but uses points up. */
export const pointsOf = (budget: Budget | null, channel: string): number =>
  budget !== null && Object.hasOwn(budget.cost, channel) ? budget.cost[channel]! : 0

/**
 * Points used up at `now`: each contact gives its own back evenly over the window. One later than `now`, as a merge can
 * bring, counts by its distance too. Imported contacts carry no points: they were not ours to spend.
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

/** True when a contact by this channel, for this purpose, fits into what the budget has left. */
export const affords = (budget: Budget | null, used: number, channel: string, purpose: string): boolean =>
  budget === null || budget.exempt.includes(purpose) || used + pointsOf(budget, channel) <= budget.points
