import { personIds } from '../../operators/identity/tokens.ts'
import { population } from '../../simulation/population.ts'
import { plan } from '../../topology/graph/plan.ts'
import type { Topology } from '../../topology/graph/topology.ts'
import type { Config } from '../config/config.ts'
import { demoStart, packagedFile } from '../demo/demo.ts'
import { SimulationLoop } from '../demo/simulation-loop.ts'
import { controlOf, primaryIdentifierType, readRelease } from '../input/release-file.ts'
import { ClusterQuiet, Stuck } from './cluster-quiet.ts'
import type { Crew } from './crew.ts'
import type { PatientLog } from './patient-log.ts'
import { type Counts, noCounts } from './strikes.ts'

/** Of each customer: far more than usual, so that most of what happens asks for a decision. */
const visitsPerDay = 100

/** What decides on what the customers do. */
export const chaosRelease = () => readRelease(packagedFile('examples/retail.yaml'))

export interface LiveOptions {
  readonly config: Config
  readonly topology: Topology
  readonly customers: number
  readonly seed: string
  readonly log: PatientLog
  readonly crew: Crew
  /** How long nothing may move. */
  readonly patienceMs: number
  /** Begun once the workers are at work; customers live until it has ended. */
  readonly strikes: (signal: AbortSignal) => Promise<Counts>
  readonly tell: (text: string) => void
}

/** What became of it, while there was load. */
export interface Lived {
  readonly kills: Counts
  readonly epochs: number
  readonly longestGapMs: number
  /** Why it was given up, such as what was left to fold when nothing moved any more; null when all drained. */
  readonly stuck: string | null
}

/** Customers live, epoch after epoch, until the strikes are over, and then one in peace; all of it is drained. */
export async function live(options: LiveOptions): Promise<Lived> {
  const { crew, strikes, tell } = options
  const giveUp = new AbortController()
  let [kills, epochs, stuck, began] = [noCounts(), 0, null as string | null, performance.now()]
  let struck: Promise<void> = Promise.resolve()
  try {
    const living = await open(options)
    tell('the workers are at work')
    began = performance.now()
    let isOver = false
    struck = strikes(giveUp.signal).then(counts => {
      kills = counts
      isOver = true
    })
    struck.catch(() => undefined)
    for (let left = 1; left > 0; epochs++) {
      if (isOver) left--
      const from = performance.now()
      const { records, decisions } = await living.epoch()
      const seconds = ((performance.now() - from) / 1000).toFixed(1)
      tell(`epoch ${epochs + 1}: ${records} records, ${decisions.length} decisions, in ${seconds} s`)
    }
  } catch (error) {
    if (!(error instanceof Stuck)) throw error
    stuck = error.message
    tell(stuck)
  } finally {
    giveUp.abort()
    await struck
  }
  return { kills, epochs, longestGapMs: longestGap(crew.decidedAt, began), stuck }
}

function open({
  config,
  topology,
  customers,
  seed,
  log,
  crew,
  patienceMs,
}: LiveOptions): Promise<SimulationLoop<ClusterQuiet>> {
  const { secret } = config
  const release = chaosRelease()
  const people = population(seed, {
    start: demoStart,
    personIdOf: personIds(secret),
    customers,
    visitsPerDay,
    primaryIdentifierType: primaryIdentifierType(release),
  })
  const given = { log, topology, population: people, release: controlOf(release), start: demoStart }
  // What is wrong already gets no better: whoever looks into it wants the logs as they are.
  const check = () => {
    const [alarm] = crew.alarms
    if (alarm !== undefined) throw new Stuck(alarm)
    if (crew.doubled > 0) throw new Stuck('a task met records that it had folded already')
  }
  const quiet = { log, plans: plan(topology), patienceMs, check }
  return SimulationLoop.openWith(given, async committed => new ClusterQuiet({ ...quiet, committed }))
}

function longestGap(at: readonly number[], began: number): number {
  const times = at.filter(time => time >= began)
  return Math.round(times.reduce((most, time, index) => Math.max(most, time - (times[index - 1] ?? began)), 0))
}
