import type { Release } from '../../operators/release/release.ts'
import { declaredPopulation } from '../../simulation/declared-population.ts'
import { type Population, type PopulationSettings, population } from '../../simulation/population.ts'
import { primaryIdentifierType } from '../input/release-file.ts'

/** Makes the customers of a release: those of its catalog, or else those of the shop and the phone company of version 0.1. */
export function populationFor(release: Release, seed: string, settings: PopulationSettings): Population {
  const { catalog, identifiers, triggers, features, journeys = [] } = release
  if (catalog === undefined)
    return population(seed, { ...settings, primaryIdentifierType: primaryIdentifierType(release) })
  const conditions = journeys.flatMap(({ trigger, goal, exit, stages }) => [
    ...[trigger, goal, ...exit],
    ...stages.flatMap(({ holdUntil, reset }) => [holdUntil, reset]),
  ])
  return declaredPopulation(seed, {
    ...settings,
    words: catalog,
    identifierTypes: [...identifiers.types].sort((a, b) => a.priority - b.priority).map(({ type }) => type),
    eventTypes: [
      ...new Set([
        ...triggers,
        ...features.map(({ event }) => event),
        ...conditions.flatMap(condition => (condition ? [condition.event] : [])),
      ]),
    ],
  })
}
