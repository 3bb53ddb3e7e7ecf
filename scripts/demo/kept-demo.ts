import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { localTime } from '../../connectors/adapters/local-time.ts'
import { personIds } from '../../operators/identity/tokens.ts'
import type { Release } from '../../operators/release/release.ts'
import { defaultBehaviour } from '../../simulation/customer.ts'
import { type Population, population } from '../../simulation/population.ts'
import { openStore } from '../../state/stores/open-store.ts'
import type { Topology } from '../../topology/graph/topology.ts'
import type { Log } from '../../topology/log/log.ts'
import { createTopics } from '../../topology/replay/history-writer.ts'
import { applicationOf, assertDecides } from '../application/application.ts'
import { allByWebhook } from '../channels/start-channels.ts'
import { settings } from '../config/config.ts'
import { controlOf, primaryIdentifierType, readRelease } from '../input/release-file.ts'
import { type Home, openLog } from '../logs/embedded.ts'
import { singlePartition } from '../logs/partitions.ts'
import { type DemoSettings, settled } from './demo-file.ts'
import { Living, type LivingOptions } from './living.ts'
import { type Outbox, openOutbox } from './outbox.ts'

/** A Monday, 09:00 where most of the customers live. */
export const demoStart = localTime('America/New_York')('2017-10-30 09:00:00')!

/** A demo with all that it stands on. */
export interface KeptDemo {
  /** The main topology, or the extension of it that joai.yaml names. */
  readonly topology: Topology
  readonly log: Log
  readonly living: Living
  readonly people: Population
  /** What decides from the beginning of a new demo on. */
  readonly release: Release
  /** Delivers what is decided. */
  readonly outbox: Outbox
  close(): Promise<void>
}

export interface DemoOptions extends Pick<LivingOptions, 'lived'> {
  /** How sends are delivered: by default not at all, as for whoever only looks at a demo. */
  readonly delivers?: 'nothing' | 'as-configured' | { readonly webhook: string }
}

/** Opens the demo of a folder, or a new one, where the last one stopped. Throws UsageError where the folder is another's. */
export async function openDemo(
  place: Home,
  asked: Partial<DemoSettings> = {},
  { lived, delivers = 'nothing' }: DemoOptions = {},
): Promise<KeptDemo> {
  const { config } = settings({})
  const application = await applicationOf(config)
  assertDecides(application, '`joai demo`')
  const { topology } = application
  const channels =
    delivers === 'nothing' ? {} : delivers === 'as-configured' ? config.channels : allByWebhook(delivers.webhook)
  const { secret, partitions, batch, cacheRows } = config
  const fallback = { seed: 'joai', customers: defaultBehaviour.customers, release: 'examples/retail.yaml', secret }
  const { seed, customers, release: file } = settled(place.directory, asked, fallback)
  const release = readRelease(packaged(file))
  const people = population(seed, {
    start: demoStart,
    personIdOf: personIds(secret),
    customers,
    primaryIdentifierType: primaryIdentifierType(release),
  })
  const log = await openLog(place)
  try {
    await createTopics(log, topology, partitions, singlePartition)
    const store = await openStore(config.store, join(place.directory, 'state'))
    let outbox: Outbox | undefined
    const close = async () => {
      await outbox?.stop()
      await store.close()
      await log.close()
    }
    try {
      const options = { log, store, topology, population: people, release: controlOf(release), start: demoStart }
      const told: LivingOptions['lived'] = (epoch, time) => {
        outbox?.passed()
        lived?.(epoch, time)
      }
      const living = await Living.open({ ...options, batch, cacheRows, lived: told })
      outbox = await openOutbox(log, living, channels)
      return { topology, log, living, people, release, outbox, close }
    } catch (error) {
      await store.close()
      throw error
    }
  } catch (error) {
    await log.close()
    throw error
  }
}

/** A file that is there, or else one of the package, found from the compiled file as well as from its source. */
export function packaged(file: string): string {
  if (existsSync(file)) return file
  const found = ['../..', '../../..']
    .map(up => fileURLToPath(new URL(`${up}/${file}`, import.meta.url)))
    .find(place => existsSync(place))
  return found ?? file
}
