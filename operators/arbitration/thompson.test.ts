import { expect, test } from 'vitest'
import { betaCdf, logBeta } from './beta.ts'
import { type BanditArm, thompson } from './thompson.ts'

const arm = (alpha: number, beta: number, scale = 1, cost = 0): BanditArm => ({ alpha, beta, scale, cost })
const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0)

/** Computes P(B1 > B2) for whole α1 in closed form (E. Miller, 2015). */
function exceeds(a1: number, b1: number, a2: number, b2: number): number {
  let sum = 0
  for (let i = 0; i < a1; i++)
    sum += Math.exp(logBeta(a2 + i, b1 + b2) - Math.log(b1 + i) - logBeta(1 + i, b1) - logBeta(a2, b2))
  return sum
}

/** Computes the same probabilities another way: as a Stieltjes sum over a fine grid, with the exact distribution functions. */
function bySum(arms: readonly BanditArm[], steps: number): number[] {
  const top = Math.max(...arms.map(({ scale, cost }) => scale - cost))
  const cdf = ({ alpha, beta, scale, cost }: BanditArm, x: number) =>
    betaCdf(alpha, beta, Math.min(1, Math.max(0, (x + cost) / scale)))
  const sums = arms.map(() => 0)
  let before = arms.map(each => cdf(each, 0))
  const silence = before.reduce((product, value) => product * value, 1)
  for (let step = 1; step <= steps; step++) {
    const now = arms.map(each => cdf(each, (top * step) / steps))
    for (let i = 0; i < arms.length; i++) {
      let others = 1
      for (let j = 0; j < arms.length; j++) if (j !== i) others *= (before[j]! + now[j]!) / 2
      sums[i]! += others * (now[i]! - before[i]!)
    }
    before = now
  }
  return [...sums, silence]
}

/** A small seeded generator (mulberry32), for the Monte Carlo check only. */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

test.each([
  [1, 1, 1, 2],
  [2, 5, 3, 4],
  [20, 980, 25, 975],
  [604, 3043, 154, 2214],
  [154, 2214, 604, 3043],
  [40, 6, 35, 8],
  [1, 1, 3000, 3000],
  [100_000, 900_000, 100_500, 899_500],
])('two posteriors Beta(%d, %d) and Beta(%d, %d) win as often as the closed form says', (a1, b1, a2, b2) => {
  const [first, second, silence] = thompson([arm(a1, b1), arm(a2, b2)])
  expect(Math.abs(first! - exceeds(a1, b1, a2, b2))).toBeLessThan(1e-7)
  expect(Math.abs(second! - exceeds(a2, b2, a1, b1))).toBeLessThan(1e-7)
  expect(silence).toBe(0)
})

test.each([
  [0.5, 0.5],
  [0.5, 12],
  [1, 1],
  [1.3, 0.7],
  [2.5, 40.5],
  [604, 3043],
])('against silence alone Beta(%d, %d) wins as often as it is worth more than its cost', (alpha, beta) => {
  for (const cost of [0.001, 0.05, 0.2, 0.7, 0.99]) {
    const [act, silence] = thompson([arm(alpha, beta, 1, cost)])
    expect(Math.abs(silence! - betaCdf(alpha, beta, cost))).toBeLessThan(2e-7)
    expect(act! + silence!).toBeCloseTo(1, 12)
  }
})

test('arms of many shapes, values and costs get the probabilities that a fine sum gives', () => {
  const fields: BanditArm[][] = [
    [arm(0.5, 9, 14, 0.3), arm(3, 40, 9, 0.002), arm(60, 500, 6, 0.1)],
    [arm(1, 1, 1, 0.2), arm(0.7, 2, 2, 0.1), arm(2.5, 0.9, 1, 0.4), arm(1, 20, 6, 0.01)],
    [arm(604, 3043, 5, 0.2), arm(154, 2214, 14, 0.3), arm(34, 540, 16, 0.4), arm(1, 30, 18, 0)],
  ]
  for (const arms of fields) {
    const expected = bySum(arms, 40_000)
    const actual = thompson(arms)
    for (let i = 0; i < expected.length; i++) expect(Math.abs(actual[i]! - expected[i]!)).toBeLessThan(1e-6)
  }
})

