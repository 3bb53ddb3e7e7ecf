import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { LogRecord } from './log.ts'
import { PartitionReader, type ReadableLog, readersAtEnd, records, topicRecords } from './log-reader.ts'

/**
 * Behaves like a topic of a cluster: offsets have gaps, the last one may be no record, and an answer holds at most
 * `atOnce` records.
 */
class SparseTopic implements ReadableLog {
  readonly partitions: number[][]
  ends: number[]
  readonly #atOnce: number

  constructor(partitions: number[][], ends: number[], atOnce: number) {
    this.partitions = partitions
    this.ends = ends
    this.#atOnce = atOnce
  }

  topics() {
    return new Map([['decisions', this.partitions.length]])
  }

  async start(_: string, partition: number) {
    return this.partitions[partition]![0] ?? this.ends[partition]!
  }

  async end(_: string, partition: number) {
    return this.ends[partition]!
  }

  async read(_: string, partition: number, from: number, limit: number) {
    const found = this.partitions[partition]!.filter(offset => offset >= from)
    return found.slice(0, Math.min(limit, this.#atOnce)).map(recordAt)
  }
}

const recordAt = (offset: number): LogRecord => ({ offset, key: `k${offset}`, value: new Uint8Array(), timestamp: 0 })

async function offsetsOf(found: AsyncIterable<LogRecord>): Promise<number[]> {
  const offsets: number[] = []
  for await (const { offset } of found) offsets.push(offset)
  return offsets
}

const sparse = fc.uniqueArray(fc.nat(60), { maxLength: 30 }).map(offsets => offsets.sort((a, b) => a - b))
const beyond = fc.nat(5)
const atOnce = fc.integer({ min: 1, max: 7 })

test('with any gaps and answers of any size, each record up to the end is read once', async () => {
  await fc.assert(
    fc.asyncProperty(sparse, beyond, atOnce, fc.nat(60), async (offsets, gap, few, from) => {
      const log = new SparseTopic([offsets], [(offsets.at(-1) ?? -1) + 1 + gap], few)
      expect(await offsetsOf(records(log, 'decisions', 0, from))).toEqual(offsets.filter(offset => offset >= from))
    }),
  )
})

test('reading stops at the end that was asked for, and the next call goes on from there', async () => {
  await fc.assert(
    fc.asyncProperty(sparse, beyond, atOnce, fc.nat(60), async (offsets, gap, few, cut) => {
      const log = new SparseTopic([offsets], [(offsets.at(-1) ?? -1) + 1 + gap], few)
      const reader = new PartitionReader(log, 'decisions', 0)
      expect(await offsetsOf(reader.records(cut))).toEqual(offsets.filter(offset => offset < cut))
      expect(reader.position).toBe(Math.max(cut, await log.start('decisions', 0)))
      expect(await offsetsOf(reader.records())).toEqual(offsets.filter(offset => offset >= cut))
    }),
  )
})

test('a reader that stops in the middle goes on with the record after the last one', async () => {
  const reader = new PartitionReader(new SparseTopic([[1, 4, 5, 9]], [10], 10), 'decisions', 0)
  for await (const { offset } of reader.records()) if (offset === 4) break
  expect(await offsetsOf(reader.records())).toEqual([5, 9])
})

test('pages follow one another, and a page is empty until something new has come', async () => {
  const log = new SparseTopic([[2, 3, 7]], [8], 2)
  const reader = new PartitionReader(log, 'decisions', 0)
  const page = async () => (await reader.page()).map(({ offset }) => offset)
  expect([await page(), await page(), await page()]).toEqual([[2, 3], [7], []])
  log.partitions[0]!.push(12)
  expect([await page(), await page()]).toEqual([[12], []])
})

test('a topic is read partition by partition, from its beginning or from its end', async () => {
  const log = new SparseTopic([[0, 2], [], [5]], [3, 0, 6], 10)
  const found: [number, number][] = []
  for await (const { partition, offset } of topicRecords(log, 'decisions')) found.push([partition, offset])
  expect(found).toEqual([
    [0, 0],
    [0, 2],
    [2, 5],
  ])
  const readers = await readersAtEnd(log, 'decisions')
  log.partitions[1]!.push(1)
  log.ends = [3, 2, 6]
  expect(await Promise.all(readers.map(reader => offsetsOf(reader.records())))).toEqual([[], [1], []])
})
