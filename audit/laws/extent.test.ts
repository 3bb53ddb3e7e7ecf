import { expect, test } from 'vitest'
import { openMemoryLog } from '../../connectors/embedded/memory-log.ts'
import { firstCatalog } from '../../schemas/catalog/first-catalog.ts'
import { sendsOn, topics } from '../../schemas/topics.ts'
import type { Log, OutputRecord } from '../../topology/log/log.ts'
import { extentOf } from './extent.ts'

const { channels } = firstCatalog.declaration

const { people, decisions } = topics

const record = (partition: number, from?: readonly [partition: number, position: number]): OutputRecord => ({
  topic: people.name,
  partition,
  key: 'anna',
  value: Buffer.from('{}'),
  timestamp: 0,
  ...(from && { cause: { source: `deciding/people/${from[0]}`, position: from[1], n: 1, causeId: 'c', path: [] } }),
})

/** A log whose deciding tasks stand at these positions; null stands for a task that has committed nothing. */
async function logAt(positions: readonly (number | null)[], records: readonly OutputRecord[]): Promise<Log> {
  const log = openMemoryLog()
  for (const { name } of [...Object.values(topics), ...channels.map(sendsOn)])
    await log.createTopic(name, positions.length)
  await log.append(records)
  for (const [partition, position] of positions.entries()) {
    if (position === null) continue
    const owner = await log.acquire({ subTopology: 'deciding', topic: people.name, partition })
    const output = { ...record(partition), topic: decisions.name }
    await log.commit([{ owner, position, outputs: [output], changelog: [], checkpoint: Buffer.of(1) }])
  }
  return log
}

const three = (partition: number) => [record(partition), record(partition), record(partition)]

test('what a partition has not decided yet is not judged', async () => {
  const extent = await extentOf(await logAt([3, 1], [...three(0), ...three(1)]))
  expect([extent.cuts, extent.undecided]).toEqual([[null, 1], 2])
  expect(await Promise.all([0, 1].map(partition => extent.log.end(people.name, partition)))).toEqual([3, 1])
  const by = (partition: number, position: number) => extent.isUnderWay(record(0, [partition, position]).cause)
  expect([by(1, 0), by(1, 1), by(0, 2), extent.isUnderWay(undefined)]).toEqual([false, true, false, false])
})

test('what came of something that is not judged is not judged either, over any number of merges', async () => {
  const records = [...three(0), record(1), record(1, [0, 1]), record(1), record(2), record(2), record(2, [1, 2])]
  expect((await extentOf(await logAt([3, 3, 3], records))).cuts).toEqual([null, null, null])
  // The position of the first partition was taken before the others had read what it sent.
  expect((await extentOf(await logAt([1, 3, 3], records))).cuts).toEqual([1, 1, 2])
})

test('a partition that has decided nothing yet is not judged, a copy without positions is judged whole', async () => {
  expect((await extentOf(await logAt([3, null], [...three(0), ...three(1)]))).cuts).toEqual([null, 0])
  expect((await extentOf(await logAt([null, null], [...three(0), ...three(1)]))).cuts).toEqual([0, 0])
  const copy = await logAt([null, null], [...three(0), ...three(1), { ...record(1), topic: decisions.name }])
  expect((await extentOf(copy)).cuts).toEqual([null, null])
})
