import { openSync } from 'node:fs'
import { join } from 'node:path'
import type { LocalBroker } from '../../connectors/kafka/broker/process-broker.ts'
import type { Sabotage } from '../../connectors/kafka/kafka-log.ts'
import { plan } from '../../topology/graph/plan.ts'
import type { Topology } from '../../topology/graph/topology.ts'
import { applicationOf, assertDecides } from '../application/application.ts'
import { UsageError } from '../cli/errors.ts'
import { type Config, settings } from '../config/config.ts'
import { apply, planned, refused } from '../deploy/apply.ts'
import { wanted } from '../deploy/wanted.ts'
import { connectionOf, openClusterLog, registryOf } from '../logs/cluster.ts'
import { workerFolder } from '../supervisor/worker-process.ts'
import { injectFaults } from './fault-injection.ts'
import { type LoadResult, runLoad } from './load-run.ts'
import { RetryingLog } from './retrying-log.ts'
import { dumpTopics } from './topic-dump.ts'
import { TopicSnapshot } from './topic-snapshot.ts'
import { type TopicVerdict, verdictOf } from './verdict.ts'
import { type Tally, WorkerPool } from './worker-pool.ts'

export interface ChaosOptions {
  readonly broker: LocalBroker
  readonly canRestart: boolean
  readonly kills: number
  readonly workers: number
  readonly customers: number
  readonly partitions: number
  readonly seed: string
  readonly sessionTimeoutMs: number
  readonly patienceMs: number
  readonly sabotage: Sabotage
  /** Whether workers keep warm copies of the tasks of others. */
  readonly standby: boolean
  /** Folder of the workers' stores, schemas and logs, and of a dump of the topics when a check fails. */
  readonly folder: string
  readonly progress: (text: string) => void
}

/** Result of a run; `ok` when every check passed. */
export interface ChaosReport extends TopicVerdict, LoadResult, Tally {
  readonly ok: boolean
  readonly seed: string
  /** Reasons that stopped a task or a worker for good, such as a log that contradicts its checkpoint. */
  readonly alarms: readonly string[]
  readonly sessionTimeoutMs: number
  readonly seconds: number
}

/** Runs a load of simulated customers on a cluster, injects faults into its workers and broker, and checks the topics alone. */
export async function chaos(options: ChaosOptions): Promise<ChaosReport> {
  const started = performance.now()
  const { seed, workers, customers, patienceMs, progress, folder } = options
  const { config } = settings(flagsOf(options))
  const application = await applicationOf(config)
  assertDecides(application, 'chaos')
  const { topology } = application
  await deploy(config, topology)
  const pool = new WorkerPool(poolOptions(options))
  const log = await RetryingLog.open(() => openClusterLog(config, topology))
  const faults = {
    ...{ kills: options.kills, workers, pool, seed, progress },
    sessionTimeoutMs: config.sessionTimeoutMs,
    folderOf: (worker: number) => workerFolder(config, worker),
    restartBroker: options.canRestart ? () => log.reopenAfter(() => options.broker.restart()) : null,
  }
  try {
    for (let index = 0; index < workers; index++) pool.start(index)
    const load = await runLoad({
      ...{ config, topology, customers, seed, log, pool, patienceMs, progress },
      injectFaults: signal => injectFaults({ ...faults, signal }),
    })
    progress('the workers drain and stop')
    await pool.stop(30_000)
    progress('reading all topics')
    const snapshot = await TopicSnapshot.of(log)
    const verdict = await verdictOf(snapshot, topology, config, progress)
    const { alarms, tally } = pool
    const duplicates = verdict.duplicates + pool.duplicates
    const { missing, violations, stateHashEqual, decisions } = verdict
    const ok = missing + duplicates + violations + alarms.length === 0 && stateHashEqual && !load.stuck && decisions > 0
    if (!ok) await dumpTopics(snapshot, join(folder, 'topics'))
    const seconds = Math.round((performance.now() - started) / 1000)
    const { sessionTimeoutMs } = config
    return { ok, seed, ...verdict, duplicates, ...load, ...tally, alarms, sessionTimeoutMs, seconds }
  } finally {
    await pool.stop(0)
    await log.close()
  }
}

const poolOptions = (options: ChaosOptions) => ({
  settings: flagsOf(options),
  sabotage: options.sabotage,
  standby: options.standby,
  stderr: openSync(join(options.folder, 'workers.log'), 'a'),
})

const flagsOf = ({ broker, folder, partitions, sessionTimeoutMs }: ChaosOptions) => ({
  ...{ brokers: broker.brokers, app: 'chaos', data: folder, store: 'rocksdb', partitions, sessionTimeoutMs },
  // Smaller than usual, so that there are more commits to interrupt.
  batch: 100,
})

/** Deploys a history application; the brokers must not have one yet. */
async function deploy(config: Config, topology: Topology): Promise<void> {
  const { app, partitions } = config
  const registry = await registryOf(config)
  const place = { connection: connectionOf(config), registry, replication: 1, principals: new Map() }
  const kind = { kind: 'history', retentionMs: 0, replication: 1 } as const
  const plans = await planned(wanted(plan(topology), { app, partitions, ...kind }), place)
  if (plans.deployed !== null || refused(plans.changes, new Set()).length > 0)
    throw new UsageError('chaos needs brokers on which no application is deployed')
  await apply(plans, place)
}
