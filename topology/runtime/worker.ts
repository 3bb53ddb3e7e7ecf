import type { Topic } from '../../schemas/record.ts'
import { rowsOfOtherVersions } from '../../state/row-versions.ts'
import type { Store } from '../../state/stores/store.ts'
import { type Plans, plan } from '../graph/plan.ts'
import { tablesOf } from '../graph/row-schemas.ts'
import { livePlans, type PlannedTask, plannedTasks } from '../graph/task-plan.ts'
import type { Topology } from '../graph/topology.ts'
import { type Log, type TopicPartition, taskName } from '../log/log.ts'
import { noRowSchemas, type RowSchemas } from '../task/row-check.ts'
import { FoldQueue } from './fold-queue.ts'
import { Standby } from './standby.ts'
import { type LoopState, type TaskEvent, TaskLoop } from './task-loop.ts'

/** Configures a worker. */
export interface WorkerOptions {
  readonly topology: Topology
  readonly log: Log
  /** The store of all tasks of the process. */
  readonly store: Store
  /** The source of time: the log `ticks`, or ticks that travel with the input. Fixed when an application is created. */
  readonly time: 'live' | 'history'
  readonly batch?: number
  readonly cacheRows?: number
  /** Keeps a warm copy of the rows of all tasks that are not assigned. */
  readonly standby?: boolean
  readonly backOffMs?: { readonly first: number; readonly fenced: number; readonly most: number }
  readonly idleMs?: number
  /** Looks up the schemas of rows that a later version of the topology wrote. `joai apply` has noted them. */
  readonly rowSchemas?: RowSchemas
  readonly onEvent?: (event: TaskEvent) => void
}

/** Reports the state of a task. */
export interface TaskStatus extends TopicPartition {
  readonly name: string
  readonly state: LoopState
  /** The offset of the next record to fold; null while it is not running. */
  readonly position: number | null
  /** The number of keys whose rows are in memory. */
  readonly cachedRows: number
}

/** Counts the rows of a table that one other version of the table wrote and this process read. */
export interface RowsRead {
  readonly table: string
  readonly version: number
  readonly rows: number
}

/** The most keys whose timers a live tick fires: more would keep new input waiting for too long. */
export const timersPerTick = 10_000

/**
 * Runs a changing set of a topology's tasks in one event loop, each at its own pace: a task that stalls or stops does
 * not affect the others. Acquiring a task fences the process that had it before.
 */
export class Worker {
  readonly plans: Plans
  readonly #options: WorkerOptions
  readonly #tasks: Map<string, PlannedTask>
  readonly #loops = new Map<string, TaskLoop>()
  readonly #standbys = new Map<string, Standby>()
  /** For each task that this process had: resolves when its part of the store is no longer used. */
  readonly #released = new Map<string, Promise<void>>()
  readonly #folds = new FoldQueue()
  #isClosed = false

  /** The topics must exist. */
  constructor(options: WorkerOptions) {
    this.#options = options
    const plans = plan(options.topology)
    this.plans = options.time === 'live' ? livePlans(plans) : plans
    this.#tasks = new Map(this.#planned().map(task => [taskName(task.id), task]))
    if (options.standby) this.#startStandbys()
  }

  /** The topics whose partitions a group must assign. */
  get topics(): string[] {
    return this.#topics().map(({ name }) => name)
  }

  /** The topics that may get more partitions while the worker runs: inputs, whose producers choose the partition. */
  get topicsThatGrow(): string[] {
    // In a history the clock of a task depends on all partitions before it, so that they are fixed for a run.
    if (this.#options.time === 'history') return []
    return this.#topics().flatMap(({ name, role }) => (role === 'input' ? [name] : []))
  }

  /** Plans the tasks of partitions that are new in the log. `assign` starts them. */
  grow(): void {
    for (const task of this.#planned()) {
      const name = taskName(task.id)
      if (!this.#tasks.has(name)) this.#tasks.set(name, task)
    }
  }

  /** Tells whether some sub-topology has a task for this partition. */
  has({ topic, partition }: TopicPartition): boolean {
    return this.plans.subTopologies.some(({ subTopology }) =>
      this.#tasks.has(taskName({ subTopology, topic, partition })),
    )
  }

  #topics(): Topic[] {
    return [...new Set(this.plans.subTopologies.flatMap(({ topics }) => topics))]
  }

  #planned(): PlannedTask[] {
    return plannedTasks(this.plans, this.#options.log.topics())
  }

  /** The tasks that are assigned. */
  get tasks(): readonly TaskStatus[] {
    return Array.from(this.#loops, ([name, { state, task }]) => {
      const { topic, partition } = this.#tasks.get(name)!.id
      const position = task === null ? null : task.position
      return { name, topic, partition, state, position, cachedRows: task === null ? 0 : task.rows.cached }
    })
  }

