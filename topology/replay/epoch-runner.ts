import type { Time } from '../../schemas/record.ts'
import type { Store, StoreChange } from '../../state/stores/store.ts'
import { type Plans, plan } from '../graph/plan.ts'
import { plannedTasks } from '../graph/task-plan.ts'
import type { Topology } from '../graph/topology.ts'
import type { Log, LogRecord, OutputRecord } from '../log/log.ts'
import type { Emission } from '../task/outputs.ts'
import { routeOutput } from '../task/route-output.ts'
import { Task } from '../task/task.ts'
import { InputWindow } from './input-window.ts'
import { InternalBuffer } from './internal-buffer.ts'

/** Configures an epoch runner. */
export interface EpochOptions {
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
}

/** Says that a run was ended between two commits. What was committed stays, and a new start continues from there. */
export class Interrupted extends Error {}

/**
 * Runs a topology over the logs of one process, in epochs: all input before a tick is folded through every hop, then
 * the tick passes. Within an epoch the hops run in rounds: every task folds what the previous round appended, and what
 * the tasks send to internal logs is appended together, ordered by its cause. So no result depends on the batch size.
 */
export class EpochRunner {
  readonly plans: Plans
  readonly tasks: readonly Task[]
  readonly #options: EpochOptions
  readonly #input = new Map<Task, InputWindow>()
  readonly #buffer: InternalBuffer
  /** The last commit that was started, and the write of its rows to the store. */
  #committed: Promise<void> = Promise.resolve()
  #stored: Promise<void> = Promise.resolve()
  records = 0

  private constructor(plans: Plans, tasks: readonly Task[], buffer: InternalBuffer, options: EpochOptions) {
    this.plans = plans
    this.tasks = tasks
    this.#buffer = buffer
    this.#options = options
    for (const task of tasks) if (task.topic.role === 'input') this.#input.set(task, new InputWindow(task, options.log))
  }

  /** Acquires all tasks of a topology. The topics must exist. */
  static async open(options: EpochOptions): Promise<EpochRunner> {
    const plans = plan(options.topology)
    const { log, store, batch = 500, cacheRows = 10_000, freeze = false } = options
    const tasks: Task[] = []
    for (const { plan, topic, id, tickSources } of plannedTasks(plans, log.topics()))
      tasks.push(
        await Task.open(plan, topic, id.partition, {
          log,
          store,
          topologyVersion: plans.version,
          tickSources,
          batch,
          cacheRows,
          freeze,
        }),
      )
    return new EpochRunner(plans, tasks, await InternalBuffer.open(log, plans.topics), options)
  }

