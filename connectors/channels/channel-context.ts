import type { Send } from '../../schemas/generated.ts'
import type { OutputRecord } from '../../topology/log/log.ts'
import type { SerialQueues } from '../../topology/log/serial-queue.ts'
import type { AttemptLog } from './attempt-log.ts'
import type { CancellationWatcher } from './cancellation-watcher.ts'
import type { Clock } from './clock.ts'
import type { InFlightLimiter } from './in-flight-limiter.ts'
import type { Provider } from './providers/provider.ts'
import type { ChannelReceiptKind, ChannelReports } from './send-records.ts'

/** Decides just before a call whether a send may be delivered: `allowed`, or a stable code that says why not. */
export type DeliveryGuard = (send: Send) => Promise<string>

/** How often a send is tried, and the pause between tries, which doubles from the first to the longest. */
export interface RetryPolicy {
  readonly max: number
  readonly backoffMs: number
  readonly backoffMaxMs: number
}

/** Everything that the deliveries of a channel share. */
export interface ChannelContext {
  readonly provider: Provider
  readonly guard: DeliveryGuard
  readonly clock: Clock
  /** Measures the pauses between tries. */
  readonly retryClock: Clock
  readonly retryPolicy: RetryPolicy
  /** Whether the channel writes a receipt for a delivered send. */
  readonly reportsDelivered: boolean
  readonly limiter: InFlightLimiter
  /** Aborted when no new call may begin. */
  readonly stopping: AbortSignal
  count(what: DeliveryCount): void
}

/** The names under which deliveries are counted. */
export type DeliveryCount =
  | ChannelReceiptKind
  | 'cancelled'
  | 'expired'
  | 'refused'
  | 'deadLetters'
  | 'duplicates'
  | 'retries'

/** Everything that the deliveries of a partition share. */
export interface PartitionContext extends ChannelContext {
  readonly attemptLog: AttemptLog
  readonly watcher: CancellationWatcher
  /** Runs one call at a time for each person, in the order of the sends. */
  readonly personQueues: SerialQueues
  readonly reports: ChannelReports
  /** Makes the dead letter of the send at this offset. */
  deadLetter(offset: number, reason: string, detail: string): Promise<OutputRecord>
}
