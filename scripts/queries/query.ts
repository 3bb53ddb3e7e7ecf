import type { Control } from '../../schemas/generated.ts'
import type { Time } from '../../schemas/record.ts'
import type { Topology } from '../../topology/graph/topology.ts'
import type { Log } from '../../topology/log/log.ts'
import type { EpochRunner } from '../../topology/replay/epoch-runner.ts'
import type { ExitCode } from '../cli/errors.ts'

/** Where a change of what is decided took effect: in every partition of `people`, at the record that brought it. */
export interface ControlEffect {
  /** When it came in, in the time of the history. */
  readonly at: Time
  readonly positions: readonly { readonly partition: number; readonly offset: number }[]
  /** Sends that it took back, because they were still on their way. */
  readonly cancelled: number
}

/** Where questions about a folder are answered: by the process that lives in it, or by one that opens what is kept there. */
export interface Desk {
  /** The topology that writes the log. */
  readonly topology: Topology
  /** The log as it stood between two epochs: what comes later is not seen. */
  log(): Promise<Log>
  /** The log as it grows; null where nobody writes to it. */
  readonly growing: Log | null
  /** Looks at rows while none of them changes. Throws UsageError where there are none. */
  quiet<T>(work: (epochs: EpochRunner, log: Log) => Promise<T>): Promise<T>
  /** Puts a change of what is decided into the history. Throws UsageError where there is no history that goes on. */
  control(control: Control): Promise<ControlEffect>
}

/** Where an answer goes. */
export interface Reply {
  /** One line; resolves when there is room for the next. */
  say(line: string): Promise<void>
  /** Nobody waits any more, or the desk is about to close. */
  readonly gone: AbortSignal
}

/** Answers one kind of question; what it throws is told to whoever asked as it would be in their own process. */
export type Answer<Asked> = (asked: Asked, desk: Desk, reply: Reply) => Promise<ExitCode>
