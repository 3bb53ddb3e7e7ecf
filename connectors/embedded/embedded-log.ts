import {
  type ChangelogEntry,
  type Commit,
  type Committed,
  ConnectorError,
  type Log,
  type LogRecord,
  type NewRecord,
  type OutputRecord,
  type Ownership,
  type TaskId,
} from '../../topology/log/log.ts'
import { compactChangelog, storedChangelog } from './changelog-compaction.ts'
import type { EmbeddedPartition, EmbeddedTask } from './embedded-state.ts'
import { type DatabaseOptions, LogDatabase, type StoredSegment } from './log-database.ts'
import type { Operation } from './log-directory.ts'
import { partitionMark, taskMark, topicMark } from './log-end.ts'
import { keys, offsetOfKey } from './log-keys.ts'
import { packTask, restoreState } from './log-restore.ts'
import { checkRange, LogState, type StagedTask } from './log-state.ts'
import { openMemoryLog } from './memory-log.ts'
import { packRecords, type RecordSegment, unpackChangelog, unpackRecords } from './segments.ts'
import { addRecords, Tail, TailCache } from './tail-cache.ts'

/** Configures the embedded log. */
export interface EmbeddedLogOptions extends DatabaseOptions {
  /** Memory for the newest segments, so that a reader close behind the writer does not read from disk. */
  readonly tailBytesMax?: number
  /** A changelog is compacted when its task is acquired after so many new entries, and during operation after ten times as many. */
  readonly compactAfter?: number
}

/**
 * Opens the log of one process: durable in a directory, or in memory when the directory is null. A commit survives the death
 * of the process but not of the machine, because it is handed to the system without a sync; `close` syncs. Throws
 * `log-locked` when another process has the directory, and `log-unusable` when it can't be opened.
 */
export async function openEmbeddedLog(directory: string | null, options: EmbeddedLogOptions = {}): Promise<Log> {
  if (directory === null) return openMemoryLog()
  const { tailBytesMax = 32 * 1024 * 1024, compactAfter = 100_000 } = options
  const database = await LogDatabase.open(directory, options)
  const log = new EmbeddedLog(database, tailBytesMax, compactAfter)
  try {
    await log.restore()
  } catch (error) {
    await log.close()
    throw error
  }
  return log
}

