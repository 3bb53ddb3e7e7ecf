import type { Command } from 'commander'
import { askFolderOrCluster, clusterFlags } from '../../query-server/cluster-query.ts'
import { wholeNumber } from '../flags.ts'
import { folder, runs } from './command.ts'

/** `joai tail`: what was decided, sent or refused lately, and what is being. */
export function tailCommand(program: Command): void {
  const command = clusterFlags(program.command('tail'))
    .description('print the last records of a public log: decisions in words, or sends.email, dead-letters, rewards …')
    .argument('[topic]', 'which log', 'decisions')
    .option(...folder)
    .option('--last <n>', 'how many records that are there already', wholeNumber, 10)
    .option('--follow', 'go on with what comes, until Ctrl-C')
    .option('--json', 'print one JSON object a record')
  runs(command, (flags, [topic = 'decisions']) => {
    const { last, follow = false, json = false } = flags
    return askFolderOrCluster(command, flags, 'tail', { topic, last, follow, json })
  })
}
