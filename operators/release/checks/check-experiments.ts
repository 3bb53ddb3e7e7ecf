import { mustBeKnown, mustBeUnique, type Report } from '../problem.ts'
import type { Release } from '../release.ts'

/** Checks that experiments have ids and salts of their own, and name journeys that exist. */
export function checkExperiments({ experiments = [], journeys = [] }: Release, report: Report): void {
  const ids = experiments.map(({ id }) => id)
  mustBeUnique(report, 'experiment', ids, n => ['experiments', n, 'id'])
  const known = journeys.map(({ id }) => id)
  experiments.forEach(({ id, journey, salt }, n) => {
    if (journey !== null) mustBeKnown(report, ['experiments', n, 'journey'], 'journey', journey, known)
    const first = experiments.findIndex(other => other.salt === salt)
    if (first < n)
      report(
        ['experiments', n, 'salt'],
        `'${id}' has the salt of '${ids[first]}': whoever is in one would be in the other`,
        'write another salt, or none',
      )
  })
}