class EmbeddedLog implements Log {
  readonly #database: LogDatabase
  readonly #cache: TailCache
  readonly #compactAfter: number
  readonly #state = new LogState<EmbeddedPartition, EmbeddedTask>(
    (topic, partition) => ({ topic, partition, end: 0, tail: new Tail(), recent: [] }),
    task => ({
      task,
      owner: null,
      position: null,
      checkpoint: null,
      changelogEnd: 0,
      compaction: { end: 0, remaining: 0 },
      mark: 0,
    }),
  )
  #compaction: Promise<void> = Promise.resolve()
  #compacting = false

  constructor(database: LogDatabase, tailBytesMax: number, compactAfter: number) {
    this.#database = database
    this.#cache = new TailCache(tailBytesMax)
    this.#compactAfter = compactAfter
  }

  restore(): Promise<void> {
    return restoreState(this.#database, this.#state)
  }

  createTopic(topic: string, partitions: number): Promise<void> {
    return this.#database.exclusive(async () => {
      if (!this.#state.isNew(topic, partitions)) return
      const put: Operation = { type: 'put', key: keys.topic(topic), value: Buffer.from(String(partitions)) }
      await this.#database.write([put], [], this.#marks(topicMark(topic, partitions)))
      this.#state.addTopic(topic, partitions)
    })
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
    const log = this.#state.readable(topic, partition, from)
    const records: LogRecord[] = []
    const count = Math.min(limit, log.end - from)
    if (count <= 0) return records
    if (from >= log.tail.start) log.tail.read(from, count, records)
    else await this.#readStored(log, from, count, records)
    return records
  }

  async #readStored(log: EmbeddedPartition, from: number, count: number, into: LogRecord[]): Promise<void> {
    const { topic, partition, end, recent } = log
    if (recent.length > 0 && recent[0]!.offset <= from && from <= recent.at(-1)!.offset)
      addRecords(recent, from, count, into)
    if (into.length === count) return
    const first = from + into.length
    const last = from + count - 1
    for await (const { value } of this.#database.segments(keys.segments(topic, partition, first, end - 1), last)) {
      const records = unpackRecords(value)
      if (records[0]!.offset > from + into.length) break
      addRecords(records, from + into.length, count, into)
      log.recent = records
      if (into.length === count) return
    }
    throw new ConnectorError('log-corrupt', `${topic}/${partition} has no record at offset ${from + into.length}`)
  }

  append(outputs: readonly OutputRecord[]): Promise<void> {
    return this.#database.exclusive(async () => {
      const records = this.#state.group(outputs)
      const segments = pack(records)
      await this.#database.write([], stored(segments), this.#marks(grown(records)))
      this.#state.apply({ records, tasks: new Map(), committed: [] })
      this.#keep(segments)
    })
  }

  async acquire(id: TaskId): Promise<Ownership> {
    const task = this.#state.fence(id)
    return this.#database.exclusive(async () => {
      this.#compactIfDue(task, this.#compactAfter)
      return this.#state.assignOwner(task)
    })
  }

  commit(commits: readonly Commit[]): Promise<readonly Committed[]> {
    return this.#database.exclusive(async () => {
      try {
        const staged = this.#state.stage(commits)
        const segments = pack(staged.records)
        const tasks = [...staged.tasks.values()]
        const puts = tasks.map(putTask)
        const marks = puts.map(({ value }, i) => taskMark(tasks[i]!.state, value))
        const moved = marks.reduce((sum, mark, i) => sum + mark - tasks[i]!.state.mark, 0)
        const all = [...stored(segments), ...tasks.flatMap(changelogOf)]
        await this.#database.write(puts, all, this.#marks(moved + grown(staged.records)))
        for (const [i, { state }] of tasks.entries()) state.mark = marks[i]!
        this.#state.apply(staged)
        this.#keep(segments)
        for (const task of staged.tasks.keys()) this.#compactIfDue(task, 10 * this.#compactAfter)
        return staged.committed
      } catch (error) {
        this.#state.discard(commits)
        throw error
      }
    })
  }

  async changelog(id: TaskId, from: number, limit: number): Promise<{ entries: ChangelogEntry[]; next: number }> {
    const { task, changelogEnd: end } = this.#state.task(id)
    checkRange('the changelog', from, end)
    const entries: ChangelogEntry[] = []
    let next = end
    // If compaction has left gaps, this range holds fewer than `limit` entries; the next call reads further segments.
    const segments = this.#database.segments(keys.changelogs(task, from, end - 1), from + limit - 1)
    for await (const segment of segments) {
      for (const { offset, key, value } of unpackChangelog(segment.value)) {
        if (offset < from) continue
        if (entries.length >= limit) return { entries, next: offset }
        entries.push({ key, value })
      }
      next = offsetOfKey(segment.key) + 1
    }
    return { entries, next }
  }

  async settledPositions(tasks: readonly TaskId[]): Promise<readonly (number | null)[]> {
    return tasks.map(task => this.#state.task(task).position)
  }

  async close(): Promise<void> {
    this.#database.stopAccepting()
    await this.#compaction
    await this.#database.close()
  }

  /** Returns the sum of all marks after it has changed by this much. */
  #marks(change: number): number {
    return (((this.#database.end.state + change) % 2 ** 32) + 2 ** 32) % 2 ** 32
  }

  #keep(segments: readonly PartitionSegment[]): void {
    for (const { partition, segment } of segments) this.#cache.add(partition.tail, segment)
  }

  /** Compacts in the background. Readers get the same entries before, during and after it. */
  #compactIfDue(task: EmbeddedTask, after: number): void {
    const grown = task.changelogEnd - task.compaction.end
    if (this.#compacting || grown < after || grown < 3 * task.compaction.remaining) return
    this.#compacting = true
    const work = async () => {
      try {
        task.compaction = await compactChangelog(this.#database, task.task, task.changelogEnd)
      } catch {
        // The changelog is unchanged; if the disk has failed, the next commit reports it.
      } finally {
        this.#compacting = false
      }
    }
    this.#compaction = work()
  }
}

interface PartitionSegment {
  readonly partition: EmbeddedPartition
  readonly segment: RecordSegment
}

const pack = (records: ReadonlyMap<EmbeddedPartition, readonly NewRecord[]>): PartitionSegment[] =>
  Array.from(records, ([partition, list]) =>
    packRecords(list, partition.end).map(segment => ({ partition, segment })),
  ).flat()

const stored = (segments: readonly PartitionSegment[]): StoredSegment[] =>
  segments.map(({ partition: { topic, partition }, segment: { last, bytes } }) => ({
    key: keys.segment(topic, partition, last),
    value: bytes,
  }))

const changelogOf = ({ state: { task, changelogEnd }, changelog }: StagedTask<EmbeddedTask>): StoredSegment[] =>
  storedChangelog(
    task,
    changelog.map(({ key, value }, i) => ({ key, value, offset: changelogEnd + i })),
  )

/** Returns by how much the sum of marks changes when these records are added. */
function grown(records: ReadonlyMap<EmbeddedPartition, readonly NewRecord[]>): number {
  let change = 0
  for (const [partition, { length }] of records)
    change += partitionMark(partition, partition.end + length) - partitionMark(partition, partition.end)
  return change
}

const putTask = (staged: StagedTask<EmbeddedTask>): Operation & { readonly type: 'put' } => ({
  type: 'put',
  key: keys.task(staged.state.task),
  value: packTask(staged, staged.state.changelogEnd + staged.changelog.length),
})
