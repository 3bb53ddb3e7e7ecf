import type { Command } from 'commander'
import { plan } from '../../../topology/graph/plan.ts'
import type { Topology } from '../../../topology/graph/topology.ts'
import { applicationOf } from '../../application/application.ts'
import { type Config, settings } from '../../config/config.ts'
import { deployedRowSchemas } from '../../deploy/deployed.ts'
import type { StatusReply, StatusRequest } from '../../supervisor/supervisor.ts'
import {
  runWorker,
  type WorkerProcess,
  type WorkerProcessOptions,
  type WorkerStatus,
} from '../../supervisor/worker-process.ts'
import { type ExitCode, UsageError } from '../errors.ts'
import { type Flags, wholeNumber } from '../flags.ts'
import { reportError } from '../output.ts'
import { runs } from './command.ts'

const notYet: WorkerStatus = { ready: false, tasks: [], withoutTask: [], metrics: [] }

/** Adds the hidden command that `joai run` starts as a worker: it ends on a signal, or when `joai run` is gone. */
export function workerCommand(program: Command): void {
  const command = program
    .command('worker', { hidden: true })
    .description('one worker process of `joai run`')
    .argument('<index>', 'the number of the worker, from 0', wholeNumber)
    .requiredOption('--kind <kind>', 'live or history')
    .requiredOption('--version-of-topology <version>', 'the version of the deployed topology')
    .option('--topology <module>')
    .option('--catalog <file>')
    .option('--standby')
    .option('--brokers <list>')
    .option('--app <name>')
    .option('--data <dir>')
    .option('--store <kind>')
    .option('--batch <n>')
    .option('--session-timeout-ms <n>')
    .option('--config <file>')
  runs(command, work)
}

async function work(flags: Flags, [index]: readonly string[]): Promise<ExitCode> {
  const { config } = settings(flags, flags.config)
  let exitCode: ExitCode = 0
  const stopping = new AbortController()
  const stop = () => stopping.abort()
  // Not `once`: a Ctrl-C reaches every process of the terminal, and a second signal must not kill the process while it drains.
  process.on('SIGINT', stop).on('SIGTERM', stop).on('disconnect', stop)
  let worker: WorkerProcess | null = null
  process.on('message', async message => {
    const { ask } = message as StatusRequest
    const status = worker === null ? notYet : await worker.status()
    if (process.connected) process.send!({ answers: ask, status } satisfies StatusReply)
  })
  try {
    const topology = await deployedTopology(config, flags.versionOfTopology)
    const options: WorkerProcessOptions = {
      config,
      topology,
      kind: flags.kind,
      standby: flags.standby ?? false,
      index: Number(index),
      rowSchemas: deployedRowSchemas(config),
    }
    exitCode = await runWorker(options, stopping, started => {
      worker = started
    })
  } catch (error) {
    exitCode = reportError(error)
  }
  if (process.connected) process.disconnect()
  return exitCode
}

/** Loads the configured topology; throws UsageError where it is not the deployed one any more. */
async function deployedTopology(config: Config, deployed: string): Promise<Topology> {
  const { topology, module } = await applicationOf(config)
  const { version } = plan(topology)
  if (version !== deployed)
    throw new UsageError(
      `'${module}' has changed to topology ${version} while ${deployed} is deployed: run \`joai apply\`, and start again`,
    )
  return topology
}
