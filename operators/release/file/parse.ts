import type { CatalogDeclaration } from '../../../schemas/catalog/catalog.ts'
import { firstCatalog } from '../../../schemas/catalog/first-catalog.ts'
import type { Time } from '../../../schemas/record.ts'
import { checkActions } from '../checks/check-actions.ts'
import { checkCost } from '../checks/check-cost.ts'
import { checkExperiments } from '../checks/check-experiments.ts'
import { checkFeatures } from '../checks/check-features.ts'
import { checkHealth } from '../checks/check-health.ts'
import { checkJourneys } from '../checks/check-journeys.ts'
import { checkLimits } from '../checks/check-limits.ts'
import { checkModels } from '../checks/check-models.ts'
import { checkNames } from '../checks/check-names.ts'
import { checkPeople } from '../checks/check-people.ts'
import { checkReference } from '../checks/check-reference.ts'
import { checkSize } from '../checks/check-size.ts'
import { warnOfHeldBack } from '../checks/warn-held-back.ts'
import { warnOfLate } from '../checks/warn-late.ts'
import { warnOfNever } from '../checks/warn-never.ts'
import { warnOfUnsent } from '../checks/warn-unsent.ts'
import type { Problem, Report } from '../problem.ts'
import type { Release } from '../release.ts'
import { readRelease } from './release-reading.ts'
import { isReleaseFile } from './shape-check.ts'
import { readSource, type Source } from './source.ts'

export type { Problem } from '../problem.ts'

/** A release that was read from a file, with what is wrong or odd about it. */
export interface ReadRelease {
  /** Null if there are problems. */
  readonly release: Release | null
  readonly problems: Problem[]
  /** What is right but can hardly be meant, if there are no problems. */
  readonly warnings: Problem[]
}

/** A catalog that was read from its file; `declaration` is null if there are problems. */
export interface ReadCatalog {
  readonly declaration: CatalogDeclaration | null
  readonly problems: readonly Problem[]
}

export interface ParseOptions {
  /** Warns of what has ended by this time. */
  readonly now?: Time | null
  /** Reads the catalog that a release names, by its path; a text says why it can't be read. */
  readonly catalog?: (path: string) => ReadCatalog | string
}

/**
 * Reads a release file, in the words of the catalog that it names. A file with problems gives no release; each problem
 * has a place and a remedy. Names are checked only if the shape is right.
 */
export function parseRelease(text: string, file: string, { now = null, catalog }: ParseOptions = {}): ReadRelease {
  const source = readSource(text)
  if (source.faults.length > 0)
    return {
      release: null,
      problems: source.faults.map(({ place, message, remedy }) => ({ file, ...place, message, remedy })),
      warnings: [],
    }
  const problems: Problem[] = []
  const report = reporter(source, file, problems)
  const { value } = source
  const named = (value as { readonly catalog?: unknown } | null)?.catalog
  const read = typeof named === 'string' && catalog ? catalog(named) : null
  if (typeof read === 'string') report(['catalog'], read, 'write the path of a catalog, from the folder of this file')
  else if (read?.declaration === null) return { release: null, problems: [...read.problems], warnings: [] }
  const declared = typeof read === 'string' ? undefined : (read?.declaration ?? undefined)
  const words = declared ?? firstCatalog.declaration
  if (!isReleaseFile(value, words, report) || problems.length > 0)
    return { release: null, problems: inOrder(problems), warnings: [] }
  const release = readRelease(value, declared)
  checkNames(release, report)
  checkPeople(release, value, report)
  checkFeatures(release, report)
  checkReference(release, report)
  checkActions(release, value, report)
  checkLimits(release, report)
  checkJourneys(release, value, report)
  checkExperiments(release, report)
  checkModels(release, report)
  checkHealth(release, report)
  checkSize(release, report)
  if (problems.length === 0) checkCost(release, report)
  if (problems.length > 0) return { release: null, problems: inOrder(problems), warnings: [] }
  const warnings: Problem[] = []
  const warn = reporter(source, file, warnings)
  warnOfUnsent(release, value, now, warn)
  warnOfHeldBack(release, warn)
  warnOfNever(release, warn)
  warnOfLate(release, warn)
  return { release, problems, warnings: inOrder(warnings) }
}

function reporter(source: Source, file: string, problems: Problem[]): Report {
  return (path, message, remedy, { key = false, offset } = {}) => {
    const place = key ? source.atKey(path) : offset === undefined ? source.at(path) : source.inside(path, offset)
    problems.push({ file, ...place, message, remedy })
  }
}

const inOrder = (problems: readonly Problem[]): Problem[] =>
  [...problems].sort((a, b) => a.line - b.line || a.column - b.column)
