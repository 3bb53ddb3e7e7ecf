import type { Command } from 'commander'
import { askFolder } from '../../query-server/ask.ts'
import { wholeNumber } from '../flags.ts'
import { folder, runs } from './command.ts'

/** Adds `joai person`, which looks a person up. */
export function personCommand(program: Command): void {
  const command = program
    .command('person')
    .description('look a person up: identifiers and links, consent, limits, journeys, features, and what happened last')
    .argument('<name>', 'an identifier as type=value, or the id of a person, also of one that has merged')
    .option(...folder)
    .option('--last <n>', 'the number of past events and decisions to show', wholeNumber, 20)
    .option('--json', 'print one JSON object on the last line')
  runs(command, ({ log, last, json = false }, [name]) => askFolder(log, 'person', { name: name!, last, json }))
}