test('eighteen arms at once get the probabilities that a fine sum gives', () => {
  const random = generator(5)
  const arms = Array.from({ length: 18 }, () => {
    const rate = 0.01 + 0.2 * random()
    const count = 10 + 4_000 * random() * random()
    return arm(rate * count, (1 - rate) * count, 3 + 20 * random(), 0.5 * random())
  })
  const expected = bySum(arms, 20_000)
  const actual = thompson(arms)
  for (let i = 0; i < expected.length; i++) expect(Math.abs(actual[i]! - expected[i]!)).toBeLessThan(1e-6)
})

test('each of three arms wins as often as it does in 400,000 seeded rounds', () => {
  const random = generator(20_240_607)
  const gamma = (shape: number) => {
    let product = 1
    for (let i = 0; i < shape; i++) product *= 1 - random()
    return -Math.log(product)
  }
  const arms = [arm(2, 9, 10, 1), arm(3, 20, 14, 0.5), arm(5, 5, 3, 1)]
  const wins = [0, 0, 0, 0]
  const rounds = 400_000
  for (let round = 0; round < rounds; round++) {
    let best = 3
    let worth = 0
    arms.forEach(({ alpha, beta, scale, cost }, i) => {
      const a = gamma(alpha)
      const x = (scale * a) / (a + gamma(beta)) - cost
      if (x > worth) [best, worth] = [i, x]
    })
    wins[best]!++
  }
  // Four standard errors of a share of one half: 4 · √(0.25 / 400,000) ≈ 0.0032.
  for (const [i, p] of thompson(arms).entries()) expect(Math.abs(p - wins[i]! / rounds)).toBeLessThan(0.0032)
})

test('equal arms get exactly equal probabilities', () => {
  const p = thompson([arm(3, 40, 9, 0.1), arm(7, 60, 4, 0.2), arm(3, 40, 9, 0.1)])
  expect(p[0]).toBe(p[2])
  expect(p[0]).toBeGreaterThan(0.1)
})

test('probabilities sum to one, whatever the arms', () => {
  const random = generator(11)
  for (let round = 0; round < 300; round++) {
    const arms = Array.from({ length: Math.floor(random() * 12) }, () =>
      arm(0.5 + 50 * random() * random(), 0.5 + 900 * random() * random(), 30 * random() - 3, 6 * random()),
    )
    const p = thompson(arms)
    expect(p).toHaveLength(arms.length + 1)
    expect(Math.abs(total(p) - 1)).toBeLessThan(1e-12)
    for (const each of p) expect(each).toBeGreaterThanOrEqual(0)
  }
})

test('without arms silence is certain', () => {
  expect(thompson([])).toEqual([1])
})

test('an arm that can never be worth its cost is never chosen, and one that is worth nothing ties with silence', () => {
  expect(thompson([arm(2, 2, 5, 6)])).toEqual([0, 1])
  expect(thompson([arm(2, 2, 0, 1), arm(2, 2, -4, 0)])).toEqual([0, 0, 1])
  expect(thompson([arm(2, 2, 0, 0)])).toEqual([0.5, 0.5])
})

test('absurd values still give probabilities', () => {
  const absurd = [
    arm(0.5, 0.5, 1, -1e5),
    arm(0.01, 0.01, 1e9, 1e9),
    arm(1e12, 3e12, 7, 1),
    arm(1, 1, 1e-300, 0),
    arm(2, 2, Infinity, 0),
    arm(2, 2, Number.NaN, 0),
  ]
  for (let i = 0; i < absurd.length; i++) {
    for (const arms of [[absurd[i]!], absurd.slice(0, i + 1), absurd.slice(i)]) {
      const p = thompson(arms)
      expect(Math.abs(total(p) - 1)).toBeLessThan(1e-12)
      expect(p.every(each => each >= 0)).toBe(true)
    }
  }
})

test('where doubles can’t tell arms apart, the one with the highest expected worth is the best', () => {
  expect(thompson([arm(0.01, 1, 1e-9)])).toEqual([1, 0])
  expect(thompson([arm(0.01, 1, 1e-9, 1e-9)])).toEqual([0, 1])
  expect(thompson([arm(3, 1e9, 1e-9), arm(1e6, 1e9, -1e15), arm(1e9, 0.5, 0.001, 1e15)])).toEqual([1, 0, 0, 0])
})

test('an arm with a negative cost is worth that much for certain', () => {
  const [uncertain, certain, silence] = thompson([arm(2, 5, 1, 0), arm(1, 1, 0, -0.25)])
  expect(uncertain).toBeCloseTo(1 - betaCdf(2, 5, 0.25), 6)
  expect(certain).toBeCloseTo(betaCdf(2, 5, 0.25), 6)
  expect(silence).toBe(0)
})
