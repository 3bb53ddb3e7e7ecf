import { stepsInAll } from '../../steps/decision-steps.ts'
import { mostSteps } from '../../steps/most-steps.ts'
import { compileRelease } from '../compiled/compiled-release.ts'
import type { Report } from '../problem.ts'
import type { Release } from '../release.ts'

/** The most steps that a decision may take besides its expressions, on the longest event for a person whose rows are full. */
export const otherStepsMax = 70_000

/** What takes steps: its name, its place in the file, and what saves most of them. */
const parts = {
  candidates: ['candidates', ['actions'], 'remove actions, treatments or rules'],
  features: ['features', ['features'], "remove features, above all 'distinct' and those with 'where' of lists"],
  consents: ['consents', ['actions'], 'use fewer purposes and channels'],
  variables: ['variables', ['actions'], 'name fewer variables of the ledger'],
  reference: ['reference data', ['reference'], 'look up fewer attributes'],
  caps: ['caps', ['caps'], "remove caps, or write one with 'per: action' for many"],
  suppressions: ['suppressions', ['suppressions'], 'remove suppressions'],
  quietHours: ['quiet hours', ['quietHours'], 'remove quiet hours, or write one for several channels'],
  journeys: ['journeys', ['journeys'], 'remove journeys or stages'],
} as const

/** Checks that no decision by a sound release can cost many times what an ordinary one does. */
export function checkCost(release: Release, report: Report): void {
  const steps = mostSteps(compileRelease(release, ''))
  const total = Math.ceil(stepsInAll(steps))
  if (total <= otherStepsMax) return
  const [most] = (Object.keys(parts) as (keyof typeof parts)[]).sort((a, b) => steps[b] - steps[a])
  const [name, path, remedy] = parts[most!]
  report(
    path,
    `a decision may take ${total} steps besides its rules, more than ${otherStepsMax}, ${Math.ceil(steps[most!])} of them for its ${name}`,
    remedy,
  )
}
