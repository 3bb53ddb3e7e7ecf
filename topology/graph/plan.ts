import { createHash } from 'node:crypto'
import type { AnyOperator } from '../../operators/operator.ts'
import type { Topic } from '../../schemas/record.ts'
import { topics as mainTopics } from '../../schemas/topics.ts'
import { audit } from '../../state/audit.ts'
import { person } from '../../state/person.ts'
import type { Table } from '../../state/table.ts'
import { describeJson } from './describe.ts'
import type { PlacedNode, Topology } from './topology.ts'

const { deadLetters } = mainTopics

/** Holds what one sub-topology needs to run: its part of the graph, in maps for quick access. */
export interface Plan {
  readonly subTopology: string
  /** The logs that the sub-topology reads. A sub-topology with state reads one. */
  readonly topics: readonly Topic[]
  readonly nodes: readonly PlacedNode[]
  /** The source node of each topic. */
  readonly sources: ReadonlyMap<string, number>
  readonly tables: ReadonlyMap<string, Table<any>>
  /** Whether keys have rows. The others stay in memory. */
  readonly isKeyed: boolean
  /** For each table whose rows keep a timer: the node of the operator that the timer calls. */
  readonly timers: ReadonlyMap<string, number>
  /** The internal logs of later sub-topologies to which this one passes ticks on. */
  readonly passesTicksTo: readonly Topic[]
  /** The tables of the partition that go back to an earlier row where something throws under their row. */
  readonly fallbacks: readonly Table<any>[]
  /** The internal logs that it reads or writes: they are told where a row is taken out of force. */
  readonly internal: readonly Topic[]
}

/** Holds what all sub-topologies of a topology need to run. */
export interface Plans {
  readonly topology: Topology
  /** A hash of the graph. Decisions carry it. */
  readonly version: string
  /** The plans of the sub-topologies, in the order in which records travel. */
  readonly subTopologies: readonly Plan[]
  /** Every topic that is read or written, by name. */
  readonly topics: ReadonlyMap<string, Topic>
}

/** Derives, from the graph alone, what each sub-topology needs to run. */
export function plan(topology: Topology): Plans {
  const { nodes } = topology
  const names = [...new Set(nodes.flatMap(node => (node.kind === 'source' ? [node.subTopology] : [])))]
  const topics = new Map(
    nodes.flatMap(node => (node.kind === 'source' || node.kind === 'sink' ? [[node.topic.name, node.topic]] : [])),
  )
  const version = createHash('sha256')
    .update(JSON.stringify(describeJson(topology)))
    .digest('hex')
    .slice(0, 16)
  return { topology, version, subTopologies: names.map(name => planOf(name, nodes)), topics }
}

/**
 * Lists the topics that a running topology reads or writes: those of its graph, and the dead letters of the fold
 * itself.
 */
export const allTopics = ({ topics }: Pick<Plans, 'topics'>): readonly Topic[] =>
  topics.has(deadLetters.name) ? [...topics.values()] : [...topics.values(), deadLetters]

function planOf(subTopology: string, nodes: readonly PlacedNode[]): Plan {
  const sources = new Map<string, number>()
  const tables = new Map<string, Table<any>>()
  const timers = new Map<string, number>()
  const read: Topic[] = []
  nodes.forEach((node, index) => {
    if (node.subTopology !== subTopology) return
    if (node.kind === 'source') {
      sources.set(node.topic.name, index)
      read.push(node.topic)
      if (node.topic.moves) tables.set(person.name, person)
    }
    if (node.kind === 'sink' && node.topic.chained) tables.set(audit.name, audit)
    if (node.kind !== 'operator') return
    const { writes, timer }: AnyOperator = node.operator
    if (writes) tables.set(writes.name, writes)
    if (writes && timer) timers.set(writes.name, index)
  })
  const written = nodes.flatMap(node => (node.kind === 'sink' && node.subTopology === subTopology ? [node.topic] : []))
  const passesTicksTo = [...new Set(written)].filter(
    topic => topic.role === 'internal' && !sources.has(topic.name) && topic.types.tick,
  )
  const fallbacks = [...tables.values()].filter(({ fallback }) => fallback !== undefined)
  const internal = [...new Set([...read, ...written])].filter(({ role }) => role === 'internal')
  const isKeyed = [...tables.values()].some(({ scope }) => scope === 'person')
  return { subTopology, topics: read, nodes, sources, tables, isKeyed, timers, passesTicksTo, fallbacks, internal }
}
