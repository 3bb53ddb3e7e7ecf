import { expect, test } from 'vitest'
import { operator } from '../../operators/operator.ts'
import { schema } from '../../schemas/codec/schema.ts'
import { keyed, topic } from '../../schemas/record.ts'
import { table } from '../../state/table.ts'
import { type Graph, topology } from './builder.ts'
import { describeJson, describeMermaid, describeText } from './describe.ts'
import { plan } from './plan.ts'
import { TopologyError } from './topology-error.ts'

interface Word {
  readonly word: string
}
interface Count {
  readonly count: number
}
const Word = schema<Word>({ type: 'record', name: 'Word', fields: [{ name: 'word', type: 'string' }] })
const Count = schema<Count>({ type: 'record', name: 'Count', fields: [{ name: 'count', type: 'long' }] })
const incoming = topic('incoming', 'input', { word: keyed(Word, ({ word }) => word) })
const other = topic('other', 'input', { word: keyed(Word, ({ word }) => word) })
const between = topic('between', 'internal', { word: keyed(Word, ({ word }) => word) })
const outgoing = topic('outgoing', 'public', { count: keyed(Count, () => '') })
const counts = table('counts', { schema: Count, empty: { count: 0 } })

const counting = (name: string, writes = counts) =>
  operator({
    name,
    input: { word: Word },
    output: Count,
    writes,
    on: { word: (_, { count }) => ({ row: { count: count + 1 } }) },
  })
const passing = operator({
  name: 'passing',
  input: { word: Word },
  output: Word,
  on: { word: ({ value }) => ({ emit: [value] }) },
})
const reading = operator({
  name: 'reading',
  input: { word: Word },
  output: Count,
  reads: { counts },
  on: { word: (_, _row, { counts }) => ({ emit: [counts] }) },
})

const joining = operator({
  name: 'joining',
  input: { first: Word, second: Word },
  output: Word,
  on: { first: ({ value }) => ({ emit: [value] }), second: ({ value }) => ({ emit: [value] }) },
})

const refused = (wire: (graph: Graph) => void): string => {
  try {
    topology('wrong', wire)
  } catch (error) {
    expect(error).toBeInstanceOf(TopologyError)
    return (error as Error).message
  }
  return 'accepted'
}

test('wrong wiring is refused before the first record, and the error names the fault', () => {
  const missing = undefined as never
  let elsewhere = missing
  topology('elsewhere', graph => {
    elsewhere = graph.source(incoming, 'a').word as never
  })
  const refusals: [RegExp, (graph: Graph) => void][] = [
    [/topic 'outgoing': 'count' gets a stream that does not exist/, graph => graph.sink(outgoing, { count: missing })],
    [
      /topic 'outgoing': 'count' gets a stream that does not exist/,
      graph => graph.sink(outgoing, { count: [graph.process(counting('one'), graph.source(incoming, 'a')), missing] }),
    ],
    [/operator 'passing': 'word' gets a stream/, graph => graph.process(passing, { word: missing })],
    [
      /operator 'passing': 'word' gets a stream of another graph/,
      graph => {
        graph.source(incoming, 'a')
        graph.process(passing, { word: elsewhere })
      },
    ],
    [
      /operator 'passing' has no input 'words': it has 'word'/,
      graph => graph.process(passing, { words: graph.source(incoming, 'a').word } as never),
    ],
    [
      /operator 'joining': nothing feeds its input 'second'/,
      graph => graph.process(joining, { first: graph.source(incoming, 'a').word } as never),
    ],
    [
      /topic 'outgoing' has no type 'word': it has 'count'/,
      graph => graph.sink(outgoing, { word: graph.source(incoming, 'a').word } as never),
    ],
    [/topology 'wrong' reads no topic/, () => {}],
    [/topology 'wrong': a function that wires a graph must not be async/, (async () => {}) as never],
    [
      /topology 'wrong': a function that wires a graph must not be async/,
      (() => Promise.reject(new Error('x'))) as never,
    ],
    [/topology 'wrong': a function that wires a graph must not be async/, function* () {} as never],
    [
      /two writers: 'one' and 'two'/,
      graph => {
        const { word } = graph.source(incoming, 'counting')
        graph.process(counting('one'), { word })
        graph.process(counting('two'), { word })
      },
    ],
    [
      /two operators are called 'passing'/,
      graph => {
        const { word } = graph.source(incoming, 'counting')
        graph.process(passing, { word: graph.process(passing, { word }) })
      },
    ],
    [/operator name ''/, graph => void graph.process(counting(''), { word: graph.source(incoming, 'counting').word })],
    [
      /table name 'My Counts'/,
      graph =>
        void graph.process(counting('one', table('My Counts', { schema: Count, empty: { count: 0 } })), {
          word: graph.source(incoming, 'counting').word,
        }),
    ],
    [
      /reads table 'counts', which no operator writes/,
      graph => void graph.process(reading, { word: graph.source(incoming, 'counting').word }),
    ],
    [
      /'reading' in 'later' reads table 'counts', which 'one' writes in 'first'/,
      graph => {
        const { word } = graph.source(incoming, 'first')
        graph.process(counting('one'), { word })
        graph.process(reading, { word: graph.repartition(between, { word }, 'later').word })
      },
    ],
    [
      /joins streams of 'first' and 'second'/,
      graph =>
        void graph.process(passing, {
          word: [graph.source(incoming, 'first').word, graph.source(other, 'second').word],
        }),
    ],
    [
      /reads several logs \(incoming, other\)/,
      graph => {
        const { word } = graph.source(incoming, 'both')
        graph.source(other, 'both')
        graph.process(counting('one'), { word })
      },
    ],
    [/topic 'between' is read but nothing writes it/, graph => void graph.source(between, 'counting')],
    [
      /topic 'other' is written from outside/,
      graph => graph.sink(other, { word: graph.source(incoming, 'passing').word }),
    ],
    [
      /topic 'incoming' is declared twice/,
      graph => {
        graph.source(incoming, 'first')
        graph.source(topic('incoming', 'input', { word: keyed(Word, ({ word }) => word) }), 'second')
      },
    ],
    [
      /has a timer but writes no table/,
      graph =>
        void graph.process(
          operator({
            name: 'waking',
            input: { word: Word },
            output: Word,
            on: { word: () => ({}) },
            timer: () => ({}),
          }),
          { word: graph.source(incoming, 'waking').word },
        ),
    ],
  ]
  for (const [message, wire] of refusals) expect(refused(wire)).toMatch(message)
})

