import type { Command } from 'commander'
import { ask } from '../desk/ask.ts'
import { folder, runs } from './command.ts'

/** `joai stop`: an emergency stop of one action. */
export function stopCommand(program: Command): void {
  const command = program
    .command('stop')
    .description('stop an action at once: it is decided no more, and what waits to be sent is cancelled')
    .argument('<action>', 'its id, or its name; the next release lifts the stop')
    .option(...folder)
    .option('--json', 'print one JSON object on the last line')
  runs(command, ({ log, json = false }, [actionId]) => ask(log, 'stop', { actionId: actionId!, json }))
}
