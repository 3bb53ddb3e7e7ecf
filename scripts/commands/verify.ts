import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { home, openLog } from '../embedded.ts'
import { say, sayJson, UsageError } from '../output.ts'
import { verify } from '../verify/verify.ts'
import { runs } from './command.ts'

/** The folder of a run that was kept; throws UsageError when there is none. */
export function keptHome(directory: string) {
  if (!existsSync(join(directory, 'log')))
    throw new UsageError(`there is no log in '${directory}': name the folder that --log named in the run`)
  return home(directory)
}

/** `joai verify`: re-checks every decision from the log alone. */
export function verifyCommand(program: Command): void {
  const command = program
    .command('verify')
    .description(
      "re-check every decision from the log alone, by other code than the operators': caps, quiet hours, consent, probabilities, draws",
    )
    .requiredOption('--log <dir>', 'the folder of the run')
    .option('--json', 'print one JSON object on the last line')
  runs(command, async ({ log: directory, json }) => {
    const log = await openLog(keptHome(directory))
    try {
      const report = await verify(log)
      if (json) sayJson(report)
      else
        for (const { law, checked, violationCount, violations } of report.laws) {
          say(`${law.padEnd(28)} checked ${String(checked).padStart(8)}   violations ${violationCount}`)
          for (const { decisionId, detail } of violations.slice(0, 5)) say(`    ${decisionId} ${detail}`)
        }
      return report.ok ? 0 : 1
    } finally {
      await log.close()
    }
  })
}
