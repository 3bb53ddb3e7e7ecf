import { setTimeout as delay } from 'node:timers/promises'
import { Chance } from '../../simulation/chance.ts'
import { tear, wipe } from './store-damage.ts'
import type { WorkerPool } from './worker-pool.ts'

/** Faults that a worker can get. All but `killed` and `frozen` interrupt one of its commits. */
export const faults = ['killed', 'killedCommitting', 'frozen', 'frozenCommitting', 'wiped', 'torn'] as const
export type Fault = (typeof faults)[number]

/** Number of injected faults by kind. */
export type FaultCounts = Record<Fault | 'brokerRestarted', number>

export interface FaultOptions {
  readonly kills: number
  readonly workers: number
  readonly pool: WorkerPool
  readonly seed: string
  readonly sessionTimeoutMs: number
  readonly folderOf: (worker: number) => string
  /** Null where the brokers belong to someone else. */
  readonly restartBroker: (() => Promise<void>) | null
  readonly progress: (text: string) => void
  /** Stops the injection of further faults. */
  readonly signal: AbortSignal
}

const betweenMs = { least: 100, most: 2500 }
const inCommitMs = { least: 0, most: 25 }
const downMs = { least: 0, most: 1500 }
/** How long to wait for a decision before the next fault is injected all the same. */
const workWithinMs = 30_000

export const noFaults = (): FaultCounts => ({
  killed: 0,
  killedCommitting: 0,
  frozen: 0,
  frozenCommitting: 0,
  wiped: 0,
  torn: 0,
  brokerRestarted: 0,
})

/**
 * Injects `kills` faults at random moments, of each kind about equally many, and kills the broker after each of the first two
 * thirds. Resolves to the number of faults that took effect.
 */
export async function injectFaults(options: FaultOptions): Promise<FaultCounts> {
  const { kills, workers, pool, seed, restartBroker, progress, signal } = options
  const chance = new Chance(`${seed}/moments`)
  const counts = noFaults()
  const restartsAfter = new Set([Math.ceil(kills / 3), Math.ceil((2 * kills) / 3)])
  const busy = new Map<number, Promise<void>>()
  const deck: Fault[] = []
  for (let n = 1; n <= kills && !signal.aborted; n++) {
    // Half of the faults wait for work that they can interrupt; the others hit workers that may still be recovering.
    if (chance.is(0.5)) await nextDecision(pool, signal)
    await delay(chance.between(betweenMs.least, betweenMs.most))
    if (deck.length === 0) deck.push(...shuffled(faults, chance))
    const [fault, worker] = [deck.pop()!, chance.between(0, workers - 1)]
    await busy.get(worker)
    progress(`${n} of ${kills}: worker ${worker} is ${described[fault]}`)
    const done = inject(fault, worker, new Chance(`${seed}/${n}`), options).then(isDone => {
      if (isDone) counts[fault]++
    })
    busy.set(worker, done)
    if (!restartBroker || !restartsAfter.has(n)) continue
    progress('the broker is killed and restarted')
    await restartBroker()
    counts.brokerRestarted++
  }
  await Promise.all(busy.values())
  return counts
}

const described: Readonly<Record<Fault, string>> = {
  killed: 'killed',
  killedCommitting: 'killed in mid-commit',
  frozen: 'frozen',
  frozenCommitting: 'frozen in mid-commit',
  wiped: 'killed in mid-commit, and its store deleted',
  torn: 'killed in mid-commit, and its store damaged',
}

/** Injects one fault. Resolves to false when the run was given up before the worker came to a commit. */
async function inject(
  fault: Fault,
  worker: number,
  chance: Chance,
  { pool, folderOf, sessionTimeoutMs, signal }: FaultOptions,
): Promise<boolean> {
  const afterMs = fault === 'killed' || fault === 'frozen' ? null : chance.between(inCommitMs.least, inCommitMs.most)
  const forMs = chance.between(downMs.least, downMs.most)
  if (fault === 'frozen' || fault === 'frozenCommitting') {
    if (!(await pool.freeze(worker, afterMs, signal))) return false
    await delay(sessionTimeoutMs + 1000 + forMs)
    pool.thaw(worker)
    return true
  }
  if (!(await pool.kill(worker, afterMs, signal))) return false
  if (fault === 'wiped') wipe(folderOf(worker))
  if (fault === 'torn') tear(folderOf(worker), chance)
  await delay(forMs)
  pool.start(worker)
  return true
}

/** Waits for the next committed decision, for half a minute at most. */
async function nextDecision(pool: WorkerPool, signal: AbortSignal): Promise<void> {
  const before = pool.resultsAt.length
  for (const until = performance.now() + workWithinMs; performance.now() < until && !signal.aborted; await delay(20))
    if (pool.resultsAt.length > before) return
}

function shuffled<T>(items: readonly T[], chance: Chance): T[] {
  const left = [...items]
  return items.map(() => left.splice(chance.between(0, left.length - 1), 1)[0]!)
}
