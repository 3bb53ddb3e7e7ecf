import type { Command } from 'commander'
import type { Topology } from '../../../topology/graph/topology.ts'
import type { Log } from '../../../topology/log/log.ts'
import { clusterTickMs, createTopics, writeHistory } from '../../../topology/replay/history-writer.ts'
import { type Application, applicationOf } from '../../application/application.ts'
import { settings } from '../../config/config.ts'
import { inputRecords } from '../../input/input-records.ts'
import { readReleaseFile } from '../../input/release-file.ts'
import { openClusterLog } from '../../logs/cluster.ts'
import { assertEmpty, openLog, runFolder } from '../../logs/embedded.ts'
import { keepWords, wordsOfRun } from '../../logs/folder-words.ts'
import { singlePartitionTopics } from '../../logs/partitions.ts'
import { recordCount } from '../../logs/summary.ts'
import { type TrialOptions, tryRelease } from '../../release-trial/try-release.ts'
import { ingestInto } from '../../supervisor/ingest-cluster.ts'
import { type ExitCode, UsageError } from '../errors.ts'
import { type Flags, oneInput } from '../flags.ts'
import { endProgress, printJson, printLine, printStatus } from '../output.ts'
import { runs } from './command.ts'

/** Adds `joai ingest`, which writes history to a log, for a later replay or for the workers of a cluster. */
export function ingestCommand(program: Command): void {
  const command = program
    .command('ingest')
    .description('write history to the input topics of a folder, or of a cluster on which `joai run` is running')
    .requiredOption('--adapter <name>', 'how to read the input: complete-journey, json-lines or sample')
    .option('--input <path>', 'the file or folder that the adapter reads', oneInput)
    .option('--source <name>', 'the input is a sample of this source of the catalog, and is mapped as it says')
    .option('--sort', 'sort a file of JSON lines by time first, on disk')
    .option('--release <file>', 'the release that decides')
    .option('--catalog <file>', 'the catalog by which events are checked; that of the release if left out')
    .option('--topology <module>', 'write for the `topology` that this module exports instead of the main one')
    .option('--log <dir>', 'the folder to write to; `joai replay --log` runs it')
    .option('--partitions <n>', 'partitions of each keyed topic of a folder')
    .option('--brokers <list>', 'the cluster to write to: host:port, several separated by commas')
    .option('--app <name>', 'the name of the application on the cluster')
    .option('--registry <url>', "the cluster's schema registry; without one, schemas are in a folder of --data")
    .option('--data <dir>', 'the folder of stores and schemas')
    .option('--json', 'print one JSON object on the last line')
  runs(command, flags => {
    if ((flags.log === undefined) === (flags.brokers === undefined))
      throw new UsageError('name where to write: --log <dir>, or --brokers <list>')
    return flags.log === undefined ? intoCluster(flags) : intoFolder(flags)
  })
}

async function intoFolder(flags: Flags): Promise<ExitCode> {
  const { config } = settings({ partitions: flags.partitions, topology: flags.topology, catalog: flags.catalog })
  const words = wordsOfRun(config, { folder: flags.log, release: flags.release })
  const application = await applicationOf(config, words)
  await tryGiven(flags, application)
  const { topology } = application
  const place = runFolder(flags.log)
  const log = await openLog(place, config.durability)
  try {
    await assertEmpty(log, place, 'name a new folder')
    keepWords(place.directory, words)
    await createTopics(log, topology, config.partitions, singlePartitionTopics)
    const records = await writeHistory(log, topology, await inputRecords(flags, topology, words))
    endProgress()
    if (flags.json) printJson({ records, log: flags.log })
    else printLine(`Wrote ${records} records. Next: joai replay --log ${flags.log}`)
    return 0
  } finally {
    await log.close()
  }
}

async function intoCluster(flags: Flags): Promise<ExitCode> {
  if (flags.source !== undefined)
    throw new UsageError('--source: on a cluster your own systems write that topic; write to a folder by --log instead')
  const { config } = settings(flags)
  const words = wordsOfRun(config, { release: flags.release })
  const application = await applicationOf(config, words)
  const { topology } = application
  // Loaded only here, because it loads the clients of a cluster.
  const { deploymentOf } = await import('../../deploy/deployed.ts')
  const { kind, app } = await deploymentOf(config, application)
  const { sizesMax } = await import('../../deploy/deployed-release.ts')
  await tryGiven(flags, application, await sizesMax(config))
  const log = await openClusterLog(config, topology)
  try {
    if (kind === 'history') await assertNew(log, topology, app)
    const records = await ingestInto({
      log,
      topology,
      records: await inputRecords(flags, topology, words),
      tickMs: kind === 'live' ? Number.POSITIVE_INFINITY : clusterTickMs,
      progress: printStatus,
    })
    endProgress()
    if (flags.json) printJson({ records, app })
    else printLine(`Wrote ${records} records. Next, when they are folded: joai verify --brokers ${flags.brokers}`)
    return 0
  } finally {
    await log.close()
  }
}

/** Tries out the release that --release names. */
async function tryGiven({ release }: Flags, { topology, decides }: Application, sizeMax?: TrialOptions['sizeMax']) {
  if (release === undefined || !decides) return
  await tryRelease(readReleaseFile(release), topology, { now: Date.now(), ...(sizeMax && { sizeMax }) })
}

/** Refuses a second history: all its records would be late, since the ticks of the first one have passed. */
async function assertNew(log: Log, { nodes }: Topology, app: string): Promise<void> {
  for (const node of nodes)
    if (node.kind === 'source' && node.topic.role === 'input' && (await recordCount(log, node.topic.name)) > 0)
      throw new UsageError(`'${app}' has its history already: '${node.topic.name}' holds records`)
}
