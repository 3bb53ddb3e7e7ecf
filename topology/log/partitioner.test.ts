import { expect, test } from 'vitest'
import { murmur2, partitionOf } from './partitioner.ts'

test('keys hash as in Kafka', () => {
  // The values of org.apache.kafka.common.utils.UtilsTest#testMurmur2.
  const known: [string, number][] = [
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ]
  for (const [text, hash] of known) expect(murmur2(Buffer.from(text))).toBe(hash)
})

test('every key has one partition, and all partitions get keys', () => {
  const used = new Set(Array.from({ length: 1000 }, (_, i) => partitionOf(`person-${i}`, 7)))
  expect([...used].sort()).toEqual([0, 1, 2, 3, 4, 5, 6])
})
