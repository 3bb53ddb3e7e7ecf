import type { Command } from 'commander'
import { askFolderOrCluster, clusterFlags } from '../../query-server/cluster-query.ts'
import { folder, runs } from './command.ts'

/** Adds `joai explain`, which tells how one decision came about. */
export function explainCommand(program: Command): void {
  const command = clusterFlags(program.command('explain'))
    .description('explain one decision: every candidate, rule, cap, score, probability and consent')
    .argument('<decisionId>', 'the id of the decision, its first six characters or more, or the id of the event')
    .option(...folder)
    .option('--json', 'print one JSON object on the last line')
  runs(command, (flags, [decisionId]) =>
    askFolderOrCluster(command, flags, 'explain', { decisionId: decisionId!, json: flags.json ?? false }),
  )
}
