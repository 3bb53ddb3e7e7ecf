import { setImmediate } from 'node:timers/promises'
import type { Time } from '../../schemas/record.ts'
import type { Store } from '../../state/stores/store.ts'
import { type Plans, plan } from '../graph/plan.ts'
import { plannedTasks } from '../graph/task-plan.ts'
import type { Topology } from '../graph/topology.ts'
import type { Log, LogRecord, OutputRecord } from '../log/log.ts'
import { nothingAhead, type Quarantined } from '../task/careful-fold.ts'
import { routeOutput } from '../task/route-output.ts'
import { Task } from '../task/task.ts'
import { DueTimers } from './due-timers.ts'
import { InputMerge, type MergedInput } from './input-merge.ts'
import { InternalBuffer } from './internal-buffer.ts'
import { OrderedCommits } from './ordered-commits.ts'

/** Configures how a history is run. */
export interface HistoryRunnerOptions {
  readonly topology: Topology
  readonly log: Log
  readonly store: Store
  readonly batch?: number
  readonly cacheRows?: number
  /** Deep-freezes everything that operators see; for tests. */
  readonly freeze?: boolean
  /** Called after each commit, with the number of records that were folded before it. */
  readonly progress?: (records: number) => void
  /**
   * Called before each slice of records. True ends the run at once, as a kill would, and drops all that is uncommitted.
   */
  readonly interrupt?: (records: number) => boolean
  /** Called where something threw under a release, and the one before went on. */
  readonly quarantined?: (quarantined: Quarantined) => void
}

/** Where a fold begins after something threw in the one before. */
export interface AfterThrow {
  /** The number of inputs for which what throws is undone, and tried under the row before. */
  readonly carefulFor: number
  /** The records that were folded and committed. */
  readonly records: number
  readonly overtaking: Overtaking | null
}

/** Says how many changes of a release are folded ahead of what is stuck. */
export interface Overtaking {
  readonly count: number
  /** The error that made it stuck. */
  readonly error: unknown
}

/** Says that a run was ended between two commits. What was committed stays, and a new start continues from there. */
export class Interrupted extends Error {}

/** Folds the logs of one process from what was committed last, until something throws. `HistoryRunner` says in which order. */
export class HistoryFold {
  readonly plans: Plans
  readonly tasks: readonly Task[]
  readonly #options: HistoryRunnerOptions
  readonly #inputs: InputMerge
  readonly #timers: DueTimers
  readonly #internal: InternalBuffer
  readonly #commits: OrderedCommits
  /** The tasks that read what the topology itself writes, by topic and partition. */
  readonly #readers: ReadonlyMap<string, readonly (readonly Task[])[]>
  readonly #window: number
  /** The inputs whose records change a row that something may throw under. */
  readonly #changes: ReadonlySet<string>
  /** What is still to be folded before the next input. */
  #queue: QueuedRecord[] = []
  /** The outputs since the last commit. */
  #outputs: OutputRecord[] = []
  /** The time of the last input. */
  #time: Time
  /** The rows of the window that was read last. */
  #fetched: Promise<unknown> = Promise.resolve()
  #carefulFor: number
  #overtaking: Overtaking | null
  records: number
  /** The records that were folded before the last commit began. */
  committed: number

  private constructor(
    plans: Plans,
    tasks: readonly Task[],
    { internal, time }: { readonly internal: InternalBuffer; readonly time: Time },
    options: HistoryRunnerOptions,
    { carefulFor, records, overtaking }: AfterThrow,
  ) {
    this.#carefulFor = carefulFor
    this.#overtaking = overtaking
    this.records = records
    this.committed = records
    this.plans = plans
    this.tasks = tasks
    this.#internal = internal
    const progress = (folded: number) => {
      this.committed = folded
      options.progress?.(folded)
    }
    this.#commits = new OrderedCommits({ ...options, tasks, internal, progress })
    this.#time = time
    this.#options = options
    this.#window = options.batch ?? windowDefault
    this.#inputs = new InputMerge(tasks.filter(isAtInput), options.log)
    this.#timers = new DueTimers(tasks)
    this.#readers = readersOf(tasks)
    this.#changes = changesOf(plans)
  }

  /** Acquires all tasks of a topology. The topics must exist. */
  static async open(options: HistoryRunnerOptions, after: AfterThrow): Promise<HistoryFold> {
    const plans = plan(options.topology)
    const { log, store, batch = windowDefault, cacheRows = 10_000, freeze = false, quarantined } = options
    const tasks: Task[] = []
    for (const { plan, topic, id, tickSources } of plannedTasks(plans, log.topics())) {
      const shared = { log, store, batch, cacheRows, freeze, ...(quarantined && { quarantined }) }
      const own = { ...shared, topologyVersion: plans.version, tickSources, careful: after.carefulFor > 0 }
      tasks.push(await Task.open(plan, topic, id.partition, own))
    }
    const written = new Set(tasks.filter(task => !isAtInput(task)).map(({ topic }) => topic.name))
    const internal = await InternalBuffer.open(log, written)
    return new HistoryFold(plans, tasks, { internal, time: await timeOf(log, tasks) }, options, after)
  }

