import type { Chance } from './chance.ts'

/** A customer's phone contract. */
export interface Contract {
  readonly planId: string
  readonly cellId: string
  readonly tenureMonths: number
  readonly credit: 'ok' | 'refused'
  readonly gbPerDay: number
  /** The day between two bills on which the bill comes. */
  readonly billOffset: number
  /** The day of its term on which the contract is about to end. */
  readonly endOffset: number
}

/** The plans, with their data volume and price for a month. */
export const plans = [
  { planId: 's', gb: 5, price: 15 },
  { planId: 'm', gb: 20, price: 30 },
  { planId: 'l', gb: 60, price: 45 },
] as const

/** The cells of the network. */
export const cellIds: readonly string[] = Array.from({ length: 12 }, (_, n) => `cell-${n + 1}`)

/** Days between two bills: fewer than in life, so that a demo of sixty hours shows every case. */
export const billEveryDays = 10
/** Days of a contract's term: fewer than in life, so that a demo of sixty hours shows every case. */
export const endEveryDays = 25

/** Draws a contract. */
export function newContract(chance: Chance): Contract {
  const { planId, gb } = chance.of(plans)
  const isHeavy = chance.is(0.15)
  return {
    planId,
    cellId: chance.of(cellIds),
    tenureMonths: chance.between(1, 48),
    credit: chance.is(0.85) ? 'ok' : 'refused',
    gbPerDay: (gb / 30) * (isHeavy ? 12 : 0.3 + 0.8 * chance.next()),
    billOffset: chance.between(0, billEveryDays - 1),
    endOffset: chance.between(0, endEveryDays - 1),
  }
}
