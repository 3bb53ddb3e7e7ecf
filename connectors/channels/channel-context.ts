import type { Send } from '../../schemas/generated.ts'
import type { OutputRecord } from '../../topology/log/log.ts'
import type { SerialQueues } from '../../topology/log/serial-queue.ts'
import type { Calls } from './calls.ts'
import type { Clock } from './clock.ts'
import type { Journal } from './journal.ts'
import type { Lookout } from './lookout.ts'
import type { Provider } from './providers/provider.ts'
import type { ChannelReceiptKind, Reports } from './send-records.ts'

/** Whether this may still be sent: `allowed`, or a stable code that says why not. */
export type MayStill = (send: Send) => Promise<string>

/** How often a send is tried, and how long it rests in between: doubling from the first, up to the longest. */
export interface Tries {
  readonly max: number
  readonly backoffMs: number
  readonly backoffMaxMs: number
}

/** What all deliveries of a channel share. */
export interface ChannelContext {
  readonly provider: Provider
  readonly mayStill: MayStill
  readonly clock: Clock
  /** Of the rests between tries. */
  readonly restClock: Clock
  readonly tries: Tries
  /** Whether a send that was delivered gets a receipt here. */
  readonly tellsDelivered: boolean
  readonly calls: Calls
  /** Aborted when nothing new may begin. */
  readonly stopping: AbortSignal
  count(what: Counted): void
}

/** What is counted of deliveries. */
export type Counted =
  | ChannelReceiptKind
  | 'cancelled'
  | 'expired'
  | 'refused'
  | 'deadLetters'
  | 'duplicates'
  | 'retries'

/** What all deliveries of a partition share. */
export interface PartitionContext extends ChannelContext {
  readonly journal: Journal
  readonly lookout: Lookout
  /** One call at a time for each person, in the order in which the sends came. */
  readonly personQueues: SerialQueues
  readonly reports: Reports
  /** The dead letter of the send at this offset. */
  letter(offset: number, reason: string, detail: string): Promise<OutputRecord>
}
