import type { Command } from 'commander'
import { askFolderOrCluster, clusterFlags } from '../../query-server/cluster-query.ts'
import { wholeNumber } from '../flags.ts'
import { folder, runs } from './command.ts'

/** Adds `joai tail`, which prints the last records of a public topic, and new ones as they come. */
export function tailCommand(program: Command): void {
  const command = clusterFlags(program.command('tail'))
    .description(
      'print the last records of a public topic: decisions, sends.email, dead-letters, rewards, or one of an extension',
    )
    .argument('[topic]', 'the topic', 'decisions')
    .option(...folder)
    .option('--last <n>', 'the number of existing records to print', wholeNumber, 10)
    .option('--follow', 'print new records as they come, until Ctrl-C')
    .option('--json', 'print one JSON object per record')
  runs(command, (flags, [topic = 'decisions']) => {
    const { last, follow = false, json = false } = flags
    return askFolderOrCluster(command, flags, 'tail', { topic, last, follow, json })
  })
}
