import type { Command } from 'commander'
import { askFolderOrCluster, clusterFlags } from '../../query-server/cluster-query.ts'
import { folder, runs } from './command.ts'

/** `joai explain`: why this, and why not something else? */
export function explainCommand(program: Command): void {
  const command = clusterFlags(program.command('explain'))
    .description('tell how one decision came about: every candidate, rule, cap, score, probability and consent')
    .argument('<decisionId>', 'or its first characters, six at least')
    .option(...folder)
    .option('--json', 'print one JSON object on the last line')
  runs(command, (flags, [decisionId]) =>
    askFolderOrCluster(command, flags, 'explain', { decisionId: decisionId!, json: flags.json ?? false }),
  )
}
