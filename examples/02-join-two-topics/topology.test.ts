import { input, TopologyTest } from 'joai/testing'
import { expect, test } from 'vitest'
import { located, orders, profiles, topology } from './topology.ts'

test('an order gets the city that was known when it came', async () => {
  const order = (amount: number, timestamp: number) =>
    input(orders, 'order', { customer: 'ann', amount }, { key: 'ann', timestamp })
  const moves = (city: string, timestamp: number) =>
    input(profiles, 'profile', { customer: 'ann', city }, { key: 'ann', timestamp })
  const bench = await TopologyTest.open(topology, { partitions: 3 })
  await bench.run([order(1, 10), moves('Oslo', 20), order(2, 30), moves('Rome', 40), order(3, 50)])
  const told = await bench.read(located, 'order')
  expect(told.map(({ value }) => `${value.amount} ${value.city}`)).toEqual(['1 unknown', '2 Oslo', '3 Rome'])
})
