import { setImmediate as turn } from 'node:timers/promises'
import type { Plans } from '../graph/plan.ts'
import type { Log } from '../log/log.ts'
import type { TaskEvent } from '../runtime/task-loop.ts'

/** Listens to workers of one process, and knows when all that a log in memory holds has been folded. */
export class Quiet {
  readonly stopped: unknown[] = []
  readonly #idle = new Map<string, number>()

  hear(news: TaskEvent): void {
    if (news.kind === 'stopped') this.stopped.push(news.error)
    if (news.kind === 'idle') this.#idle.set(news.task, Math.max(news.position, this.#idle.get(news.task) ?? 0))
  }

  /** Resolves when nothing is left to fold; throws what stopped a task, but for those that may be stopped. */
  async come(log: Log, plans: Plans, mayStop: readonly string[] = []): Promise<void> {
    while (!((await this.#isQuiet(log, plans, mayStop)) && (await this.#isQuiet(log, plans, mayStop)))) await turn()
  }

  async #isQuiet(log: Log, { subTopologies }: Plans, mayStop: readonly string[]): Promise<boolean> {
    if (this.stopped.length > mayStop.length) throw this.stopped.at(-1)
    for (const { subTopology, topics } of subTopologies)
      for (const { name } of topics)
        for (let partition = 0; partition < log.topics().get(name)!; partition++) {
          const task = `${subTopology}/${name}/${partition}`
          if (!mayStop.includes(task) && this.#idle.get(task) !== (await log.end(name, partition))) return false
        }
    return true
  }
}
