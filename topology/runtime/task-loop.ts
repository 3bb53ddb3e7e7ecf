import { setTimeout as delay } from 'node:timers/promises'
import type { Time } from '../../schemas/record.ts'
import { RowVersionError } from '../../state/row-versions.ts'
import type { Store, StoreError } from '../../state/stores/store.ts'
import type { PlannedTask } from '../graph/task-plan.ts'
import { ConnectorError, type Log, type LogRecord, type OutputRecord, taskName } from '../log/log.ts'
import { isThrown, type Quarantined } from '../task/careful-fold.ts'
import { TaskStopped } from '../task/checkpoint.ts'
import { routeOutput } from '../task/route-output.ts'
import { nextChange } from '../task/row-changes.ts'
import { type RowSchemas, whyUnreadable } from '../task/row-check.ts'
import { Task } from '../task/task.ts'
import type { FoldQueue } from './fold-queue.ts'
import { isRetryable } from './retry.ts'

/** Reports what a task of a worker does, for logs and metrics. */
export type TaskEvent =
  /** The task is acquired, and its rows are being restored from the committed changelog. */
  | { readonly kind: 'restoring'; readonly task: string; readonly applied: number; readonly end: number }
  | { readonly kind: 'opened'; readonly task: string; readonly position: number }
  /** Records were read. They may have to wait for earlier ones. */
  | { readonly kind: 'read'; readonly task: string; readonly topic: string; readonly oldest: Time }
  /** Records were folded, and their results are about to be committed. */
  | { readonly kind: 'folded'; readonly task: string; readonly topic: string; readonly oldest: Time }
  | {
      readonly kind: 'committed'
      readonly task: string
      readonly topic: string
      readonly records: number
      /** The time of the first record. */
      readonly oldest: Time
      readonly outputs: readonly OutputRecord[]
      /** The input offset after the last record. */
      readonly position: number
      /** Counts the records that came a second time since the task was opened. It should stay 0. */
      readonly duplicates: number
    }
  /** The task has folded all records of its log. */
  | { readonly kind: 'idle'; readonly task: string; readonly topic: string; readonly position: number }
  /**
   * The outside world failed, or another process has the task. It is acquired again if it is still assigned by then.
   */
  | {
      readonly kind: 'lost'
      readonly task: string
      readonly error: ConnectorError | StoreError
      readonly againInMs: number
    }
  /** Something threw under a release, which is taken out of force: the one before goes on. */
  | ({ readonly kind: 'quarantined' } & Quarantined)
  /** The task can't continue: an operator must investigate. Other tasks continue. */
  | { readonly kind: 'stopped'; readonly task: string; readonly error: unknown }
  | { readonly kind: 'closed'; readonly task: string }

/** Configures the loop of a task. */
export interface LoopOptions {
  readonly log: Log
  readonly store: Store
  readonly topologyVersion: string
  /** The most records that are folded and committed together. It changes no result. */
  readonly batch: number
  readonly cacheRows: number
  readonly timersPerTick?: number
  /** Waits after a failure: doubling from `first` to `most`, or from `fenced` if another process has the task. */
  readonly backOffMs: { readonly first: number; readonly fenced: number; readonly most: number }
  /** The longest pause after a read that found nothing. A log whose reads wait for records needs none. */
  readonly idleMs: number
  /** Shared by all tasks of the process. */
  readonly folds: FoldQueue
  readonly rowSchemas: RowSchemas
  readonly onEvent: (event: TaskEvent) => void
}

/** The state of a task in this process. */
export type LoopState = 'opening' | 'running' | 'waiting' | 'stopped' | 'closed'

/** How often a stuck task looks for a later release or a stop. */
const stuckMs = 500

/**
 * Runs one task as long as it is assigned: it reads, folds, commits and stores in a loop. After a failure it acquires
 * the task again.
 */
export class TaskLoop {
  readonly name: string
  /** Resolves when the task no longer uses log or store. */
  readonly done: Promise<void>
  state: LoopState = 'opening'
  /** The task; null while it is not running. */
  task: Task | null = null
  readonly #planned: PlannedTask
  readonly #options: LoopOptions
  readonly #stopping = new AbortController()
  #failures = 0
  /** Whether the task was taken over again since its last commit because the log did not hold its next record. */
  #hasLookedAgain = false
  /** The number of records for which the task is to be careful: something threw among them. */
  #carefulFor = 0
  /** The offset from which on a record may let a stuck task go on. */
  #unseen = 0

