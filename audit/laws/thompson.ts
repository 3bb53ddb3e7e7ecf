import type { Beta } from '../../operators/release/release.ts'
import { type TabulatedBeta, tabulatedBeta } from './beta.ts'

/** The worth of one candidate in Thompson sampling: `scale` times a Beta-distributed value, minus `cost`. */
export interface Arm {
  readonly posterior: Beta
  readonly scale: number
  readonly cost: number
}

/** An arm with a positive scale, and the range of its worth. */
interface Spread extends Arm {
  readonly index: number
  readonly table: TabulatedBeta
  readonly from: number
  readonly to: number
}

const order = 16
const halvingsMax = 5
const massTolerance = 1e-9
const deviations = [-6, -4, -2.5, -1, 0, 1, 2.5, 4, 6]

/**
 * Returns the probability of each arm to be worth most; silence, which is worth 0, is the last. Integrates over the
 * worth by composite Gauss–Legendre quadrature with panels cut where the density of any arm changes, and halves the
 * panels until the masses add up to 1. An arm without a positive scale counts with its expected worth; ties of certain
 * worths share.
 */
export function bestProbabilities(arms: readonly Arm[]): readonly number[] {
  const atoms = [...arms.map(arm => (arm.scale > 0 ? Number.NEGATIVE_INFINITY : expected(arm))), 0]
  const floor = Math.max(...atoms)
  const spreads = arms.flatMap((arm, index) => (arm.scale > 0 ? [spread(arm, index)] : []))
  const certain = spreads.reduce((product, arm) => product * below(arm, floor), 1)
  const winners = atoms.filter(atom => atom === floor).length
  const result = atoms.map(atom => (atom === floor ? certain / winners : 0))
  const edges = panels(spreads, floor)
  for (let halvings = 0; ; halvings++) {
    const masses = integrate(spreads, edges, 2 ** halvings)
    const total = certain + masses.reduce((sum, mass) => sum + mass, 0)
    if (Math.abs(total - 1) > massTolerance && halvings < halvingsMax) continue
    spreads.forEach(({ index }, i) => {
      result[index] = masses[i]!
    })
    return result
  }
}

function spread(arm: Arm, index: number): Spread {
  const table = tabulatedBeta(arm.posterior)
  return { ...arm, index, table, from: arm.scale * table.low - arm.cost, to: arm.scale * table.high - arm.cost }
}

const expected = ({ posterior, scale, cost }: Arm): number =>
  (posterior.alpha / (posterior.alpha + posterior.beta)) * scale - cost

const below = ({ table, scale, cost }: Spread, x: number): number => table.cumulative((x + cost) / scale)

/** Returns the edges of the panels. They begin at the highest lower end, since below it another arm is worth more for sure. */
function panels(spreads: readonly Spread[], floor: number): readonly number[] {
  const from = Math.max(floor, ...spreads.map(arm => arm.from))
  const to = Math.max(from, ...spreads.map(arm => arm.to))
  const cuts = new Set([from, to])
  for (const { table, scale, cost, posterior } of spreads) {
    const points = [table.low, table.high, ...deviations.map(d => table.mean + d * table.deviation)]
    // Panels shrink towards an unbounded density or slope.
    if (posterior.alpha < 2) for (let i = 2; i < 50; i += 2) points.push(2 ** -i)
    if (posterior.beta < 2) for (let i = 2; i < 50; i += 2) points.push(1 - 2 ** -i)
    for (const u of points) {
      const x = scale * u - cost
      if (u >= table.low && u <= table.high && x > from && x < to) cuts.add(x)
    }
  }
  return [...cuts].sort((a, b) => a - b)
}

function integrate(spreads: readonly Spread[], edges: readonly number[], parts: number): readonly number[] {
  const masses = new Array<number>(spreads.length).fill(0)
  const lower = new Float64Array(spreads.length)
  for (let edge = 1; edge < edges.length; edge++) {
    const width = (edges[edge]! - edges[edge - 1]!) / parts
    for (let part = 0; part < parts; part++) {
      const start = edges[edge - 1]! + part * width
      for (let node = 0; node < order; node++) {
        addNode(spreads, start + width * rule.nodes[node]!, width * rule.weights[node]!, lower, masses)
      }
    }
  }
  return masses
}

/** For each arm i that can be worth x, adds weight · f_i(x) · Π F_j(x) over the other arms j. */
function addNode(spreads: readonly Spread[], x: number, weight: number, lower: Float64Array, masses: number[]): void {
  for (let i = 0; i < spreads.length; i++) lower[i] = below(spreads[i]!, x)
  for (let i = 0; i < spreads.length; i++) {
    const { table, scale, cost, from, to } = spreads[i]!
    if (x < from || x > to) continue
    let mass = (weight * table.density((x + cost) / scale)) / scale
    for (let j = 0; j < spreads.length; j++) if (j !== i) mass *= lower[j]!
    masses[i] = masses[i]! + mass
  }
}

/** Returns the nodes and weights of Gauss–Legendre quadrature on [0, 1], by Newton's method on the Legendre polynomial. */
function gaussLegendre(n: number): { readonly nodes: readonly number[]; readonly weights: readonly number[] } {
  const nodes: number[] = []
  const weights: number[] = []
  for (let i = 0; i < n; i++) {
    let x = Math.cos((Math.PI * (i + 0.75)) / (n + 0.5))
    let slope = 0
    for (let step = 0; step < 20; step++) {
      let [before, value] = [1, x]
      for (let k = 2; k <= n; k++) [before, value] = [value, ((2 * k - 1) * x * value - (k - 1) * before) / k]
      slope = (n * (before - x * value)) / (1 - x * x)
      x -= value / slope
    }
    nodes.push((1 + x) / 2)
    weights.push(1 / ((1 - x * x) * slope * slope))
  }
  return { nodes, weights }
}

const rule = gaussLegendre(order)
