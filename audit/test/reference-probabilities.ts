import type { Beta, Release } from '../../operators/release/release.ts'
import type { Candidate } from '../../schemas/generated.ts'

/** For tests: computes the probabilities of the open candidates, silence last, by the simplest formulas. */
export function referenceProbabilities(open: readonly Candidate[], release: Release): readonly number[] {
  const { algorithm, epsilon, floor } = release.exploration
  const raw = algorithm === 'thompson' ? thompson(open, release) : greedy(open, epsilon)
  return raw.map(p => (1 - floor) * p + floor / open.length)
}

function greedy(open: readonly Candidate[], epsilon: number): readonly number[] {
  const best = open.reduce((top, one) => (one.priority > top.priority ? one : top))
  return open.map(one => epsilon / open.length + (one === best ? 1 - epsilon : 0))
}

const points = 20_000

/** Integrates over the worth of each arm by the midpoint rule, for posteriors with whole parameters. */
function thompson(open: readonly Candidate[], release: Release): readonly number[] {
  const arms = open.slice(0, -1).map(({ actionId, context, value, lever, cost }) => {
    const { alpha, beta } = release.models[0]!.actions[actionId] ?? release.models[0]!.prior
    return { alpha, beta, scale: context * value * lever, cost }
  })
  const probabilities = arms.map((arm, i) => {
    let sum = 0
    for (let point = 0; point < points; point++) {
      const u = (point + 0.5) / points
      const worth = arm.scale * u - arm.cost
      if (worth <= 0) continue
      const others = arms.map((other, j) => (j === i ? 1 : below((worth + other.cost) / other.scale, other)))
      sum += (density(u, arm) * others.reduce((product, p) => product * p, 1)) / points
    }
    return sum
  })
  return [...probabilities, 1 - probabilities.reduce((sum, p) => sum + p, 0)]
}

/** Returns n choose k. */
function choose(n: number, k: number): number {
  let ways = 1
  for (let i = 1; i <= k; i++) ways = (ways * (n - k + i)) / i
  return ways
}

function below(u: number, { alpha, beta }: Beta): number {
  if (u >= 1) return 1
  const n = alpha + beta - 1
  let sum = 0
  for (let k = alpha; k <= n; k++) sum += choose(n, k) * u ** k * (1 - u) ** (n - k)
  return sum
}

function density(u: number, { alpha, beta }: Beta): number {
  return alpha * choose(alpha + beta - 1, alpha) * u ** (alpha - 1) * (1 - u) ** (beta - 1)
}