  /**
   * Runs until all present input has been folded through every hop. Input behind the tick of `until` is left for the
   * epoch that is not complete yet.
   */
  async drain(until = Number.POSITIVE_INFINITY): Promise<void> {
    for (const window of this.#input.values()) window.begin()
    try {
      while ((await this.#round(task => this.#untilTick(task, until))) || (await this.#passTick(until))) {
        // Each call runs a round.
      }
    } catch (error) {
      // A new start must not find a write of this one under way.
      await Promise.allSettled([this.#committed, this.#stored])
      throw error
    }
    await this.#committed
    for (const task of this.tasks) await task.rows.settled()
  }

  async #passTick(until: Time): Promise<boolean> {
    const ticks = await Promise.all([...this.#input.values()].map(window => window.tick()))
    const next = ticks.reduce<number | null>(
      (least, at) => (at !== null && (least === null || at < least) ? at : least),
      null,
    )
    if (next === null || next > until) return false
    return this.#round(async task => (await this.#input.get(task)?.takeTick(next)) ?? [])
  }

  async #untilTick(task: Task, until: Time): Promise<readonly LogRecord[]> {
    const window = this.#input.get(task)
    if (window) return task.clock < until ? window.takeUntilTick() : []
    if (task.topic.role === 'internal') return this.#buffer.unread(task)
    await this.#committed
    const { log } = this.#options
    const { topic, partition, position } = task
    return log.read(topic.name, partition, position, (await log.end(topic.name, partition)) - position)
  }

  /** Lets every task fold its input, and commits all of it at once. Returns false when no task had input. */
  async #round(input: (task: Task) => Promise<readonly LogRecord[]>): Promise<boolean> {
    const given: [Task, readonly LogRecord[]][] = []
    for (const task of this.tasks) {
      const records = await input(task)
      if (records.length > 0) given.push([task, records])
    }
    if (given.length === 0) return false
    const emitted: [Task, Emission][] = []
    for (const [task, records] of given) {
      for (const emission of await task.fold(records, count => this.#beforeBatch(count))) emitted.push([task, emission])
    }
    await this.#commit(
      given.map(([task]) => task),
      this.#routeOutputs(emitted),
    )
    return true
  }

  /** Ends the run if it was asked to. Called before each batch, so what was folded since the last commit is dropped. */
  #beforeBatch(count: number): void {
    if (this.#options.interrupt?.(this.records)) throw new Interrupted('the run was ended between two commits')
    this.records += count
  }

  /**
   * Orders the outputs to internal logs by their causes. Outputs to public logs keep the order in which their task
   * folded.
   */
  #routeOutputs(emitted: readonly [Task, Emission][]): OutputRecord[] {
    const internal: [Task, Emission][] = []
    const others: [Task, Emission][] = []
    for (const one of emitted) (one[1].topic.role === 'internal' ? internal : others).push(one)
    // PERF: mostly one task sends, and its records are in order already.
    if (internal.some(([, own], i) => i > 0 && compare(internal[i - 1]![1], own) > 0))
      internal.sort(([, a], [, b]) => compare(a, b))
    const partitions = this.#options.log.topics()
    const outputs: OutputRecord[] = []
    for (const sorted of [internal, others])
      for (const [task, emission] of sorted) routeOutput(task, emission, partitions, outputs)
    return outputs
  }

  /**
   * Commits in one transaction of the log, with the outputs of all tasks as one ordered list, then writes the same rows
   * to the store in one batch. So the store is never ahead of the log. The next round folds meanwhile; only its commit
   * waits for this one. So at most one commit is under way, and a kill leaves the state after some round.
   */
  async #commit(tasks: readonly Task[], outputs: readonly OutputRecord[]): Promise<void> {
    await this.#committed
    const { log, store, progress } = this.#options
    const prepared = tasks.map((task, index) => task.commit(index === 0 ? outputs : []))
    const committed = log.commit(prepared.map(({ commit }) => commit))
    this.#buffer.append(outputs)
    const folded = this.records
    this.#committed = (async () => {
      await committed
      await this.#buffer.check()
      progress?.(folded)
    })()
    // Writes wait for earlier ones: a short write must not overtake a long one.
    const before = this.#stored
    this.#stored = (async () => {
      const [done] = await Promise.all([committed, before])
      // A task without a changed row has added nothing to its changelog, so the store already knows where that ends.
      const changes = prepared.flatMap((own, index): StoreChange[] =>
        own.changes.length > 0 ? [...own.changes, tasks[index]!.applied(done[index]!)] : [],
      )
      await store.write(changes)
    })()
    // A failure is thrown where the commit is awaited.
    this.#committed.catch(() => undefined)
    for (const task of tasks) task.rows.trackWrite(this.#stored)
  }
}

/** Compares emissions by time, then by cause, then by their order among the emissions of that cause. */
function compare(a: Emission, b: Emission): number {
  if (a.timestamp !== b.timestamp) return a.timestamp - b.timestamp
  if (a.causeId !== b.causeId) return a.causeId < b.causeId ? -1 : 1
  for (let i = 0; i < a.path.length && i < b.path.length; i++)
    if (a.path[i] !== b.path[i]) return a.path[i]! - b.path[i]!
  return a.path.length - b.path.length
}