  /** The time of the last input: a history has no other clock. */
  get time(): Time {
    return this.#time
  }

  /**
   * Runs until all present input before `until` has been folded through every hop, and the timers have fired that are due by
   * then: by `until`, or, without it, by the time of the last input.
   */
  async drain(until: Time): Promise<void> {
    this.#inputs.begin()
    try {
      if (this.#overtaking) await this.#overtake(this.#overtaking)
      this.#overtaking = null
      await this.#foldUnread()
      await this.#foldSingly(until)
      for (let inputs = await this.#read(until); inputs.length > 0; ) {
        await this.#fetched
        // The rows of the next window are loaded while this one is folded.
        const next = await this.#read(until)
        if (next.length > 0) await setImmediate()
        await this.#foldWindow(inputs)
        inputs = next
      }
      await this.#end(Number.isFinite(until) ? until : this.#time)
    } catch (error) {
      await this.#commits.quiet()
      throw error
    }
    await this.#commits.done()
    for (const task of this.tasks) await task.rows.settled()
  }

  /** Folds single inputs while what throws is to be undone: none of later ones may be read by then. */
  async #foldSingly(until: Time): Promise<void> {
    for (; this.#carefulFor > 0; this.#carefulFor--) {
      const inputs = await this.#inputs.next(1, until)
      if (inputs.length === 0) return
      await this.#foldWindow(inputs)
    }
    for (const task of this.tasks) task.isCareful = false
  }

  /** Folds what an earlier process left in the internal logs: it may have committed between two hops. */
  async #foldUnread(): Promise<void> {
    const unread: [Task, LogRecord][] = []
    for (const task of this.tasks)
      if (!isAtInput(task)) for (const record of await this.#internal.unread(task)) unread.push([task, record])
    if (unread.length === 0) return
    unread.sort(([, a], [, b]) => compareRecords(a, b))
    for (const [task, record] of unread) this.#queue.push({ task, record })
    await this.#foldQueue()
    await this.#commit()
  }

