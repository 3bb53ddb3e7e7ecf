import type { Command } from 'commander'
import { apply, assertShown, planChanges, refusedChanges } from '../../deploy/apply.ts'
import { deployFlags, deployTargetOf, requestedDeployment } from '../../deploy/flags.ts'
import { formatChanges, formatComparison, formatRights } from '../../deploy/format.ts'
import { skippedRecords } from '../../deploy/skipped-record.ts'
import { connectionOf } from '../../logs/cluster.ts'
import { span } from '../flags.ts'
import { printJson, printLine } from '../output.ts'
import { runs } from './command.ts'
import { brokersOf } from './plan.ts'

/** Adds `joai apply`, which creates and changes what the topology needs on a cluster, and refuses changes that lose something. */
export function applyCommand(program: Command): void {
  const command = deployFlags(program.command('apply'))
    .description('create and change topics, schemas and rights on a cluster, as `joai plan` shows')
    .option(
      '--allow <change>',
      'allow a change that loses something, by the name that the plan shows; may be repeated',
      (given: string, all: readonly string[]) => [...all, given],
      [],
    )
    .option('--timeout <span>', 'wait no longer than this until the cluster shows the changes', span, 60_000)
    .option('--json', 'print one JSON object on the last line')
  runs(command, async flags => {
    const { config, want } = await requestedDeployment(flags)
    connectionOf(config)
    const place = await deployTargetOf(flags, config, await brokersOf(config))
    const plan = await planChanges(want(place.replication), place, skippedRecords(flags.allow))
    const { changes, deployed } = plan
    const stops = refusedChanges(changes, new Set(flags.allow))
    if (!flags.json) for (const line of [formatComparison(plan), ...formatChanges(changes)]) printLine(line)
    if (stops.length > 0) {
      if (flags.json) printJson({ applied: false, changes, refused: stops })
      else printLine(`Nothing was done: ${stops.length} of these changes would lose something, or can't happen.`)
      return 1
    }
    const deployment = changes.length === 0 && deployed !== null ? deployed : await apply(plan, place)
    if (changes.length > 0) await assertShown(want(place.replication), place, flags.timeout)
    const { generation, topologyVersion } = deployment
    if (flags.json) printJson({ applied: true, changes, generation, topologyVersion, schemas: deployment.schemas })
    else {
      printLine(
        changes.length === 0 ? 'Nothing changes.' : `Applied: generation ${generation}, topology ${topologyVersion}.`,
      )
      if (changes.length > 0 && plan.checksRights && place.principals.size === 0)
        for (const line of [
          'This cluster checks rights. Give them, or name principals with --principal:',
          ...formatRights(plan.wanted),
        ])
          printLine(line)
    }
    return 0
  })
}
