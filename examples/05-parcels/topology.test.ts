import { input, TopologyTest } from 'joai/testing'
import { days, hours } from 'joai/topology'
import { expect, test } from 'vitest'
import { parcelHistory } from '../test/parcel-history.ts'
import { deliveries, lateCounts, located, scans, topology } from './topology.ts'

const dueAt = days(10)
const delivery = (timestamp: number) =>
  input(deliveries, 'delivery', { parcel: 'p', region: 'north', dueAt }, { key: 'p', timestamp })
const scan = (depot: string, timestamp: number, isLast = false) =>
  input(scans, 'scan', { parcel: 'p', depot, isLast }, { key: 'p', timestamp })
/** Builds a scan of another parcel, up to whose time the clock advances. */
const later = (timestamp: number) =>
  input(scans, 'scan', { parcel: 'other', depot: 'Leipzig', isLast: false }, { key: 'other', timestamp })

async function ran(...history: readonly ReturnType<typeof scan>[]) {
  const bench = await TopologyTest.open(topology, { partitions: 2 })
  await bench.run([...history, later(dueAt + days(2))])
  return {
    located: (await bench.read(located, 'scan')).map(({ value: { depot, region } }) => `${depot} ${region}`),
    late: (await bench.read(lateCounts, 'count')).map(({ value }) => value),
  }
}

test('a scan gets the region of its parcel, whichever of the two comes first', async () => {
  const before = await ran(delivery(dueAt - days(1)), scan('Hamburg', dueAt - hours(8)))
  const after = await ran(scan('Hamburg', dueAt - hours(8)), delivery(dueAt - hours(2)))
  expect(before.located).toEqual(['Hamburg north'])
  expect(after.located).toEqual(['Hamburg north'])
})

test('a parcel is late once, when it is due and was not handed over before', async () => {
  const inTime = await ran(delivery(dueAt - days(1)), scan('door', dueAt - 1, true))
  const tooLate = await ran(delivery(dueAt - days(1)), scan('door', dueAt, true))
  const never = await ran(delivery(dueAt - days(1)), scan('Hamburg', dueAt - 1))
  expect([inTime.late, tooLate.late, never.late]).toEqual([
    [],
    [{ region: 'north', parcels: 1 }],
    [{ region: 'north', parcels: 1 }],
  ])
})

test('neither the number of partitions nor a restart changes what comes out', async () => {
  const history = parcelHistory(5, 200)
  const told = async (partitions: number, options: { readonly restartEvery?: number } = {}) => {
    const bench = await TopologyTest.open(topology, { partitions })
    await bench.run(history, options)
    const counts = (await bench.read(lateCounts, 'count')).map(({ value }) => JSON.stringify(value))
    const places = (await bench.read(located, 'scan')).map(({ value }) => JSON.stringify(value))
    return { restarts: bench.restarts, all: [...counts, ...places].sort() }
  }
  const once = await told(1)
  expect(once.all.length).toBeGreaterThan(500)
  expect(once.all.filter(text => text.includes('parcels')).length).toBeGreaterThan(20)
  expect((await told(4)).all).toEqual(once.all)
  const restarted = await told(4, { restartEvery: 100 })
  expect(restarted.all).toEqual(once.all)
  expect(restarted.restarts).toBeGreaterThan(3)
})
