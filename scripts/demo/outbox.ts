import { type Clock, wallClock } from '../../connectors/channels/channel-context.ts'
import type { ChannelCounts } from '../../connectors/channels/dispatcher.ts'
import type { Time } from '../../schemas/record.ts'
import { type Channel, topics } from '../../schemas/topics.ts'
import type { Log } from '../../topology/log/log.ts'
import type { ChannelSettings } from '../channels/channel-settings.ts'
import { type RunningChannels, startChannels } from '../channels/start-channels.ts'
import { mayStillSend } from './consent-check.ts'
import type { Living } from './living.ts'

/** The channels of a demo. */
export interface Outbox {
  /** Simulated time has passed: sends may be due. */
  passed(): void
  counts(): Partial<Record<Channel, ChannelCounts>>
  /** Delivers what is due, for so long at most, then stops, and lets be decided on what could not be delivered. */
  end(timeoutMs: number): Promise<void>
  /** What is left is taken up by the next start. */
  stop(): Promise<void>
}

/**
 * Starts the channels of a demo. Sends wait in simulated time, rests between tries pass in that of the providers. The
 * simulated customers say what was delivered; channels tell what they could not deliver.
 */
export async function openOutbox(log: Log, living: Living, settings: ChannelSettings): Promise<Outbox> {
  const clock = simulatedClock(() => living.time)
  const running = await startChannels(settings, {
    log: arriving(log, () => living.arrival),
    clock,
    restClock: wallClock,
    receipts: 'failures',
    mayStill: send => living.quiet(epochs => mayStillSend(epochs, send, living.time)),
  })
  const stop = async () => {
    await Promise.all(Array.from(running.values(), channel => channel.stop()))
  }
  return {
    stop,
    passed: () => clock.passed(),
    counts: () => countsOf(running),
    async end(timeoutMs) {
      await Promise.all(Array.from(running.values(), channel => channel.drain(timeoutMs)))
      await stop()
      await living.settle()
    },
  }
}

const countsOf = (running: RunningChannels): Partial<Record<Channel, ChannelCounts>> =>
  Object.fromEntries(Array.from(running, ([name, channel]) => [name, channel.counts()]))

/**
 * The log as whoever stands outside of the history sees it: what they append to an input gets the time at which the history
 * stands when it is handed to the log, as an input's append time would be, and never stands behind a later tick.
 */
const arriving = (log: Log, arrival: () => Time): Log => ({
  createTopic: (topic, partitions) => log.createTopic(topic, partitions),
  topics: () => log.topics(),
  end: (topic, partition) => log.end(topic, partition),
  read: (topic, partition, from, limit) => log.read(topic, partition, from, limit),
  append: outputs => log.append(outputs.map(output => timed(output, arrival()))),
  acquire: task => log.acquire(task),
  commit: commits =>
    log.commit(commits.map(commit => ({ ...commit, outputs: commit.outputs.map(output => timed(output, arrival())) }))),
  changelog: (task, from, limit) => log.changelog(task, from, limit),
  close: () => log.close(),
})

const timed = <O extends { readonly topic: string; readonly timestamp: Time }>(output: O, timestamp: Time): O =>
  output.topic === topics.receipts.name ? { ...output, timestamp } : output

/** A clock that goes as simulated time does. */
function simulatedClock(now: () => Time): Clock & { passed(): void } {
  const sleepers = new Set<{ readonly due: Time; readonly wake: () => void }>()
  return {
    now,
    sleep: (ms, signal) =>
      new Promise(resolve => {
        const wake = () => {
          sleepers.delete(sleeper)
          signal.removeEventListener('abort', wake)
          resolve()
        }
        const sleeper = { due: now() + ms, wake }
        if (signal.aborted) return resolve()
        sleepers.add(sleeper)
        signal.addEventListener('abort', wake, { once: true })
      }),
    passed() {
      for (const sleeper of [...sleepers]) if (sleeper.due <= now()) sleeper.wake()
    },
  }
}
