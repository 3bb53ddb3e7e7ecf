import { setTimeout as delay } from 'node:timers/promises'
import { type Channel, sends, topics } from '../../schemas/topics.ts'
import { ConnectorError, type Log } from '../../topology/log/log.ts'
import { Calls } from './calls.ts'
import type { ChannelContext, Counted, MayStill } from './channel-context.ts'
import { type Clock, wallClock } from './clock.ts'
import { PartitionDispatcher } from './partition-dispatcher.ts'
import type { Provider } from './providers/provider.ts'

/** How a channel is started; everything but the first three has a default. */
export interface ChannelOptions {
  /** Must hold `sends.<channel>`, `receipts` and `dead-letters`. */
  readonly log: Log
  readonly channel: Channel
  /** Closed when the channel stops. */
  readonly provider: Provider
  /** Asked just before each call; what it throws is a no for now. Default: only cancellations in the log stop a send. */
  readonly mayStill?: MayStill
  /** Which receipts are written: `failures` leaves it to whoever else reports to say what was delivered. Default: all. */
  readonly receipts?: 'all' | 'failures'
  /** Tells when sends are due and expire. */
  readonly clock?: Clock
  /** Measures the rests between tries, where the clock of the sends does not go as the provider's. */
  readonly restClock?: Clock
  /** Measures how long a call takes. Default: the computer's own, whatever the other clocks are. */
  readonly callClock?: Clock
  /** Calls at a time. */
  readonly inFlightMax?: number
  /** Sends in memory, in flight, waiting for their time or between tries: at least one a partition. */
  readonly heldMax?: number
  /** Keys that a partition remembers, besides those of sends that are not done. */
  readonly rememberedMax?: number
  /** Calls for one send, over restarts. */
  readonly triesMax?: number
  readonly backoffMs?: number
  readonly backoffMaxMs?: number
  readonly callTimeoutMs?: number
  /** For so long `stop` waits for calls under way before it breaks them off. */
  readonly stopTimeoutMs?: number
  readonly pollMs?: number
}

/** What a channel has done since it was started, and what it holds. */
export type ChannelCounts = Readonly<Record<Counted | 'inFlight' | 'held', number>>

/** A channel at work. */
export interface RunningChannel {
  counts(): ChannelCounts
  /** Waits for so long at most until all that is due is done with; false when it is not. */
  drain(timeoutMs: number): Promise<boolean>
  /** Resolves when nothing is under way. What is not done is resumed by whoever starts the channel next. */
  stop(): Promise<void>
  /** Resolves after `stop`; rejects when the log failed or someone else took a partition over: start it again. */
  readonly finished: Promise<void>
}

/**
 * Starts to deliver `sends.<channel>` through a provider, from where the last one stopped, on all partitions. Each send is delivered
 * once, after all earlier ones of its person that are due, unless a cancellation stands behind it or its time is over; receipts
 * and dead letters go to the log with what is remembered of it, in one commit. A provider without idempotency is never called
 * again after an unknown outcome: a dead letter says so, and there is no receipt.
 */
export async function startChannel(options: ChannelOptions): Promise<RunningChannel> {
  const { log, channel, provider, mayStill = async () => 'allowed', clock = wallClock } = options
  const { inFlightMax = 16, heldMax = 1000, rememberedMax = 50_000, pollMs = 20 } = options
  const { triesMax = 5, backoffMs = 1000, backoffMaxMs = 60_000 } = options
  const { callTimeoutMs = 10_000, stopTimeoutMs = 5000 } = options
  const partitions = partitionsOf(log, channel)
  const stopping = new AbortController()
  const calls = new Calls(inFlightMax, callTimeoutMs, options.callClock ?? wallClock)
  const counted = { ...noCounts }
  const context: ChannelContext = {
    provider,
    mayStill,
    clock,
    restClock: options.restClock ?? clock,
    tellsDelivered: options.receipts !== 'failures',
    tries: { max: triesMax, backoffMs, backoffMaxMs },
    calls,
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
  const counts = () => ({ ...counted, inFlight: calls.taken, held: held() })
  return {
    counts,
    drain: timeoutMs => drained(opened, timeoutMs, pollMs, stopping.signal),
    ...running(opened, async ended => {
      stopping.abort()
      await within(stopTimeoutMs, ended, () => calls.abort())
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

/** Runs the partitions until one fails or `stop` is called; then ends them all. */
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
  // Whoever does not wait for the end is told by `counts` standing still, not by the process dying.
  finished.catch(() => undefined)
  return { stop, finished }
}

/** Waits for the work, and does what hastens it after so long. */
async function within(ms: number, work: Promise<unknown>, hasten: () => void): Promise<void> {
  const timer = setTimeout(hasten, ms)
  await work
  clearTimeout(timer)
}

const noCounts: Record<Counted, number> = {
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

function partitionsOf(log: Log, channel: Channel): number {
  const found = log.topics()
  for (const { name } of [topics.receipts, topics.deadLetters, sends[channel]])
    if (!found.has(name)) throw new ConnectorError('unknown-topic', `there is no topic '${name}'`)
  return found.get(sends[channel].name)!
}
