import type { AnyOperator, Step } from '../../operators/operator.ts'
import type { RecordType, Topic } from '../../schemas/record.ts'
import type { Table } from '../../state/table.ts'
import { hasSingleOutput } from '../graph/builder.ts'
import type { Plan } from '../graph/plan.ts'
import type { FoldContext } from './outputs.ts'
import { type RowAccess, tableReadsOf } from './table-reads.ts'

/** The function of an operator that handles one of its inputs. */
export type RouteHandler = (...given: any[]) => Step<any, any>

/** An operator with its routes in the graph. */
export interface PlacedOperator {
  readonly operator: AnyOperator
  readonly table: Table<any> | null
  /** The routes of each output. The only output of an operator is called `value`. */
  readonly onward: ReadonlyMap<string, readonly Route[]>
  /** The routes of an operator with one output; null if it has several and names one for each value. */
  readonly single: readonly Route[] | null
  /** The rows that the operator reads, at the key of `context`. */
  readonly reads: object
  /** The context of the record that the operator handles. */
  context: FoldContext | null
}

/** Leads a value to an operator, to a log or, if a filter keeps it, to further routes. */
export type Route =
  | { readonly placed: PlacedOperator; readonly handler: RouteHandler; readonly sink: null; readonly filter: null }
  | { readonly placed: null; readonly handler: null; readonly sink: Sink; readonly filter: null }
  | { readonly placed: null; readonly handler: null; readonly sink: null; readonly filter: Filter }

/** A log that the topology writes, and the type of record that goes there. */
export interface Sink {
  readonly topic: Topic
  readonly type: RecordType<unknown>
}

interface Filter {
  readonly keep: (value: unknown) => boolean
  readonly onward: readonly Route[]
}

/** Holds the routes of all records through one sub-topology. */
export interface Routes {
  /** The routes of the records that are read, by topic and then by type of record. */
  readonly sources: ReadonlyMap<string, ReadonlyMap<string, readonly Route[]>>
  /** The operators with timers, by the table whose rows keep them. */
  readonly timers: ReadonlyMap<string, PlacedOperator>
}

/**
 * Resolves the names and numbers of the graph to routes. PERF: once, because a record follows a dozen routes in some
 * microseconds.
 */
export function routesOf(
  { nodes, sources, timers }: Plan,
  rowOf: (placed: PlacedOperator, table: Table<any>) => unknown,
): Routes {
  const placed = new Map<number, PlacedOperator>()

  const onwardFrom = (node: number, output: string): readonly Route[] =>
    nodes[node]!.edges.flatMap(edge => (edge.output === output ? [routeTo(edge.to, edge.input)] : []))

  const outputsOf = (node: number): Map<string, readonly Route[]> =>
    new Map(nodes[node]!.edges.map(({ output }) => [output, onwardFrom(node, output)]))

  const place = (node: number, operator: AnyOperator): PlacedOperator => {
    const known = placed.get(node)
    if (known) return known
    const onward = outputsOf(node)
    const readRow: RowAccess = table => rowOf(own, table)
    const own: PlacedOperator = {
      operator,
      table: operator.writes ?? null,
      onward,
      single: hasSingleOutput(operator.output) ? (onward.get('value') ?? []) : null,
      reads: tableReadsOf(operator, readRow),
      context: null,
    }
    placed.set(node, own)
    return own
  }

  const routeTo = (to: number, input: string): Route => {
    const node = nodes[to]!
    if (node.kind === 'operator')
      return { placed: place(to, node.operator), handler: node.operator.on[input]!, sink: null, filter: null }
    if (node.kind === 'filter')
      return { placed: null, handler: null, sink: null, filter: { keep: node.keep, onward: onwardFrom(to, 'value') } }
    if (node.kind === 'source') throw new Error('nothing of the same sub-topology leads to a source')
    const type = node.topic.types[input]!
    return { placed: null, handler: null, sink: { topic: node.topic, type }, filter: null }
  }

  return {
    sources: new Map(Array.from(sources, ([topic, node]) => [topic, outputsOf(node)])),
    timers: new Map(
      Array.from(timers, ([table, node]) => {
        const { operator } = nodes[node] as { operator: AnyOperator }
        return [table, place(node, operator)]
      }),
    ),
  }
}
