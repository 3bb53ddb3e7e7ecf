import { setTimeout as delay } from 'node:timers/promises'
import type { Grant } from '../../connectors/kafka/acls.ts'
import { Cluster, type NewTopic } from '../../connectors/kafka/cluster.ts'
import type { KafkaConnection } from '../../connectors/kafka/kafka-client.ts'
import { type KafkaLog, openKafkaLog } from '../../connectors/kafka/kafka-log.ts'
import { appendToSmallTopic, readSmallTopic } from '../../connectors/kafka/small-topic.ts'
import type { SchemaRegistry } from '../../connectors/registry/registry.ts'
import { ConnectorError } from '../../topology/log/log.ts'
import { UsageError } from '../cli/errors.ts'
import type { Change } from './change.ts'
import { changesOf, type Found, mayGrow, partitionsFor, schemaChanges } from './changes.ts'
import { type Deployment, deploymentTopic, deploymentTopicConfig, type Wanted } from './deployment.ts'
import { beginAtEnds } from './first-positions.ts'
import { goOn, positionChanges } from './positions.ts'
import { missingGrants, type Role, rightChanges } from './rights.ts'
import { differingSettings } from './settings.ts'
import { type SkippedRecord, skipChanges, skippedRecords, skipRecord } from './skipped-record.ts'

const shownPollMs = 200

/** The cluster and the registry to which an application is deployed. */
export interface DeployTarget {
  readonly connection: KafkaConnection
  readonly registry: SchemaRegistry
  readonly replication: number
  /** The principal that gets the rights of each role, on a cluster that checks rights. */
  readonly principals: ReadonlyMap<Role, string>
}

/** The changes that a deployment needs, and the state that they were derived from. */
export interface Planned extends Found {
  readonly wanted: Wanted
  readonly changes: readonly Change[]
  readonly grants: readonly Grant[]
  /** Whether the cluster checks rights. */
  readonly checksRights: boolean
}

/** Reads the last deployment of an application on a cluster; null before the first `apply`. */
export async function readDeployment(connection: KafkaConnection, app: string): Promise<Deployment | null> {
  return (await readDeployments(connection)).get(app) ?? null
}

/** Reads the last deployment of each application on a cluster. */
async function readDeployments(connection: KafkaConnection): Promise<ReadonlyMap<string, Deployment>> {
  const cluster = await Cluster.connect(connection)
  try {
    if (!(await cluster.topics([deploymentTopic])).has(deploymentTopic)) return new Map()
  } finally {
    await cluster.close()
  }
  const records = await readSmallTopic(connection, deploymentTopic)
  return new Map(records.map(({ key, value }) => [key, JSON.parse(Buffer.from(value).toString()) as Deployment]))
}

/**
 * Compares the wanted topics, schemas and rights with those of the cluster, and looks at the records that are to be skipped.
 * Changes nothing.
 */
export async function planChanges(
  wanted: Wanted,
  { registry, principals, ...place }: DeployTarget,
  skipped: readonly SkippedRecord[] = [],
): Promise<Planned> {
  const connection = withForeign(place.connection, wanted)
  const deployments = await readDeployments(connection)
  const deployed = deployments.get(wanted.app) ?? null
  const others = [...deployments.values()].filter(({ app }) => app !== wanted.app)
  const cluster = await Cluster.connect(connection)
  try {
    const names = [...wanted.topics.keys(), ...Object.keys(deployed?.topics ?? {}), deploymentTopic]
    const topics = await cluster.topics(names)
    const given = await cluster.grants()
    const grants = missingGrants(wanted, principals, given)
    const changes = [
      ...changesOf(wanted, { topics, deployed, others }),
      ...(await schemaChanges(wanted, registry)),
      ...rightChanges(grants),
      ...(deployed === null ? [] : await onLog(wanted, connection, log => positionChanges(log, wanted, deployed))),
      ...(skipped.length === 0 ? [] : await onLog(wanted, connection, log => skipChanges(log, wanted, skipped))),
    ]
    return { wanted, topics, deployed, others, changes, grants, checksRights: given !== null }
  } finally {
    await cluster.close()
  }
}

/** Returns the changes that stop a deployment: those that lose something and were not allowed by name, and those that are impossible. */
export const refusedChanges = (changes: readonly Change[], allowed: ReadonlySet<string>): Change[] =>
  changes.filter(({ allow, impossible }) => impossible || (allow !== undefined && !isAllowed(allow, allowed)))

/** Allows `partitions:people` by that name, or by `partitions`, which allows all of its kind. */
const isAllowed = (name: string, allowed: ReadonlySet<string>): boolean =>
  allowed.has(name) || allowed.has(name.slice(0, name.indexOf(':')))

