import { expect, test } from 'vitest'
import { openMemoryLog } from '../../connectors/embedded/memory-log.ts'
import { topology, visits } from '../../examples/03-a-timer/topology.ts'
import { hours } from '../../schemas/record.ts'
import { input } from '../../testing/topology-test.ts'
import { tickOf } from '../task/tick.ts'
import { clusterTickMs, createTopics, writeHistory } from './history-writer.ts'

const hour = hours(1)
const day = hours(24)

/** Lists the offsets and times of the ticks in a history of visits at these times. */
async function ticksAmong(times: readonly number[]) {
  const log = openMemoryLog()
  await createTopics(log, topology, 1)
  const records = times.map((at, n) => input(visits, 'visit', { customer: `c${n}` }, { key: `c${n}`, timestamp: at }))
  expect(await writeHistory(log, topology, records, { tickMs: clusterTickMs })).toBe(times.length)
  const written = await log.read(visits.name, 0, 0, await log.end(visits.name, 0))
  return written.map(record => [record.offset, tickOf(visits, record)]).filter(([, at]) => at !== null)
}

test('for a cluster, a tick is written for each midnight before a record, and one after the last record', async () => {
  expect(await ticksAmong([hour, 2 * hour, day + hour, 4 * day + hour])).toEqual([
    [2, day],
    [4, 4 * day],
    [6, 5 * day],
  ])
})

test('after 4,000 records without a tick, another tick is written where time advances', async () => {
  const at = (n: number) => 1000 * Math.floor(n / 5)
  const crowded = Array.from({ length: 9003 }, (_, n) => at(n))
  expect(await ticksAmong(crowded)).toEqual([
    [4000, at(4000)],
    [8001, at(8000)],
    [9005, day],
  ])
  const atOnce = [...Array<number>(5000).fill(hour), 2 * hour]
  expect(await ticksAmong(atOnce)).toEqual([
    [5000, 2 * hour],
    [5002, day],
  ])
})
