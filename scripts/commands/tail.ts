import type { Command } from 'commander'
import { ask } from '../desk/ask.ts'
import { folder, runs, wholeNumber } from './command.ts'

/** `joai tail`: what was decided, sent or refused lately, and what is being. */
export function tailCommand(program: Command): void {
  const command = program
    .command('tail')
    .description('print the last records of a public log: decisions in words, or sends.email, dead-letters, rewards …')
    .argument('[topic]', 'which log', 'decisions')
    .option(...folder)
    .option('--last <n>', 'how many records that are there already', wholeNumber, 10)
    .option('--follow', 'go on with what comes, until Ctrl-C')
    .option('--json', 'print one JSON object a record')
  runs(command, ({ log, last, follow = false, json = false }, [topic = 'decisions']) =>
    ask(log, 'tail', { topic, last, follow, json }),
  )
}
