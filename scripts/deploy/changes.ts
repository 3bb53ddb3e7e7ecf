import type { ClusterTopic } from '../../connectors/kafka/cluster.ts'
import { unreadable } from '../../connectors/registry/file-registry.ts'
import type { SchemaRegistry } from '../../connectors/registry/registry.ts'
import { catalogChanges } from '../../operators/catalog/catalog-changes.ts'
import { firstCatalog } from '../../schemas/catalog/first-catalog.ts'
import { identify } from '../../schemas/codec/schema.ts'
import type { Change } from './change.ts'
import { type Deployment, deploymentTopic, deploymentTopicConfig, type Part, type Wanted } from './deployment.ts'
import { rowChanges } from './row-changes.ts'
import { differingSettings } from './settings.ts'
import { topologyChanges } from './topology-changes.ts'

/** State of the cluster before a deployment. */
export interface Found {
  readonly topics: ReadonlyMap<string, ClusterTopic>
  readonly deployed: Deployment | null
  /** Deployments of other applications, whose topics must not be touched. */
  readonly others: readonly Deployment[]
}

/** Returns the changes from the cluster's state to the wanted one: topics, their settings, and the topology. */
export function changesOf(wanted: Wanted, { topics, deployed, others }: Found): Change[] {
  return [
    ...applicationChanges(wanted, deployed),
    ...others.flatMap(other => clashes(wanted, other)),
    ...[...wanted.topics.keys()].flatMap(name => topicChanges(name, wanted, topics, deployed)),
    ...removals(wanted, topics, deployed),
    ...(topics.has(deploymentTopic)
      ? settingChanges(deploymentTopic, deploymentTopicConfig, topics.get(deploymentTopic)!)
      : []),
    ...(deployed === null
      ? []
      : [...topologyChanges(deployed, wanted), ...rowChanges(deployed, wanted), ...wordChanges(deployed, wanted)]),
  ]
}

/** Tells what another catalog means for what is there. What does not fit must be allowed by name. */
function wordChanges(deployed: Pick<Deployment, 'catalog'>, wanted: Pick<Wanted, 'catalog'>): Change[] {
  const [before, after] = [deployed.catalog, wanted.catalog].map(one => one ?? firstCatalog.declaration)
  return catalogChanges(before!, after!).map(({ name, words, needs }) => ({
    ...{ what: 'catalog', name, words: needs === null ? words : `${words}: ${needs}` },
    ...(needs === null ? {} : { allow: `catalog:${name}` }),
  }))
}

function applicationChanges({ app, kind }: Wanted, deployed: Deployment | null): Change[] {
  if (deployed === null) return [{ what: 'application', name: app, words: `new, ${kind}` }]
  if (deployed.kind === kind) return []
  const words = `${deployed.kind} → ${kind}: ${beginsAnew}`
  return [{ what: 'application', name: app, words, allow: `kind:${kind}`, anew: true }]
}

/** Applications of one kind may share input topics and the dead-letter topic; every other topic belongs to the application that writes it. */
function clashes({ topics, kind }: Wanted, other: Deployment): Change[] {
  const shared = [...topics].filter(
    ([name, { part }]) =>
      other.topics[name] !== undefined &&
      name !== 'dead-letters' &&
      !(part === 'input' && other.kind === kind) &&
      !(part === 'foreign' && other.topics[name].part === 'foreign'),
  )
  const words = `belongs to the application '${other.app}'`
  return shared.map(([name]) => ({ what: 'topic', name, words, impossible: true }))
}

const beginsAnew = 'its internal and public logs and its changelogs are deleted, and it begins anew from its inputs'

function topicChanges(name: string, wanted: Wanted, topics: Found['topics'], deployed: Deployment | null): Change[] {
  const { part, config } = wanted.topics.get(name)!
  const partitions = partitionsFor(name, wanted, topics)
  const there = topics.get(name)
  if (part === 'foreign') return there === undefined ? [{ what: 'topic', name, words: absent, impossible: true }] : []
  if (there !== undefined)
    return [...partitionChanges(name, part, partitions, there.partitions), ...settingChanges(name, config, there)]
  if (deployed?.topics[name] === undefined || part === 'input')
    return [{ what: 'topic', name, words: `new ${part}, ${counted(partitions)}, ${inWords(config)}` }]
  return [{ what: 'topic', name, words: `was deleted by someone: ${beginsAnew}`, allow: `topic:${name}`, anew: true }]
}

const absent = 'a source of the catalog reads it, and the cluster does not have it: create it, or correct `from.topic`'

function settingChanges(name: string, config: Readonly<Record<string, string>>, there: ClusterTopic): Change[] {
  return Object.entries(differingSettings(config, there.config)).map(([key, value]) => ({
    what: 'setting',
    name,
    words: `${key}: ${there.config[key]} → ${value}`,
  }))
}

/** Returns the number of partitions that a topic must have: an input may have grown, a changelog has as many as its log, and the company's topics have what they have. */
export function partitionsFor(name: string, { topics }: Pick<Wanted, 'topics'>, there: Found['topics']): number {
  const { part, partitions, log } = topics.get(name)!
  if (part === 'changelog') return Math.max(partitionsFor(log!, { topics }, there), there.get(name)?.partitions ?? 0)
  if (part === 'foreign') return there.get(name)?.partitions ?? partitions
  return part === 'input' ? Math.max(partitions, there.get(name)?.partitions ?? 0) : partitions
}

/** Tells whether more partitions would move no key: producers choose the partitions of an input, and a changelog has one per task. */
export const mayGrow = (part: Part): boolean => part === 'input' || part === 'changelog'

function partitionChanges(name: string, part: Part, wanted: number, there: number): Change[] {
  if (wanted === there) return []
  const change = { what: 'partitions' as const, name, words: `${there} → ${wanted}` }
  if (mayGrow(part)) return [change]
  const words = `${change.words}: keys would move; ${beginsAnew}`
  return [{ ...change, words, allow: `partitions:${name}`, anew: true }]
}

function removals(wanted: Wanted, there: ReadonlyMap<string, ClusterTopic>, deployed: Deployment | null): Change[] {
  return Object.entries(deployed?.topics ?? {})
    .filter(([name, { part }]) => part !== 'foreign' && !wanted.topics.has(name) && there.has(name))
    .map(([name, { log }]) => ({
      what: 'topic',
      name,
      words: 'no longer used: it is deleted',
      // Allowing the deletion of a log allows that of its changelog.
      allow: `remove:${log === undefined || wanted.topics.has(log) ? name : log}`,
    }))
}

/** Returns the schemas that must be registered; one that can't read the records of the last version is impossible. */
export async function schemaChanges({ schemas }: Wanted, registry: SchemaRegistry): Promise<Change[]> {
  const changes: Change[] = []
  for (const [subject, json] of schemas) {
    if ((await registry.idOf(subject, json)) !== null) continue
    const last = await registry.latest(subject)
    const reason = last === null ? null : unreadable(json, last)
    const change = { what: 'schema' as const, name: subject }
    if (last === null) changes.push({ ...change, words: `new, ${identify(json).id}` })
    else if (reason === null)
      changes.push({ ...change, words: `new version ${identify(json).id}; it reads the last one` })
    else changes.push({ ...change, words: `can't read what the last version wrote: ${reason}`, impossible: true })
  }
  return changes
}

const counted = (partitions: number): string => `${partitions} partition${partitions === 1 ? '' : 's'}`

const inWords = (config: Readonly<Record<string, string>>): string =>
  Object.entries(config)
    .map(([key, value]) => `${key}=${value}`)
    .join(' ')
