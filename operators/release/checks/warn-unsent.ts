import type { Time } from '../../../schemas/record.ts'
import type { Report } from '../problem.ts'
import type { Release } from '../release.ts'
import type { ReleaseFile } from '../release-file.ts'

/**
 * Warns of actions that can never be sent: they need what is not built, or have ended by `now`, if that is given. An
 * action that says `unsupported` itself is meant so.
 */
export function warnOfUnsent({ actions }: Release, file: ReleaseFile, now: Time | null, warn: Report): void {
  actions.forEach(({ id, name = id, capacity, approval, validToMs }, n) => {
    if (now !== null && validToMs !== null && validToMs < now)
      warn(
        ['actions', n, 'valid', 'to'],
        `'${name}' is never sent any more: its last day was ${file.actions[n]!.valid?.to}`,
        'write a later day, or remove the action',
      )
    for (const [key, value] of Object.entries({ capacity, approval }))
      if (value !== undefined)
        warn(
          ['actions', n, key],
          `'${name}' is never sent: '${key}' is not built yet`,
          `remove '${key}', or say 'unsupported:' until it is built`,
        )
  })
}
