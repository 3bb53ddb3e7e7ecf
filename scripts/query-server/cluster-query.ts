import type { Command } from 'commander'
import { topics } from '../../schemas/topics.ts'
import { type Application, applicationOf } from '../application/application.ts'
import { type ExitCode, UsageError } from '../cli/errors.ts'
import type { Flags } from '../cli/flags.ts'
import { printLine } from '../cli/output.ts'
import { type Config, settings } from '../config/config.ts'
import { connectionOf, openClusterLog } from '../logs/cluster.ts'
import { type QueryHandlers, queryHandlers } from '../queries/handlers/handlers.ts'
import type { QueryBackend } from '../queries/query.ts'
import { askFolder } from './ask.ts'

type AskedOf<Name extends keyof QueryHandlers> = Parameters<QueryHandlers[Name]>[0]

/** Adds the flags by which a command queries a cluster instead of a folder. */
export const clusterFlags = (command: Command): Command =>
  command
    .option('--brokers <list>', 'ask a cluster instead: host:port, several separated by commas')
    .option('--app <name>', 'the name of the application on the cluster')
    .option('--registry <url>', "the cluster's schema registry; without one, a folder of --data")
    .option('--data <dir>', 'where that folder is')
    .option('--topology <module>', 'the application runs the `topology` that this module exports, not the main one')

/** Queries the cluster where one is given or configured; otherwise, or where --log was given, the folder. */
export async function askFolderOrCluster<Name extends keyof QueryHandlers>(
  command: Command,
  flags: Flags,
  name: Name,
  asked: AskedOf<Name>,
): Promise<ExitCode> {
  const { log, brokers, app, registry, data, topology } = flags
  const { config } = settings({ brokers, app, registry, data, topology })
  const isFolder = config.brokers === '' || (brokers === undefined && command.getOptionValueSource('log') === 'cli')
  return isFolder ? askFolder(log, name, asked, config) : askCluster(config, name, asked)
}

/** Answers from the logs of a cluster. It reads only, and needs no running worker. */
async function askCluster<Name extends keyof QueryHandlers>(
  config: Config,
  name: Name,
  asked: AskedOf<Name>,
): Promise<ExitCode> {
  const leaving = new AbortController()
  const leave = () => leaving.abort()
  process.once('SIGINT', leave)
  const application = await applicationOf(config)
  await assertSame(config, application)
  const { topology } = application
  const log = await openClusterLog(config, topology)
  const refuse = async () => {
    throw new UsageError(`'${name}' can't be asked of a cluster`)
  }
  const backend: QueryBackend = { topology, log: async () => log, growing: log, betweenEpochs: refuse, control: refuse }
  try {
    return await queryHandlers[name](asked as never, backend, {
      write: async line => printLine(line),
      closed: leaving.signal,
    })
  } finally {
    process.off('SIGINT', leave)
    await log.close()
  }
}

/** Refuses where the cluster runs another topology, whose logs the main one would not find. */
async function assertSame(config: Config, { decides }: Application): Promise<void> {
  // With it come the clients of a cluster.
  const { readDeployment } = await import('../deploy/apply.ts')
  const deployment = await readDeployment(connectionOf(config), config.app)
  if (decides && deployment !== null && deployment.topics[topics.decisions.name] === undefined)
    throw new UsageError(`'${config.app}' runs a topology of its own: name its module with --topology`)
}
