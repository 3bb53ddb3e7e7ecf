import type { Operator, Output } from '../../operators/operator.ts'
import type { Shape } from '../../schemas/codec/schema.ts'
import type { RecordType, Topic, ValueOf } from '../../schemas/record.ts'
import { checkTopology } from './check.ts'
import type { GraphNode, PlacedNode, Topology } from './topology.ts'
import { TopologyError } from './topology-error.ts'

/** Stands for the values that flow from one output of a node, inside a sub-topology. */
export interface Stream<V> {
  readonly node: number
  /** The name of the node's output. */
  readonly output: string
  readonly subTopology: string
  filter<W extends V>(keep: (value: V) => value is W): Stream<W>
  filter(keep: (value: V) => boolean): Stream<V>
  readonly _value?: V
}

type Types = { readonly [type: string]: RecordType<any> }
type ValueOfType<R> = R extends RecordType<infer V> ? V : never
type OneOrMore<V> = Stream<V> | readonly Stream<V>[]
export type TopicStreams<T extends Types> = { readonly [K in keyof T]: Stream<ValueOfType<T[K]>> }
type IntoTopic<T extends Types> = { readonly [K in keyof T]?: OneOrMore<ValueOfType<T[K]>> }
type Inputs<In> = { readonly [K in keyof In]: OneOrMore<ValueOf<In[K]>> }
type Outputs<Out> = Out extends Shape<infer V> & { readonly name: string }
  ? Stream<V>
  : { readonly [K in keyof Out]: Stream<ValueOf<Out[K]>> }

/** Gives a wiring function the four verbs that build a graph. */
export interface Graph {
  /**
   * Reads a log, as one stream for each of its types of record. Everything downstream belongs to the named
   * sub-topology.
   */
  source<T extends Types>(topic: Topic<T>, subTopology: string): TopicStreams<T>
  /** Feeds streams of one sub-topology to an operator, and returns the operator's output streams. */
  process<In extends { readonly [input: string]: Shape<any> }, Out extends Output>(
    operator: Operator<In, Out, any, any>,
    inputs: Inputs<In>,
  ): Outputs<Out>
  /** Writes streams to an internal log under new keys, and reads that log in the next sub-topology. */
  repartition<T extends Types>(topic: Topic<T>, streams: IntoTopic<T>, subTopology: string): TopicStreams<T>
  /** Writes streams to a log. */
  sink<T extends Types>(topic: Topic<T>, streams: IntoTopic<T>): void
}

