import { parseRowVersion } from '../../state/row-versions.ts'
import type { DescribedNode } from '../../topology/graph/describe.ts'
import type { Change } from './change.ts'
import type { Deployment, Wanted } from './deployment.ts'

/** Returns what a new topology changes in the deployed one: its operators, and its tables, whose names are identity. */
export function topologyChanges(deployed: Deployment, wanted: Wanted): Change[] {
  if (deployed.topologyVersion === wanted.topologyVersion) return []
  const before = byId(deployed.nodes)
  const after = byId(wanted.nodes)
  const changes = [
    ...[...after].filter(([id]) => !before.has(id)).map(([id, node]) => named(id, `new in ${node.subTopology}`)),
    ...[...before].filter(([id]) => !after.has(id)).map(([id, node]) => named(id, `gone from ${node.subTopology}`)),
    ...[...after].flatMap(([id, node]) => moved(id, before.get(id), node)),
    ...tableChanges(placesOf(deployed.nodes), placesOf(wanted.nodes)),
  ]
  const words = `version ${deployed.topologyVersion} → ${wanted.topologyVersion}`
  return [named(wanted.app, words), ...changes]
}

const named = (name: string, words: string): Change => ({ what: 'topology', name, words })

const byId = (nodes: readonly DescribedNode[]): ReadonlyMap<string, DescribedNode> =>
  new Map(nodes.filter(({ kind }) => kind !== 'filter').map(node => [node.id, node]))

function moved(id: string, before: DescribedNode | undefined, after: DescribedNode): Change[] {
  if (before === undefined) return []
  const place =
    before.subTopology === after.subTopology ? [] : [named(id, `${before.subTopology} → ${after.subTopology}`)]
  const [had, has] = [before, after].map(({ to }) => new Set(edgesOf(to)))
  const edges = [
    ...[...has!].filter(edge => !had!.has(edge)).map(edge => named(id, `sends ${edge}`)),
    ...[...had!].filter(edge => !has!.has(edge)).map(edge => named(id, `no longer sends ${edge}`)),
  ]
  return [...place, ...edges]
}

/** Returns edges without those to filters, which have no stable name: their numbers depend on the nodes before them. */
const edgesOf = (to: DescribedNode['to']): string[] =>
  to.filter(({ id }) => !/^filter-\d+$/.test(id)).map(({ id, output }) => `${output} → ${id}`)

/** Returns the sub-topology that writes each table. */
const placesOf = (nodes: readonly DescribedNode[]): ReadonlyMap<string, string> =>
  new Map(
    nodes.flatMap(({ writes, subTopology }) =>
      writes === undefined ? [] : [[parseRowVersion(writes).table, subTopology] as const],
    ),
  )

function tableChanges(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): Change[] {
  const kept = [...after].flatMap(([name, subTopology]) => {
    const was = before.get(name)
    if (was === undefined) return [named(`table ${name}`, 'new; it begins empty')]
    return was === subTopology ? [] : [lost(name, `${was} → ${subTopology}: its rows stay behind`)]
  })
  const gone = [...before.keys()]
    .filter(name => !after.has(name))
    .map(name => lost(name, 'gone, or renamed: its rows are no longer read'))
  return [...kept, ...gone]
}

const lost = (name: string, words: string): Change => ({ ...named(`table ${name}`, words), allow: `table:${name}` })
