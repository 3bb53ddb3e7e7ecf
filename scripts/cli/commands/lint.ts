import type { Command } from 'commander'
import { type CatalogChange, catalogChanges } from '../../../operators/catalog/catalog-changes.ts'
import { checkCatalogFile, readCatalogFile } from '../../input/catalog-file.ts'
import { formatProblem } from '../../input/format-problem.ts'
import { checkReleaseFile } from '../../input/release-file.ts'
import { UsageError } from '../errors.ts'
import { readText } from '../files.ts'
import { printJson, printLine } from '../output.ts'
import { runs } from './command.ts'

/** Adds `joai lint`, which checks release files. */
export function lintCommand(program: Command): void {
  const command = program
    .command('lint')
    .description('check releases and catalogs: their shape, their names, and every expression with its types')
    .argument('<files...>', 'files of releases and of catalogs')
    .option('--against <catalog>', 'also tell what a catalog changes against this earlier one, and what does not fit')
    .option('--json', 'print one JSON object on the last line')
  runs(command, async ({ json, against }, files) => {
    const read = files.map(file =>
      isCatalog(file) ? { warnings: [], ...checkCatalogFile(file) } : checkReleaseFile(file, Date.now()),
    )
    const problems = read.flatMap(one => one.problems)
    const warnings = read.flatMap(one => one.warnings)
    const changes = against === undefined || problems.length > 0 ? [] : changesSince(against, files)
    const unfit = changes.filter(({ needs }) => needs !== null)
    if (json) printJson({ files: files.length, problems, warnings, ...(against === undefined ? {} : { changes }) })
    else {
      for (const problem of problems) printLine(formatProblem(problem))
      for (const warning of warnings) printLine(formatProblem({ ...warning, message: `warning: ${warning.message}` }))
      for (const { name, words, needs } of changes)
        printLine(`${name} ${words}${needs === null ? '' : `\n    ${needs}`}`)
      if (problems.length === 0)
        printLine(
          `${files.length === 1 ? `The ${isCatalog(files[0]!) ? 'catalog' : 'release'} is` : 'All are'} sound${counted(warnings.length)}.`,
        )
    }
    return problems.length + unfit.length === 0 ? 0 : 1
  })
}

/** Compares the one catalog of these files with an earlier one. */
function changesSince(against: string, files: readonly string[]): readonly CatalogChange[] {
  const catalogs = files.filter(isCatalog)
  if (catalogs.length !== 1) throw new UsageError('--against compares one catalog with an earlier one: name one')
  return catalogChanges(readCatalogFile(against), readCatalogFile(catalogs[0]!))
}

/** Whether a file holds a catalog: a release may name one, and has a name of its own. */
const isCatalog = (file: string): boolean => {
  const text = readText(file)
  return /^['"]?catalog['"]?\s*:/m.test(text) && !/^['"]?release['"]?\s*:/m.test(text)
}

const counted = (warnings: number): string =>
  warnings === 0 ? '' : `, with ${warnings === 1 ? 'a warning' : `${warnings} warnings`}`
