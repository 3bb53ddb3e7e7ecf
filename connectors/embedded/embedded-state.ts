import type { LogRecord } from '../../topology/log/log.ts'
import type { CompactionState } from './changelog-compaction.ts'
import type { PartitionState, TaskState } from './log-state.ts'
import type { Tail } from './tail-cache.ts'

/** The state of a partition that the log on disk keeps in memory. */
export interface EmbeddedPartition extends PartitionState {
  readonly tail: Tail
  /** The records of the segment that was last read from disk, so that several small reads unpack it once. */
  recent: readonly LogRecord[]
}

/** The state of a task that the log on disk keeps in memory. */
export interface EmbeddedTask extends TaskState {
  /** The mark of where it stands, for the end of the log. */
  mark: number
  compaction: CompactionState
}
