import type { Command } from 'commander'
import { askFolderOrCluster, clusterFlags } from '../../query-server/cluster-query.ts'
import { folder, runs } from './command.ts'

/** Adds `joai verify`, which checks every decision again from the log alone. */
export function verifyCommand(program: Command): void {
  const command = clusterFlags(program.command('verify'))
    .description(
      'check every decision again from the log alone, with code that is independent of the operators: caps, quiet hours, consent, probabilities, draws',
    )
    .option(...folder)
    .option('--json', 'print one JSON object on the last line')
  runs(command, flags => askFolderOrCluster(command, flags, 'verify', { json: flags.json ?? false }))
}
