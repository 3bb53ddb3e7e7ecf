import { setTimeout as delay } from 'node:timers/promises'
import type { Time } from '../../schemas/record.ts'
import { RowVersionError } from '../../state/row-versions.ts'
import type { Store, StoreError } from '../../state/stores/store.ts'
import type { PlannedTask } from '../graph/task-plan.ts'
import { type ConnectorError, type Log, type LogRecord, type OutputRecord, taskName } from '../log/log.ts'
import { TaskStopped } from '../task/checkpoint.ts'
import { routeOutput } from '../task/route-output.ts'
import { type RowSchemas, whyUnreadable } from '../task/row-check.ts'
import { Task } from '../task/task.ts'
import type { FoldQueue } from './fold-queue.ts'
import { isRetryable } from './retry.ts'

/** What a worker tells of its tasks, for logs and metrics. */
export type TaskEvent =
  /** It has the fence, and is bringing its rows to the committed changelog. */
  | { readonly kind: 'restoring'; readonly task: string; readonly applied: number; readonly end: number }
  | { readonly kind: 'opened'; readonly task: string; readonly position: number }
  /** Records have come; they may wait for those before them. */
  | { readonly kind: 'read'; readonly task: string; readonly topic: string; readonly oldest: Time }
  /** Records have been folded; what they set off is about to be committed. */
  | { readonly kind: 'folded'; readonly task: string; readonly topic: string; readonly oldest: Time }
  | {
      readonly kind: 'committed'
      readonly task: string
      readonly topic: string
      readonly records: number
      /** The time of the first of them. */
      readonly oldest: Time
      readonly outputs: readonly OutputRecord[]
      /** The input offset after the last record. */
      readonly position: number
      /** So many records came a second time since the task was opened: it should never happen. */
      readonly duplicates: number
    }
  /** It has folded all that its log holds. */
  | { readonly kind: 'idle'; readonly task: string; readonly topic: string; readonly position: number }
  /** The world failed, or someone else has the task; it will be taken over again, if it is still assigned by then. */
  | {
      readonly kind: 'lost'
      readonly task: string
      readonly error: ConnectorError | StoreError
      readonly againInMs: number
    }
  /** It can't go on: someone has to look. The other tasks do. */
  | { readonly kind: 'stopped'; readonly task: string; readonly error: unknown }
  | { readonly kind: 'closed'; readonly task: string }

export interface LoopOptions {
  readonly log: Log
  readonly store: Store
  readonly topologyVersion: string
  /** Records that are folded and committed together, at most. It changes no result. */
  readonly batch: number
  readonly cacheRows: number
  readonly timersPerTick?: number
  /** Waits after a failure, doubling from `first` to `most`; after a fence from `fenced`, since someone else is at work. */
  readonly backOffMs: { readonly first: number; readonly fenced: number; readonly most: number }
  /** The longest pause after a read that found nothing; a log whose reads wait for records needs none. */
  readonly idleMs: number
  /** Shared by all tasks of the process. */
  readonly folds: FoldQueue
  readonly rowSchemas: RowSchemas
  readonly onEvent: (event: TaskEvent) => void
}

export type LoopState = 'opening' | 'running' | 'waiting' | 'stopped' | 'closed'

/** Runs one task, for as long as it is assigned: read, fold, commit, store, again; after a failure from the takeover on. */
export class TaskLoop {
  readonly name: string
  /** Resolves when the task touches neither log nor store any more. */
  readonly done: Promise<void>
  state: LoopState = 'opening'
  /** Null while it is not running. */
  task: Task | null = null
  readonly #planned: PlannedTask
  readonly #options: LoopOptions
  readonly #stopping = new AbortController()
  #failures = 0

  /** `before`: whoever had the task in this process must be done with it first. */
  constructor(planned: PlannedTask, options: LoopOptions, before: Promise<void>) {
    this.name = taskName(planned.id)
    this.#planned = planned
    this.#options = options
    this.done = before.then(() => this.#live())
  }

  /** Lets the batch that is under way commit, and ends. */
  stop(): Promise<void> {
    this.#stopping.abort()
    return this.done
  }

  get #isOver(): boolean {
    return this.#stopping.signal.aborted
  }

