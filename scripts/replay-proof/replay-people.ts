import { topics } from '../../schemas/topics.ts'
import type { RowSet } from '../../state/row-set.ts'
import type { Store } from '../../state/stores/store.ts'
import type { Plans } from '../../topology/graph/plan.ts'
import { type PlannedTask, plannedTasks } from '../../topology/graph/task-plan.ts'
import { type Log, type OutputRecord, taskName } from '../../topology/log/log.ts'
import { assertWhole } from '../../topology/log/log-reader.ts'
import { timersPerTick } from '../../topology/runtime/worker.ts'
import { isThrown } from '../../topology/task/careful-fold.ts'
import { routeOutput } from '../../topology/task/route-output.ts'
import { RowCache } from '../../topology/task/row-cache.ts'
import { Task } from '../../topology/task/task.ts'
import { type Difference, RecordedOutputs } from './recorded.ts'

/** The result of a replay of `people`. */
export interface PeopleProof {
  readonly records: number
  /** The number of compared records, of decisions and of all other logs. */
  readonly outputs: number
  /** The number of row sets compared with the changelogs. */
  readonly rows: number
  readonly equal: boolean
  /** The first difference of each task. */
  readonly differences: readonly Difference[]
}

/** Options of a replay of `people`. */
export interface PeopleProofOptions {
  readonly log: Log
  readonly plans: Plans
  /** An empty store for the rows of the replay. */
  readonly store: Store
  readonly kind: 'live' | 'history'
  readonly batch: number
  readonly cacheRows: number
  readonly progress?: (records: number) => void
}

/**
 * Folds the recorded `people` log again in one process that writes nothing, and compares the result with what the workers
 * wrote: the bytes of every record, by its source and number, and of every row.
 */
export async function replayPeople(options: PeopleProofOptions): Promise<PeopleProof> {
  const { log, plans } = options
  const written = [...plans.topics.values()].filter(({ role }) => role === 'public')
  await assertWhole(log, [topics.people.name, ...written.map(({ name }) => name)])
  const tasks = plannedTasks(plans, log.topics()).filter(({ topic }) => topic === topics.people)
  let [records, outputs, rows] = [0, 0, 0]
  const differences: Difference[] = []
  for (const planned of tasks) {
    const replay = new TaskReplay(planned, { ...options, progress: more => options.progress?.(records + more) })
    const difference = await replay.run()
    if (difference) differences.push(difference)
    records += replay.records
    outputs += replay.outputs
    rows += replay.rows
  }
  return { records, outputs, rows, equal: differences.length === 0, differences }
}

/** Replays one task. */
class TaskReplay {
  records = 0
  outputs = 0
  rows = 0
  readonly #name: string
  readonly #planned: PlannedTask
  readonly #options: PeopleProofOptions

  constructor(planned: PlannedTask, options: PeopleProofOptions) {
    this.#name = taskName(planned.id)
    this.#planned = planned
    this.#options = options
  }

  /** Replays the task up to the first difference: with care from the start, where something throws. */
  async run(): Promise<Difference | null> {
    try {
      return await this.#run({ careful: false })
    } catch (error) {
      if (!isThrown(error)) throw error
      this.records = 0
      this.outputs = 0
      return this.#run({ careful: true })
    }
  }

  async #run({ careful }: { readonly careful: boolean }): Promise<Difference | null> {
    const { log, plans, store, kind, batch, cacheRows } = this.#options
    const { plan, topic, id, tickSources } = this.#planned
    // What a first attempt has stored is not of this one.
    if (careful) await new RowCache(store, this.#name, 0).clear()
    const task = await Task.open(plan, topic, id.partition, {
      log: readOnlyLog(log),
      store,
      topologyVersion: plans.version,
      tickSources,
      batch,
      cacheRows,
      careful,
      ...(kind === 'live' ? { timersPerTick } : {}),
    })
    const recorded = new RecordedOutputs(log, plans, this.#name)
    const difference = (await this.#fold(task, recorded)) ?? (await recorded.surplus())
    return difference ?? (await this.#compareRows(task))
  }

  async #fold(task: Task, recorded: RecordedOutputs): Promise<Difference | null> {
    const { log, store, batch, progress } = this.#options
    const { topic, partition } = this.#planned.id
    const partitions = log.topics()
    const end = await log.end(topic, partition)
    while (task.position < end) {
      const records = await log.read(topic, partition, task.position, batch)
      if (records.length === 0) break
      const outputs: OutputRecord[] = []
      for (const emission of await task.fold(records)) routeOutput(task, emission, partitions, outputs)
      for (const output of outputs) {
        const difference = await recorded.compare(output)
        if (difference) return difference
      }
      const { changes } = task.commit(outputs)
      task.rows.trackWrite(store.write(changes))
      this.records += records.length
      this.outputs += outputs.length
      progress?.(this.records)
    }
    await task.rows.settled()
    return null
  }

  async #compareRows(task: Task): Promise<Difference | null> {
    const recorded = await this.#recordedRows()
    const theirs = recorded.all()[Symbol.asyncIterator]()
    const at = (key: string, what: string) => ({ task: this.#name, place: `the rows of '${key}'`, what })
    for await (const own of task.rows.all()) {
      const { value } = (await theirs.next()) as { value: RowSet | undefined }
      if (value?.key !== own.key)
        return value && value.key < own.key
          ? at(value.key, 'the replay does not produce them')
          : at(own.key, 'they are not in the changelog')
      const table = differingTable(value, own)
      if (table !== null) return at(own.key, `the recorded row of table '${table}' differs`)
      this.rows++
    }
    const { value: left } = (await theirs.next()) as { value: RowSet | undefined }
    return left ? at(left.key, 'the replay does not produce them') : null
  }

  /** Restores the rows of the changelog, in the same store under another name. */
  async #recordedRows(): Promise<RowCache> {
    const { log, store } = this.#options
    const rows = new RowCache(store, `recorded ${this.#name}`, 0)
    for (let from = 0; ; ) {
      const { entries, next } = await log.changelog(this.#planned.id, from, 5000)
      if (next === from) return rows
      await rows.restore(entries, next)
      from = next
    }
  }
}

/** Finds a table whose rows differ; null where there is none. */
function differingTable(a: RowSet, b: RowSet): string | null {
  const [own, theirs] = [a.rows(), b.rows()]
  for (const [index, { table, version, due, bytes }] of own.entries()) {
    const other = theirs[index]
    const isSame =
      other?.table === table && other.version === version && other.due === due && Buffer.from(bytes).equals(other.bytes)
    if (!isSame) return other && other.table < table ? other.table : table
  }
  return theirs[own.length]?.table ?? null
}

/** Makes a read-only view of the log, as if no task had committed yet, so that a replay fences no task. */
function readOnlyLog(log: Log): Log {
  return {
    createTopic: () => Promise.reject(new Error('a replay creates no topics')),
    topics: () => log.topics(),
    start: (topic, partition) => log.start(topic, partition),
    end: (topic, partition) => log.end(topic, partition),
    read: (topic, partition, from, limit) => log.read(topic, partition, from, limit),
    append: () => Promise.reject(new Error('a replay appends nothing')),
    acquire: async task => ({ task, position: null, checkpoint: null, changelogEnd: 0 }),
    commit: () => Promise.reject(new Error('a replay commits nothing')),
    changelog: (task, from, limit) => log.changelog(task, from, limit),
    settledPositions: async tasks => tasks.map(() => null),
    close: async () => undefined,
  }
}
