import { describe, expect, test } from 'vitest'
import type { Cause } from '../../topology/log/log.ts'
import {
  bytes,
  codeOf,
  commitOf,
  type LogContext,
  output,
  readAll,
  task,
  text,
  valuesOf,
} from './log-fixture-contract.ts'

/** The contract of reading. */
export function readingContract(context: LogContext): void {
  describe('topics and reading', () => {
    test('a topic keeps the number of partitions that it was created with', async () => {
      const { log } = context
      await log.createTopic('out', 2)
      expect(await codeOf(log.createTopic('out', 3))).toBe('partitions-fixed')
      expect([...log.topics()].sort()).toEqual([
        ['in', 4],
        ['out', 2],
      ])
    })

    test('records keep their order in each partition, and all their content', async () => {
      const { log } = context
      const outputs = Array.from({ length: 50 }, (_, i) => output(`value ${i}`, i % 2))
      await log.append(outputs.slice(0, 20))
      await log.append(outputs.slice(20))
      for (const partition of [0, 1]) {
        const expected = outputs.filter(record => record.partition === partition)
        const records = await readAll(log, 'out', partition, 7)
        expect(records.map(({ key, value, timestamp }) => [key, text(value), timestamp])).toEqual(
          expected.map(({ key, value, timestamp }) => [key, text(value), timestamp]),
        )
        expect(records.every(({ offset }, i) => i === 0 || offset > records[i - 1]!.offset)).toBe(true)
      }
    })

    test('a read can begin anywhere, and returns no more than asked for', async () => {
      const { log } = context
      for (let batch = 0; batch < 5; batch++)
        await log.append(Array.from({ length: 10 }, (_, i) => output(`${10 * batch + i}`)))
      const all = await readAll(log, 'out', 0)
      expect(all).toHaveLength(50)
      for (let i = 0; i < 50; i += 3)
        for (const limit of [1, 4, 25]) {
          const records = await log.read('out', 0, all[i]!.offset, limit)
          expect(records).toEqual(all.slice(i, i + records.length))
          expect(records.length).toBeGreaterThan(0)
          expect(records.length).toBeLessThanOrEqual(limit)
          if (context.traits.dense) expect(records).toHaveLength(Math.min(limit, all.length - i))
        }
    })

    test('a read at the end returns nothing; offsets beyond it and before the start are out of range', async () => {
      const { log } = context
      await log.append([output('a'), output('b')])
      const end = await log.end('out', 0)
      expect(await log.read('out', 0, end, 10)).toEqual([])
      expect(await codeOf(log.read('out', 0, end + 1, 10))).toBe('out-of-range')
      expect(await codeOf(log.read('out', 0, -1, 10))).toBe('out-of-range')
      expect(await log.read('out', 1, 0, 10)).toEqual([])
    })

    test('an append of nothing is allowed, and changes nothing', async () => {
      const { log } = context
      await log.append([])
      expect(await valuesOf(log, 0)).toEqual([])
      await log.append([output('a')])
      expect(await valuesOf(log, 0)).toEqual(['a'])
    })

    test('an append to a topic that does not exist is refused as a whole', async () => {
      const { log } = context
      const stray = { ...output('stray'), topic: 'elsewhere' }
      expect(await codeOf(log.end('elsewhere', 0))).toBe('unknown-topic')
      expect(await codeOf(log.read('elsewhere', 0, 0, 1))).toBe('unknown-topic')
      expect(await codeOf(log.read('out', 2, 0, 1))).toBe('unknown-partition')
      expect(await codeOf(log.acquire({ ...task(0), topic: 'elsewhere' }))).toBe('unknown-topic')
      expect(await codeOf(log.append([output('a'), output('b', 1), stray]))).toBe('unknown-topic')
      expect(await valuesOf(log, 0)).toEqual([])
      expect(await valuesOf(log, 1)).toEqual([])
    })

    test('a reader that pages while others append misses nothing and sees nothing twice', async () => {
      const { log } = context
      let done = false
      const write = async () => {
        for (let i = 0; i < 120; i++)
          await log.append(Array.from({ length: 1 + (i % 9) }, (_, j) => output(`${i}.${j}`)))
        done = true
      }
      const seen: (string | null)[] = []
      const read = async () => {
        for (let from = 0; ; ) {
          const isLast = done
          const records = await log.read('out', 0, from, 5)
          seen.push(...records.map(({ value }) => text(value)))
          from = (records.at(-1)?.offset ?? from - 1) + 1
          if (records.length === 0 && isLast) return
          if (records.length === 0) await new Promise(resolve => setTimeout(resolve, 1))
        }
      }
      await Promise.all([write(), read()])
      expect(seen).toEqual(
        Array.from({ length: 120 }, (_, i) => Array.from({ length: 1 + (i % 9) }, (_, j) => `${i}.${j}`)).flat(),
      )
    })

    test('many readers of one partition at once, each from another offset, all get its records', async () => {
      const { log } = context
      await log.append(Array.from({ length: 100 }, (_, i) => output(`${i}`)))
      const offsets = (await readAll(log, 'out', 0, 100)).map(({ offset }) => offset)
      const found = await Promise.all(
        offsets.map(async (offset, i) => {
          const records = await log.read('out', 0, offset, 1 + (i % 7))
          return records.map(({ value }) => text(value))[0]
        }),
      )
      expect(found).toEqual(offsets.map((_, i) => `${i}`))
    })

    test('large values, empty values and empty keys are returned unchanged', async () => {
      const { log } = context
      const large = Buffer.alloc(1024 * 1024, 'abcdefg')
      const values = [large, new Uint8Array(0), bytes('small'), large, Uint8Array.of(0, 0, 0, 0, 255)]
      await log.append(values.map(value => ({ ...output(''), key: '', value })))
      const records = await readAll(log, 'out', 0, 2)
      expect(records.map(({ key }) => key)).toEqual(['', '', '', '', ''])
      expect(records.map(({ value }, i) => Buffer.compare(value, values[i]!))).toEqual([0, 0, 0, 0, 0])
    })

    test('keys in any script are returned, and a key that is no valid text is the same at every read', async () => {
      const { log } = context
      const keys = ['Ελένη', '东京', '👩‍👧', 'a'.repeat(300), `${'z'.repeat(127)}é`, 'half \ud83d']
      await log.append(keys.map(key => ({ ...output('v'), key })))
      const read = (await readAll(log, 'out', 0)).map(({ key }) => key)
      expect(read).toEqual([...keys.slice(0, -1), 'half \ufffd'])
    })

    test('a record keeps its cause', async () => {
      const { log } = context
      const cause = (n: number, causeId: string, path: readonly number[]): Cause => ({
        source: n % 2 === 0 ? 'deciding/in/0' : 'stitching/identities/3@2',
        position: n * 1_000_003,
        n,
        causeId,
        path,
      })
      const causes = [
        cause(1, 'basket-1', []),
        cause(2, 'basket-1', [0]),
        cause(300, 'basket-1', [0, 1, 128, 70_000]),
        undefined,
        cause(2 ** 31, 'defer/household_id.7/1500000000000', [5]),
        cause(4_000_000_000, 'défère', [2 ** 40]),
      ]
      const owner = await log.acquire(task(0))
      const outputs = causes.map(made => (made ? { ...output('v'), cause: made } : output('v')))
      await log.commit([{ ...commitOf(owner, 1, []), outputs }])
      expect((await readAll(log, 'out', 0)).map(record => record.cause)).toEqual(causes)
    })

    test('many partitions stay separate', async () => {
      const { log } = context
      await log.createTopic('wide', 64)
      const outputs = Array.from({ length: 640 }, (_, i) => ({ ...output(`${i}`, (i * 7) % 64), topic: 'wide' }))
      await log.append(outputs)
      for (let partition = 0; partition < 64; partition++)
        expect(await valuesOf(log, partition, 'wide')).toEqual(
          outputs.filter(record => record.partition === partition).map(({ value }) => text(value)),
        )
    })
  })
}
