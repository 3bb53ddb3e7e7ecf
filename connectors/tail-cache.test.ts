import { expect, test } from 'vitest'
import type { LogRecord } from '../topology/ports.ts'
import { packRecords } from './segments.ts'
import { Tail, TailCache } from './tail-cache.ts'

const add = (cache: TailCache, tail: Tail, first: number, count: number) => {
  const records = Array.from({ length: count }, (_, i) => ({
    key: `${first + i}`,
    value: Buffer.alloc(100),
    timestamp: 0,
  }))
  for (const segment of packRecords(records, first)) cache.add(tail, segment)
}

const read = (tail: Tail, from: number, limit: number): number[] => {
  const records: LogRecord[] = []
  tail.read(from, limit, records)
  return records.map(({ offset }) => offset)
}

test('the oldest segments of all partitions make room for the newest, and no gap opens', () => {
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
  expect(end - busy.start).toBeGreaterThan(60)
  expect(end - busy.start).toBeLessThan(110)
  expect(read(busy, end - 5, 3)).toEqual([end - 5, end - 4, end - 3])
})
