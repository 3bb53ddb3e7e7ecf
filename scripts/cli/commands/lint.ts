import type { Command } from 'commander'
import { checkReleaseFile, formatProblem } from '../../input/release-file.ts'
import { printJson, printLine } from '../output.ts'
import { runs } from './command.ts'

/** Adds `joai lint`, which checks release files. */
export function lintCommand(program: Command): void {
  const command = program
    .command('lint')
    .description('check release files: their shape, their names, and every rule with its types')
    .argument('<files...>', 'release files')
    .option('--json', 'print one JSON object on the last line')
  runs(command, async ({ json }, files) => {
    const problems = files.flatMap(file => checkReleaseFile(file).problems)
    if (json) printJson({ files: files.length, problems })
    else if (problems.length === 0) printLine(`${files.length === 1 ? 'The release is' : 'The releases are'} sound.`)
    else for (const problem of problems) printLine(formatProblem(problem))
    return problems.length === 0 ? 0 : 1
  })
}