  /** Reads the inputs of the next window, and begins to fetch their rows. */
  async #read(until: Time): Promise<readonly MergedInput[]> {
    const inputs = await this.#inputs.next(this.#window, until)
    const fetched = this.tasks.map(task => task.rows.prefetch(keysFor(task, inputs)))
    this.#fetched = Promise.all(fetched)
    // A failure is thrown where the rows are awaited.
    this.#fetched.catch(() => undefined)
    return inputs
  }

  /** Folds some inputs, and the timers that are due before each. */
  async #foldWindow(inputs: readonly MergedInput[]): Promise<void> {
    await this.#timers.reach(inputs.at(-1)!.time)
    for (const input of inputs) {
      await this.#fireUntil(input.time)
      this.#time = Math.max(this.#time, input.time)
      this.#beforeRecord()
      await this.#foldInput(input)
    }
    await this.#commit()
    for (const task of this.tasks) await task.rows.trim()
  }

  /** Folds an input through every hop. */
  async #foldInput({ task, record, isTick }: MergedInput): Promise<void> {
    if (isTick) {
      task.skip(record)
      return
    }
    this.#queue.push({ task, record })
    await this.#foldQueue()
  }

  /**
   * Folds the next inputs that change a release ahead of what is stuck, which is the next input or a timer before it. Throws the
   * error of what is stuck where there are fewer.
   */
  async #overtake({ count, error }: Overtaking): Promise<void> {
    for (let n = 0; n < count; n++) {
      const input = await this.#inputs.ahead(this.#changes)
      if (input === null) throw error
      await this.#foldInput(input)
    }
  }

  /** Fires the timers that are due by the end of the history. */
  async #end(time: Time): Promise<void> {
    await this.#timers.reach(time)
    await this.#fireUntil(time)
    await this.#commit()
  }

  /** Fires the timers that are due by this time, each through every hop before the next. */
  async #fireUntil(time: Time): Promise<void> {
    for (let timer = this.#timers.take(time); timer !== null; timer = this.#timers.take(time)) {
      const { task, key, due } = timer
      if (!task.rows.has(key)) await task.rows.load(key)
      // It may have moved since it was noted.
      if (task.rows.dueOf(key) !== due) continue
      if (task.isCareful) await task.fireCarefully(key, due, nothingAhead)
      else task.fire(key, due)
      this.#timers.note(task, key)
      this.#route(task)
      if (this.#queue.length > 0) await this.#foldQueue()
    }
  }

  /** Folds everything that is queued, and what it sets off, in the order in which it was sent. */
  async #foldQueue(): Promise<void> {
    const queue = this.#queue
    for (let next = 0; next < queue.length; next++) {
      const { task, record } = queue[next]!
      this.records++
      if (!task.isReady(record)) await task.rows.load(record.key)
      if (task.isCareful) await task.stepCarefully(record, this.#noting(task), nothingAhead)
      else task.step(record)
      if (task.plan.timers.size > 0) this.#timers.note(task, record.key)
      const broadcasts = task.takeBroadcasts()
      if (broadcasts.length > 0) {
        // The prefetch must end first: a broadcast loads and drops rows itself.
        await this.#fetched
        await task.broadcast(broadcasts, this.#noting(task))
      }
      this.#route(task)
    }
    queue.length = 0
  }

  /** PERF: a closure here would allocate a context for every record. */
  #noting(task: Task): (key: string) => void {
    return key => this.#timers.note(task, key)
  }

  /** Sends on what a task emitted. */
  #route(task: Task): void {
    const outputs = this.#outputs
    const partitions = this.#options.log.topics()
    for (const emission of task.takeEmissions()) {
      const first = outputs.length
      routeOutput(task, emission, partitions, outputs)
      const readers = this.#readers.get(emission.topic.name)
      if (readers === undefined) continue
      for (let i = first; i < outputs.length; i++) {
        const record = this.#internal.place(outputs[i]!)
        for (const reader of readers[outputs[i]!.partition]!) this.#queue.push({ task: reader, record })
      }
    }
  }

  /** Ends the run if it was asked to: what was folded since the last commit is dropped. */
  #beforeRecord(): void {
    if (this.#options.interrupt?.(this.records)) throw new Interrupted('the run was ended between two commits')
  }

  /** Commits what was folded since the last commit. */
  async #commit(): Promise<void> {
    if (await this.#commits.start(this.#outputs, this.records)) this.#outputs = []
  }
}

/** A record on its way through the hops. */
interface QueuedRecord {
  readonly task: Task
  readonly record: LogRecord
}

/** The number of inputs that are folded between two commits, unless the options say. */
export const windowDefault = 500

/** Lists the inputs with records that change a row with a fallback. */
function changesOf({ subTopologies, topics }: Plans): ReadonlySet<string> {
  const types = subTopologies.flatMap(({ fallbacks }) => fallbacks.map(({ fallback }) => fallback!.changedBy))
  const changing = [...topics.values()].filter(
    ({ role, types: own }) => role === 'input' && types.some(type => own[type]),
  )
  return new Set(changing.map(({ name }) => name))
}

const isAtInput = ({ topic }: Task): boolean => topic.role === 'input'

function readersOf(tasks: readonly Task[]): ReadonlyMap<string, readonly (readonly Task[])[]> {
  const readers = new Map<string, Task[][]>()
  for (const task of tasks) {
    if (isAtInput(task)) continue
    const partitions = readers.get(task.topic.name) ?? []
    readers.set(task.topic.name, partitions)
    partitions[task.partition] = [...(partitions[task.partition] ?? []), task]
  }
  return readers
}

/** Returns the time of the last input that was folded. */
async function timeOf(log: Log, tasks: readonly Task[]): Promise<Time> {
  let time = Number.NEGATIVE_INFINITY
  for (const task of tasks.filter(isAtInput)) {
    if (task.position === 0) continue
    const [last] = await log.read(task.topic.name, task.partition, task.position - 1, 1)
    time = Math.max(time, last!.timestamp)
  }
  return time
}

/** Lists the keys of the inputs that a task folds. */
const keysFor = (task: Task, inputs: readonly MergedInput[]): readonly string[] =>
  isAtInput(task) && task.plan.isKeyed ? inputs.flatMap(input => (input.task === task ? [input.key] : [])) : []

/** Compares records of internal logs by time, then by cause, then by their order among the records of that cause. */
function compareRecords({ timestamp, cause: a }: LogRecord, { timestamp: other, cause: b }: LogRecord): number {
  if (timestamp !== other) return timestamp - other
  if (a!.causeId !== b!.causeId) return a!.causeId < b!.causeId ? -1 : 1
  for (let i = 0; i < a!.path.length && i < b!.path.length; i++)
    if (a!.path[i] !== b!.path[i]) return a!.path[i]! - b!.path[i]!
  return a!.path.length - b!.path.length
}
