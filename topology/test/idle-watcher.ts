import { setImmediate as yieldToEventLoop } from 'node:timers/promises'
import type { Plans } from '../graph/plan.ts'
import type { Log } from '../log/log.ts'
import type { TaskEvent } from '../runtime/task-loop.ts'

/** Watches the workers of one process, and knows when they have folded all records of a log in memory. */
export class IdleWatcher {
  readonly stopped: unknown[] = []
  readonly #idle = new Map<string, number>()

  onEvent(event: TaskEvent): void {
    if (event.kind === 'stopped') this.stopped.push(event.error)
    if (event.kind === 'idle') this.#idle.set(event.task, Math.max(event.position, this.#idle.get(event.task) ?? 0))
  }

  /** Resolves when nothing is left to fold. Throws the error that stopped a task, except for tasks that may stop. */
  async allIdle(log: Log, plans: Plans, mayStop: readonly string[] = []): Promise<void> {
    while (!((await this.#isQuiet(log, plans, mayStop)) && (await this.#isQuiet(log, plans, mayStop))))
      await yieldToEventLoop()
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
