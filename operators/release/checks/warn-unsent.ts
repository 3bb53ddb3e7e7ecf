import type { Time } from '../../../schemas/record.ts'
import type { Report } from '../problem.ts'
import type { Release } from '../release.ts'
import type { ReleaseFile } from '../release-file.ts'

/**
 * Warns of actions that can never be sent: they need what is not built, or have ended by `now`, if that is given. An
 * action that says `unsupported` itself is meant so.
 */
export function warnOfUnsent(release: Release, file: ReleaseFile, now: Time | null, warn: Report): void {
  if (now !== null) warnOfEnded(release, file, now, warn)
  release.actions.forEach(({ id, name = id, capacity, approval }, n) => {
    for (const [key, value] of Object.entries({ capacity, approval }))
      if (value !== undefined)
        warn(
          ['actions', n, key],
          `'${name}' is never sent: '${key}' is not built yet`,
          `remove '${key}', or say 'unsupported:' until it is built`,
        )
  })
}

/** Gives one warning for all actions that have ended, since a release for a history of the past has many. */
function warnOfEnded({ actions }: Release, file: ReleaseFile, now: Time, warn: Report): void {
  const ended = actions.flatMap(({ validToMs }, n) => (validToMs !== null && validToMs < now ? [n] : []))
  const [first] = ended
  if (first === undefined) return
  const { id, name = id } = actions[first]!
  const others = ended.length === 1 ? '' : `, and neither are ${ended.length - 1} others`
  warn(
    ['actions', first, 'valid', 'to'],
    `'${name}' is never sent any more: its last day was ${file.actions[first]!.valid?.to}${others}`,
    'write a later day, or remove what has ended',
  )
}
