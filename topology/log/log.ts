import type { Time } from '../../schemas/record.ts'

/** Identifies a task: one sub-topology folds one partition of one topic, and owns its position there. */
export interface TaskId {
  readonly subTopology: string
  readonly topic: string
  readonly partition: number
}

/** Names a task in causes, checkpoints, changelogs and stores. */
export const taskName = ({ subTopology, topic, partition }: TaskId): string => `${subTopology}/${topic}/${partition}`

/** One partition of one topic. */
export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** Says which input of which task a record comes from. */
export interface Cause {
  /** The name and generation of the sending task. */
  readonly source: string
  /** The offset of the input in the sender's log. */
  readonly position: number
  /** Counts the records from this source to this target partition, from 1 and without gaps. */
  readonly n: number
  /** Names the first cause: an event id, or a timer's name, key and due time. */
  readonly causeId: string
  /** The indexes of the emissions that led here. They order the records of one cause. */
  readonly path: readonly number[]
}

/** A record to be appended. */
export interface NewRecord {
  readonly key: string
  readonly value: Uint8Array
  /** The append time for input logs that assign none; the cause's receivedAt on all other logs. */
  readonly timestamp: Time
  /** Absent on records from outside. */
  readonly cause?: Cause
}

/** A record as read. Only committed records are ever read. */
export interface LogRecord extends NewRecord {
  readonly offset: number
  /** Why what a producer sent there can't be read; the value is empty then. */
  readonly unreadable?: ConnectorError
  /** The bytes as they stand in the log, where `value` names our own schema instead of a foreign one. */
  readonly stored?: Uint8Array
}

/** A record to be appended, and the partition that it goes to. */
export interface OutputRecord extends NewRecord {
  readonly topic: string
  readonly partition: number
}

/** An entry of a task's changelog. A null value is a tombstone. */
export interface ChangelogEntry {
  readonly key: string
  readonly value: Uint8Array | null
}

/** Everything that one task commits for one batch of its input. */
export interface Commit {
  readonly owner: Ownership
  /** The next input offset to read. */
  readonly position: number
  readonly outputs: readonly OutputRecord[]
  readonly changelog: readonly ChangelogEntry[]
  /** The task's state between batches, opaque to the log. `acquire` returns the last one that was committed. */
  readonly checkpoint: Uint8Array
}

/** Grants the right to commit for a task, until another process acquires the task. */
export interface Ownership {
  readonly task: TaskId
  /** The committed input position; null before the first commit. */
  readonly position: number | null
  /** The committed checkpoint; null before the first commit. */
  readonly checkpoint: Uint8Array | null
  /** The position after the last committed changelog entry. */
  readonly changelogEnd: number
  /** The id of the input topic, on a cluster that gives each topic one when it is created. */
  readonly topicId?: string
}

/** Says where a commit ended in the changelog. The store notes that beside the rows. */
export interface Committed {
  readonly changelogEnd: number
}

/**
 * Gives access to partitioned logs with atomic commits. All implementations pass `log-contract.ts`.
 * Errors are ConnectorErrors; `fenced` means that another process has acquired the task.
 */
export interface Log {
  /** Creates the topic if it does not exist. Its number of partitions never changes. */
  createTopic(topic: string, partitions: number): Promise<void>
  /** Lists the topics with their numbers of partitions. */
  topics(): ReadonlyMap<string, number>
  /** Returns an offset that is above those of all committed records. Throws `unknown-topic` or `unknown-partition`. */
  end(topic: string, partition: number): Promise<number>
  /** Returns the first offset that the log still holds: retention or an administrator may have deleted what was before. */
  start(topic: string, partition: number): Promise<number>
  /**
   * Reads committed records from `from` on, in order and at most `limit`. Throws `out-of-range` below the log's start
   * or beyond its end.
   */
  read(topic: string, partition: number, from: number, limit: number): Promise<LogRecord[]>
  /** Appends records from outside, in order: all of them or none. */
  append(outputs: readonly OutputRecord[]): Promise<void>
  /** Fences the task's previous owner, then returns ownership with the committed position and checkpoint. */
  acquire(task: TaskId): Promise<Ownership>
  /**
   * Appends the outputs of all commits in the order given, with their changelogs, checkpoints and positions: all or
   * nothing.
   */
  commit(commits: readonly Commit[]): Promise<readonly Committed[]>
  /** Reads committed changelog entries from `from` on, at most `limit`. The next call continues at `next`. */
  changelog(task: TaskId, from: number, limit: number): Promise<{ entries: ChangelogEntry[]; next: number }>
  /**
   * Returns the committed positions of tasks, null before the first commit, and fences nobody. What they have written to `outputs`
   * before can be read. A commit of this moment may not count yet.
   */
  settledPositions(tasks: readonly TaskId[], outputs: readonly string[]): Promise<readonly (number | null)[]>
  close(): Promise<void>
}

/** Says that the outside world failed: a broker, a disk or a provider. */
export class ConnectorError extends Error {
  /** Stable. Each code has a heading in docs/errors.md. */
  readonly code: string
  readonly retryable: boolean
  constructor(code: string, message: string, options: { retryable?: boolean; cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.name = 'ConnectorError'
    this.code = code
    this.retryable = options.retryable ?? false
  }
}
