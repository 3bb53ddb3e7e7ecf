import { input, TopologyTest } from 'joai/testing'
import { expect, test } from 'vitest'
import { counts, lines, topology } from './topology.ts'

test('words are counted over all lines, in any number of partitions', async () => {
  const line = (text: string, timestamp: number) => input(lines, 'line', { text }, { key: text, timestamp })
  for (const partitions of [1, 4]) {
    const bench = await TopologyTest.open(topology, { partitions })
    await bench.run([line('to be or not to be', 1), line('to do', 2)])
    const last = new Map((await bench.read(counts, 'count')).map(({ value }) => [value.word, value.count]))
    expect(Object.fromEntries(last)).toEqual({ to: 3, be: 2, or: 1, not: 1, do: 1 })
  }
})
