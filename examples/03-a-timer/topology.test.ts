import { input, TopologyTest } from 'joai/testing'
import { expect, test } from 'vitest'
import { absences, topology, visits } from './topology.ts'

const day = 86_400_000

test('a customer who stays away for three days is reported once, at the time it was due', async () => {
  const visit = (customer: string, timestamp: number) =>
    input(visits, 'visit', { customer }, { key: customer, timestamp })
  const bench = await TopologyTest.open(topology, { partitions: 2 })
  await bench.run([visit('ann', 0.5 * day), visit('bob', 1 * day), visit('ann', 2 * day), visit('bob', 9 * day)])
  const told = await bench.read(absences, 'absence')
  const inOrder = told.map(({ value, timestamp }) => [value.customer, timestamp / day]).sort()
  expect(inOrder).toEqual([
    ['ann', 5],
    ['bob', 4],
  ])
})
