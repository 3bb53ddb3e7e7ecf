import { setTimeout as delay } from 'node:timers/promises'
import type { Plans } from '../../topology/graph/plan.ts'
import { plannedTasks } from '../../topology/graph/task-plan.ts'
import { taskName } from '../../topology/log/log.ts'
import type { Decider } from '../demo/simulation-loop.ts'
import type { PatientLog } from './patient-log.ts'

const pollMs = 20

/** The workers do not get on: what is left to fold, in words. */
export class Stuck extends Error {}

export interface QuietOptions {
  readonly log: PatientLog
  readonly plans: Plans
  /** How long nothing may move before it is taken for stuck. */
  readonly patienceMs: number
  /** Throws when there is no use in waiting any longer. */
  readonly check: () => void
  /** Told whenever all is folded. */
  readonly committed: () => void
}

/** Knows from the cluster alone when its workers have folded all that there is. */
export class ClusterQuiet implements Decider {
  readonly #options: QuietOptions
  readonly #tasks: readonly { readonly name: string; readonly topic: string; readonly partition: number }[]

  constructor(options: QuietOptions) {
    this.#options = options
    this.#tasks = plannedTasks(options.plans, options.log.topics()).map(({ id }) => ({ name: taskName(id), ...id }))
  }

  /** Until no task has anything to fold, and none has moved while that was looked at. Throws Stuck. */
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
        throw new Stuck(`nothing moves, though there is something to fold for ${behind.join(', ')}`)
      positions = now
      // Many questions: not while all is moving.
      behind = isStill ? await this.#behind(positions) : null
      await delay(pollMs)
    }
    committed()
  }

  /** The tasks that have something to fold. Offsets at the end of a partition may be no records: so it is read. */
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
