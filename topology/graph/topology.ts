import type { AnyOperator } from '../../operators/operator.ts'
import type { Topic } from '../../schemas/record.ts'

/** Leads from an output of a node to an input of another. */
export interface GraphEdge {
  readonly output: string
  readonly to: number
  readonly input: string
}

/** A source, operator, filter or sink of the graph. */
export type GraphNode =
  | { readonly kind: 'source'; readonly topic: Topic }
  | { readonly kind: 'operator'; readonly operator: AnyOperator }
  | { readonly kind: 'filter'; readonly keep: (value: any) => boolean }
  | { readonly kind: 'sink'; readonly topic: Topic }

/** A node with its sub-topology and the edges that leave it. */
export type PlacedNode = GraphNode & { readonly subTopology: string; readonly edges: GraphEdge[] }

/** Holds a graph as a value: the same one is described, tested, replayed, simulated and run. */
export interface Topology {
  readonly name: string
  readonly nodes: readonly PlacedNode[]
}
