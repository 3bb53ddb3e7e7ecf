import { canonicalJson, releaseHash } from '../../operators/release/canonical.ts'
import type { Release } from '../../operators/release/release.ts'
import { UsageError } from '../cli/errors.ts'

/**
 * Throws UsageError where a release would take the place of a later version of itself, or of the same version with other
 * content: whoever reads a decision could not tell by which of both it was made.
 */
export function assertFollows(next: Release, inForce: Release | null): void {
  if (inForce === null || next.release !== inForce.release) return
  const name = `'${next.release}'`
  if (next.version < inForce.version)
    throw new UsageError(
      `version ${inForce.version} of ${name} is in force, and version ${next.version} is older: give it a higher version, or add --force to go back`,
    )
  if (next.version === inForce.version && hashOf(next) !== hashOf(inForce))
    throw new UsageError(
      `version ${next.version} of ${name} is in force with other content: give it a higher version, or add --force`,
    )
}

const hashOf = (release: Release): string => releaseHash(canonicalJson(release))
