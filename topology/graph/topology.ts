import type { AnyOperator } from '../../operators/operator.ts'
import type { Topic } from '../../schemas/record.ts'

export interface GraphEdge {
  readonly output: string
  readonly to: number
  readonly input: string
}

export type GraphNode =
  | { readonly kind: 'source'; readonly topic: Topic }
  | { readonly kind: 'operator'; readonly operator: AnyOperator }
  | { readonly kind: 'filter'; readonly keep: (value: any) => boolean }
  | { readonly kind: 'sink'; readonly topic: Topic }

export type PlacedNode = GraphNode & { readonly subTopology: string; readonly edges: GraphEdge[] }

/** A graph, as a value: the same one is described, tested, replayed, simulated and run. */
export interface Topology {
  readonly name: string
  readonly nodes: readonly PlacedNode[]
}
