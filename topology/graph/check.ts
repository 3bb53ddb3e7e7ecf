import type { AnyOperator } from '../../operators/operator.ts'
import type { Topic } from '../../schemas/record.ts'
import { audit } from '../../state/audit.ts'
import { person } from '../../state/person.ts'
import { isShared, type Table } from '../../state/table.ts'
import type { PlacedNode, Topology } from './topology.ts'
import { TopologyError } from './topology-error.ts'

const nameRule = /^[a-z][a-z0-9.-]*$/

/** Throws TopologyError where the graph breaks a law that types can't express. */
export function checkTopology({ name, nodes }: Topology): void {
  checkName('topology', name)
  if (!nodes.some(({ kind }) => kind === 'source')) throw new TopologyError(`topology '${name}' reads no topic`)
  const operators = nodes.flatMap(node => (node.kind === 'operator' ? [{ node, operator: node.operator }] : []))
  const seen = new Set<string>()
  const writers = new Map<string, { operator: AnyOperator; subTopology: string }>()
  for (const { node, operator } of operators) {
    checkName('operator', operator.name)
    if (seen.has(operator.name))
      throw new TopologyError(`two operators are called '${operator.name}': names are identity`)
    seen.add(operator.name)
    if (operator.timer && !operator.writes)
      throw new TopologyError(`operator '${operator.name}' has a timer but writes no table to keep its schedule`)
    if (operator.writes) checkWriter(operator, operator.writes, node, writers)
  }
  for (const { node, operator } of operators) checkReads(operator, node, nodes, writers)
  checkTopics(nodes)
  checkLogs(nodes)
  checkTicks(nodes)
}

function checkName(what: string, name: string): void {
  if (!nameRule.test(name ?? ''))
    throw new TopologyError(
      `${what} name '${name}' must be lower case letters, digits, dots and dashes: it is its identity on disk`,
    )
}

function checkWriter(
  operator: AnyOperator,
  table: Table<unknown>,
  node: PlacedNode,
  writers: Map<string, { operator: AnyOperator; subTopology: string }>,
): void {
  checkName('table', table.name)
  if (isShared(table) && operator.timer)
    throw new TopologyError(`operator '${operator.name}' has a timer, but shared rows have none: they belong to no key`)
  const other = writers.get(table.name)
  if (other)
    throw new TopologyError(`table '${table.name}' has two writers: '${other.operator.name}' and '${operator.name}'`)
  if (table.name === person.name || table.name === audit.name)
    throw new TopologyError(`table '${table.name}' is written by the fold itself`)
  writers.set(table.name, { operator, subTopology: node.subTopology })
}

function checkReads(
  operator: AnyOperator,
  { subTopology }: PlacedNode,
  nodes: readonly PlacedNode[],
  writers: ReadonlyMap<string, { operator: AnyOperator; subTopology: string }>,
): void {
  for (const table of Object.values((operator.reads ?? {}) as Record<string, Table<unknown>>)) {
    if (table.name === person.name) {
      if (nodes.some(node => node.kind === 'source' && node.subTopology === subTopology && node.topic.moves)) continue
      throw new TopologyError(`operator '${operator.name}' reads '${person.name}', but the keys of its log do not move`)
    }
    const writer = writers.get(table.name)
    if (!writer)
      throw new TopologyError(`operator '${operator.name}' reads table '${table.name}', which no operator writes`)
    if (writer.subTopology !== subTopology)
      throw new TopologyError(
        `operator '${operator.name}' in '${subTopology}' reads table '${table.name}', which '${writer.operator.name}' writes in '${writer.subTopology}': a row can be read only in the sub-topology that writes it`,
      )
  }
}

function checkTopics(nodes: readonly PlacedNode[]): void {
  const topics = new Map<string, Topic>()
  const written = new Set<string>()
  for (const node of nodes) {
    if (node.kind !== 'source' && node.kind !== 'sink') continue
    const { topic } = node
    // The company named its topics by Kafka's rule.
    if (!topic.foreign) checkName('topic', topic.name)
    const other = topics.get(topic.name)
    if (other && other !== topic) throw new TopologyError(`topic '${topic.name}' is declared twice`)
    topics.set(topic.name, topic)
    if (node.kind === 'sink') {
      written.add(topic.name)
      if (topic.role === 'input')
        throw new TopologyError(`topic '${topic.name}' is written from outside: it can't be a sink`)
    } else checkName('sub-topology', node.subTopology)
  }
  for (const node of nodes)
    if (node.kind === 'source' && node.topic.role !== 'input' && !written.has(node.topic.name))
      throw new TopologyError(
        `topic '${node.topic.name}' is read but nothing writes it: an unknown topic, or a missing sink`,
      )
}

/**
 * Checks that every sub-topology with state folds over one log, so that no two inputs ever need a clock to be ordered. A row of
 * the partition may be kept beside: it belongs to one task, and so to one log.
 */
function checkLogs(nodes: readonly PlacedNode[]): void {
  const logs = new Map<string, Set<string>>()
  for (const node of nodes)
    if (node.kind === 'source')
      logs.set(node.subTopology, (logs.get(node.subTopology) ?? new Set()).add(node.topic.name))
  for (const node of nodes) {
    if (node.kind !== 'operator' || !node.operator.writes) continue
    const read = logs.get(node.subTopology)!
    if (read.size > 1 && (node.operator.writes as Table<unknown>).scope !== 'partition')
      throw new TopologyError(
        `operator '${node.operator.name}' writes a table, but '${node.subTopology}' reads several logs (${[...read].join(', ')}): repartition them into one`,
      )
  }
}

/**
 * Checks that ticks reach every timer: a log's clock is the earliest tick of its writers, so an input without ticks
 * stops it.
 */
function checkTicks(nodes: readonly PlacedNode[]): void {
  const sources = nodes.flatMap(node => (node.kind === 'source' ? [node] : []))
  const order = [...new Set(sources.map(({ subTopology }) => subTopology))]
  for (const { topic, subTopology } of sources) {
    if (topic.role !== 'internal' || !topic.types.tick) continue
    const earlier = order.slice(0, order.indexOf(subTopology))
    const writers = earlier.filter(name =>
      nodes.some(node => node.kind === 'sink' && node.topic === topic && node.subTopology === name),
    )
    for (const source of sources)
      if (writers.includes(source.subTopology) && !source.topic.types.tick)
        throw new TopologyError(
          `topic '${topic.name}' carries ticks, but '${source.topic.name}', from which '${source.subTopology}' writes it, does not: its timers would never fire; give '${source.topic.name}' a type tick: broadcast(Tick)`,
        )
  }
}
