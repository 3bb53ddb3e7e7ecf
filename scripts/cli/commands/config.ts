import type { Command } from 'commander'
import { masked, settings } from '../../config/config.ts'
import { printJson, printLine } from '../output.ts'
import { runs } from './command.ts'

/** Adds `joai config`, which prints each setting and where it comes from. */
export function configCommand(program: Command): void {
  const command = program
    .command('config')
    .description('print each setting and where it comes from; secrets are masked')
    .option('--config <file>', 'read this file instead of joai.yaml')
    .option('--store <kind>', 'memory, level or rocksdb')
    .option('--data <dir>', 'the folder of logs and stores')
    .option('--partitions <n>', 'partitions of each keyed topic')
    .option('--batch <n>', 'records whose rows are fetched together; it changes no result')
    .option('--json', 'print one JSON object on the last line')
  runs(command, async ({ config: file, json, ...flags }) => {
    const { config, from } = settings(flags, file)
    const shown = masked(config)
    if (json) printJson({ config: shown, from })
    else
      for (const [key, value] of Object.entries(shown))
        printLine(`${key.padEnd(17)} ${inWords(value).padEnd(20)} ${from[key as keyof typeof from]}`)
    return 0
  })
}

const inWords = (value: unknown): string => (typeof value === 'object' ? JSON.stringify(value) : String(value))
