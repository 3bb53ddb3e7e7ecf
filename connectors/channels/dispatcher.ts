import { setTimeout as delay } from 'node:timers/promises'
import { sendsOn, topics } from '../../schemas/topics.ts'
import { ConnectorError, type Log } from '../../topology/log/log.ts'
import type { ChannelContext, DeliveryCount, DeliveryGuard } from './channel-context.ts'
import { type Clock, wallClock } from './clock.ts'
import { InFlightLimiter } from './in-flight-limiter.ts'
import { PartitionDispatcher } from './partition-dispatcher.ts'
import type { Provider } from './providers/provider.ts'

/** How a channel is started. Everything but the first three has a default. */
export interface ChannelOptions {
  /** Must have the topics `sends.<channel>`, `receipts` and `dead-letters`. */
  readonly log: Log
  readonly channel: string
  /** Closed when the channel stops. */
  readonly provider: Provider
  /** Asked just before each call; an error means no for now. Default: only cancellations in the log stop a send. */
  readonly guard?: DeliveryGuard
  /** Which receipts are written. With `failures`, another reporter says what was delivered. Default: all. */
  readonly receipts?: 'all' | 'failures'
  /** Tells when sends are due and expire. */
  readonly clock?: Clock
  /** Measures the pauses between tries. Default: `clock`, which in a simulation differs from the provider's time. */
  readonly retryClock?: Clock
  /** Measures how long a call takes. Default: the computer's own, whatever the other clocks are. */
  readonly callClock?: Clock
  /** The most calls at a time. */
  readonly inFlightMax?: number
  /** The most sends in memory: in flight, waiting for their time, or between tries. Each partition may hold at least one. */
  readonly heldMax?: number
  /** How many keys of finished sends a partition remembers. */
  readonly rememberedMax?: number
  /** The most calls for one send, restarts included. */
  readonly triesMax?: number
  readonly backoffMs?: number
  readonly backoffMaxMs?: number
  readonly callTimeoutMs?: number
  /** How long `stop` waits for calls in flight before it aborts them. */
  readonly stopTimeoutMs?: number
  readonly pollMs?: number
}

/** Counts of what a channel has done since its start, and of what it holds now. */
export type ChannelCounts = Readonly<Record<DeliveryCount | 'inFlight' | 'held', number>>

/** A channel that delivers its sends. */
export interface RunningChannel {
  counts(): ChannelCounts
  /** Waits until every send that is due is done. Returns false if that takes longer than `timeoutMs`. */
  drain(timeoutMs: number): Promise<boolean>
  /** Stops, and resolves when no call is in flight. The next start of the channel resumes unfinished sends. */
  stop(): Promise<void>
  /** Resolves after `stop`. Rejects when the log has failed or another process has acquired a partition: start the channel again. */
  readonly finished: Promise<void>
}

/**
 * Delivers `sends.<channel>` through a provider, on all partitions, from where the last channel stopped. Each send is delivered
 * once, after the person's earlier sends that are due, unless it is cancelled or expires. Receipts, dead letters and attempts
 * go to the log in one commit. A provider without idempotency is never called again after an unknown outcome: the send gets a
 * dead letter and no receipt.
 */
export async function startChannel(options: ChannelOptions): Promise<RunningChannel> {
  const { log, channel, provider, guard = async () => 'allowed', clock = wallClock } = options
  const { inFlightMax = 16, heldMax = 1000, rememberedMax = 50_000, pollMs = 20 } = options
  const { triesMax = 5, backoffMs = 1000, backoffMaxMs = 60_000 } = options
  const { callTimeoutMs = 10_000, stopTimeoutMs = 5000 } = options
  const partitions = partitionsOf(log, channel)
  const stopping = new AbortController()
  const limiter = new InFlightLimiter(inFlightMax, callTimeoutMs, options.callClock ?? wallClock)
  const counted = { ...noCounts }
  const context: ChannelContext = {
    provider,
    guard,
    clock,
    retryClock: options.retryClock ?? clock,
    reportsDelivered: options.receipts !== 'failures',
    retryPolicy: { max: triesMax, backoffMs, backoffMaxMs },
    limiter,
    stopping: stopping.signal,
    count: what => {
      counted[what]++
    },
  }
  const heldPerPartition = Math.max(1, Math.floor(heldMax / partitions))
  const opened = await Promise.all(
    Array.from({ length: partitions }, (_, partition) =>
      PartitionDispatcher.open({ log, channel, partition, heldMax: heldPerPartition, rememberedMax, pollMs }, context),
    ),
  )
  const held = () => opened.reduce((sum, partition) => sum + partition.held, 0)
  const counts = () => ({ ...counted, inFlight: limiter.inFlight, held: held() })
  return {
    counts,
    drain: timeoutMs => drained(opened, timeoutMs, pollMs, stopping.signal),
    ...running(opened, async ended => {
      stopping.abort()
      await within(stopTimeoutMs, ended, () => limiter.abort())
      await provider.close()
    }),
  }
}

async function drained(
  partitions: readonly PartitionDispatcher[],
  timeoutMs: number,
  pollMs: number,
  stopping: AbortSignal,
): Promise<boolean> {
  const until = performance.now() + timeoutMs
  while (!stopping.aborted) {
    const idle = await Promise.all(partitions.map(partition => partition.isIdle()))
    if (idle.every(Boolean)) return true
    const leftMs = until - performance.now()
    if (leftMs <= 0) return false
    await delay(Math.min(pollMs, leftMs))
  }
  return false
}

/** Runs all partitions until one fails or `stop` is called, then ends them all. */
function running(
  partitions: readonly PartitionDispatcher[],
  end: (ended: Promise<unknown>) => Promise<void>,
): Pick<RunningChannel, 'stop' | 'finished'> {
  const runs = partitions.map(partition => partition.run())
  const ended = Promise.allSettled(runs)
  let stopped: Promise<void> | null = null
  const stop = () => {
    stopped ??= end(ended)
    return stopped
  }
  const finished = Promise.all(runs).then(stop, async error => {
    await stop()
    throw error
  })
  // A caller that does not wait for `finished` must not be killed by an unhandled rejection.
  finished.catch(() => undefined)
  return { stop, finished }
}

/** Waits for the work, and calls `hasten` after `ms`. */
async function within(ms: number, work: Promise<unknown>, hasten: () => void): Promise<void> {
  const timer = setTimeout(hasten, ms)
  await work
  clearTimeout(timer)
}

const noCounts: Record<DeliveryCount, number> = {
  delivered: 0,
  bounced: 0,
  rejected: 0,
  cancelled: 0,
  expired: 0,
  refused: 0,
  deadLetters: 0,
  duplicates: 0,
  retries: 0,
}

function partitionsOf(log: Log, channel: string): number {
  const found = log.topics()
  for (const { name } of [topics.receipts, topics.deadLetters, sendsOn(channel)])
    if (!found.has(name)) throw new ConnectorError('unknown-topic', `there is no topic '${name}'`)
  return found.get(sendsOn(channel).name)!
}
