import { mustBeKnown, mustBeUnique, type Report } from '../problem.ts'
import type { Release } from '../release.ts'

/** Checks that models name groups and actions that exist, and that exploration names a model. */
export function checkModels({ models, groups, actions, exploration }: Release, report: Report): void {
  const ids = models.map(({ id }) => id)
  mustBeUnique(report, 'model', ids, n => ['models', n, 'id'])
  mustBeKnown(report, ['exploration', 'model'], 'model', exploration.model, ids)
  const known = { groups: groups.map(({ id }) => id), actions: actions.map(({ id }) => id) }
  models.forEach((model, n) => {
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
