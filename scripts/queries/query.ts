import type { Control, ReleaseRow } from '../../schemas/generated.ts'
import type { Time } from '../../schemas/record.ts'
import type { Topology } from '../../topology/graph/topology.ts'
import type { Log } from '../../topology/log/log.ts'
import type { HistoryRunner } from '../../topology/replay/history-runner.ts'
import type { ExitCode } from '../cli/errors.ts'

/** The effect of a release or a stop: the record of each `people` partition from which it is in force. */
export interface ControlEffect {
  /** The time at which it was added to the history, in the history's time. */
  readonly at: Time
  readonly positions: readonly { readonly partition: number; readonly offset: number }[]
  /** The number of sends that it cancelled before their delivery. */
  readonly cancelled: number
  /** The release that each of those partitions decides by now, and the actions stopped since. */
  readonly inForce: readonly { readonly partition: number; readonly row: ReleaseRow }[]
}

/** The logs and rows that queries read: those of a running process, those of a folder that no process uses, or a cluster's. */
export interface QueryBackend {
  /** The topology that writes the log. */
  readonly topology: Topology
  /** Returns the log as it is between two epochs; records that come later are not visible. */
  log(): Promise<Log>
  /** The log as it grows; null where no process writes to it. */
  readonly growing: Log | null
  /** Runs a read of rows while none of them changes. Throws UsageError where there are no rows. */
  betweenEpochs<T>(work: (runner: HistoryRunner, log: Log) => Promise<T>): Promise<T>
  /** Adds a release or a stop to the history. Throws UsageError where the history can't be continued. */
  control(control: Control): Promise<ControlEffect>
}

/** The output of a query. */
export interface QueryOutput {
  /** Writes one line; resolves when there is room for the next. */
  write(line: string): Promise<void>
  /** Aborted when the client is gone, or the backend is about to close. */
  readonly closed: AbortSignal
}

/** Handles one kind of query. An error that it throws is reported to the client as if it were thrown there. */
export type QueryHandler<Asked> = (asked: Asked, backend: QueryBackend, output: QueryOutput) => Promise<ExitCode>
