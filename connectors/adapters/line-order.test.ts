import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type LineOrder, LineOrderJudge } from './line-order.ts'

const day = 86_400_000

function judged(times: readonly number[]): LineOrder {
  const judge = new LineOrderJudge()
  for (const [number, time] of times.entries()) judge.add({ number, time })
  return judge.result()
}
const order = (...times: readonly number[]) => {
  const { wrong, back } = judged(times)
  return back ? `back at ${back.line.number}` : [...wrong].sort((a, b) => a - b)
}

test('lines whose clock is ahead of what follows are the fault, where few of them are', () => {
  expect(order()).toEqual([])
  expect(order(1, 1, 2)).toEqual([])
  expect(order(1, 9, 2)).toEqual([1])
  expect(order(1, 9, 2, 3)).toEqual([1])
  expect(order(9, 1, 2)).toEqual([0])
  expect(order(1, 2, 9, 9, 3)).toBe('back at 4')
  expect(order(1, 2, 1)).toEqual([1])
})

const many = Array.from({ length: 5000 }, (_, n) => n)

test('a line that is too early is the fault where it is one in a thousand; a short file with it is not in order', () => {
  expect(order(5, 6, 7, 1)).toBe('back at 3')
  expect(order(5, 4, 3, 2)).toBe('back at 1')
  expect(order(...many, 17)).toEqual([5000])
  expect(order(...many.slice(0, 99), 3000, ...many.slice(99), 17)).toEqual([99, 5001])
  expect(order(...many.slice(0, 100), 9e9, 9e9, 9e9, 9e9, 9e9, ...many.slice(100))).toEqual([100, 101, 102, 103, 104])
  expect(order(...many.slice(0, 100), ...Array(6).fill(9e9), ...many.slice(100))).toBe('back at 106')
  expect(order(...many, ...many)).toBe('back at 5000')
  expect(order(...many.toReversed())).toBe('back at 1')
})

test('the last lines of a long file are the fault where they are further away than all others are apart', () => {
  expect(order(...many, 365 * day)).toEqual([5000])
  expect(order(...many, 365 * day, 365 * day + 1)).toEqual([5000, 5001])
  expect(order(...many, day / 2)).toEqual([])
  expect(order(...many.map(n => n * day), 5200 * day)).toEqual([])
})

test('a short file can not tell: its lonely last line is mentioned', () => {
  expect(judged([0, 10, 20, 365 * day])).toMatchObject({ back: null, lonely: { line: { number: 3 } } })
  expect(judged([0, 10, 20, 365 * day]).wrong.size).toBe(0)
  expect(judged([0, 10, 2 * day]).lonely).toBeNull()
})

test('as few lines are left out as can be', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 2, maxLength: 40 }), some => {
      const times = [...some, ...Array.from({ length: 2000 }, (_, n) => 31 + n)]
      const { wrong, back } = judged(times)
      const least = some.length - longest(some)
      if (least > 2) expect(back).not.toBeNull()
      else expect(wrong.size).toBe(least)
    }),
    { numRuns: 100 },
  )
})

/** The length of the longest subsequence that never goes back, by comparing each with all before it. */
function longest(times: readonly number[]): number {
  const lengths: number[] = []
  for (const [i, time] of times.entries())
    lengths.push(1 + Math.max(0, ...lengths.filter((_, j) => j < i && times[j]! <= time)))
  return Math.max(...lengths)
}
