import type { Command } from 'commander'
import { ask } from '../desk/ask.ts'
import { folder, runs } from './command.ts'

/** `joai verify`: re-checks every decision from the log alone. */
export function verifyCommand(program: Command): void {
  const command = program
    .command('verify')
    .description(
      "re-check every decision from the log alone, by other code than the operators': caps, quiet hours, consent, probabilities, draws",
    )
    .option(...folder)
    .option('--json', 'print one JSON object on the last line')
  runs(command, ({ log, json = false }) => ask(log, 'verify', { json }))
}
