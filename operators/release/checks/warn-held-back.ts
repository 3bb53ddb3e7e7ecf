import type { Path, Report } from '../problem.ts'
import type { Action, Cap, Release } from '../release.ts'
import { matchesNothing } from './cap-overlap.ts'

/** Warns of limits that hold back an action which is a service or mandatory, and are not made for its purpose. */
export function warnOfHeldBack(release: Release, warn: Report): void {
  for (const action of release.actions) {
    if (action.purpose !== 'service' && !action.mandatory) continue
    for (const { path, what } of holdersOf(action, release))
      warn(
        path,
        `${what} can hold back '${action.name ?? action.id}', which is ${action.mandatory ? 'mandatory' : 'a service'}`,
        what === 'missing consent' ? `add ${action.purpose} to 'exemptPurposes'` : `add 'exempt: [${action.purpose}]'`,
      )
  }
}

interface Holder {
  readonly path: Path
  readonly what: string
}

function holdersOf(action: Action, { caps, budget, quietHours, consent }: Release): readonly Holder[] {
  const { purpose, treatments } = action
  const sends = (channel: string): boolean => treatments.some(treatment => treatment.channel === channel)
  const holders: Holder[] = []
  caps.forEach((cap, n) => {
    if (!isMadeFor(cap, action) && !matchesNothing(cap, [action]))
      holders.push({ path: ['caps', n, 'id'], what: `cap '${cap.id}'` })
  })
  quietHours.forEach(({ id, channels, exempt }, n) => {
    if (!exempt.includes(purpose) && channels.some(sends))
      holders.push({ path: ['quietHours', n, 'id'], what: `quiet hours '${id}'` })
  })
  const isCostly = Object.entries(budget?.cost ?? {}).some(([channel, cost]) => cost > 0 && sends(channel))
  if (budget && isCostly && !budget.exempt.includes(purpose)) holders.push({ path: ['budget'], what: 'the budget' })
  if (!consent.exemptPurposes.includes(purpose)) holders.push({ path: ['consent'], what: 'missing consent' })
  return holders
}

/** A cap on a service's own purpose, group, tag or placement is meant for it. */
const isMadeFor = (cap: Cap, { purpose }: Action): boolean =>
  cap.purpose === purpose || cap.group !== null || cap.tag !== null || cap.placement !== null
