import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import type { CatalogDeclaration } from '../../../schemas/catalog/catalog.ts'
import type { Time } from '../../../schemas/record.ts'
import { topics } from '../../../schemas/topics.ts'
import type { Topology } from '../../../topology/graph/topology.ts'
import { createTopics, writeHistory } from '../../../topology/replay/history-writer.ts'
import { hashesOf, isMainTopology } from '../../../topology/replay/run-hashes.ts'
import { applicationOf } from '../../application/application.ts'
import { type Config, settings } from '../../config/config.ts'
import { inputRecords } from '../../input/input-records.ts'
import { assertEmpty, type FinishedRun, openLog, type RunFolder, runFolder, runToQuiet } from '../../logs/embedded.ts'
import { keepWords, wordsOfRun } from '../../logs/folder-words.ts'
import { singlePartitionTopics } from '../../logs/partitions.ts'
import { type RunSummary, recordCount, summarize } from '../../logs/summary.ts'
import { replayInput } from '../../replay-proof/replay-input.ts'
import { type ExitCode, UsageError } from '../errors.ts'
import { type Flags, oneInput, time, wholeNumber } from '../flags.ts'
import { endProgress, printJson, printLine, progress } from '../output.ts'
import { runs } from './command.ts'

/** Adds `joai replay`, which folds a history and prints the result with the hashes that prove it repeatable. */
export function replayCommand(program: Command): void {
  const command = program
    .command('replay')
    .description('fold a history by the topology, from the start, and print the result')
    .option('--adapter <name>', 'how to read the input: complete-journey, json-lines or sample')
    .option('--input <path>', 'the file or folder that the adapter reads', oneInput)
    .option('--source <name>', 'the input is a sample of this source of the catalog, and is mapped as it says')
    .option('--sort', 'sort a file of JSON lines by time first, on disk')
    .option('--release <file>', 'the release that decides')
    .option(
      '--catalog <file>',
      'the catalog by which events are checked; that of the release, or of the folder, if left out',
    )
    .option(
      '--again',
      "run the input of the folder's own log once more, elsewhere, and compare: exit code 1 if it differs",
    )
    .option(
      '--from <log>',
      "with --brokers, `people`: fold a cluster's recorded log again, and compare every byte that its workers wrote: exit code 1 if one differs",
    )
    .option('--brokers <list>', 'the cluster: host:port, several separated by commas')
    .option('--app <name>', 'the name of the application on the cluster')
    .option('--registry <url>', "the cluster's schema registry; without one, schemas are in a folder of --data")
    .option('--data <dir>', 'the folder of stores and schemas')
    .option('--topology <module>', 'run the `topology` that this module exports instead of the main one')
    .option(
      '--until <time>',
      'end the history there, such as 2024-04-08T07:00Z; timers that are due by then fire',
      time,
    )
    .option('--log <dir>', 'keep log and state in this folder (it must be new, or hold what `joai ingest` wrote)')
    .option('--store <kind>', 'memory, level or rocksdb')
    .option('--partitions <n>', 'partitions of each keyed topic')
    .option('--batch <n>', 'records whose rows are fetched together; it changes no result')
    .option(
      '--restart-every <n>',
      'drop everything in memory after so many records, and go on from disk',
      wholeNumber,
      0,
    )
    .option('--json', 'print one JSON object on the last line')
  runs(command, replay)
}

async function replay(flags: Flags): Promise<ExitCode> {
  if (flags.from !== undefined || flags.brokers !== undefined) return prove(flags)
  const { store, partitions, batch } = flags
  const { config } = settings({ store, partitions, batch, topology: flags.topology, catalog: flags.catalog })
  const words = wordsOfRun(config, { folder: flags.log, release: flags.release })
  const { topology, module } = await applicationOf(config, words)
  if (flags.again) return replayAgain(flags, topology, config)
  if (flags.adapter === undefined && !holdsLog(flags.log))
    throw new UsageError(
      'there is nothing to replay: name an input by --adapter and --input, or by --log a folder that `joai ingest` filled',
    )
  const place = runFolder(flags.log)
  try {
    if (flags.log !== undefined) keepWords(place.directory, words)
    await ingestInto(place, topology, flags, config.partitions, words)
    const started = performance.now()
    const finished = await runToQuiet(place, {
      topology,
      store: config.store,
      durability: config.durability,
      batch: config.batch,
      cacheRows: config.cacheRows,
      restartEvery: flags.restartEvery,
      progress: records => progress(`folded ${records} records`),
    })
    const seconds = (performance.now() - started) / 1000
    endProgress()
    try {
      const result = {
        ...(module === null ? {} : await ownSummary(finished)),
        ...(isMainTopology(finished.runner) ? await summarize(finished.log) : {}),
        ...(await hashesOf(finished.log, finished.runner)),
        ...paceOf(finished, seconds),
      }
      if (flags.json) printJson(result)
      else printLine(inWords(result))
    } finally {
      await finished.close()
    }
    return 0
  } finally {
    place.dispose()
  }
}

