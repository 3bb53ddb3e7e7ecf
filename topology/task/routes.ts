import type { AnyOperator, Step } from '../../operators/operator.ts'
import type { RecordType, Topic } from '../../schemas/record.ts'
import type { Table } from '../../state/table.ts'
import { isSingle } from '../graph/builder.ts'
import type { Plan } from '../graph/plan.ts'
import type { Context } from './outputs.ts'
import { type RowOf, readsOf } from './table-reads.ts'

export type Handler = (...given: any[]) => Step<any, any>

/** An operator at its place in the graph. */
export interface Placed {
  readonly operator: AnyOperator
  readonly table: Table<any> | null
  /** Where its values go, by output; under `value` those of an operator that has one output. */
  readonly onward: ReadonlyMap<string, readonly Route[]>
  /** Where the values of an operator with one output go; null when it has several, and says to which. */
  readonly single: readonly Route[] | null
  /** What it reads, at the key of `context`. */
  readonly reads: object
  /** Of the record that it handles. */
  context: Context | null
}

/** Where a value goes: into an operator, into a log or, if the filter keeps it, further on. */
export type Route =
  | { readonly placed: Placed; readonly handler: Handler; readonly sink: null; readonly filter: null }
  | { readonly placed: null; readonly handler: null; readonly sink: Sink; readonly filter: null }
  | { readonly placed: null; readonly handler: null; readonly sink: null; readonly filter: Filter }

export interface Sink {
  readonly topic: Topic
  readonly type: RecordType<unknown>
}

interface Filter {
  readonly keep: (value: unknown) => boolean
  readonly onward: readonly Route[]
}

/** The way of every record through one sub-topology. */
export interface Routes {
  /** By topic, then by type of record. */
  readonly sources: ReadonlyMap<string, ReadonlyMap<string, readonly Route[]>>
  /** The operators with timers, by the table whose rows keep them. */
  readonly timers: ReadonlyMap<string, Placed>
}

/** What the graph says by name and number, looked up once: a record passes a dozen places in some microseconds. */
export function routesOf(
  { nodes, sources, timers }: Plan,
  rowOf: (placed: Placed, table: Table<any>) => unknown,
): Routes {
  const placed = new Map<number, Placed>()

  const onwardFrom = (node: number, output: string): readonly Route[] =>
    nodes[node]!.edges.flatMap(edge => (edge.output === output ? [routeTo(edge.to, edge.input)] : []))

  const outputsOf = (node: number): Map<string, readonly Route[]> =>
    new Map(nodes[node]!.edges.map(({ output }) => [output, onwardFrom(node, output)]))

  const place = (node: number, operator: AnyOperator): Placed => {
    const known = placed.get(node)
    if (known) return known
    const onward = outputsOf(node)
    const readRow: RowOf = table => rowOf(own, table)
    const own: Placed = {
      operator,
      table: operator.writes ?? null,
      onward,
      single: isSingle(operator.output) ? (onward.get('value') ?? []) : null,
      reads: readsOf(operator, readRow),
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
