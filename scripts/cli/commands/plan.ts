import type { Command } from 'commander'
import { Cluster } from '../../../connectors/kafka/cluster.ts'
import { type Config, settings } from '../../config/config.ts'
import { type Planned, planChanges, refusedChanges } from '../../deploy/apply.ts'
import { changesOf } from '../../deploy/changes.ts'
import { deployedRelease } from '../../deploy/deployed-release.ts'
import { deployFlags, deployTargetOf, requestedDeployment } from '../../deploy/flags.ts'
import { formatChanges, formatComparison, formatRights } from '../../deploy/format.ts'
import { releaseChanges } from '../../deploy/release-changes.ts'
import { readReleaseFile } from '../../input/release-file.ts'
import { connectionOf } from '../../logs/cluster.ts'
import { type ExitCode, UsageError } from '../errors.ts'
import type { Flags } from '../flags.ts'
import { printJson, printLine } from '../output.ts'
import { runs } from './command.ts'

/** Adds `joai plan`, which shows what `joai apply` or a release would change. */
export function planCommand(program: Command): void {
  const command = deployFlags(program.command('plan'))
    .description('show what `joai apply` would change on a cluster, or what a release would change')
    .option('--release <file>', 'show what this release changes against the one in force on the cluster')
    .option('--against <file>', 'with --release: compare with this release instead')
    .option('--rights', 'print the rights that each role needs')
    .option('--json', 'print one JSON object on the last line')
  runs(command, async flags => (flags.release === undefined ? planDeployment(flags) : planRelease(flags)))
}

async function planDeployment(flags: Flags): Promise<ExitCode> {
  const { config, want } = await requestedDeployment(flags)
  const compared = config.brokers === '' ? null : await compare(flags, config, want)
  const changes =
    compared?.changes ?? changesOf(want(flags.replication ?? 3), { topics: new Map(), deployed: null, others: [] })
  const stops = refusedChanges(changes, new Set())
  if (flags.json) printJson({ changes, deployed: compared?.deployed ?? null })
  else {
    printLine(compared ? formatComparison(compared) : 'Without --brokers, as on an empty cluster:')
    for (const line of formatChanges(changes)) printLine(line)
    if (changes.length === 0) printLine('Nothing changes.')
    if (flags.rights) for (const line of ['', 'Rights:', ...formatRights(want(1))]) printLine(line)
  }
  return stops.length === 0 ? 0 : 1
}

async function compare(flags: Flags, config: Config, want: (replication: number) => Planned['wanted']) {
  const place = await deployTargetOf(flags, config, await brokersOf(config))
  return planChanges(want(place.replication), place)
}

/** Counts the brokers of the cluster. */
export async function brokersOf(config: Config): Promise<number> {
  const cluster = await Cluster.connect(connectionOf(config))
  try {
    return await cluster.brokers()
  } finally {
    await cluster.close()
  }
}

async function planRelease(flags: Flags): Promise<ExitCode> {
  const after = readReleaseFile(flags.release)
  const { config } = settings(flags)
  if (flags.against === undefined && config.brokers === '')
    throw new UsageError('name what to compare with: --against <file>, or --brokers')
  const before = flags.against === undefined ? await deployedRelease(config) : readReleaseFile(flags.against)
  const changes = releaseChanges(before, after)
  if (flags.json) printJson({ before: before?.release ?? null, after: after.release, changes })
  else {
    for (const { about, name, words } of changes) printLine(`· ${about.padEnd(11)} ${name}  ${words}`)
    if (changes.length === 0) printLine('Nothing changes.')
  }
  return 0
}