  /** Starts when `before` resolves, which means that this process has stopped using the task. */
  constructor(planned: PlannedTask, options: LoopOptions, before: Promise<void>) {
    this.name = taskName(planned.id)
    this.#planned = planned
    this.#options = options
    this.done = before.then(() => this.#runUntilStopped())
  }

  /** Lets the current batch commit, then ends. */
  stop(): Promise<void> {
    this.#stopping.abort()
    return this.done
  }

  get #isStopping(): boolean {
    return this.#stopping.signal.aborted
  }

  async #runUntilStopped(): Promise<void> {
    const { onEvent } = this.#options
    while (!this.#isStopping) {
      try {
        await this.#run()
      } catch (error) {
        if (!isRetryable(error)) {
          this.state = 'stopped'
          onEvent({ kind: 'stopped', task: this.name, error })
          if (!(await this.#mayGoOn(error))) return
          continue
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

  /** Acquires the task and runs it until it is stopped or fails. Its memory is dropped then. */
  async #run(): Promise<void> {
    const { plan, topic, id, tickSources } = this.#planned
    const { onEvent, backOffMs: _, idleMs: __, folds: ___, ...options } = this.#options
    this.state = 'opening'
    const task = await Task.open(plan, topic, id.partition, {
      ...options,
      tickSources,
      restored: (applied, end) => onEvent({ kind: 'restoring', task: this.name, applied, end }),
      careful: this.#carefulFor > 0,
      quarantined: quarantined => onEvent({ kind: 'quarantined', ...quarantined }),
    })
    this.state = 'running'
    this.task = task
    onEvent({ kind: 'opened', task: this.name, position: task.position })
    try {
      await this.#foldAll(task)
    } catch (error) {
      this.#unseen = task.unseen
      if (!(await this.#hasLearnt(error)) && !this.#becomesCareful(error) && !this.#looksAgain(error)) throw error
    } finally {
      this.task = null
      // The store must have all that the log has committed before this process uses the task again.
      await task.rows.settled()
    }
  }

  async #foldAll(task: Task): Promise<void> {
    const { batch, log } = this.#options
    const partitions = log.topics()
    let idleMs = 0
    let ahead: Promise<LogRecord[]> | null = this.#read(task.position)
    try {
      while (!this.#isStopping) {
        const records: LogRecord[] = await (ahead ?? this.#read(task.position))
        ahead = null
        if (this.#isStopping) return
        if (records.length === 0) {
          if (idleMs === 0) this.#reportIdle(task)
          idleMs = Math.min(2 * idleMs + 1, this.#options.idleMs)
          await this.#pause(idleMs)
          continue
        }
        idleMs = 0
        // After a full batch, prefetch the next one now. Otherwise read after the commit: an immediate read could
        // return a single record, and everything behind it would wait for that record's commit.
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
      // A failure is thrown where the records are awaited.
      () => undefined,
    )
    return read
  }

  async #foldBatch(task: Task, records: readonly LogRecord[], partitions: ReadonlyMap<string, number>): Promise<void> {
    const { log, store, folds, onEvent } = this.#options
    const outputs: OutputRecord[] = []
    await task.prepare(records)
    const { commit, changes } = await folds.run(async () => {
      const emissions = await task.fold(records).catch(error => this.#confirmed(task, error))
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
    this.#hasLookedAgain = false
    if (task.isCareful) {
      this.#carefulFor -= records.length
      task.isCareful = this.#carefulFor > 0
    }
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

  /** Throws the error of a fold. A gap counts only if this process still owns the task, which is confirmed first. */
  async #confirmed(task: Task, error: unknown): Promise<never> {
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

  /** Where the log does not hold what is next to be folded, takes the task over again: that tells what became of the records. */
  #looksAgain(error: unknown): boolean {
    if (this.#hasLookedAgain || !(error instanceof ConnectorError && error.code === 'out-of-range')) return false
    this.#hasLookedAgain = true
    return true
  }

  /** Where something threw that may be a release's fault, folds the same records again so that it is found. Nothing of the batch was committed. */
  #becomesCareful(error: unknown): boolean {
    if (this.#carefulFor > 0 || this.#planned.plan.fallbacks.length === 0 || !isThrown(error)) return false
    this.#carefulFor = 2 * this.#options.batch
    return true
  }

  /** Waits, where the task is stuck, until a later release or a stop is on its log. Returns false where nothing can let it go on. */
  async #mayGoOn(error: unknown): Promise<boolean> {
    if (!(error instanceof TaskStopped && error.code === 'stuck')) return false
    const { topic, plan, id } = this.#planned
    while (!this.#isStopping) {
      const folded = { topic, plan, partition: id.partition }
      // A broker that fails is asked again.
      const change = await nextChange(this.#options.log, folded, this.#unseen).catch(() => null)
      if (change !== null) return true
      await this.#pause(stuckMs)
    }
    return true
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
