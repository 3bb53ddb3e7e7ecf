import type { Command } from 'commander'
import { applicationOf } from '../../application/application.ts'
import { hyphenated, settings } from '../../config/config.ts'
import { weaknessOf } from '../../config/secret-strength.ts'
import { deploymentOf } from '../../deploy/deployed.ts'
import { HealthServer } from '../../supervisor/health-server.ts'
import { Supervisor } from '../../supervisor/supervisor.ts'
import { workerLogger } from '../../supervisor/worker-process.ts'
import { type ExitCode, UsageError } from '../errors.ts'
import type { Flags } from '../flags.ts'
import { printJson } from '../output.ts'
import { runs } from './command.ts'

/** Flags that `joai run` passes on to its workers as they were given. */
const handedOn = ['brokers', 'app', 'topology', 'data', 'store', 'batch', 'sessionTimeoutMs', 'config'] as const

/** Adds `joai run`, which runs the application on a cluster in several worker processes. */
export function runCommand(program: Command): void {
  const command = program
    .command('run')
    .description(
      'run the application that `joai apply` deployed until it gets SIGINT or SIGTERM; it then drains and exits with 0',
    )
    .option('--brokers <list>', 'the cluster: host:port, several separated by commas')
    .option('--app <name>', 'the name of the application on the cluster')
    .option('--catalog <file>', 'the catalog by which intake checks events')
    .option('--topology <module>', 'run the `topology` that this module exports instead of the main one')
    .option('--workers <n>', 'worker processes; each has its own event loop, client and store')
    .option('--standby', 'keep warm copies of the rows of partitions that other workers own')
    .option('--data <dir>', 'the folder of the stores; each worker has a subfolder')
    .option('--store <kind>', 'memory, level or rocksdb')
    .option('--batch <n>', 'the most records that are folded and committed together; it changes no result')
    .option('--session-timeout-ms <n>', 'how long a silent worker keeps its partitions (default: 10000)')
    .option('--host <address>', 'the address of /healthz, /readyz and /metrics; 0.0.0.0: all of this machine')
    .option('--port <n>', 'the port of /healthz, /readyz and /metrics; 0: any free port')
    .option('--config <file>', 'read this file instead of joai.yaml')
    .option('--json', 'print one JSON object on the last line')
  runs(command, supervise)
}

async function supervise(flags: Flags): Promise<ExitCode> {
  const { config, from } = settings(flags, flags.config)
  const weakness = from.secret === 'default' ? null : weaknessOf(config.secret)
  if (from.secret === 'default' || weakness !== null)
    throw new UsageError(
      `${weakness === null ? '' : `the secret is not secret: ${weakness}; `}set a secret of your own, at least 16 characters: JOAI_SECRET, JOAI_SECRET_FILE, or \`secret\` in joai.yaml`,
    )
  const { kind, topologyVersion } = await deploymentOf(config, await applicationOf(config))
  const logger = workerLogger('parent')
  const supervisor = new Supervisor(config.workers, workerArguments(flags, kind, topologyVersion), logger)
  const stop = () => supervisor.stop()
  process.on('SIGINT', stop).on('SIGTERM', stop)
  let health: HealthServer | undefined
  try {
    health = await HealthServer.open(supervisor, config)
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

/** Returns the arguments that start a worker of this program; its number is appended. */
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
