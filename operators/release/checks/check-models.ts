import { mustBeKnown, mustBeUnique, type Path, type Report } from '../problem.ts'
import type { Beta, Model, Release } from '../release.ts'

/** Below it, so much of a Beta lies next to 0 or 1 that doubles can't weigh it against others. */
const thompsonMin = 0.5

/** Checks that models name groups and actions that exist, and that exploration names a model that it can explore by. */
export function checkModels({ models, groups, actions, exploration }: Release, report: Report): void {
  const ids = models.map(({ id }) => id)
  mustBeUnique(report, 'model', ids, n => ['models', n, 'id'])
  mustBeKnown(report, ['exploration', 'model'], 'model', exploration.model, ids)
  const known = { groups: groups.map(({ id }) => id), actions: actions.map(({ id }) => id) }
  models.forEach((model, n) => {
    if (exploration.algorithm === 'thompson' && model.id === exploration.model) checkThompson(model, n, report)
    for (const key of ['groups', 'actions'] as const)
      for (const id of Object.keys(model[key]))
        if (!known[key].includes(id))
          mustBeKnown(
            (path, message, remedy) => report(path, message, remedy, { key: true }),
            ['models', n, key, id],
            key.slice(0, -1),
            id,
            known[key],
          )
  })
}

function checkThompson({ prior, groups, actions }: Model, n: number, report: Report): void {
  const posteriors: readonly (readonly [Path, Beta])[] = [
    [['prior'], prior],
    ...Object.entries(groups).map(([id, beta]) => [['groups', id], beta] as const),
    ...Object.entries(actions).map(([id, beta]) => [['actions', id], beta] as const),
  ]
  for (const [at, beta] of posteriors)
    for (const key of ['alpha', 'beta'] as const)
      if (beta[key] < thompsonMin)
        report(
          ['models', n, ...at, key],
          `thompson can't explore by a posterior whose ${key} is below ${thompsonMin}`,
          `write ${thompsonMin} or more, or 'algorithm: epsilon-greedy'`,
        )
}