/** Builds a topology and checks it; throws TopologyError on wrong wiring. */
export function topology(name: string, wire: (graph: Graph) => void): Topology {
  const nodes: PlacedNode[] = []

  let isBuilt = false
  const add = (node: GraphNode, subTopology: string): number => {
    if (isBuilt) throw new TopologyError(`topology '${name}' is built: wire it before its function returns`)
    return nodes.push({ ...node, subTopology, edges: [] }) - 1
  }

  const own = new Set<unknown>()
  const stream = (node: number, output: string): Stream<any> => {
    const { subTopology } = nodes[node]!
    const built: Stream<any> = {
      node,
      output,
      subTopology,
      filter(keep: (value: any) => boolean) {
        const kept = add({ kind: 'filter', keep }, subTopology)
        nodes[node]!.edges.push({ output, to: kept, input: 'value' })
        return stream(kept, 'value')
      },
    }
    own.add(built)
    return built
  }

  const assertStreams = (reader: string, streams: Readonly<Record<string, OneOrMore<any> | undefined>>) => {
    for (const [input, given] of Object.entries(streams))
      for (const from of [given].flat()) {
        // An output that an operator does not have is undefined in JavaScript.
        if (typeof from?.node !== 'number')
          throw new TopologyError(
            `${reader}: '${input}' gets a stream that does not exist: is its output named rightly?`,
          )
        if (!own.has(from)) throw new TopologyError(`${reader}: '${input}' gets a stream of another graph`)
      }
  }

  const connect = (streams: Readonly<Record<string, OneOrMore<any> | undefined>>, to: number) => {
    for (const [input, given] of Object.entries(streams))
      for (const from of [given].flat() as Stream<any>[])
        nodes[from.node]!.edges.push({ output: from.output, to, input })
  }

  const source = (topic: Topic<any>, subTopology: string): any => {
    const node = add({ kind: 'source', topic }, subTopology)
    return Object.fromEntries(Object.keys(topic.types).map(type => [type, stream(node, type)]))
  }

  const sink = (topic: Topic<any>, streams: IntoTopic<any>) => {
    assertNamed(`topic '${topic.name}'`, 'type', Object.keys(streams), Object.keys(topic.types))
    assertStreams(`topic '${topic.name}'`, streams)
    for (const [subTopology, mine] of bySubTopology(streams)) connect(mine, add({ kind: 'sink', topic }, subTopology))
  }

  const returned: unknown = wire({
    source,
    sink,
    process(operator, inputs) {
      const reader = `operator '${operator.name}'`
      const [given, declared] = [inputs, operator.input].map(each => Object.keys(each))
      assertNamed(reader, 'input', given!, declared!)
      assertStreams(reader, inputs)
      const subTopologies = new Set(streamsOf(inputs).map(from => from.subTopology))
      const [subTopology, ...others] = [...subTopologies]
      if (subTopology === undefined) throw new TopologyError(`operator '${operator.name}' has no input`)
      if (others.length > 0)
        throw new TopologyError(
          `operator '${operator.name}' joins streams of '${subTopology}' and '${others.join("', '")}': repartition one of them first`,
        )
      const unfed = declared!.find(input => !given!.includes(input))
      if (unfed !== undefined) throw new TopologyError(`${reader}: nothing feeds its input '${unfed}'`)
      const node = add({ kind: 'operator', operator }, subTopology)
      connect(inputs, node)
      if (hasSingleOutput(operator.output)) return stream(node, 'value') as any
      return Object.fromEntries(Object.keys(operator.output).map(output => [output, stream(node, output)]))
    },
    repartition(topic, streams, subTopology) {
      sink(topic, streams)
      return source(topic, subTopology)
    },
  })
  isBuilt = true
  if (runsLater(returned))
    throw new TopologyError(`topology '${name}': a function that wires a graph must not be async: it is built at once`)
  const built = { name, nodes }
  checkTopology(built)
  return built
}

/** Tells whether an operator has one output and emits plain values. With several, it names an output for each value. */
export const hasSingleOutput = (output: Output): output is Shape<any> => typeof output.name === 'string'

function assertNamed(reader: string, what: string, given: readonly string[], known: readonly string[]): void {
  const unknown = given.find(name => !known.includes(name))
  if (unknown !== undefined)
    throw new TopologyError(
      `${reader} has no ${what} '${unknown}': it has ${known.map(name => `'${name}'`).join(', ')}`,
    )
}

/** Tells whether a function returned before its work was done: it is async, or a generator. */
function runsLater(returned: unknown): boolean {
  const { then, next } = Object(returned) as { readonly then?: unknown; readonly next?: unknown }
  // What it throws later is no news: the graph is refused anyway.
  if (returned instanceof Promise) returned.catch(() => {})
  return typeof then === 'function' || typeof next === 'function'
}

const streamsOf = (inputs: Readonly<Record<string, OneOrMore<any> | undefined>>): Stream<any>[] =>
  Object.values(inputs).flatMap(given => [given].flat() as Stream<any>[])

/** Groups streams to one log by their sub-topology: each sub-topology gets a sink of its own. */
function bySubTopology(streams: Readonly<Record<string, OneOrMore<any> | undefined>>) {
  const places = new Map<string, Record<string, Stream<any>[]>>()
  for (const [type, given] of Object.entries(streams))
    for (const from of streamsOf({ given })) {
      const place = places.get(from.subTopology) ?? {}
      places.set(from.subTopology, place)
      place[type] = [...(place[type] ?? []), from]
    }
  return places
}