test('wirings that types can refuse are compile errors', () => {
  topology('typed', graph => {
    const { word } = graph.source(incoming, 'counting')
    const counted = graph.process(counting('one'), { word })
    // @ts-expect-error a count is not a word
    graph.process(passing, { word: counted })
    // @ts-expect-error a missing input
    const unfed = () => graph.process(passing, {})
    // @ts-expect-error the topic carries counts, not words
    const misdirected = () => graph.sink(outgoing, { count: word })
    expect([unfed, misdirected]).toHaveLength(2)
    graph.sink(outgoing, { count: counted })
  })
  operator({
    name: 'x',
    input: { word: Word },
    output: Count,
    on: {
      // @ts-expect-error emits the wrong type
      word: ({ value }) => ({ emit: [value] }),
    },
  })
  operator({
    name: 'x',
    input: { word: Word },
    output: Count,
    writes: counts,
    on: {
      // @ts-expect-error not a row of its table
      word: () => ({ row: { nope: 1 } }),
    },
  })
  operator({
    name: 'x',
    input: { word: Word },
    output: Count,
    on: {
      // @ts-expect-error async handlers are refused
      word: async () => ({}),
    },
  })
  operator({
    name: 'x',
    input: { word: Word },
    output: Count,
    on: {
      word: () => ({}),
      // @ts-expect-error an unknown input
      letter: () => ({}),
    },
  })
})

test('a topology describes itself, and its version changes with its graph only', () => {
  const build = (name: string) =>
    topology('words', graph => {
      const { word } = graph.source(incoming, 'first')
      const { word: again } = graph.repartition(between, { word }, 'second')
      graph.sink(outgoing, { count: graph.process(counting(name), { word: again }) })
    })
  const words = build('count')
  expect(plan(words).version).toBe(plan(build('count')).version)
  expect(plan(words).version).not.toBe(plan(build('tally')).version)
  expect(describeText(words)).toContain('count  [writes counts@1] → sink:outgoing@second')
  expect(describeMermaid(words)).toMatch(/subgraph second[\s\S]*\["count"\]/)
  expect(describeJson(words).nodes).toHaveLength(5)
})

test('a graph that is wired when it is built already is refused: nothing of it would run', () => {
  let late: Graph | undefined
  topology('early', graph => {
    late = graph
    graph.sink(outgoing, { count: graph.process(counting('one'), graph.source(incoming, 'a')) })
  })
  expect(() => late!.source(other, 'b')).toThrow("topology 'early' is built: wire it before its function returns")
})
