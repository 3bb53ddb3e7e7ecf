import type { PlacedNode, Topology } from './topology.ts'

/** Describes a node of the graph as plain data. */
export interface DescribedNode {
  readonly id: string
  readonly kind: PlacedNode['kind']
  readonly subTopology: string
  readonly topic?: string
  readonly operator?: string
  readonly writes?: string
  readonly reads?: readonly string[]
  readonly timer?: boolean
  readonly to: readonly { readonly id: string; readonly input: string; readonly output: string }[]
}

const idOf = (nodes: readonly PlacedNode[], index: number): string => {
  const node = nodes[index]!
  if (node.kind === 'operator') return node.operator.name
  if (node.kind === 'filter') return `filter-${index}`
  return `${node.kind}:${node.topic.name}${node.kind === 'sink' ? `@${node.subTopology}` : ''}`
}

/** Describes the graph as plain data. `describe --json` prints it, and the topology version is a hash of it. */
export function describeJson({ name, nodes }: Topology): { name: string; nodes: DescribedNode[] } {
  return {
    name,
    nodes: nodes.map((node, index) => ({
      id: idOf(nodes, index),
      kind: node.kind,
      subTopology: node.subTopology,
      ...(node.kind === 'source' || node.kind === 'sink' ? { topic: node.topic.name } : {}),
      ...(node.kind === 'operator' ? described(node) : {}),
      to: node.edges.map(edge => ({ id: idOf(nodes, edge.to), input: edge.input, output: edge.output })),
    })),
  }
}

function described({ operator }: Extract<PlacedNode, { kind: 'operator' }>) {
  return {
    operator: operator.name,
    ...(operator.writes ? { writes: `${operator.writes.name}@${operator.writes.version}` } : {}),
    ...(operator.reads
      ? { reads: Object.values(operator.reads as Record<string, { name: string }>).map(table => table.name) }
      : {}),
    ...(operator.timer ? { timer: true } : {}),
  }
}

/** Describes the graph in lines for a terminal, one sub-topology after the other. */
export function describeText(topology: Topology): string {
  const { nodes } = describeJson(topology)
  const lines = [`topology ${topology.name}`]
  for (const subTopology of new Set(nodes.map(node => node.subTopology))) {
    lines.push('', `  ${subTopology}`)
    for (const node of nodes.filter(node => node.subTopology === subTopology)) {
      const state = [
        node.writes ? `writes ${node.writes}` : '',
        node.reads ? `reads ${node.reads.join(', ')}` : '',
        node.timer ? 'timer' : '',
      ].filter(text => text !== '')
      const about = state.length > 0 ? `  [${state.join('; ')}]` : ''
      const targets = [...new Set(node.to.map(({ id }) => id))]
      lines.push(`    ${node.id}${about}${targets.length > 0 ? ` → ${targets.join(', ')}` : ''}`)
    }
  }
  return lines.join('\n')
}

/** Draws the graph as a Mermaid flowchart. */
export function describeMermaid(topology: Topology): string {
  const { nodes } = describeJson(topology)
  const place = new Map(nodes.map((node, index) => [node.id, `n${index}`]))
  const shapeOf = (node: DescribedNode): string => {
    if (node.kind === 'operator') return `["${node.operator}"]`
    if (node.kind === 'filter') return '{{"filter"}}'
    return `[("${node.topic}")]`
  }
  const lines = ['flowchart LR']
  for (const subTopology of new Set(nodes.map(node => node.subTopology))) {
    lines.push(`  subgraph ${subTopology}`)
    for (const node of nodes)
      if (node.subTopology === subTopology) lines.push(`    ${place.get(node.id)}${shapeOf(node)}`)
    lines.push('  end')
  }
  const arrows = nodes.flatMap(node => node.to.map(({ id }) => `  ${place.get(node.id)} --> ${place.get(id)}`))
  const writes = nodes.filter(node => node.kind === 'sink')
  const reads = nodes.filter(node => node.kind === 'source')
  const hops = writes.flatMap(sink =>
    reads
      .filter(({ topic }) => topic === sink.topic)
      .map(source => `  ${place.get(sink.id)} -.-> ${place.get(source.id)}`),
  )
  return [...lines, ...new Set([...arrows, ...hops])].join('\n')
}
