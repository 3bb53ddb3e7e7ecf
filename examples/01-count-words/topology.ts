// 1. Count words: two sub-topologies, one table.
// Lines have any key. `split` keys each word by itself, so that `count` finds the word's row beside it.

import { operator } from 'joai/operator'
import { table } from 'joai/state'
import { keyed, schema, topic, topology } from 'joai/topology'

interface Line {
  readonly text: string
}
interface Word {
  readonly word: string
}
interface Count {
  readonly word: string
  readonly count: number
}

const Line = schema<Line>({ type: 'record', name: 'Line', fields: [{ name: 'text', type: 'string' }] })
const Word = schema<Word>({ type: 'record', name: 'Word', fields: [{ name: 'word', type: 'string' }] })
const Count = schema<Count>({
  type: 'record',
  name: 'Count',
  fields: [
    { name: 'word', type: 'string' },
    { name: 'count', type: 'long' },
  ],
})

export const lines = topic('lines', 'input', { line: keyed(Line, line => line.text) })
export const words = topic('words', 'internal', { word: keyed(Word, ({ word }) => word) })
export const counts = topic('counts', 'public', { count: keyed(Count, ({ word }) => word) })

/** Cuts a line into words. */
export const split = operator({
  name: 'split',
  input: { line: Line },
  output: Word,
  on: {
    line: ({ value }) => ({
      emit: value.text
        .toLowerCase()
        .split(/\W+/)
        .filter(Boolean)
        .map(word => ({ word })),
    }),
  },
})

const seen = table('seen', { schema: Count, empty: { word: '', count: 0 } })

/** Counts each word, and emits every new count. */
export const count = operator({
  name: 'count',
  input: { word: Word },
  output: Count,
  writes: seen,
  on: {
    word({ value: { word } }, row) {
      const counted = { word, count: row.count + 1 }
      return { row: counted, emit: [counted] }
    },
  },
})

export const wordCount = topology('count-words', graph => {
  const { line } = graph.source(lines, 'splitting')
  const { word } = graph.repartition(words, { word: graph.process(split, { line }) }, 'counting')
  graph.sink(counts, { count: graph.process(count, { word }) })
})

// The export that `--topology` names, for every command.
export { wordCount as topology }
