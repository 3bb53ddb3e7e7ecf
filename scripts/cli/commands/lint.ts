import type { Command } from 'commander'
import { checkCatalogFile } from '../../input/catalog-file.ts'
import { formatProblem } from '../../input/format-problem.ts'
import { checkReleaseFile } from '../../input/release-file.ts'
import { readText } from '../files.ts'
import { printJson, printLine } from '../output.ts'
import { runs } from './command.ts'

/** Adds `joai lint`, which checks release files. */
export function lintCommand(program: Command): void {
  const command = program
    .command('lint')
    .description('check releases and catalogs: their shape, their names, and every expression with its types')
    .argument('<files...>', 'files of releases and of catalogs')
    .option('--json', 'print one JSON object on the last line')
  runs(command, async ({ json }, files) => {
    const read = files.map(file =>
      isCatalog(file) ? { warnings: [], ...checkCatalogFile(file) } : checkReleaseFile(file, Date.now()),
    )
    const problems = read.flatMap(one => one.problems)
    const warnings = read.flatMap(one => one.warnings)
    if (json) printJson({ files: files.length, problems, warnings })
    else {
      for (const problem of problems) printLine(formatProblem(problem))
      for (const warning of warnings) printLine(formatProblem({ ...warning, message: `warning: ${warning.message}` }))
      if (problems.length === 0)
        printLine(
          `${files.length === 1 ? `The ${isCatalog(files[0]!) ? 'catalog' : 'release'} is` : 'All are'} sound${counted(warnings.length)}.`,
        )
    }
    return problems.length === 0 ? 0 : 1
  })
}

/** Whether a file holds a catalog: a release may name one, and has a name of its own. */
const isCatalog = (file: string): boolean => {
  const text = readText(file)
  return /^['"]?catalog['"]?\s*:/m.test(text) && !/^['"]?release['"]?\s*:/m.test(text)
}

const counted = (warnings: number): string =>
  warnings === 0 ? '' : `, with ${warnings === 1 ? 'a warning' : `${warnings} warnings`}`
