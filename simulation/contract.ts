import type { Chance } from './chance.ts'

/** The contract that a customer has for a phone. */
export interface Contract {
  readonly planId: string
  readonly cellId: string
  readonly tenureMonths: number
  readonly credit: 'ok' | 'refused'
  readonly gbPerDay: number
  /** On which of the days between two bills a bill comes. */
  readonly billOffset: number
  /** On which of the days of its rounds the contract is about to end. */
  readonly endOffset: number
}

/** The plans, and how much data they hold for a month. */
export const plans = [
  { planId: 's', gb: 5, price: 15 },
  { planId: 'm', gb: 20, price: 30 },
  { planId: 'l', gb: 60, price: 45 },
] as const

/** The cells of the network. */
export const cellIds: readonly string[] = Array.from({ length: 12 }, (_, n) => `cell-${n + 1}`)

/** Lives are faster than life: who watches for sixty hours should see some of everything. */
/** Days between two bills. */
export const billEveryDays = 10
/** Days between two rounds of a contract. */
export const endEveryDays = 25

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
