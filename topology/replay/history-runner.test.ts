import { expect, test } from 'vitest'
import { openMemoryLog } from '../../connectors/embedded/memory-log.ts'
import { count, counts, split, words } from '../../examples/01-count-words/topology.ts'
import { absences, topology as absent, visits } from '../../examples/03-a-timer/topology.ts'
import { schema } from '../../schemas/codec/schema.ts'
import { Tick } from '../../schemas/generated.ts'
import { broadcast, keyed, topic } from '../../schemas/record.ts'
import { topics } from '../../schemas/topics.ts'
import { openMemoryStore } from '../../state/stores/memory-store.ts'
import type { Store } from '../../state/stores/store.ts'
import { input, TopologyTest } from '../../testing/topology-test.ts'
import { topology } from '../graph/builder.ts'
import type { Log } from '../log/log.ts'
import { Interrupted } from './history-fold.ts'
import { HistoryRunner } from './history-runner.ts'
import { createTopics, writeHistory } from './history-writer.ts'
import { outputHash, stateHash } from './run-hashes.ts'

interface Line {
  readonly text: string
}
const Line = schema<Line>({ type: 'record', name: 'TickedLine', fields: [{ name: 'text', type: 'string' }] })
const lines = topic('ticked-lines', 'input', { line: keyed(Line, line => line.text), tick: broadcast(Tick) })

const counting = topology('count-ticked-words', graph => {
  const { line } = graph.source(lines, 'splitting')
  const { word } = graph.repartition(words, { word: graph.process(split, { line }) }, 'counting')
  graph.sink(counts, { count: graph.process(count, { word }) })
})

test('where a run is cut, by a kill or into windows, changes no byte', { tags: ['law'] }, async () => {
  const history = Array.from({ length: 6000 }, (_, n) =>
    input(lines, 'line', { text: `${99_999 - n} word${n % 5}` }, { key: `${n % 7}`, timestamp: Math.floor(n / 400) }),
  )
  const whole = await TopologyTest.open(counting, { partitions: 3 })
  await whole.run(history)
  const { outputHash, stateHash } = await whole.hashes()
  for (const [limit, batch] of [
    [4000, 500],
    [9001, 7],
  ] as const) {
    const bench = await TopologyTest.open(counting, { partitions: 3, batch })
    await expect(bench.run(history, { interrupt: records => records >= limit })).rejects.toThrow(Interrupted)
    await bench.resume()
    expect(await bench.hashes()).toMatchObject({ outputHash, stateHash })
  }
})

test('a tick that is later than its own record becomes a dead letter and moves no clock', async () => {
  const day = 86_400_000
  const visit = (customer: string, timestamp: number) =>
    input(visits, 'visit', { customer }, { key: customer, timestamp })
  const absurd = input(visits, 'tick', { at: 1000 * day }, { key: '', timestamp: 1.5 * day })
  const bench = await TopologyTest.open(absent, { partitions: 1 })
  await bench.run([visit('bob', 1 * day), absurd, visit('bob', 2 * day), visit('ann', 9 * day)])
  const told = await bench.read(absences, 'absence')
  expect(told.map(({ value, timestamp }) => [value.customer, timestamp / day])).toEqual([['bob', 5]])
  const letters = await bench.read(topics.deadLetters, 'letter')
  expect(letters.map(({ value }) => [value.reason, value.position.topic])).toEqual([['bad-tick', visits.name]])
})

test('a long write to the store is not overtaken by a short one that was started later', async () => {
  const history = Array.from({ length: 400 }, (_, n) =>
    input(lines, 'line', { text: `word${n % 50}` }, { key: '', timestamp: Math.floor(n / 100) * 1000 }),
  )
  const written = { order: [] as number[], asked: 0 }
  const counted = async (store: Store) => {
    const log = openMemoryLog()
    await createTopics(log, counting, 1)
    await writeHistory(log, counting, history)
    const runner = await HistoryRunner.open({ topology: counting, log, store, cacheRows: 0 })
    await runner.drain()
    return { outputHash: await outputHash(log, runner.plans), stateHash: await stateHash(runner.tasks) }
  }
  const store = openMemoryStore()
  const slow: Store = {
    ...store,
    async write(changes) {
      const number = written.asked++
      if (changes.length > 40) await new Promise(resolve => setTimeout(resolve, 50))
      await store.write(changes)
      written.order.push(number)
    },
  }
  expect(await counted(slow)).toEqual(await counted(openMemoryStore()))
  expect(written.order).toEqual(Array.from({ length: written.asked }, (_, n) => n))
})

test('a window is folded while the one before commits; if a commit fails, that window and all later ones leave nothing behind', async () => {
  const history = Array.from({ length: 400 }, (_, n) =>
    input(lines, 'line', { text: `word${n % 50}` }, { key: '', timestamp: Math.floor(n / 100) * 1000 }),
  )
  const written = async () => {
    const log = openMemoryLog()
    await createTopics(log, counting, 1)
    await writeHistory(log, counting, history)
    return log
  }
  const drained = async (log: Log, store = openMemoryStore()) => {
    const runner = await HistoryRunner.open({ topology: counting, log, store, batch: 50 })
    await runner.drain()
    return { outputHash: await outputHash(log, runner.plans), stateHash: await stateHash(runner.tasks) }
  }
  const expected = await drained(await written())

  let commits = 0
  let overlaps = 0
  const slow = await written()
  const commit = slow.commit.bind(slow)
  const runner = await HistoryRunner.open({ topology: counting, store: openMemoryStore(), log: slow, batch: 50 })
  slow.commit = async asked => {
    commits++
    const before = runner.records
    await new Promise(resolve => setTimeout(resolve, 20))
    if (runner.records > before) overlaps++
    return commit(asked)
  }
  await runner.drain()
  expect(commits).toBeGreaterThan(4)
  // On a busy machine a commit may be over before the next window begins.
  expect(overlaps).toBeGreaterThan(commits / 2)
  expect(await outputHash(slow, runner.plans)).toBe(expected.outputHash)

  for (let failing = 0; failing < commits; failing++) {
    const log = await written()
    const store = openMemoryStore()
    const commit = log.commit.bind(log)
    let asked = 0
    log.commit = async all => {
      await null
      if (asked++ === failing) throw new Error('the disk is full')
      return commit(all)
    }
    await expect(drained(log, store)).rejects.toThrow('the disk is full')
    expect(asked).toBe(failing + 1)
    log.commit = commit
    expect(await drained(log, store)).toEqual(expected)
  }
})
