import { changelogOf } from '../../connectors/kafka/kafka-topics.ts'
import { subjectsOf } from '../../connectors/registry/registry.ts'
import type { CatalogDeclaration } from '../../schemas/catalog/catalog.ts'
import type { Topic } from '../../schemas/record.ts'
import { days } from '../../schemas/record.ts'
import { ticks } from '../../schemas/topics.ts'
import { describeJson } from '../../topology/graph/describe.ts'
import { allTopics, type Plans } from '../../topology/graph/plan.ts'
import { tablesOf } from '../../topology/graph/row-schemas.ts'
import { livePlans } from '../../topology/graph/task-plan.ts'
import { singlePartitionTopics } from '../logs/partitions.ts'
import type { Kind, Wanted, WantedTopic } from './deployment.ts'
import { settingsOfAll } from './settings.ts'

export interface WantedOptions {
  readonly app: string
  readonly prefix?: string
  readonly kind: Kind
  readonly partitions: number
  /** How long a live application keeps its topics; history is kept for ever. */
  readonly retentionMs: number
  readonly replication: number
  /** The catalog by which intake checks events; absent for the words of version 0.1. */
  readonly catalog?: CatalogDeclaration
}

/** How long tombstones stay. A store that is older than half of it is rebuilt, so that deleted rows do not come back. */
const tombstonesMs = days(7)

/** Derives from the graph alone what a topology needs on a cluster. */
export function wanted(given: Plans, options: WantedOptions): Wanted {
  const plans = options.kind === 'live' ? livePlans(given) : given
  const topics = new Map<string, WantedTopic>()
  const partitionsOf = (name: string) =>
    name === ticks.name || singlePartitionTopics.has(name) ? 1 : options.partitions
  const all = allTopics(plans)
  for (const topic of all)
    topics.set(
      topic.name,
      topic.foreign
        ? { part: 'foreign', partitions: 0, config: {} }
        : { part: topic.role, partitions: partitionsOf(topic.name), config: configOf(topic, options) },
    )
  for (const { subTopology, topics: read } of plans.subTopologies)
    for (const { name } of read)
      topics.set(changelogOf({ subTopology, topic: name }), {
        part: 'changelog',
        log: name,
        partitions: partitionsOf(name),
        config: { ...compacted, 'delete.retention.ms': String(tombstonesMs), ...safe(options) },
      })
  const schemas = all
    .filter(({ foreign }) => !foreign)
    .flatMap(subjectsOf)
    .map(({ subject, schema }) => [subject, schema.json] as const)
  const { app, prefix = '', kind, catalog } = options
  return {
    app,
    prefix,
    kind,
    topologyVersion: plans.version,
    nodes: describeJson(plans.topology).nodes,
    topics,
    tables: wantedTables(plans),
    schemas: new Map(schemas),
    ...(catalog && { catalog }),
  }
}

/** Returns the tables of a topology, with the schemas that they read. */
export function wantedTables(plans: Plans): Wanted['tables'] {
  return new Map(
    Array.from(tablesOf(plans), ([name, { version, schema, previous }]) => {
      const schemas: Record<number, string> = { [version]: schema.json }
      for (const [older, { json }] of Object.entries(previous)) schemas[Number(older)] ??= json
      return [name, { version, schemas }]
    }),
  )
}

const compacted = { 'cleanup.policy': 'compact' }

function configOf({ name, role }: Topic, options: WantedOptions): Record<string, string> {
  // In a history every release and every tick counts, not only the last one.
  const policy = name === 'control' && options.kind === 'live' ? compacted : kept(options)
  return {
    ...policy,
    ...(role === 'input' ? inputTime(options.kind) : { 'message.timestamp.type': 'CreateTime' }),
    ...safe(options),
  }
}

/** Sets whose clock counts for an input: live, the broker's append time; in a history, the producer's time. */
const inputTime = (kind: Kind) => ({ 'message.timestamp.type': kind === 'live' ? 'LogAppendTime' : 'CreateTime' })

/** Sets how long a topic is kept: records of a history are old when they arrive, so nothing of it is deleted by age. */
const kept = ({ kind, retentionMs }: WantedOptions) => ({
  'cleanup.policy': 'delete',
  'retention.ms': kind === 'live' ? String(retentionMs) : '-1',
  'retention.bytes': '-1',
})

const safe = ({ replication }: WantedOptions) => ({
  ...settingsOfAll,
  'min.insync.replicas': replication >= 3 ? '2' : '1',
})