  async #live(): Promise<void> {
    const { onEvent } = this.#options
    while (!this.#isOver) {
      try {
        await this.#run()
      } catch (error) {
        if (!isRetryable(error)) {
          this.state = 'stopped'
          onEvent({ kind: 'stopped', task: this.name, error })
          return
        }
        const againInMs = this.#backOffMs(error)
        this.state = 'waiting'
        onEvent({ kind: 'lost', task: this.name, error, againInMs })
        await this.#pause(againInMs)
      }
    }
    this.state = 'closed'
    onEvent({ kind: 'closed', task: this.name })
  }

  /** From the takeover to the end, or to a failure; all that is in memory goes with it. */
  async #run(): Promise<void> {
    const { plan, topic, id, tickSources } = this.#planned
    const { onEvent, backOffMs: _, idleMs: __, folds: ___, ...options } = this.#options
    this.state = 'opening'
    const task = await Task.open(plan, topic, id.partition, {
      ...options,
      tickSources,
      restored: (applied, end) => onEvent({ kind: 'restoring', task: this.name, applied, end }),
    })
    this.state = 'running'
    this.task = task
    onEvent({ kind: 'opened', task: this.name, position: task.position })
    try {
      await this.#foldAll(task)
    } catch (error) {
      if (!(await this.#hasLearnt(error))) throw error
    } finally {
      this.task = null
      // What the log has committed reaches the store before anyone else gets the task.
      await task.rows.settled()
    }
  }

  async #foldAll(task: Task): Promise<void> {
    const { batch, log } = this.#options
    const partitions = log.topics()
    let idleMs = 0
    let ahead: Promise<LogRecord[]> | null = this.#read(task.position)
    try {
      while (!this.#isOver) {
        const records: LogRecord[] = await (ahead ?? this.#read(task.position))
        ahead = null
        if (this.#isOver) return
        if (records.length === 0) {
          if (idleMs === 0) this.#reportIdle(task)
          idleMs = Math.min(2 * idleMs + 1, this.#options.idleMs)
          await this.#pause(idleMs)
          continue
        }
        idleMs = 0
        // Where more wait, the next records come while these are folded and committed. Where none do, what comes
        // meanwhile is all read at once afterwards: read now, the first of it would be a batch that the rest waits for.
        if (records.length === batch) ahead = this.#read(records.at(-1)!.offset + 1)
        await this.#foldBatch(task, records, partitions)
      }
    } finally {
      await ahead?.catch(() => undefined)
    }
  }

  #read(from: number): Promise<LogRecord[]> {
    const { topic, partition } = this.#planned.id
    const { log, batch, onEvent } = this.#options
    const read = log.read(topic, partition, from, batch)
    read.then(
      ([first]) => {
        if (first) onEvent({ kind: 'read', task: this.name, topic, oldest: first.timestamp })
      },
      // A failure is thrown where the records are waited for.
      () => undefined,
    )
    return read
  }

  async #foldBatch(task: Task, records: readonly LogRecord[], partitions: ReadonlyMap<string, number>): Promise<void> {
    const { log, store, folds, onEvent } = this.#options
    const outputs: OutputRecord[] = []
    await task.prepare(records)
    const { commit, changes } = await folds.run(async () => {
      const emissions = await task.fold(records).catch(error => this.#judged(task, error))
      for (const emission of emissions) routeOutput(task, emission, partitions, outputs)
      return task.commit(outputs)
    })
    const { topic } = this.#planned.id
    const oldest = records[0]!.timestamp
    onEvent({ kind: 'folded', task: this.name, topic, oldest })
    const [committed] = await log.commit([commit])
    await task.rows.settled()
    task.rows.trackWrite(store.write([...changes, task.applied(committed!)]))
    this.#failures = 0
    const { position, duplicates } = task
    onEvent({
      kind: 'committed',
      task: this.name,
      topic,
      records: records.length,
      oldest,
      outputs,
      position,
      duplicates,
    })
  }

  /** A gap is believed only of a task that still holds the fence. */
  async #judged(task: Task, error: unknown): Promise<never> {
    if (error instanceof TaskStopped && error.code === 'gap') await task.confirmOwnership()
    throw error
  }

  /**
   * While an upgrade is under way, the rows of a merged person may come from a worker of the later version. Once their
   * version is learnt, the task is opened again: nothing of the batch was committed.
   */
  async #hasLearnt(error: unknown): Promise<boolean> {
    if (!(error instanceof TaskStopped && error.cause instanceof RowVersionError)) return false
    const { table: name, version } = error.cause
    const table = this.#planned.plan.tables.get(name)
    return table !== undefined && (await whyUnreadable(table, version, this.#options.rowSchemas)) === null
  }

  #reportIdle({ position }: Task): void {
    this.#options.onEvent({ kind: 'idle', task: this.name, topic: this.#planned.id.topic, position })
  }

  #backOffMs({ code }: ConnectorError | StoreError): number {
    const { first, fenced, most } = this.#options.backOffMs
    return Math.min(most, (code === 'fenced' ? fenced : first) * 2 ** this.#failures++)
  }

  async #pause(ms: number): Promise<void> {
    if (ms > 0) await delay(ms, undefined, { signal: this.#stopping.signal }).catch(() => undefined)
  }
}
