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
import { Crew, type Tally } from './crew.ts'
import { keepTopics } from './evidence.ts'
import { type Judgement, judged } from './judged.ts'
import { type Lived, live } from './live.ts'
import { PatientLog } from './patient-log.ts'
import { Snapshot } from './snapshot.ts'
import { strikes } from './strikes.ts'

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
  /** Whether workers keep warm copies of what others work on. */
  readonly standby: boolean
  /** For stores, schemas and what the workers log; and for the topics, when something is wrong. */
  readonly folder: string
  readonly tell: (text: string) => void
}

/** What came of it, and whether all is as it must be. */
export interface ChaosReport extends Judgement, Lived, Tally {
  readonly ok: boolean
  readonly seed: string
  /** What stopped tasks or workers for good, such as a log that does not fit what they had committed. */
  readonly alarms: readonly string[]
  readonly sessionTimeoutMs: number
  readonly seconds: number
}

/** Lets customers live on a cluster whose workers and broker are struck, and counts what came of it from the topics alone. */
export async function chaos(options: ChaosOptions): Promise<ChaosReport> {
  const started = performance.now()
  const { seed, workers, customers, patienceMs, tell, folder } = options
  const { config } = settings(flagsOf(options))
  const application = await applicationOf(config)
  assertDecides(application, 'chaos')
  const { topology } = application
  await deploy(config, topology)
  const crew = new Crew(crewOptions(options))
  const log = await PatientLog.open(() => openClusterLog(config, topology))
  const struck = {
    ...{ kills: options.kills, workers, crew, seed, tell },
    sessionTimeoutMs: config.sessionTimeoutMs,
    folderOf: (worker: number) => workerFolder(config, worker),
    restartBroker: options.canRestart ? () => log.around(() => options.broker.restart()) : null,
  }
  try {
    for (let index = 0; index < workers; index++) crew.start(index)
    const lived = await live({
      ...{ config, topology, customers, seed, log, crew, patienceMs, tell },
      strikes: signal => strikes({ ...struck, signal }),
    })
    tell('all drain and stop')
    await crew.stop(30_000)
    tell('reading all topics')
    const snapshot = await Snapshot.of(log)
    const judgement = await judged(snapshot, topology, config, tell)
    const { alarms, doubled, tally } = crew
    const duplicates = judgement.duplicates + doubled
    const { missing, violations, stateHashEqual, decisions } = judgement
    const ok =
      missing + duplicates + violations + alarms.length === 0 && stateHashEqual && !lived.stuck && decisions > 0
    if (!ok) await keepTopics(snapshot, join(folder, 'topics'))
    const seconds = Math.round((performance.now() - started) / 1000)
    const { sessionTimeoutMs } = config
    return { ok, seed, ...judgement, duplicates, ...lived, ...tally, alarms, sessionTimeoutMs, seconds }
  } finally {
    await crew.stop(0)
    await log.close()
  }
}

const crewOptions = (options: ChaosOptions) => ({
  settings: flagsOf(options),
  sabotage: options.sabotage,
  standby: options.standby,
  stderr: openSync(join(options.folder, 'workers.log'), 'a'),
})

const flagsOf = ({ broker, folder, partitions, sessionTimeoutMs }: ChaosOptions) => ({
  ...{ brokers: broker.brokers, app: 'chaos', data: folder, store: 'rocksdb', partitions, sessionTimeoutMs },
  // Smaller than usual: more commits to be struck in.
  batch: 100,
})

/** A history application, on brokers on which there is none yet. */
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
