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

export interface EpochOptions {
  readonly topology: Topology
  readonly log: Log
  readonly store: Store
  readonly batch?: number
  readonly cacheRows?: number
  /** Deep-freezes all that operators see; for tests. */
  readonly freeze?: boolean
  /** Called after each commit, with the number of records that had been folded when it was made. */
  readonly progress?: (records: number) => void
  /** Called before each slice of records: true gives up at once, as a kill would, with all that is uncommitted. */
  readonly interrupt?: (records: number) => boolean
}

/** The run was given up between two commits; what was committed stands, and a new start goes on from there. */
export class Interrupted extends Error {}

/**
 * Runs a topology over the logs of one process, in epochs: all input before a tick drains to quiet through every
 * hop, then the tick passes. In an epoch hops run in rounds: every task folds what the round before appended; what
 * they send to internal logs is appended together, ordered by what caused it. So nothing depends on the batch size.
 */
export class EpochRunner {
  readonly plans: Plans
  readonly tasks: readonly Task[]
  readonly #options: EpochOptions
  readonly #input = new Map<Task, InputWindow>()
  readonly #handover: InternalBuffer
  /** The last commit that was asked for, and the write of its rows to the store. */
  #committed: Promise<void> = Promise.resolve()
  #stored: Promise<void> = Promise.resolve()
  records = 0

  private constructor(plans: Plans, tasks: readonly Task[], handover: InternalBuffer, options: EpochOptions) {
    this.plans = plans
    this.tasks = tasks
    this.#handover = handover
    this.#options = options
    for (const task of tasks) if (task.topic.role === 'input') this.#input.set(task, new InputWindow(task, options.log))
  }

  /** Takes over all partitions of all logs that the topology reads. The topics must be there. */
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
   * Runs until all input that is there has been folded and everything is quiet. What stands behind the tick of `until` is
   * left for the epoch that is still to be completed.
   */
  async drain(until = Number.POSITIVE_INFINITY): Promise<void> {
    for (const window of this.#input.values()) window.begin()
    try {
      while ((await this.#round(task => this.#untilTick(task, until))) || (await this.#passTick(until))) {
        // Each call is a round.
      }
    } catch (error) {
      // Whoever starts again must find log and store at rest.
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
    if (task.topic.role === 'internal') return this.#handover.unread(task)
    await this.#committed
    const { log } = this.#options
    const { topic, partition, position } = task
    return log.read(topic.name, partition, position, (await log.end(topic.name, partition)) - position)
  }

  /** Every task folds what it is given; all of it is one commit. False when nobody got anything. */
  async #round(input: (task: Task) => Promise<readonly LogRecord[]>): Promise<boolean> {
    const given: [Task, readonly LogRecord[]][] = []
    for (const task of this.tasks) {
      const records = await input(task)
      if (records.length > 0) given.push([task, records])
    }
    if (given.length === 0) return false
    const emitted: [Task, Emission][] = []
    for (const [task, records] of given) {
      for (const emission of await task.fold(records, count => this.#about(count))) emitted.push([task, emission])
    }
    await this.#commit(
      given.map(([task]) => task),
      this.#address(emitted),
    )
    return true
  }

  /** Before each batch: here a run can be given up, with what was folded since the last commit. */
  #about(count: number): void {
    if (this.#options.interrupt?.(this.records)) throw new Interrupted('given up between two commits')
    this.records += count
  }

  /** Internal logs are ordered by what caused a record; public ones keep the order in which their task folded. */
  #address(emitted: readonly [Task, Emission][]): OutputRecord[] {
    const internal: [Task, Emission][] = []
    const others: [Task, Emission][] = []
    for (const one of emitted) (one[1].topic.role === 'internal' ? internal : others).push(one)
    // Mostly one task sends, and its records are in order already.
    if (internal.some(([, own], i) => i > 0 && compare(internal[i - 1]![1], own) > 0))
      internal.sort(([, a], [, b]) => compare(a, b))
    const partitions = this.#options.log.topics()
    const outputs: OutputRecord[] = []
    for (const sorted of [internal, others])
      for (const [task, emission] of sorted) routeOutput(task, emission, partitions, outputs)
    return outputs
  }

  /**
   * One transaction of the log, in which the outputs are one list: their order runs across tasks. Then the same rows
   * in one batch of the store, which is never ahead of the log. Neither is waited for: the next round folds meanwhile, and
   * only its own commit stands behind this one. So there is one under way at most, and what a kill leaves is what some
   * round left.
   */
  async #commit(tasks: readonly Task[], outputs: readonly OutputRecord[]): Promise<void> {
    await this.#committed
    const { log, store, progress } = this.#options
    const prepared = tasks.map((task, index) => task.commit(index === 0 ? outputs : []))
    const committed = log.commit(prepared.map(({ commit }) => commit))
    this.#handover.append(outputs)
    const folded = this.records
    this.#committed = (async () => {
      await committed
      await this.#handover.check()
      progress?.(folded)
    })()
    // One after the other: a short write must not be there before a long one that was asked for earlier.
    const before = this.#stored
    this.#stored = (async () => {
      const [done] = await Promise.all([committed, before])
      // Where no row changed, the changelog ends where the store knows that it does.
      const changes = prepared.flatMap((own, index): StoreChange[] =>
        own.changes.length > 0 ? [...own.changes, tasks[index]!.applied(done[index]!)] : [],
      )
      await store.write(changes)
    })()
    // A failure is thrown where it is waited for.
    this.#committed.catch(() => undefined)
    for (const task of tasks) task.rows.trackWrite(this.#stored)
  }
}

/** By receivedAt, then by what caused it, then by its place among what that caused. */
function compare(a: Emission, b: Emission): number {
  if (a.timestamp !== b.timestamp) return a.timestamp - b.timestamp
  if (a.causeId !== b.causeId) return a.causeId < b.causeId ? -1 : 1
  for (let i = 0; i < a.path.length && i < b.path.length; i++)
    if (a.path[i] !== b.path[i]) return a.path[i]! - b.path[i]!
  return a.path.length - b.path.length
}
