import { afterEach, beforeEach, expect } from 'vitest'
import type { Log } from '../../../topology/log/log.ts'
import { type ChannelOptions, type RunningChannel, startChannel } from '../dispatcher.ts'
import type { Provider } from '../providers/provider.ts'
import { openWebhook } from '../providers/webhook-provider.ts'
import { manualClock, type Receiver, sendsOf, startReceiver } from './fixtures.ts'

/** A web service, and the channels that deliver to it. */
export interface WebhookBench {
  receiver: Receiver
  hook(isIdempotent?: boolean, receiver?: Receiver): Provider
  start(log: Log, options?: Partial<ChannelOptions>): Promise<RunningChannel>
  stopAll(): Promise<void>
  /** The keys of all calls, in order. */
  calledKeys(): string[]
}

/** Gives each test of a file a web service, and channels that deliver to it until the test ends. */
export function webhookBench(): WebhookBench {
  const started: RunningChannel[] = []
  const bench: WebhookBench = {
    receiver: undefined as unknown as Receiver,
    hook: (isIdempotent = true, { url, host } = bench.receiver) =>
      openWebhook({ url, allowedHosts: [host], allowsLoopbackHttp: true, isIdempotent }),
    async start(log: Log, options: Partial<ChannelOptions> = {}): Promise<RunningChannel> {
      const defaults = { channel: 'email', pollMs: 2, stopTimeoutMs: 50, clock: manualClock() } as const
      const channel = await startChannel({ log, provider: bench.hook(), ...defaults, ...options })
      started.push(channel)
      return channel
    },
    async stopAll(): Promise<void> {
      await Promise.all(started.splice(0).map(channel => channel.stop()))
    },
    calledKeys: () => bench.receiver.requests.map(({ key }) => key),
  }
  beforeEach(async () => {
    bench.receiver = await startReceiver()
  })
  afterEach(async () => {
    await bench.stopAll()
    await bench.receiver.close()
  })
  return bench
}

/** Waits until `actual` returns what is expected. */
export const until = (actual: () => unknown, expected: unknown) =>
  expect.poll(actual, { interval: 2 }).toEqual(expected)

export const keysOf = (count: number): string[] => sendsOf(count).map(({ idempotencyKey }) => idempotencyKey)

/** The records of a web service that accepted each of the first sends once. */
export const takenOnce = (count: number): Map<string, number> => new Map(keysOf(count).map(key => [key, 1]))
