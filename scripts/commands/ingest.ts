import type { Command } from 'commander'
import { createTopics, writeHistory } from '../../topology/history.ts'
import { journey } from '../../topology/journey.ts'
import { settings } from '../config.ts'
import { home, mustBeNew, openLog } from '../embedded.ts'
import { inputRecords } from '../input.ts'
import { endProgress, say, sayJson } from '../output.ts'
import { loadTopology } from '../own-topology.ts'
import { runs } from './command.ts'
import { singlePartition } from './replay.ts'

/** `joai ingest`: writes history into a log, for a later replay. */
export function ingestCommand(program: Command): void {
  const command = program
    .command('ingest')
    .description('write history into the input logs of a folder; `joai replay --log` runs it')
    .requiredOption('--adapter <name>', 'how to read the input: complete-journey, json-lines or sample')
    .option('--input <path>', 'the file or folder that the adapter reads')
    .option('--release <file>', 'the release that decides')
    .option('--topology <module>', 'write for the `topology` that this module exports, not the main one')
    .requiredOption('--log <dir>', 'the folder to write to')
    .option('--partitions <n>', 'of each log that is keyed')
    .option('--json', 'print one JSON object on the last line')
  runs(command, async flags => {
    const { config } = settings({ partitions: flags.partitions })
    const topology =
      flags.topology === undefined ? journey({ secret: config.secret }) : await loadTopology(flags.topology)
    const place = home(flags.log)
    const log = await openLog(place)
    try {
      await mustBeNew(log, place, 'name a new folder')
      await createTopics(log, topology, config.partitions, singlePartition)
      const records = await writeHistory(log, topology, await inputRecords(flags, topology))
      endProgress()
      if (flags.json) sayJson({ records, log: flags.log })
      else say(`Wrote ${records} records. Next: joai replay --log ${flags.log}`)
      return 0
    } finally {
      await log.close()
    }
  })
}