/** Replays the input of a folder's own log, and compares the hashes. */
async function replayAgain(flags: Flags, topology: Topology, { store, batch, cacheRows }: Config): Promise<ExitCode> {
  const given = ['adapter', 'input', 'release', 'partitions', 'until'].find(flag => flags[flag] !== undefined)
  if (given !== undefined) throw new UsageError(`--again replays the input of the log: leave out --${given}`)
  if (flags.log === undefined) throw new UsageError('--again: name the folder of a run with --log')
  if (!holdsLog(flags.log)) throw new UsageError(`--again: there is no log in '${flags.log}'`)
  const { own, replayed, finished, isSame, difference } = await replayInput(flags.log, {
    ...{ topology, store, batch, cacheRows, restartEvery: flags.restartEvery },
    progress: records => progress(`folded ${records} records`),
  })
  endProgress()
  const result = { isSame, difference, ...replayed, own, records: finished.records, restarts: finished.restarts }
  if (flags.json) printJson(result)
  else {
    for (const name of Object.keys(own) as (keyof typeof own)[])
      printLine(
        `${name.padEnd(14)} ${replayed[name]} ${replayed[name] === own[name] ? '= the same' : `≠ ${own[name]}`}`,
      )
    if (!isSame) printLine(`First difference: ${difference ?? 'none in the logs; only the rows differ'}`)
    printLine(isSame ? 'The log decides the same again.' : 'The log decides otherwise now.')
  }
  return isSame ? 0 : 1
}

const holdsLog = (folder: string | undefined): folder is string =>
  folder !== undefined && existsSync(join(folder, 'log'))

async function prove(flags: Flags): Promise<ExitCode> {
  const { from, brokers, app, registry, data, store, batch, topology, catalog, json = false } = flags
  if (from !== topics.people.name) throw new UsageError(`--from must be ${topics.people.name}, with --brokers`)
  const { config } = settings({ brokers, app, registry, data, store, batch, topology, catalog })
  // Loaded only here, because it loads the clients of a cluster.
  const { provePeople } = await import('../../replay-proof/prove.ts')
  return provePeople(config, { json })
}

/** Writes the input to the log of the folder; without an adapter, `joai ingest` has written it there. */
async function ingestInto(
  place: RunFolder,
  topology: Topology,
  flags: Flags,
  partitions: number,
  words?: CatalogDeclaration,
): Promise<void> {
  const until: Time | undefined = flags.until
  const log = await openLog(place)
  try {
    if (flags.adapter !== undefined)
      await assertEmpty(log, place, 'leave out --adapter to run them, or name a new folder')
    await createTopics(log, topology, partitions, singlePartitionTopics)
    await writeHistory(log, topology, await inputRecords(flags, topology, words), until === undefined ? {} : { until })
  } finally {
    await log.close()
  }
}

const paceOf = ({ records, restarts }: FinishedRun, seconds: number) => ({
  records,
  restarts,
  seconds: Math.round(seconds * 10) / 10,
  recordsPerSecond: Math.round(records / seconds),
})

/** Counts the records of each public topic: nothing else is known of a topology of someone's own. */
async function ownSummary({ log, runner }: FinishedRun): Promise<Record<string, unknown>> {
  const outputs: Record<string, number> = {}
  for (const { name, role } of runner.plans.topics.values())
    if (role === 'public') outputs[name] = await recordCount(log, name)
  return { outputs, deadLetters: await recordCount(log, topics.deadLetters.name) }
}

function inWords(result: Record<string, unknown> & Partial<RunSummary>): string {
  const lines = Object.entries(result).map(([name, value]) => {
    const shown =
      typeof value === 'object'
        ? Object.entries(value as object)
            .map(([key, count]) => `${key} ${count}`)
            .join(', ')
        : String(value)
    return `${name.padEnd(22)} ${shown}`
  })
  return lines.join('\n')
}
