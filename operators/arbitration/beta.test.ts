import { expect, test } from 'vitest'
import { betaCdf, logBeta, logGamma } from './beta.ts'
import { betaTable } from './beta-table.ts'

test('ln Γ of a whole number is the logarithm of a factorial, and Γ(1/2) is √π', () => {
  let sum = 0
  for (let n = 1; n <= 150; n++) {
    expect(Math.abs(logGamma(n) - sum)).toBeLessThan(1e-13 * Math.max(1, sum))
    sum += Math.log(n)
  }
  expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.PI) / 2, 14)
  expect(logGamma(0.1)).toBeCloseTo(2.252712651734206, 13)
})

test('the distribution of a Beta with whole parameters is a binomial tail', () => {
  for (const [a, b] of [
    [1, 1],
    [2, 5],
    [7, 3],
    [30, 120],
  ] as const)
    for (const x of [0.01, 0.2, 0.35, 0.5, 0.9]) {
      let tail = 0
      for (let k = a; k <= a + b - 1; k++)
        tail += Math.exp(
          k * Math.log(x) + (a + b - 1 - k) * Math.log(1 - x) - logBeta(k + 1, a + b - k) - Math.log(a + b),
        )
      expect(Math.abs(betaCdf(a, b, x) - tail)).toBeLessThan(1e-12)
    }
})

test('the arcsine distribution has its closed form', () => {
  for (const x of [1e-12, 0.001, 0.25, 0.5, 0.8, 0.9999])
    expect(Math.abs(betaCdf(0.5, 0.5, x) - (2 / Math.PI) * Math.asin(Math.sqrt(x)))).toBeLessThan(1e-13)
})

test('a table is made once for each posterior', () => {
  expect(betaTable(3, 40)).toBe(betaTable(3, 40))
  expect(betaTable(3, 40)).not.toBe(betaTable(40, 3))
})
