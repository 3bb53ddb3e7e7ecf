import { expect, test } from 'vitest'
import { incompleteBeta, lnGamma, tabulatedBeta } from './beta.ts'
import { type Arm, bestProbabilities } from './thompson.ts'

test('the incomplete beta agrees with the exact value for whole parameters', () => {
  // For whole parameters it is a sum of binomials.
  const exact = (u: number, alpha: number, beta: number) => {
    const n = alpha + beta - 1
    let sum = 0
    for (let k = alpha; k <= n; k++) {
      let ways = 1
      for (let i = 1; i <= k; i++) ways = (ways * (n - k + i)) / i
      sum += ways * u ** k * (1 - u) ** (n - k)
    }
    return sum
  }
  for (const [alpha, beta] of [
    [1, 1],
    [2, 5],
    [1, 20],
    [12, 30],
    [7, 1],
  ] as const)
    for (const u of [0.01, 0.1, 0.3, 0.5, 0.9, 0.99]) {
      expect(incompleteBeta(u, alpha, beta)).toBeCloseTo(exact(u, alpha, beta), 13)
      expect(tabulatedBeta({ alpha, beta }).cumulative(u)).toBeCloseTo(exact(u, alpha, beta), 9)
    }
  expect(lnGamma(0.5)).toBeCloseTo(Math.log(Math.sqrt(Math.PI)), 13)
  // Beta(½, ½) is the arcsine law.
  expect(incompleteBeta(0.2, 0.5, 0.5)).toBeCloseTo((2 / Math.PI) * Math.asin(Math.sqrt(0.2)), 13)
})

test('two equal candidates share, and silence gets the rest', () => {
  const arm: Arm = { posterior: { alpha: 1, beta: 1 }, scale: 2, cost: 1 }
  const [a, b, silence] = bestProbabilities([arm, arm])
  expect(a).toBeCloseTo(3 / 8, 9)
  expect(b).toBeCloseTo(3 / 8, 9)
  expect(silence).toBeCloseTo(1 / 4, 9)
})

test('the probabilities of unequal uniform candidates are those of geometry', () => {
  // X on [0, 1], Y on [0, 2]: Y > X in three quarters of the rectangle.
  const uniform = (scale: number): Arm => ({ posterior: { alpha: 1, beta: 1 }, scale, cost: 0 })
  expect(bestProbabilities([uniform(1), uniform(2)]).map(p => Math.round(p * 1e9) / 1e9)).toEqual([0.25, 0.75, 0])
})

test('a certain worth of nothing ties with silence, and ties share', () => {
  const idle: Arm = { posterior: { alpha: 2, beta: 3 }, scale: 0, cost: 0 }
  expect(bestProbabilities([idle])).toEqual([0.5, 0.5])
  expect(bestProbabilities([{ ...idle, cost: 1 }])).toEqual([0, 1])
  expect(bestProbabilities([])).toEqual([1])
})

test('narrow, wide, unbounded and far candidates agree with counting 200,000 draws, and add up to one', () => {
  const arms: Arm[] = [
    { posterior: { alpha: 604, beta: 3043 }, scale: 9, cost: 1.4 },
    { posterior: { alpha: 154, beta: 2214 }, scale: 14, cost: 0.8 },
    { posterior: { alpha: 1, beta: 20 }, scale: 5, cost: 0.002 },
    { posterior: { alpha: 0.5, beta: 9 }, scale: 3, cost: 0.1 },
  ]
  const found = bestProbabilities(arms)
  expect(found.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 9)
  const draws = 200_000
  const counts = new Array<number>(arms.length + 1).fill(0)
  const random = lehmer(20_261_122)
  const quantiles = arms.map(({ posterior }) => quantileTable(tabulatedBeta(posterior).cumulative))
  for (let i = 0; i < draws; i++) {
    const worths = arms.map(({ scale, cost }, arm) => scale * quantiles[arm]!(random()) - cost)
    const best = Math.max(0, ...worths)
    const winner = best === 0 ? arms.length : worths.indexOf(best)
    counts[winner] = counts[winner]! + 1
  }
  // Four standard deviations of the count are allowed.
  found.forEach((p, i) => {
    expect(Math.abs(counts[i]! / draws - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / draws) + 1e-4)
  })
})

/** Park and Miller's generator, which gives the same draws in each run. */
function lehmer(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}

/** Inverts a distribution on [0, 1] by bisection at 4,096 levels, and linearly between them. */
function quantileTable(cumulative: (u: number) => number): (level: number) => number {
  const levels = 4_096
  const values = Array.from({ length: levels + 1 }, (_, i) => {
    let [below, above] = [0, 1]
    for (let step = 0; step < 40; step++) {
      const middle = (below + above) / 2
      if (cumulative(middle) < i / levels) below = middle
      else above = middle
    }
    return (below + above) / 2
  })
  return level => {
    const place = level * levels
    const cell = Math.min(Math.floor(place), levels - 1)
    return values[cell]! + (place - cell) * (values[cell + 1]! - values[cell]!)
  }
}
