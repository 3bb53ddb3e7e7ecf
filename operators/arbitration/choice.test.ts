import { expect, test } from 'vitest'
import { decisionIdOfTimer, draw } from '../hashing/ids.ts'
import { epsilonGreedy } from './epsilon-greedy.ts'
import { withFloor } from './floor.ts'
import { pick } from './pick.ts'

const near = (actual: readonly number[], expected: readonly number[]) => {
  expect(actual).toHaveLength(expected.length)
  for (const [i, value] of expected.entries()) expect(actual[i]).toBeCloseTo(value, 14)
}

test('ε-greedy gives the best candidate most, and every other its share of ε', () => {
  near(epsilonGreedy([1, 2, 8, 3], 0.4), [0.1, 0.1, 0.7, 0.1])
})

test('candidates that tie for the best share the probability of the best', () => {
  near(epsilonGreedy([5, -1, 5, 0], 0.2), [0.45, 0.05, 0.45, 0.05])
})

test('the floor gives every candidate its share', () => {
  near(withFloor([1, 0, 0], 0.3), [0.8, 0.1, 0.1])
})

test('a draw falls on the first candidate whose cumulative probability exceeds it', () => {
  const p = [0, 0.25, 0, 0.5, 0.25, 0]
  expect([0, 0.2499, 0.25, 0.7499, 0.75, 0.9999].map(randomDraw => pick(p, randomDraw))).toEqual([1, 1, 3, 3, 4, 4])
})

test('where rounding leaves the sum below the draw, the last possible candidate is taken', () => {
  expect(pick([0.5, 0.5 - 1e-13, 0], 1 - 1e-14)).toBe(1)
})

test('over 20,000 decisions the draws agree with the probabilities', () => {
  const p = withFloor(epsilonGreedy([3, 9, 1, 0], 0.3), 0.2)
  const counts = p.map(() => 0)
  const decisions = 20_000
  for (let i = 0; i < decisions; i++) counts[pick(p, draw('autumn', decisionIdOfTimer('test', [], i)))]!++
  let chiSquare = 0
  for (const [i, count] of counts.entries()) chiSquare += (count - decisions * p[i]!) ** 2 / (decisions * p[i]!)
  // Three degrees of freedom: 16.27 is exceeded once in a thousand times.
  expect(chiSquare).toBeLessThan(16.27)
  expect(Math.min(...counts)).toBeGreaterThan(0)
})
