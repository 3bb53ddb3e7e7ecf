import { personIds } from '../../operators/identity/tokens.ts'
import { population } from '../../simulation/population.ts'
import { releaseControl } from '../../topology/replay/control-record.ts'
import { demoStart, packagedFile } from '../demo/demo.ts'
import { SimulationLoop } from '../demo/simulation-loop.ts'
import { primaryIdentifierType, readReleaseFile } from '../input/release-file.ts'
import { ClusterDrain, type DrainOptions } from './cluster-drain.ts'
import type { WorkerLoad } from './load-run.ts'

/** Visits of each customer: far more than usual, so that most events ask for a decision. */
const visitsPerDay = 100

/** Reads the release that decides during a run. */
export const chaosRelease = () => readReleaseFile(packagedFile('examples/retail.yaml'))

export interface CustomerLoadOptions extends Omit<DrainOptions, 'committed'> {
  readonly secret: string
  readonly customers: number
  readonly seed: string
}

/** Makes a load of simulated customers, epoch by epoch, until all faults are injected, and one more epoch without any. */
export async function openCustomerLoad(options: CustomerLoadOptions): Promise<WorkerLoad> {
  const { secret, customers, seed, log, topology } = options
  const release = chaosRelease()
  const people = population(seed, {
    start: demoStart,
    personIdOf: personIds(secret),
    customers,
    visitsPerDay,
    primaryIdentifierType: primaryIdentifierType(release),
  })
  const given = { log, topology, population: people, release: releaseControl(release), start: demoStart }
  const loop = await SimulationLoop.openWith(given, async committed => new ClusterDrain({ ...options, committed }))
  let left = 1
  return {
    async next(areFaultsOver) {
      if (left === 0) return null
      if (areFaultsOver) left--
      const { records, decisions } = await loop.epoch()
      return `${records} records, ${decisions.length} decisions`
    },
  }
}
