import type { Report } from '../problem.ts'
import type { Release } from '../release.ts'

/** Warns of actions that can never be sent, because they need what is not built. An action that says so itself is meant so. */
export function warnOfUnsent({ actions }: Release, warn: Report): void {
  actions.forEach(({ id, name = id, capacity, approval }, n) => {
    for (const [key, value] of Object.entries({ capacity, approval }))
      if (value !== undefined)
        warn(
          ['actions', n, key],
          `'${name}' is never sent: '${key}' is not built yet`,
          `remove '${key}', or say 'unsupported:' until it is built`,
        )
  })
}
