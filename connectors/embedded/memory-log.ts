import type {
  ChangelogEntry,
  Commit,
  Committed,
  Log,
  LogRecord,
  NewRecord,
  OutputRecord,
  Ownership,
  TaskId,
} from '../../topology/log/log.ts'
import { checkRange, LogState, type PartitionState, type TaskState } from './log-state.ts'
import { normalizedRecord } from './segments.ts'

interface MemoryPartition extends PartitionState {
  readonly records: LogRecord[]
}

interface MemoryTask extends TaskState {
  readonly entries: ChangelogEntry[]
}

/** Opens a log that ends with the process, for tests and for replays that keep nothing. Values are not copied. */
export const openMemoryLog = (): Log => new MemoryLog()

class MemoryLog implements Log {
  readonly #state = new LogState<MemoryPartition, MemoryTask>(
    (topic, partition) => ({ topic, partition, end: 0, records: [] }),
    task => ({ task, owner: null, position: null, checkpoint: null, changelogEnd: 0, entries: [] }),
  )

  async createTopic(topic: string, partitions: number): Promise<void> {
    if (this.#state.isNew(topic, partitions)) this.#state.addTopic(topic, partitions)
  }

  topics(): ReadonlyMap<string, number> {
    return this.#state.topics
  }

  async end(topic: string, partition: number): Promise<number> {
    return this.#state.partition(topic, partition).end
  }

  /** Nothing is ever deleted here. */
  async start(topic: string, partition: number): Promise<number> {
    this.#state.partition(topic, partition)
    return 0
  }

  async read(topic: string, partition: number, from: number, limit: number): Promise<LogRecord[]> {
    return this.#state.readable(topic, partition, from).records.slice(from, from + Math.max(0, limit))
  }

  async append(outputs: readonly OutputRecord[]): Promise<void> {
    const records = this.#state.group(outputs)
    keep(records)
    this.#state.apply({ records, tasks: new Map(), committed: [] })
  }

  async acquire(task: TaskId): Promise<Ownership> {
    return this.#state.assignOwner(this.#state.fence(task))
  }

  async commit(commits: readonly Commit[]): Promise<readonly Committed[]> {
    try {
      const staged = this.#state.stage(commits)
      keep(staged.records)
      for (const { state, changelog } of staged.tasks.values())
        for (const { key, value } of changelog) state.entries.push({ key: key.toWellFormed(), value })
      this.#state.apply(staged)
      return staged.committed
    } catch (error) {
      this.#state.discard(commits)
      throw error
    }
  }

  async changelog(task: TaskId, from: number, limit: number): Promise<{ entries: ChangelogEntry[]; next: number }> {
    const { entries } = this.#state.task(task)
    checkRange('the changelog', from, entries.length)
    const found = entries.slice(from, from + Math.max(0, limit))
    return { entries: found, next: from + found.length }
  }

  async settledPositions(tasks: readonly TaskId[]): Promise<readonly (number | null)[]> {
    return tasks.map(task => this.#state.task(task).position)
  }

  async close(): Promise<void> {}
}

function keep(staged: ReadonlyMap<MemoryPartition, readonly NewRecord[]>): void {
  for (const [{ records }, added] of staged)
    for (const record of added) {
      const { key, value, timestamp, cause } = normalizedRecord(record)
      const offset = records.length
      records.push(cause ? { key, value, timestamp, cause, offset } : { key, value, timestamp, offset })
    }
}
