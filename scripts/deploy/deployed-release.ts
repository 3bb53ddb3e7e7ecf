import { setTimeout as delay } from 'node:timers/promises'
import { releaseOf } from '../../audit/laws/releases.ts'
import { Cluster } from '../../connectors/kafka/cluster.ts'
import { appendToSmallTopic, readSmallTopic } from '../../connectors/kafka/small-topic.ts'
import { openSchemaIds, type SchemaIds } from '../../connectors/registry/schema-ids.ts'
import type { Release } from '../../operators/release/release.ts'
import type { Control } from '../../schemas/generated.ts'
import { topics } from '../../schemas/topics.ts'
import { decodeValue, encodeValue, typeOf } from '../../schemas/wire.ts'
import { ConnectorError, type Log } from '../../topology/log/log.ts'
import { PartitionReader } from '../../topology/log/log-reader.ts'
import { applicationOf } from '../application/application.ts'
import { UsageError } from '../cli/errors.ts'
import { printStatus } from '../cli/output.ts'
import type { Config } from '../config/config.ts'
import { connectionOf, groupOf, openClusterLog, registryOf } from '../logs/cluster.ts'
import { ControlCopies, type RecordPosition } from '../supervisor/control-copies.ts'
import { readDeployment } from './apply.ts'

const { control } = topics
const foldedPollMs = 100

/** Reads the last release on the `control` topic of a cluster; null when there is none. */
export async function deployedRelease(config: Config): Promise<Release | null> {
  const ids = await controlIds(config)
  const releases: Release[] = []
  for (const { value } of await readSmallTopic(connectionOf(config), control.name)) {
    await ids.prepare(control.name, [value])
    const known = ids.incoming(control.name, value)
    if (typeOf(control, known) !== 'control') continue
    const release = releaseOf(decodeValue(control.types.control, known))?.release
    if (release !== undefined) releases.push(release)
  }
  return releases.at(-1) ?? null
}

/**
 * Reads the most bytes that a record of each topic of the application may have. Where the right to see that is missing, it says so
 * and knows none.
 */
export async function sizesMax(config: Config): Promise<(topic: string) => number | undefined> {
  const deployment = await readDeployment(connectionOf(config), config.app)
  const written = Object.entries(deployment?.topics ?? {}).flatMap(([name, { part }]) =>
    name === control.name || (part !== 'input' && part !== 'foreign') ? [name] : [],
  )
  const cluster = await Cluster.connect(connectionOf(config))
  try {
    const there = await cluster.topics(written)
    return topic => {
      const most = there.get(topic)?.config['max.message.bytes']
      return most === undefined ? undefined : Number(most)
    }
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error
    printStatus(`the largest records of the topics are not known: ${error.message}`)
    return () => undefined
  } finally {
    await cluster.close()
  }
}

/**
 * Publishes a control record for a live application. It takes effect at one position in each partition of `people`;
 * those positions are returned once all are known, within `withinMs`, after which `not-in-effect` is thrown. A null
 * `withinMs` returns at once, without positions. `check` may throw before anything is written.
 */
export async function publish(
  config: Config,
  record: Control,
  { withinMs, check }: { readonly withinMs: number | null; readonly check?: () => Promise<unknown> },
): Promise<RecordPosition[]> {
  const connection = connectionOf(config)
  const deployment = await readDeployment(connection, config.app)
  if (deployment === null) throw new UsageError(`'${config.app}' is not deployed there: run joai apply`)
  if (deployment.topics[control.name] === undefined)
    throw new UsageError(`'${config.app}' runs a topology of its own, which reads no '${control.name}'`)
  if (deployment.kind === 'history')
    throw new UsageError(`'${config.app}' runs history: its releases come with the input, by joai ingest --release`)
  await check?.()
  const append = async () => {
    const ids = await controlIds(config)
    const value = ids.outgoing(control.name, encodeValue(control.types.control, record))
    await appendToSmallTopic(connection, control.name, { key: record.controlId, value })
  }
  if (withinMs !== null) return published(config, record, withinMs, append)
  await append()
  return []
}

async function published(config: Config, record: Control, withinMs: number, append: () => Promise<void>) {
  const { topology } = await applicationOf(config)
  const log = await openClusterLog(config, topology)
  try {
    const until = performance.now() + withinMs
    const copies = await ControlCopies.begin(log, topology)
    copies.expect(record)
    await append()
    const { places, missing } = await copies.arrived(printStatus, withinMs)
    const late = missing.length > 0 ? missing : await notFolded(config, places, until)
    if (late.length > 0)
      throw new ConnectorError(
        'not-in-effect',
        `it is published, but not in effect on ${late.join(', ')} after ${withinMs / 1000} s: it takes effect there when \`joai run\` is at work`,
      )
    const people = places.filter(({ topic }) => topic === topics.people.name)
    await assertInForce(log, record, people)
    return people
  } finally {
    await log.close()
  }
}

/** Waits until the tasks of these partitions have folded what is at these places; returns those that have not by then. */
async function notFolded(config: Config, places: readonly RecordPosition[], until: number): Promise<readonly string[]> {
  const cluster = await Cluster.connect(connectionOf(config))
  try {
    for (;;) {
      const positions = await cluster.positions(groupOf(config), new Set(places.map(({ topic }) => topic)))
      const late = places.filter(
        ({ topic, partition, offset }) => (positions.get(`${topic}/${partition}`) ?? 0) <= offset,
      )
      if (late.length === 0 || performance.now() > until)
        return late.map(({ topic, partition }) => `${topic}/${partition}`)
      await delay(foldedPollMs)
    }
  } finally {
    await cluster.close()
  }
}

/** Checks that nothing threw under a release as soon as it was in force. */
async function assertInForce(log: Log, { hash }: Control, places: readonly RecordPosition[]): Promise<void> {
  for (const { topic, partition, offset } of places) {
    const reader = new PartitionReader(log, topic, partition, offset)
    for (const { value } of await reader.page()) {
      if (typeOf(topics.people, value) !== 'quarantine') continue
      const { hash: quarantined, position, operator } = decodeValue(topics.people.types.quarantine, value)
      if (quarantined === hash)
        throw new ConnectorError(
          'not-in-effect',
          `it is published, but '${operator}' threw under it at ${position.topic}/${position.partition}/${position.offset}: the release before goes on (release-quarantined)`,
        )
    }
  }
}

async function controlIds(config: Config): Promise<SchemaIds> {
  return openSchemaIds({ registry: await registryOf(config), topics: [control] })
}
