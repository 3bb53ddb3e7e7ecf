import { writeFileSync } from 'node:fs'
import type { Command } from 'commander'
import { catalogTypes } from '../../../operators/catalog/catalog-types.ts'
import { settings } from '../../config/config.ts'
import { wordsOfRun } from '../../logs/folder-words.ts'
import { UsageError } from '../errors.ts'
import { printJson, printLine } from '../output.ts'
import { runs } from './command.ts'

/** Adds `joai types`, which writes a catalog as TypeScript. */
export function typesCommand(program: Command): void {
  const command = program
    .command('types')
    .description('write the types of a catalog as a TypeScript declaration: its events, and its words')
    .option('--catalog <file>', 'the catalog; that of joai.yaml if left out')
    .option('--release <file>', 'a release that names the catalog')
    .option('--out <file>', 'write into this file, such as catalog.d.ts, instead of stdout')
    .option('--json', 'print one JSON object on the last line')
  runs(command, async ({ catalog, release, out, json }) => {
    const words = wordsOfRun(settings({ catalog }).config, { release })
    if (words === undefined)
      throw new UsageError('name a catalog by --catalog, or a release that names one by --release')
    const text = catalogTypes(words)
    const events = Object.keys(words.events).length
    if (out !== undefined) writeTo(out, text)
    if (json) printJson(out === undefined ? { events, text } : { events, out })
    else printLine(out === undefined ? text.trimEnd() : `Wrote the types of ${events} events to ${out}.`)
    return 0
  })
}

function writeTo(file: string, text: string): void {
  try {
    writeFileSync(file, text)
  } catch (error) {
    throw new UsageError(`--out: '${file}' can't be written: ${(error as Error).message}`)
  }
}
