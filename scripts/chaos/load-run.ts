import { Stuck } from './cluster-drain.ts'
import { type FaultCounts, noFaults } from './fault-injection.ts'
import type { WorkerPool } from './worker-pool.ts'

/** Load on the workers, in portions of which each is folded before the next one is appended. */
export interface WorkerLoad {
  /** Appends a portion, and waits until it is folded. Returns a description of it; null when no load is left. */
  next(areFaultsOver: boolean): Promise<string | null>
}

export interface LoadRunOptions {
  readonly openLoad: () => Promise<WorkerLoad>
  readonly pool: WorkerPool
  /** Starts once the workers are running. */
  readonly injectFaults: (signal: AbortSignal) => Promise<FaultCounts>
  readonly progress: (text: string) => void
}

/** Result of the load and of the faults injected into it. */
export interface LoadResult {
  readonly kills: FaultCounts
  /** Portions of the load. */
  readonly epochs: number
  readonly longestGapMs: number
  /** Reason why the run was given up, such as what was left to fold when no task made progress; null when all drained. */
  readonly stuck: string | null
}

/** Puts load on the workers while faults are injected. Where the load ends first, no more faults are injected. */
export async function runLoad({ openLoad, pool, injectFaults, progress }: LoadRunOptions): Promise<LoadResult> {
  const giveUp = new AbortController()
  let [kills, epochs, stuck, began] = [noFaults(), 0, null as string | null, performance.now()]
  let injecting: Promise<void> = Promise.resolve()
  try {
    const load = await openLoad()
    progress('the workers are running')
    began = performance.now()
    let isOver = false
    injecting = injectFaults(giveUp.signal).then(counts => {
      kills = counts
      isOver = true
    })
    injecting.catch(() => undefined)
    for (;;) {
      const from = performance.now()
      const portion = await load.next(isOver)
      if (portion === null) break
      const seconds = ((performance.now() - from) / 1000).toFixed(1)
      progress(`portion ${++epochs}: ${portion}, in ${seconds} s`)
    }
  } catch (error) {
    if (!(error instanceof Stuck)) throw error
    stuck = error.message
    progress(stuck)
  } finally {
    giveUp.abort()
    await injecting
  }
  return { kills, epochs, longestGapMs: longestGap(pool.resultsAt, began), stuck }
}

function longestGap(at: readonly number[], began: number): number {
  const times = at.filter(time => time >= began)
  return Math.round(times.reduce((most, time, index) => Math.max(most, time - (times[index - 1] ?? began)), 0))
}
