import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { localTime } from '../../connectors/adapters/local-time.ts'
import { personIds } from '../../operators/identity/tokens.ts'
import type { Release } from '../../operators/release/release.ts'
import { channelsAmong } from '../../schemas/topics.ts'
import { defaultBehaviour } from '../../simulation/customer.ts'
import type { Population } from '../../simulation/population.ts'
import { openStore } from '../../state/stores/open-store.ts'
import { plan } from '../../topology/graph/plan.ts'
import type { Topology } from '../../topology/graph/topology.ts'
import type { Log } from '../../topology/log/log.ts'
import { releaseControl } from '../../topology/replay/control-record.ts'
import { createTopics } from '../../topology/replay/history-writer.ts'
import { applicationOf, assertDecides } from '../application/application.ts'
import { allByWebhook } from '../channels/start-channels.ts'
import { settings } from '../config/config.ts'
import { readReleaseFile } from '../input/release-file.ts'
import { openLog, type RunFolder } from '../logs/embedded.ts'
import { keepWords, wordsOfRun } from '../logs/folder-words.ts'
import { singlePartitionTopics } from '../logs/partitions.ts'
import { tryRelease } from '../release-trial/try-release.ts'
import { type ChannelBridge, openChannelBridge } from './channel-bridge.ts'
import { type DemoSettings, demoSettingsOf } from './demo-settings.ts'
import { populationFor } from './population-for.ts'
import { SimulationLoop, type SimulationLoopOptions } from './simulation-loop.ts'

/** The start of a demo: a Monday, 09:00 in the time zone of most customers. */
export const demoStart = localTime('America/New_York')('2017-10-30 09:00:00')!

/** An open demo: the simulation, the topology that decides, and the channels that deliver. */
export interface Demo {
  /** The main topology, or the extension of it that joai.yaml names. */
  readonly topology: Topology
  readonly log: Log
  readonly loop: SimulationLoop
  readonly population: Population
  /** The release with which a new demo begins. */
  readonly release: Release
  /** Delivers the sends. */
  readonly channels: ChannelBridge
  close(): Promise<void>
}

/** Options for opening a demo. */
export interface DemoOptions extends Pick<SimulationLoopOptions, 'onEpoch' | 'isOvertaken'> {
  /** The delivery of sends; by default they are not delivered, since most callers only read. */
  readonly delivers?: 'nothing' | 'as-configured' | { readonly webhook: string }
}

/** Opens the demo of a folder where it stopped, or begins a new one. Throws UsageError where the folder holds something else. */
export async function openDemo(
  folder: RunFolder,
  asked: Partial<DemoSettings> = {},
  { onEpoch, isOvertaken = false, delivers = 'nothing' }: DemoOptions = {},
): Promise<Demo> {
  const { config } = settings({})
  const applicationFor = async (first: string) => {
    const words = wordsOfRun(config, { folder: folder.directory, release: packagedFile(first) })
    const application = await applicationOf(config, words)
    assertDecides(application, '`joai demo`')
    return application
  }
  const { secret, partitions, batch, cacheRows } = config
  const fallback = { seed: 'joai', customers: defaultBehaviour.customers, release: 'examples/retail.yaml', secret }
  const {
    seed,
    customers,
    release: file,
  } = await demoSettingsOf(folder.directory, asked, fallback, async ({ release: first }) => {
    const { topology } = await applicationFor(first)
    await tryRelease(readReleaseFile(packagedFile(first)), topology, { now: demoStart })
  })
  const release = readReleaseFile(packagedFile(file))
  const { topology } = await applicationFor(file)
  const channelSettings =
    delivers === 'nothing'
      ? {}
      : delivers === 'as-configured'
        ? config.channels
        : allByWebhook(delivers.webhook, channelsAmong(plan(topology).topics.keys()))
  keepWords(folder.directory, wordsOfRun(config, { release: packagedFile(file) }))
  const simulated = populationFor(release, seed, { start: demoStart, personIdOf: personIds(secret), customers })
  const log = await openLog(folder, config.durability)
  try {
    await createTopics(log, topology, partitions, singlePartitionTopics)
    const store = await openStore(config.store, join(folder.directory, 'state'))
    let channels: ChannelBridge | undefined
    const close = async () => {
      await channels?.stop()
      await store.close()
      await log.close()
    }
    try {
      const options = {
        log,
        store,
        topology,
        population: simulated,
        release: releaseControl(release),
        start: demoStart,
      }
      const afterEpoch: SimulationLoopOptions['onEpoch'] = (epoch, time) => {
        channels?.onTimePassed()
        onEpoch?.(epoch, time)
      }
      const loop = await SimulationLoop.open({ ...options, batch, cacheRows, isOvertaken, onEpoch: afterEpoch })
      channels = await openChannelBridge(log, loop, channelSettings)
      return { topology, log, loop, population: simulated, release, channels, close }
    } catch (error) {
      await store.close()
      throw error
    }
  } catch (error) {
    await log.close()
    throw error
  }
}

/** Finds a file in the working directory, or else in the package, whether this code is compiled or not. */
export function packagedFile(file: string): string {
  if (existsSync(file)) return file
  const found = ['../..', '../../..']
    .map(up => fileURLToPath(new URL(`${up}/${file}`, import.meta.url)))
    .find(path => existsSync(path))
  return found ?? file
}
