import type { Time } from '../../schemas/record.ts'

/** A (sub-topology, topic, partition): what one task folds, and what owns a place in the log. */
export interface TaskId {
  readonly subTopology: string
  readonly topic: string
  readonly partition: number
}

/** Names a task in causes, heads, changelogs and stores. */
export const taskName = ({ subTopology, topic, partition }: TaskId): string => `${subTopology}/${topic}/${partition}`

/** One partition of one topic. */
export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** Which input of which task a record comes from. */
export interface Cause {
  /** Name and generation of the sending task. */
  readonly source: string
  /** Offset of the input in the sender's log. */
  readonly position: number
  /** Dense count from this source to this target partition, from 1. */
  readonly n: number
  /** Event id, or name, key and due time of a timer: what set it all off. */
  readonly causeId: string
  /** The indexes of the emissions that led here: orders what one cause set off. */
  readonly path: readonly number[]
}

/** A record to be appended. */
export interface NewRecord {
  readonly key: string
  readonly value: Uint8Array
  /** Append time for input logs that have none of their own; receivedAt of the cause for all others. */
  readonly timestamp: Time
  /** Absent on records from outside. */
  readonly cause?: Cause
}

/** A record as read: only committed ones are ever read. */
export interface LogRecord extends NewRecord {
  readonly offset: number
}

export interface OutputRecord extends NewRecord {
  readonly topic: string
  readonly partition: number
}

/** A change of the changelog of a task. A null value is a tombstone. */
export interface ChangelogEntry {
  readonly key: string
  readonly value: Uint8Array | null
}

/** All that one task commits for one batch of its input. */
export interface Commit {
  readonly owner: Ownership
  /** The next input offset to read. */
  readonly position: number
  readonly outputs: readonly OutputRecord[]
  readonly changelog: readonly ChangelogEntry[]
  /** Where the task stands, opaque to the log; the last one committed is given back by `takeOver`. */
  readonly checkpoint: Uint8Array
}

/** What `takeOver` gives: the right to commit for a task, until someone else takes it over. */
export interface Ownership {
  readonly task: TaskId
  /** The committed input position; null before the first commit. */
  readonly position: number | null
  /** The committed head; null before the first commit. */
  readonly checkpoint: Uint8Array | null
  /** The position after the last committed changelog entry. */
  readonly changelogEnd: number
}

/** Where a commit stands in the changelog: what the store must note beside the rows. */
export interface Committed {
  readonly changelogEnd: number
}

/**
 * Partitioned logs with atomic commits. All connectors pass `log-contract.ts`.
 * Errors are ConnectorErrors; `fenced` means that someone else has taken the task over.
 */
export interface Log {
  /** Creates the topic if it is not there; its number of partitions never changes. */
  createTopic(topic: string, partitions: number): Promise<void>
  topics(): ReadonlyMap<string, number>
  /** No committed record of the partition has this offset or a later one. Throws `unknown-topic` or `unknown-partition`. */
  end(topic: string, partition: number): Promise<number>
  /** Committed records from `from` on, in order; at most `limit`. Throws `out-of-range` below the log's start or beyond its end. */
  read(topic: string, partition: number, from: number, limit: number): Promise<LogRecord[]>
  /** Appends records from outside, in order, all or none. */
  append(outputs: readonly OutputRecord[]): Promise<void>
  /** Fences whoever owned the task, then tells where it stands. */
  acquire(task: TaskId): Promise<Ownership>
  /** Appends the outputs of all commits in the order given, and their changelogs, heads and positions: all or nothing. */
  commit(commits: readonly Commit[]): Promise<readonly Committed[]>
  /** Committed changelog entries from `from` on; at most `limit`. `next` is where to go on. */
  changelog(task: TaskId, from: number, limit: number): Promise<{ entries: ChangelogEntry[]; next: number }>
  close(): Promise<void>
}

/** The outside world failed. */
export class ConnectorError extends Error {
  /** Stable; each has a heading in docs/errors.md. */
  readonly code: string
  readonly retryable: boolean
  constructor(code: string, message: string, options: { retryable?: boolean; cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.name = 'ConnectorError'
    this.code = code
    this.retryable = options.retryable ?? false
  }
}
