import { expect, test } from 'vitest'
import type { TopicPartition } from '../../topology/log/log.ts'
import { assignPartitions, type GroupMember } from './assignment.ts'

const topics = new Map([
  ['events', 6],
  ['identities', 6],
  ['people', 6],
  ['control', 1],
  ['consents', 1],
  ['receipts', 1],
])

const fresh = (...ids: string[]): GroupMember[] => ids.map(id => ({ id, owned: [] }))
const after = (shares: ReadonlyMap<string, TopicPartition[]>, ...ids: string[]): GroupMember[] =>
  ids.map(id => ({ id, owned: shares.get(id) ?? [] }))
const textOf = ({ topic, partition }: TopicPartition) => `${topic}/${partition}`
const sizes = (shares: ReadonlyMap<string, TopicPartition[]>) => [...shares.values()].map(({ length }) => length).sort()
const all = [...topics].flatMap(([topic, count]) => Array.from({ length: count }, (_, n) => `${topic}/${n}`)).sort()

/** Counts the partitions that move to another member. */
const moved = (from: ReadonlyMap<string, TopicPartition[]>, to: ReadonlyMap<string, TopicPartition[]>): number => {
  const before = new Map([...from].flatMap(([id, own]) => own.map(one => [textOf(one), id])))
  return [...to].flatMap(([id, own]) => own.filter(one => before.get(textOf(one)) !== id)).length
}

test.each([1, 2, 3, 4, 5, 6, 9])('%i members share all partitions evenly, each has one owner', count => {
  const shares = assignPartitions(fresh(...Array.from({ length: count }, (_, n) => `m${n}`)), topics)
  expect([...shares.values()].flat().map(textOf).sort()).toEqual(all)
  const keyed = [...shares.values()].map(own => own.filter(({ topic }) => topic === 'people').length)
  expect(Math.max(...keyed) - Math.min(...keyed)).toBeLessThanOrEqual(1)
  expect(sizes(shares).at(-1)! - sizes(shares)[0]!).toBeLessThanOrEqual(3)
})

test('partitions of equal number go to the same member', () => {
  for (const own of assignPartitions(fresh('a', 'b', 'c', 'd'), topics).values()) {
    const of = (name: string) => own.filter(({ topic }) => topic === name).map(({ partition }) => partition)
    expect(of('identities')).toEqual(of('events'))
    expect(of('people')).toEqual(of('events'))
  }
})

test('when a member leaves, only its partitions move; when it returns, no more than its share moves', () => {
  const three = assignPartitions(fresh('a', 'b', 'c'), topics)
  const two = assignPartitions(after(three, 'a', 'b'), topics)
  expect(moved(three, two)).toBe(three.get('c')!.length)
  const again = assignPartitions(after(two, 'a', 'b', 'c'), topics)
  expect(moved(two, again)).toBe(again.get('c')!.length)
  expect(sizes(again)[0]).toBeGreaterThanOrEqual(6)
})

test('the order of members changes nothing, and of two that claim a partition one gets it', () => {
  const everything = [...topics].flatMap(([topic, count]) =>
    Array.from({ length: count }, (_, partition) => ({ topic, partition })),
  )
  const claims = ['b', 'a'].map(id => ({ id, owned: everything }))
  const shares = assignPartitions(claims, topics)
  expect(assignPartitions([...claims].reverse(), topics)).toEqual(shares)
  expect([...shares.values()].flat().map(textOf).sort()).toEqual(all)
})