  /** Counts the rows that other versions of their tables wrote and this process read. */
  get rowsOfOtherVersions(): readonly RowsRead[] {
    const tables = [...tablesOf(this.plans).values()]
    return tables.flatMap(table =>
      Array.from(rowsOfOtherVersions(table), ([version, rows]) => ({ table: table.name, version, rows })),
    )
  }

  /**
   * Makes these partitions, and no others, those of this process. Their tasks are opened, and other tasks closed, in
   * the background.
   */
  assign(partitions: readonly TopicPartition[]): void {
    // A process that leaves a group may be assigned more while it finishes.
    if (this.#isClosed) return
    const wanted = new Set(partitions.map(({ topic, partition }) => `${topic}/${partition}`))
    for (const [name, { id }] of this.#tasks) {
      const isOurs = wanted.has(`${id.topic}/${id.partition}`)
      if (!isOurs && this.#loops.has(name)) this.#close(name)
    }
    for (const [name, planned] of this.#tasks) {
      const isOurs = wanted.has(`${planned.id.topic}/${planned.id.partition}`)
      if (isOurs && !this.#loops.has(name)) this.#open(name, planned)
    }
    if (this.#options.standby) this.#startStandbys()
  }

  /** Lets every current batch commit and its rows reach the store. Then the worker uses neither log nor store. */
  async close(): Promise<void> {
    this.#isClosed = true
    for (const name of [...this.#loops.keys()]) this.#close(name)
    for (const name of [...this.#standbys.keys()]) this.#stopStandby(name)
    await Promise.all(this.#released.values())
  }

  #open(name: string, planned: PlannedTask): void {
    this.#stopStandby(name)
    const { log, store, batch = 500, cacheRows = 10_000, time, onEvent = () => undefined } = this.#options
    const { backOffMs = { first: 100, fenced: 1000, most: 2000 }, idleMs = 20 } = this.#options
    const { rowSchemas = noRowSchemas } = this.#options
    const shared = { folds: this.#folds, topologyVersion: this.plans.version, rowSchemas }
    const options = { log, store, batch, cacheRows, onEvent, backOffMs, idleMs, ...shared }
    const loop = new TaskLoop(
      planned,
      time === 'live' ? { ...options, timersPerTick } : options,
      this.#whenReleased(name),
    )
    this.#loops.set(name, loop)
  }

  #close(name: string): void {
    const loop = this.#loops.get(name)!
    this.#loops.delete(name)
    this.#released.set(name, loop.stop())
  }

  #startStandbys(): void {
    const { log, store, onEvent = () => undefined } = this.#options
    for (const [name, { id, plan }] of this.#tasks) {
      if (plan.tables.size === 0 || this.#loops.has(name) || this.#standbys.has(name)) continue
      const standby = new Standby(id, { log, store, pollMs: 200 }, this.#whenReleased(name))
      standby.done.catch(error => onEvent({ kind: 'stopped', task: `standby of ${name}`, error }))
      this.#standbys.set(name, standby)
    }
  }

  #stopStandby(name: string): void {
    const standby = this.#standbys.get(name)
    if (!standby) return
    this.#standbys.delete(name)
    this.#released.set(
      name,
      standby.stop().catch(() => undefined),
    )
  }

  #whenReleased(name: string): Promise<void> {
    return this.#released.get(name) ?? Promise.resolve()
  }
}
