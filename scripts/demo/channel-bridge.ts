import { type Clock, wallClock } from '../../connectors/channels/clock.ts'
import type { ChannelCounts } from '../../connectors/channels/dispatcher.ts'
import type { Time } from '../../schemas/record.ts'
import { topics } from '../../schemas/topics.ts'
import type { Log } from '../../topology/log/log.ts'
import type { ChannelSettings } from '../channels/channel-settings.ts'
import { type RunningChannels, startChannels } from '../channels/start-channels.ts'
import { guardDelivery } from './consent-check.ts'
import type { SimulationLoop } from './simulation-loop.ts'

/** Delivers the sends of a demo through real channels, in simulated time. */
export interface ChannelBridge {
  /** To be called when simulated time has passed, since sends may be due. */
  onTimePassed(): void
  /** Returns what each channel did so far. */
  counts(): Record<string, ChannelCounts>
  /** Delivers due sends for at most this long, stops, and lets the topology decide on the failures. */
  drainAndStop(timeoutMs: number): Promise<void>
  /** Stops at once; the next start delivers the remaining sends. */
  stop(): Promise<void>
}

/**
 * Starts the channels of a demo. Sends wait in simulated time; pauses between retries pass in real time. The simulated
 * customers report deliveries, so the channels report failures only.
 */
export async function openChannelBridge(
  log: Log,
  loop: SimulationLoop,
  settings: ChannelSettings,
): Promise<ChannelBridge> {
  const clock = simulatedClock(() => loop.time)
  const running = await startChannels(settings, {
    log: withInputTime(log, () => loop.nextInputTime),
    clock,
    retryClock: wallClock,
    receipts: 'failures',
    guard: send => loop.betweenEpochs(runner => guardDelivery(runner, send, loop.time)),
  })
  const stop = async () => {
    await Promise.all(Array.from(running.values(), channel => channel.stop()))
  }
  return {
    stop,
    onTimePassed: () => clock.onTimePassed(),
    counts: () => countsOf(running),
    async drainAndStop(timeoutMs) {
      await Promise.all(Array.from(running.values(), channel => channel.drain(timeoutMs)))
      await stop()
      await loop.settle()
    },
  }
}

const countsOf = (running: RunningChannels): Record<string, ChannelCounts> =>
  Object.fromEntries(Array.from(running, ([name, channel]) => [name, channel.counts()]))

/**
 * Wraps the log for writers outside of the simulation. Receipts that they append get the simulated time of the append, as
 * an input's append time would be, and never come after a later tick.
 */
const withInputTime = (log: Log, time: () => Time): Log => ({
  createTopic: (topic, partitions) => log.createTopic(topic, partitions),
  topics: () => log.topics(),
  start: (topic, partition) => log.start(topic, partition),
  end: (topic, partition) => log.end(topic, partition),
  read: (topic, partition, from, limit) => log.read(topic, partition, from, limit),
  append: outputs => log.append(outputs.map(output => timed(output, time()))),
  acquire: task => log.acquire(task),
  commit: commits =>
    log.commit(commits.map(commit => ({ ...commit, outputs: commit.outputs.map(output => timed(output, time())) }))),
  changelog: (task, from, limit) => log.changelog(task, from, limit),
  settledPositions: (tasks, outputs) => log.settledPositions(tasks, outputs),
  close: () => log.close(),
})

const timed = <O extends { readonly topic: string; readonly timestamp: Time }>(output: O, timestamp: Time): O =>
  output.topic === topics.receipts.name ? { ...output, timestamp } : output

/** Makes a clock that shows simulated time. */
function simulatedClock(now: () => Time): Clock & { onTimePassed(): void } {
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
    onTimePassed() {
      for (const sleeper of [...sleepers]) if (sleeper.due <= now()) sleeper.wake()
    },
  }
}
