import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseRelease, type ReadRelease } from '../../operators/release/file/parse.ts'
import type { Release } from '../../operators/release/release.ts'
import { UsageError } from '../cli/errors.ts'
import { readText } from '../cli/files.ts'
import { checkCatalogFile } from './catalog-file.ts'
import { formatProblem } from './format-problem.ts'

/** Reads the release in a file; throws UsageError with every problem, its line and its remedy. */
export function readReleaseFile(file: string): Release {
  const { release, problems } = checkReleaseFile(file)
  if (release === null) throw new UsageError(`the release has problems\n${problems.map(formatProblem).join('\n')}`)
  return release
}

/** Reads the release in a file, with its problems and warnings; with `now`, also of what has ended by then. */
export function checkReleaseFile(file: string, now: number | null = null): ReadRelease {
  return parseRelease(readText(file), file, {
    now,
    catalog(path) {
      const named = join(dirname(file), path)
      return existsSync(named) ? checkCatalogFile(named) : `there is no file '${named}'`
    },
  })
}

/** Returns the type of identifier that a release trusts most, by which the company itself knows its customers. */
export const primaryIdentifierType = ({ identifiers }: Pick<Release, 'identifiers'>): string =>
  identifiers.types.reduce((first, type) => (type.priority < first.priority ? type : first)).type
