import { expect, test } from 'vitest'
import type { LogRecord } from '../../topology/log/log.ts'
import { packRecords } from './segments.ts'
import { Tail, TailCache } from './tail-cache.ts'

const add = (cache: TailCache, tail: Tail, first: number, count: number, size = 100) => {
  const records = Array.from({ length: count }, (_, i) => ({
    key: `${first + i}`,
    value: Buffer.alloc(size, first + i),
    timestamp: 0,
  }))
  for (const segment of packRecords(records, first)) cache.add(tail, segment)
}

const read = (tail: Tail, from: number, limit: number): number[] => {
  const records: LogRecord[] = []
  tail.read(from, limit, records)
  return records.map(({ offset }) => offset)
}

test('the oldest segments of all partitions make room for the newest, and leave no gap', () => {
  const cache = new TailCache(20_000)
  const [busy, calm] = [new Tail(), new Tail()]
  expect(busy.start).toBe(Number.POSITIVE_INFINITY)
  add(cache, calm, 0, 3)
  let end = 0
  for (let i = 0; i < 200; i++) {
    add(cache, busy, end, 1 + (i % 4))
    end += 1 + (i % 4)
    expect(read(busy, busy.start, 1000)).toEqual(Array.from({ length: end - busy.start }, (_, j) => busy.start + j))
  }
  expect(calm.start).toBe(Number.POSITIVE_INFINITY)
  // Records of about 120 bytes fill seven or eight pages of 2,500.
  expect(end - busy.start).toBeGreaterThan(130)
  expect(end - busy.start).toBeLessThan(170)
  expect(read(busy, end - 5, 3)).toEqual([end - 5, end - 4, end - 3])
})

test('records that were read stay unchanged when their memory is reused', () => {
  const cache = new TailCache(4000)
  const tail = new Tail()
  add(cache, tail, 1, 2)
  const records: LogRecord[] = []
  tail.read(1, 2, records)
  for (let first = 3; first < 60; first++) add(cache, tail, first, 1)
  expect(tail.start).toBeGreaterThan(2)
  expect(records.map(({ value }) => value)).toEqual([Buffer.alloc(100, 1), Buffer.alloc(100, 2)])
})

test('a segment that is too large is not cached, nor are the segments before it', () => {
  const cache = new TailCache(4000)
  const tail = new Tail()
  add(cache, tail, 0, 2)
  add(cache, tail, 2, 1, 1000)
  expect(tail.start).toBe(Number.POSITIVE_INFINITY)
  for (let first = 3; first < 100; first++) {
    add(cache, tail, first, 1)
    expect(read(tail, tail.start, 100)).toEqual(
      Array.from({ length: first + 1 - tail.start }, (_, i) => tail.start + i),
    )
  }
})
