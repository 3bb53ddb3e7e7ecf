import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sortedByTime, type Timed } from './sorted-on-disk.ts'

async function* given(times: readonly number[]): AsyncGenerator<Timed> {
  for (const [n, time] of times.entries()) yield { time, bytes: Buffer.from(`${n}`.padStart(1 + (n % 40), '0')) }
}

test('what is sorted through many small files comes as a stable sort gives it', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 200 }),
      fc.integer({ min: 1, max: 900 }),
      async (times, memory) => {
        const sorted: Timed[] = []
        for await (const one of sortedByTime(given(times), memory)) sorted.push(one)
        const expected = [...times.entries()].sort(([, a], [, b]) => a - b)
        expect(sorted.map(({ time, bytes }) => [Number(bytes.toString()), time])).toEqual(expected)
      },
    ),
    { numRuns: 40 },
  )
})
