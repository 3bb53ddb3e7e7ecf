import { canonicalJson, releaseHash } from '../../operators/release/canonical.ts'
import { parseRelease } from '../../operators/release/file/parse.ts'
import type { Problem } from '../../operators/release/problem.ts'
import type { Release } from '../../operators/release/release.ts'
import type { Control } from '../../schemas/generated.ts'
import { UsageError } from '../cli/errors.ts'
import { readText } from '../cli/files.ts'

export function controlOf(release: Release): Control {
  const document = canonicalJson(release)
  return { controlId: release.release, kind: 'release', document, hash: releaseHash(document) }
}

/** The release in a file; throws UsageError with every problem, its line and its remedy. */
export function readRelease(file: string): Release {
  const { release, problems } = checkRelease(file)
  if (release === null) throw new UsageError(`the release has problems\n${problems.map(inLine).join('\n')}`)
  return release
}

export function checkRelease(file: string): { release: Release | null; problems: readonly Problem[] } {
  return parseRelease(readText(file), file)
}

export const inLine = ({ file, line, column, message, remedy }: Problem): string =>
  `${file}:${line}:${column} ${message}\n    ${remedy}`

/** The type of identifier that a release trusts most: the company itself knows its customers by it. */
export const primaryIdentifierType = ({ identifiers }: Pick<Release, 'identifiers'>): string =>
  identifiers.types.reduce((first, type) => (type.priority < first.priority ? type : first)).type
