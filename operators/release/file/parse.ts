import { checkActions } from '../checks/check-actions.ts'
import { checkExperiments } from '../checks/check-experiments.ts'
import { checkFeatures } from '../checks/check-features.ts'
import { checkJourneys } from '../checks/check-journeys.ts'
import { checkLimits } from '../checks/check-limits.ts'
import { checkModels } from '../checks/check-models.ts'
import { checkPeople } from '../checks/check-people.ts'
import { checkReference } from '../checks/check-reference.ts'
import type { Problem, Report } from '../problem.ts'
import type { Release } from '../release.ts'
import { readRelease } from './release-reading.ts'
import { isReleaseFile } from './shape-check.ts'
import { readSource, type Source } from './source.ts'

export type { Problem } from '../problem.ts'

/**
 * Reads a release file. A file with problems gives no release; each problem has a place and a remedy. Names are checked
 * only if the shape is right.
 */
export function parseRelease(text: string, file: string): { release: Release | null; problems: Problem[] } {
  const source = readSource(text)
  if (source.faults.length > 0)
    return {
      release: null,
      problems: source.faults.map(({ place, message }) => ({ file, ...place, message, remedy: yamlRemedy })),
    }
  const problems: Problem[] = []
  const report = reporter(source, file, problems)
  const { value } = source
  if (!isReleaseFile(value, report)) return { release: null, problems: inOrder(problems) }
  const release = readRelease(value)
  checkPeople(release, report)
  checkFeatures(release.features, report)
  checkReference(release, report)
  checkActions(release, value, report)
  checkLimits(release, report)
  checkJourneys(release, value, report)
  checkExperiments(release, report)
  checkModels(release, report)
  return { release: problems.length === 0 ? release : null, problems: inOrder(problems) }
}

const yamlRemedy = 'write YAML: two spaces a level, no tabs, each key once, quotes around text with a colon'

function reporter(source: Source, file: string, problems: Problem[]): Report {
  return (path, message, remedy, { key = false, offset } = {}) => {
    const place = key ? source.atKey(path) : offset === undefined ? source.at(path) : source.inside(path, offset)
    problems.push({ file, ...place, message, remedy })
  }
}

const inOrder = (problems: readonly Problem[]): Problem[] =>
  [...problems].sort((a, b) => a.line - b.line || a.column - b.column)
