import type { Command } from 'commander'
import { applicationOf } from '../../application/application.ts'
import { hyphenated, settings } from '../../config/config.ts'
import { deploymentOf } from '../../deploy/deployed.ts'
import { HealthServer } from '../../supervisor/health-server.ts'
import { Supervisor } from '../../supervisor/supervisor.ts'
import { workerLogger } from '../../supervisor/worker-process.ts'
import { type ExitCode, UsageError } from '../errors.ts'
import type { Flags } from '../flags.ts'
import { printJson } from '../output.ts'
import { runs } from './command.ts'

/** Flags of a worker that are settings too, and are handed on as they were given. */
const handedOn = ['brokers', 'app', 'topology', 'data', 'store', 'batch', 'sessionTimeoutMs', 'config'] as const

/** `joai run`: the application, on a cluster, in so many processes. */
export function runCommand(program: Command): void {
  const command = program
    .command('run')
    .description(
      'run the application that `joai apply` deployed, until it is told to stop; it drains, and exits with 0',
    )
    .option('--brokers <list>', 'the cluster: host:port, several separated by commas')
    .option('--app <name>', 'the name of the application on the cluster')
    .option('--topology <module>', 'run the `topology` that this module exports, not the main one')
    .option('--workers <n>', 'processes to start; each has an event loop, a client and a store of its own')
    .option('--standby', "keep a warm copy of the rows of others' partitions")
    .option('--data <dir>', 'where the stores are, each worker in a folder of its own')
    .option('--store <kind>', 'memory, level or rocksdb')
    .option('--batch <n>', 'records that are folded and committed together, at most; it changes no result')
    .option('--session-timeout-ms <n>', 'how long the group waits for a worker that says nothing, by default 10000')
    .option('--port <n>', 'where /healthz, /readyz and /metrics are; 0: any that is free')
    .option('--config <file>', 'read this file instead of joai.yaml')
    .option('--json', 'print one JSON object on the last line')
  runs(command, supervise)
}

async function supervise(flags: Flags): Promise<ExitCode> {
  const { config, from } = settings(flags, flags.config)
  if (from.secret === 'default')
    throw new UsageError(
      'set a secret of your own, at least 16 characters: JOAI_SECRET, JOAI_SECRET_FILE, or `secret` in joai.yaml',
    )
  const { kind, topologyVersion } = await deploymentOf(config, await applicationOf(config))
  const logger = workerLogger('parent')
  const supervisor = new Supervisor(config.workers, workerArguments(flags, kind, topologyVersion), logger)
  const stop = () => supervisor.stop()
  process.on('SIGINT', stop).on('SIGTERM', stop)
  let health: HealthServer | undefined
  try {
    health = await HealthServer.open(config.port, supervisor)
    logger.info({ app: config.app, kind, workers: config.workers, port: health.port }, 'running')
    return ended(await supervisor.ended, supervisor, flags)
  } finally {
    supervisor.stop()
    await supervisor.ended
    await health?.close()
    process.off('SIGINT', stop).off('SIGTERM', stop)
  }
}

function ended(code: number, { restarts }: Supervisor, { json }: Flags): ExitCode {
  if (json) printJson({ workers: restarts.length, restarts: restarts.reduce((sum, count) => sum + count), code })
  return code === 0 || code === 2 ? code : 3
}

/** How this same program starts a worker; its number follows. */
function workerArguments(flags: Flags, kind: string, version: string): string[] {
  const given = handedOn
    .filter(name => flags[name] !== undefined)
    .flatMap(name => [`--${hyphenated(name)}`, String(flags[name])])
  return [
    process.argv[1]!,
    'worker',
    '--kind',
    kind,
    '--version-of-topology',
    version,
    ...(flags.standby ? ['--standby'] : []),
    ...given,
  ]
}
