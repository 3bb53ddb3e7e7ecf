import type { Command } from 'commander'
import { askFolderOrCluster, clusterFlags } from '../../query-server/cluster-query.ts'
import { folder, runs } from './command.ts'

/** `joai verify`: re-checks every decision from the log alone. */
export function verifyCommand(program: Command): void {
  const command = clusterFlags(program.command('verify'))
    .description(
      "re-check every decision from the log alone, by other code than the operators': caps, quiet hours, consent, probabilities, draws",
    )
    .option(...folder)
    .option('--json', 'print one JSON object on the last line')
  runs(command, flags => askFolderOrCluster(command, flags, 'verify', { json: flags.json ?? false }))
}
