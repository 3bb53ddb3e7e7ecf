import type { EndKind } from '../../connectors/kafka/protocol/list-offsets.ts'
import { ConnectorError, type TopicPartition } from '../../topology/log/log.ts'
import type { TaskEvent } from '../../topology/runtime/task-loop.ts'
import type { TaskStatus } from '../../topology/runtime/worker.ts'

/** What is asked of a log to see how far its readers are. */
export interface WatchedLog {
  /** Returns the ends of partitions, in order. The error of one partition stands in its place. */
  ends(kind: EndKind, partitions: readonly TopicPartition[]): Promise<(number | ConnectorError)[]>
  /** Returns the committed positions of the tasks on these partitions, in order; null before the first commit. */
  positions(partitions: readonly TopicPartition[]): Promise<(number | null)[]>
  /** Returns the offset before which all committed records of a partition were read here; null when nobody reads it. */
  readUntil(of: TopicPartition): number | null
}

/** How far a task is in its partition. */
export interface Progress {
  /** The number of offsets from where the task stands to the end of the log, whether they can be read yet or not. */
  readonly lag: number
  /** Why the task does not move although records wait; null while it moves, or has nothing to do. */
  readonly stalled: string | null
}

interface Mark {
  /** The offset before which everything is folded. */
  readonly at: number
  readonly lag: number
  /** When the task was last seen to move, in ms of a clock that never jumps. */
  readonly movedAt: number
  readonly stalled: string | null
}

export interface WatchOptions {
  readonly log: WatchedLog
  readonly tasks: () => readonly TaskStatus[]
  /** Called when a task stalls, and when it moves again. */
  readonly told: (task: TaskStatus, progress: Progress) => void
}

/** A task that has not moved for so long although records wait is stalled. */
const stalledAfterMs = 5000

/**
 * Measures how far each task is behind the end of its log, and notices tasks that do not move. The end is that of all records
 * that were written: an open transaction holds those behind it back from readers, and they wait all the same.
 */
export class ProgressWatch {
  readonly #options: WatchOptions
  readonly #marks = new Map<string, Mark>()
  /** The position at which each task had folded all that it could read. */
  readonly #idleAt = new Map<string, number>()
  /** The code of the last error of each task that is not running. */
  readonly #errors = new Map<string, string>()

  constructor(options: WatchOptions) {
    this.#options = options
  }

  of(task: string): Progress {
    return this.#marks.get(task) ?? { lag: 0, stalled: null }
  }

  onEvent(event: TaskEvent): void {
    if (event.kind === 'idle') this.#idleAt.set(event.task, event.position)
    else if (event.kind === 'read') this.#idleAt.delete(event.task)
    else if (event.kind === 'opened') this.#errors.delete(event.task)
    else if (event.kind === 'lost' || event.kind === 'stopped')
      this.#errors.set(event.task, (event.error as { readonly code?: string }).code ?? 'unknown')
  }

  /** Looks once at all tasks. `now` is in ms of a clock that never jumps. */
  async look(now = performance.now()): Promise<void> {
    const { log } = this.#options
    const tasks = this.#options.tasks()
    const [written, decided, positions] = await Promise.all([
      log.ends('written', tasks),
      log.ends('decided', tasks),
      this.#positionsOf(tasks),
    ])
    for (const name of this.#marks.keys()) if (!tasks.some(task => task.name === name)) this.#marks.delete(name)
    tasks.forEach((task, n) => {
      const before = this.#marks.get(task.name)
      const [end, readable] = [written[n]!, decided[n]!]
      // While the end can't be asked for, what was known of the task stands.
      const ends =
        end instanceof ConnectorError || readable instanceof ConnectorError ? null : { end, readable: readable }
      const mark = this.#mark(task, positions[n]!, ends, before, now)
      this.#marks.set(task.name, mark)
      if (mark.stalled !== (before?.stalled ?? null)) this.#options.told(task, mark)
    })
  }

  #mark(
    task: TaskStatus,
    position: number,
    ends: { readonly end: number; readonly readable: number } | null,
    before: Mark | undefined,
    now: number,
  ): Mark {
    const isIdle = this.#idleAt.get(task.name) === position
    const at = isIdle ? Math.max(position, this.#options.log.readUntil(task) ?? 0) : position
    const lag = ends === null ? (before?.lag ?? 0) : Math.max(0, ends.end - at)
    const hasMoved = before === undefined || before.at !== at || lag === 0
    const movedAt = hasMoved ? now : before.movedAt
    if (now - movedAt < stalledAfterMs) return { at, lag, movedAt, stalled: null }
    const isHeldBack = ends !== null && ends.readable < ends.end && at >= ends.readable
    return { at, lag, movedAt, stalled: this.#errors.get(task.name) ?? (isHeldBack ? 'open-transaction' : task.state) }
  }

  /** Finds where tasks stand that are not running: at what was last committed. */
  async #positionsOf(tasks: readonly TaskStatus[]): Promise<number[]> {
    const { log } = this.#options
    return Promise.all(
      tasks.map(async task => {
        if (task.position !== null) return task.position
        const [committed = null] = await log.positions([task]).catch(() => [this.#marks.get(task.name)?.at ?? null])
        return committed ?? 0
      }),
    )
  }
}