/** Applies planned changes. Schemas come first, so that nothing is changed when one is refused; the deployment is noted last. */
export async function apply(
  { wanted, topics, deployed, others, changes, grants }: Planned,
  place: DeployTarget,
): Promise<Deployment> {
  const { registry, replication } = place
  const connection = withForeign(place.connection, wanted)
  const anew = changes.some(change => change.anew)
  const cluster = await Cluster.connect(connection)
  try {
    if (anew || changes.some(({ allow }) => allow !== undefined)) await assertStopped(cluster, wanted)
    const ids: Record<string, number> = {}
    for (const [subject, json] of wanted.schemas) ids[subject] = await registry.register(subject, json)
    const gone = doomed(wanted, topics, deployed, anew).filter(name => !others.some(other => name in other.topics))
    await cluster.delete(gone)
    if (anew) await cluster.forget(wanted.prefix + wanted.app)
    const there = new Map([...topics].filter(([name]) => !gone.includes(name)))
    await bringTopics(cluster, wanted, there, replication)
    await cluster.grant(grants)
    const allowed = new Set(changes.filter(({ what }) => what === 'position').map(({ allow }) => allow!))
    if (!anew && allowed.size > 0)
      await onLog(wanted, connection, async log => {
        await goOn(log, wanted, allowed)
        for (const skipped of skippedRecords([...allowed])) await skipRecord(log, wanted, skipped)
      })
    if ([...wanted.topics.values()].some(({ part }) => part === 'foreign'))
      await onLog(wanted, connection, log => beginAtEnds(log, wanted, anew ? null : deployed))
    const generation = (deployed?.generation ?? 0) + (anew || deployed === null ? 1 : 0)
    // An application that begins anew keeps no schemas of older rows.
    const deployment = noted(wanted, there, ids, generation, anew ? {} : deployed?.tables)
    await appendToSmallTopic(connection, deploymentTopic, {
      key: wanted.app,
      value: Buffer.from(JSON.stringify(deployment)),
    })
    return deployment
  } finally {
    await cluster.close()
  }
}

/**
 * Waits until the cluster shows all that is wanted: topics, their partitions and settings, schemas and rights. Throws
 * `not-in-effect`, and names what it does not show, after `withinMs`.
 */
export async function assertShown(wanted: Wanted, place: DeployTarget, withinMs: number): Promise<void> {
  for (const until = performance.now() + withinMs; ; ) {
    const { changes } = await planChanges(wanted, place)
    if (changes.length === 0) return
    if (performance.now() > until) {
      const left = changes.map(({ what, name, words }) => `${what} ${name} (${words})`).join('; ')
      throw new ConnectorError(
        'not-in-effect',
        `it is applied, but after ${withinMs / 1000} s the cluster does not show all of it: ${left}`,
      )
    }
    await delay(shownPollMs)
  }
}

/** Tells a connection which topics are the company's. */
function withForeign(connection: KafkaConnection, { topics }: Wanted): KafkaConnection {
  const foreign = [...topics].filter(([, { part }]) => part === 'foreign').map(([name]) => name)
  return { ...connection, foreign: new Set(foreign) }
}

/** Opens the log of an application for as long as `work` needs it. */
async function onLog<T>(
  { prefix, app }: Wanted,
  connection: KafkaConnection,
  work: (log: KafkaLog) => Promise<T>,
): Promise<T> {
  const log = await openKafkaLog({ ...connection, app: prefix + app })
  try {
    return await work(log)
  } finally {
    await log.close()
  }
}

async function assertStopped(cluster: Cluster, { prefix, app }: Wanted): Promise<void> {
  const members = await cluster.members(prefix + app)
  if (members > 0) throw new UsageError(`'${app}' is running in ${members} processes: stop them first`)
}

function doomed(wanted: Wanted, topics: Found['topics'], deployed: Deployment | null, anew: boolean): string[] {
  const unused = Object.entries(deployed?.topics ?? {}).flatMap(([name, { part }]) =>
    part === 'foreign' || wanted.topics.has(name) ? [] : [name],
  )
  const begun = anew
    ? [...wanted.topics].filter(([, { part }]) => part !== 'input' && part !== 'foreign').map(([name]) => name)
    : []
  return [...unused, ...begun].filter(name => topics.has(name))
}

async function bringTopics(
  cluster: Cluster,
  wanted: Wanted,
  there: Found['topics'],
  replication: number,
): Promise<void> {
  const all = new Map<string, NewTopic>([[deploymentTopic, { partitions: 1, config: deploymentTopicConfig }]])
  for (const [name, { part, config }] of wanted.topics) {
    if (part === 'foreign') continue
    const partitions = partitionsFor(name, wanted, there)
    all.set(name, { partitions, config })
    const topic = there.get(name)
    if (topic !== undefined && mayGrow(part) && partitions > topic.partitions) await cluster.grow(name, partitions)
  }
  const absent = new Map([...all].filter(([name]) => !there.has(name)))
  await cluster.create(absent, replication)
  // A new topic may deviate too, where the broker's defaults do.
  for (const [name, topic] of [...there, ...(await cluster.topics(absent.keys()))]) {
    const differing = differingSettings(all.get(name)?.config ?? {}, topic.config)
    if (all.has(name) && Object.keys(differing).length > 0) await cluster.configure(name, topic, differing)
  }
}

function noted(
  wanted: Wanted,
  there: Found['topics'],
  schemas: Record<string, number>,
  generation: number,
  before: Deployment['tables'] = {},
): Deployment {
  const { app, kind, topologyVersion, nodes, catalog } = wanted
  const topics = Object.fromEntries(
    [...wanted.topics].map(([name, { config: _settings, ...topic }]) => [
      name,
      { ...topic, partitions: partitionsFor(name, wanted, there) },
    ]),
  )
  const tables = Object.fromEntries(
    Array.from(wanted.tables, ([name, { version, schemas: read }]) => [
      name,
      { version, schemas: { ...read, ...before[name]?.schemas } },
    ]),
  )
  const known = { app, kind, generation, topologyVersion, nodes, topics, tables: { ...before, ...tables }, schemas }
  return { ...known, ...(catalog && { catalog }) }
}
