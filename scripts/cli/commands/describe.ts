import type { Command } from 'commander'
import { describeJson, describeMermaid, describeText } from '../../../topology/graph/describe.ts'
import { plan } from '../../../topology/graph/plan.ts'
import { rowSchemas } from '../../../topology/graph/row-schemas.ts'
import { applicationOf } from '../../application/application.ts'
import { settings } from '../../config/config.ts'
import { UsageError } from '../errors.ts'
import { printJson, printLine } from '../output.ts'
import { runs } from './command.ts'

/** Adds `joai describe`, which prints the topology. */
export function describeCommand(program: Command): void {
  const command = program
    .command('describe')
    .description('print the topology as text, as a Mermaid flowchart or as JSON')
    .option('--catalog <file>', 'the catalog by which intake checks events')
    .option('--topology <module>', 'describe the `topology` that this module exports instead of the main one')
    .option('--format <format>', 'text or mermaid', 'text')
    .option('--json', 'print one JSON object on the last line')
  runs(command, async ({ format, json, ...flags }) => {
    if (format !== 'text' && format !== 'mermaid')
      throw new UsageError(`--format must be text or mermaid, not '${format}'`)
    const { topology } = await applicationOf(settings(flags).config)
    const plans = plan(topology)
    const { version } = plans
    const rows = Object.fromEntries(Array.from(rowSchemas(plans), ([name, { id }]) => [name, id]))
    if (json) printJson({ version, ...describeJson(topology), rows })
    else if (format === 'mermaid') printLine(describeMermaid(topology))
    else printLine(`${describeText(topology)}\n\nversion ${version}`)
    return 0
  })
}
