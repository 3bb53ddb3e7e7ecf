import { openSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { LocalBroker } from '../../connectors/kafka/broker/process-broker.ts'
import type { Sabotage } from '../../connectors/kafka/kafka-log.ts'
import type { InputRecord } from '../../schemas/input-record.ts'
import { plan } from '../../topology/graph/plan.ts'
import type { Topology } from '../../topology/graph/topology.ts'
import type { Log } from '../../topology/log/log.ts'
import { type Application, applicationOf } from '../application/application.ts'
import { UsageError } from '../cli/errors.ts'
import { type Config, settings } from '../config/config.ts'
import { apply, planChanges, refusedChanges } from '../deploy/apply.ts'
import { wanted } from '../deploy/wanted.ts'
import { inputRecords } from '../input/input-records.ts'
import { connectionOf, openClusterLog, registryOf } from '../logs/cluster.ts'
import { workerFolder } from '../supervisor/worker-store.ts'
import { type DrainOptions, Stuck } from './cluster-drain.ts'
import { openCustomerLoad } from './customer-load.ts'
import { injectFaults } from './fault-injection.ts'
import { historyLoad } from './history-load.ts'
import { type LoadResult, runLoad, type WorkerLoad } from './load-run.ts'
import { type OwnVerdict, ownVerdictOf } from './own-verdict.ts'
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
  /** Module of a topology of someone's own; null: the one that joai.yaml names, or the main one. */
  readonly topology: string | null
  /** The history that someone's own topology folds, as the flags name it. */
  readonly input: { readonly adapter: string; readonly input: string } | null
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
export type ChaosReport = (TopicVerdict | OwnVerdict) & ChaosResult

interface ChaosResult extends LoadResult, Tally {
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
  const { seed, workers, patienceMs, progress, folder } = options
  const { config } = settings(flagsOf(options))
  const application = await applicationOf(config)
  const { topology } = application
  const subject = application.decides ? customersOn(options, config) : await historyOn(options, application)
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
    const check = () => assertSound(pool)
    const load = await runLoad({
      openLoad: () => subject.load({ log, topology, patienceMs, check }),
      injectFaults: signal => injectFaults({ ...faults, signal }),
      ...{ pool, progress },
    })
    progress('the workers drain and stop')
    await pool.stop(30_000)
    progress('reading all topics')
    const snapshot = await TopicSnapshot.of(log)
    const { isSound, ...verdict } = await subject.verdict(snapshot, topology)
    const { alarms, tally } = pool
    const duplicates = verdict.duplicates + pool.duplicates
    const ok = isSound && verdict.missing + duplicates + alarms.length === 0 && !load.stuck
    if (!ok) await dumpTopics(snapshot, join(folder, 'topics'))
    const seconds = Math.round((performance.now() - started) / 1000)
    const { sessionTimeoutMs } = config
    return { ok, seed, ...verdict, duplicates, ...load, ...tally, alarms, sessionTimeoutMs, seconds }
  } finally {
    await pool.stop(0)
    await log.close()
  }
}

/** The two sides of a run: load for the workers, and a verdict on their output. */
interface Subject {
  load(drain: Omit<DrainOptions, 'committed'>): Promise<WorkerLoad>
  verdict(log: Log, topology: Topology): Promise<(TopicVerdict | OwnVerdict) & { readonly isSound: boolean }>
}

/** Simulated customers on the main topology, or an extension of it. */
function customersOn({ customers, seed, input, progress }: ChaosOptions, config: Config): Subject {
  if (input !== null)
    throw new UsageError('--adapter and --input are for a topology of your own: name it by --topology')
  return {
    load: drain => openCustomerLoad({ ...drain, secret: config.secret, customers, seed }),
    async verdict(log, topology) {
      const verdict = await verdictOf(log, topology, config, progress)
      const { violations, stateHashEqual, decisions } = verdict
      return { ...verdict, isSound: violations === 0 && stateHashEqual && decisions > 0 }
    },
  }
}

/** A given history on someone's own topology. */
async function historyOn({ input, kills }: ChaosOptions, { topology, module }: Application): Promise<Subject> {
  if (input === null)
    throw new UsageError(`customers know nothing of '${module}': give a history by --adapter and --input`)
  const records: InputRecord[] = []
  for await (const record of await inputRecords(input, topology)) records.push(record)
  return {
    load: async drain => historyLoad({ ...drain, records, kills }),
    async verdict(log) {
      const verdict = await ownVerdictOf(log, topology, records)
      return { ...verdict, isSound: verdict.outputsEqual && verdict.outputs > 0 }
    },
  }
}

/** Throws `Stuck` after an error: the run stops at once, so that the logs stay as they were when it happened. */
function assertSound({ alarms, duplicates }: WorkerPool): void {
  const [alarm] = alarms
  if (alarm !== undefined) throw new Stuck(alarm)
  if (duplicates > 0) throw new Stuck('a task got records that it had folded already')
}

const poolOptions = (options: ChaosOptions) => ({
  settings: flagsOf(options),
  sabotage: options.sabotage,
  standby: options.standby,
  stderr: openSync(join(options.folder, 'workers.log'), 'a'),
})

const flagsOf = ({ broker, folder, partitions, sessionTimeoutMs, topology }: ChaosOptions) => ({
  ...{ brokers: broker.brokers, app: 'chaos', data: folder, store: 'rocksdb', partitions, sessionTimeoutMs },
  ...(topology === null ? {} : { topology: resolve(topology) }),
  // Smaller than usual, so that there are more commits to interrupt.
  batch: 100,
})

/** Deploys a history application; the brokers must not have one yet. */
async function deploy(config: Config, topology: Topology): Promise<void> {
  const { app, partitions } = config
  const registry = await registryOf(config)
  const place = { connection: connectionOf(config), registry, replication: 1, principals: new Map() }
  const kind = { kind: 'history', retentionMs: 0, replication: 1 } as const
  const plans = await planChanges(wanted(plan(topology), { app, partitions, ...kind }), place)
  if (plans.deployed !== null || refusedChanges(plans.changes, new Set()).length > 0)
    throw new UsageError('chaos needs brokers on which no application is deployed')
  await apply(plans, place)
}
