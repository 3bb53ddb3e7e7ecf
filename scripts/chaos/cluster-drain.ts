import { setTimeout as delay } from 'node:timers/promises'
import { plan } from '../../topology/graph/plan.ts'
import { plannedTasks } from '../../topology/graph/task-plan.ts'
import type { Topology } from '../../topology/graph/topology.ts'
import { taskName } from '../../topology/log/log.ts'
import type { Decider } from '../demo/simulation-loop.ts'
import type { RetryingLog } from './retrying-log.ts'

const pollMs = 20

/** The workers make no progress; the message says what is left to fold. */
export class Stuck extends Error {}

export interface DrainOptions {
  readonly log: RetryingLog
  readonly topology: Topology
  /** How long no position may change before the workers count as stuck. */
  readonly patienceMs: number
  /** Throws when waiting any longer is of no use. */
  readonly check: () => void
  /** Called whenever everything is folded. */
  readonly committed: () => void
}

/** Finds out from the cluster alone when its workers have folded all records. */
export class ClusterDrain implements Decider {
  readonly #options: DrainOptions
  readonly #tasks: readonly { readonly name: string; readonly topic: string; readonly partition: number }[]

  constructor(options: DrainOptions) {
    this.#options = options
    this.#tasks = plannedTasks(plan(options.topology), options.log.topics()).map(({ id }) => ({
      name: taskName(id),
      ...id,
    }))
  }

  /** Waits until no task has a record to fold, and none has moved during that check. Throws `Stuck`. */
  async drain(): Promise<void> {
    const { log, patienceMs, check, committed } = this.#options
    let [positions, moved] = [await log.positions(this.#tasks), performance.now()]
    let behind: readonly string[] | null = null
    for (;;) {
      check()
      const now = await log.positions(this.#tasks)
      const isStill = now.every((position, index) => position === positions[index])
      if (isStill && behind?.length === 0) break
      if (!isStill) moved = performance.now()
      if (behind && performance.now() - moved > patienceMs)
        throw new Stuck(`no task makes progress, although there is something to fold for ${behind.join(', ')}`)
      positions = now
      // This costs many requests: not while tasks are moving.
      behind = isStill ? await this.#behind(positions) : null
      await delay(pollMs)
    }
    committed()
  }

  /** Lists the tasks that have a record to fold. The last offsets of a partition may hold no records, so it reads instead of comparing. */
  async #behind(positions: readonly (number | null)[]): Promise<string[]> {
    const { log } = this.#options
    const found = await Promise.all(
      this.#tasks.map(async ({ name, topic, partition }, index) => {
        const from = positions[index] ?? 0
        if (from >= (await log.end(topic, partition))) return []
        return (await log.read(topic, partition, from, 1)).length > 0 ? [`${name} from ${from}`] : []
      }),
    )
    return found.flat()
  }
}
