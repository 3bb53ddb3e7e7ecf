import type { Command } from 'commander'
import { openLog } from '../embedded.ts'
import { explain, findDecision, inWords } from '../explain/explain.ts'
import { say, sayJson, UsageError } from '../output.ts'
import { runs } from './command.ts'
import { keptHome } from './verify.ts'

/** `joai explain`: why this, and why not something else? */
export function explainCommand(program: Command): void {
  const command = program
    .command('explain')
    .description('tell how one decision came about: every candidate, rule, cap, score, probability and consent')
    .argument('<decisionId>', 'or its first characters, six at least')
    .requiredOption('--log <dir>', 'the folder of the run')
    .option('--json', 'print one JSON object on the last line')
  runs(command, async ({ log: directory, json }, [decisionId]) => {
    const log = await openLog(keptHome(directory))
    try {
      const decision = await findDecision(log, decisionId!)
      if (decision === null) throw new UsageError(`there is no decision '${decisionId}' in '${directory}'`)
      const explanation = explain(decision)
      if (json) sayJson(explanation)
      else say(inWords(explanation))
      return 0
    } finally {
      await log.close()
    }
  })
}
