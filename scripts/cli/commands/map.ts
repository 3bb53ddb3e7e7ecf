import type { Command } from 'commander'
import { numberedLines } from '../../../connectors/adapters/numbered-lines.ts'
import { settings } from '../../config/config.ts'
import { lineMapper, type MappedLine } from '../../input/mapped-line.ts'
import { wordsOfRun } from '../../logs/folder-words.ts'
import { UsageError } from '../errors.ts'
import { oneInput } from '../flags.ts'
import { visibleLine } from '../foreign-text.ts'
import { printJson, printLine } from '../output.ts'
import { runs } from './command.ts'

/** Adds `joai map`, which shows what a source makes of a sample. */
export function mapCommand(program: Command): void {
  const command = program
    .command('map')
    .description('show line by line what a source makes of a sample, and why what it can not map can not be mapped')
    .requiredOption('--source <name>', 'the source, as the catalog names it')
    .requiredOption(
      '--input <file>',
      'JSON lines: the value of a record each, or {"value": …} with key, headers and time besides',
      oneInput,
    )
    .option('--catalog <file>', 'the catalog that declares the source')
    .option('--release <file>', 'a release that names the catalog')
    .option('--json', 'print one JSON object on the last line')
  runs(command, async ({ source, input, json, release, catalog }) => {
    const words = wordsOfRun(settings({ catalog }).config, { release })
    if (words === undefined) throw new UsageError('name the catalog that declares the source by --catalog or --release')
    const mapped = lineMapper(words, source, Date.now())
    const counts = { mapped: 0, passedOver: 0, refused: 0 }
    const lines: MappedLine[] = []
    for await (const { number, line } of numberedLines(input)) {
      const one = mapped(line, number)
      if ('refused' in one) counts.refused++
      else if ('passedOver' in one) counts.passedOver++
      else counts.mapped++
      if (!json) printLine(visibleLine(shown(one)))
      else if (lines.length < linesMax) lines.push(one)
    }
    if (json) printJson({ ...counts, lines })
    else printLine(`${counts.mapped} mapped, ${counts.passedOver} passed over, ${counts.refused} refused`)
    return counts.refused === 0 ? 0 : 1
  })
}

/** The most lines that the JSON object has. */
const linesMax = 1000

function shown(one: MappedLine): string {
  const at = `line ${one.line}: `
  if ('refused' in one) return `${at}refused, ${one.refused}: ${one.detail}`
  return 'passedOver' in one ? `${at}passed over` : `${at}${one.to} ${JSON.stringify(one.value)}`
}
