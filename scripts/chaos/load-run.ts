import { personIds } from '../../operators/identity/tokens.ts'
import { population } from '../../simulation/population.ts'
import { plan } from '../../topology/graph/plan.ts'
import type { Topology } from '../../topology/graph/topology.ts'
import type { Config } from '../config/config.ts'
import { demoStart, packagedFile } from '../demo/demo.ts'
import { SimulationLoop } from '../demo/simulation-loop.ts'
import { primaryIdentifierType, readReleaseFile, releaseControl } from '../input/release-file.ts'
import { ClusterDrain, Stuck } from './cluster-drain.ts'
import { type FaultCounts, noFaults } from './fault-injection.ts'
import type { RetryingLog } from './retrying-log.ts'
import type { WorkerPool } from './worker-pool.ts'

/** Visits of each customer: far more than usual, so that most events ask for a decision. */
const visitsPerDay = 100

/** Reads the release that decides during a run. */
export const chaosRelease = () => readReleaseFile(packagedFile('examples/retail.yaml'))

export interface LoadRunOptions {
  readonly config: Config
  readonly topology: Topology
  readonly customers: number
  readonly seed: string
  readonly log: RetryingLog
  readonly pool: WorkerPool
  /** How long no task may make progress. */
  readonly patienceMs: number
  /** Starts once the workers are running; the load lasts until it has ended. */
  readonly injectFaults: (signal: AbortSignal) => Promise<FaultCounts>
  readonly progress: (text: string) => void
}

/** Result of the load and of the faults injected into it. */
export interface LoadResult {
  readonly kills: FaultCounts
  readonly epochs: number
  readonly longestGapMs: number
  /** Reason why the run was given up, such as what was left to fold when no task made progress; null when all drained. */
  readonly stuck: string | null
}

/** Simulates customers, epoch by epoch, until all faults are injected, and one more epoch without any; drains each. */
export async function runLoad(options: LoadRunOptions): Promise<LoadResult> {
  const { pool, injectFaults, progress } = options
  const giveUp = new AbortController()
  let [kills, epochs, stuck, began] = [noFaults(), 0, null as string | null, performance.now()]
  let injecting: Promise<void> = Promise.resolve()
  try {
    const loop = await open(options)
    progress('the workers are running')
    began = performance.now()
    let isOver = false
    injecting = injectFaults(giveUp.signal).then(counts => {
      kills = counts
      isOver = true
    })
    injecting.catch(() => undefined)
    for (let left = 1; left > 0; epochs++) {
      if (isOver) left--
      const from = performance.now()
      const { records, decisions } = await loop.epoch()
      const seconds = ((performance.now() - from) / 1000).toFixed(1)
      progress(`epoch ${epochs + 1}: ${records} records, ${decisions.length} decisions, in ${seconds} s`)
    }
  } catch (error) {
    if (!(error instanceof Stuck)) throw error
    stuck = error.message
    progress(stuck)
  } finally {
    giveUp.abort()
    await injecting
  }
  return { kills, epochs, longestGapMs: longestGap(pool.decidedAt, began), stuck }
}

function open({
  config,
  topology,
  customers,
  seed,
  log,
  pool,
  patienceMs,
}: LoadRunOptions): Promise<SimulationLoop<ClusterDrain>> {
  const { secret } = config
  const release = chaosRelease()
  const people = population(seed, {
    start: demoStart,
    personIdOf: personIds(secret),
    customers,
    visitsPerDay,
    primaryIdentifierType: primaryIdentifierType(release),
  })
  const given = { log, topology, population: people, release: releaseControl(release), start: demoStart }
  // After an error the run stops at once, so that the logs stay as they were when it happened.
  const check = () => {
    const [alarm] = pool.alarms
    if (alarm !== undefined) throw new Stuck(alarm)
    if (pool.duplicates > 0) throw new Stuck('a task got records that it had folded already')
  }
  const drain = { log, plans: plan(topology), patienceMs, check }
  return SimulationLoop.openWith(given, async committed => new ClusterDrain({ ...drain, committed }))
}

function longestGap(at: readonly number[], began: number): number {
  const times = at.filter(time => time >= began)
  return Math.round(times.reduce((most, time, index) => Math.max(most, time - (times[index - 1] ?? began)), 0))
}
