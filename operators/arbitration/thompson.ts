import { type BetaTable, betaTable, cells } from './beta-table.ts'

/** A candidate, as an arm of a bandit, whose worth is `scale`·B − `cost`, with B ~ Beta(alpha, beta). */
export interface BanditArm {
  readonly alpha: number
  readonly beta: number
  readonly scale: number
  readonly cost: number
}

/** The arms whose worth is uncertain, column by column. */
interface UncertainArms {
  readonly indexes: number[]
  readonly tables: BetaTable[]
  readonly scales: number[]
  readonly costs: number[]
  /** Worth that each arm practically never exceeds. */
  readonly tops: number[]
}

/** For each point of a panel: the probability that no arm exceeds it, and for each arm its density divided by F there. */
interface Workspace {
  readonly all: Float64Array
  readonly ratios: Float64Array
}

/** The eight points of Gauss-Legendre quadrature on [−1, 1] (DLMF 3.5). */
const points = [
  -0.9602898564975363, -0.7966664774136267, -0.525532409916329, -0.1834346424956498, 0.1834346424956498,
  0.525532409916329, 0.7966664774136267, 0.9602898564975363,
]
const weights = [
  0.1012285362903763, 0.2223810344533745, 0.3137066458778873, 0.362683783378362, 0.362683783378362, 0.3137066458778873,
  0.2223810344533745, 0.1012285362903763,
]
const negligible = 1e-10

/**
 * Computes how likely each arm is to be the best; silence, whose worth is 0, comes last. For independent posteriors
 * p_i = ∫ f_i(x)·Π_{j≠i} F_j(x) dx, by one-dimensional quadrature. Exact to 1e-6; sums to 1 within 1e-12.
 * An arm whose scale is not positive counts as a constant, with its expected worth. Constants that tie share.
 */
export function thompson(candidates: readonly BanditArm[]): number[] {
  const probabilities = new Array<number>(candidates.length + 1).fill(0)
  const arms: UncertainArms = { indexes: [], tables: [], scales: [], costs: [], tops: [] }
  let bestConstant = 0
  let holders = [candidates.length]
  for (let i = 0; i < candidates.length; i++) {
    const { alpha, beta, scale, cost } = candidates[i]!
    if (isUncertain(scale, cost)) {
      addArm(arms, i, candidates[i]!)
      continue
    }
    const worth = (alpha / (alpha + beta)) * scale - cost
    if (worth === bestConstant) holders.push(i)
    if (!(worth > bestConstant)) continue
    bestConstant = worth
    holders = [i]
  }
  const share = allBelow(arms, bestConstant) / holders.length
  for (const holder of holders) probabilities[holder] = share
  integrate(arms, bestConstant, probabilities)
  let sum = 0
  for (const probability of probabilities) sum += probability
  if (!(sum > 0 && sum < Infinity)) return bestExpected(candidates)
  for (let i = 0; i < probabilities.length; i++) probabilities[i]! /= sum
  return probabilities
}

/**
 * Says that the arm with the highest expected worth is the best, where doubles can't tell the arms apart: at a posterior
 * below 0.5, which lint refuses, or at scales below a billionth.
 */
function bestExpected(candidates: readonly BanditArm[]): number[] {
  let best = candidates.length
  let most = 0
  for (let i = 0; i < candidates.length; i++) {
    const { alpha, beta, scale, cost } = candidates[i]!
    const worth = (alpha / (alpha + beta)) * scale - cost
    if (!(worth > most)) continue
    most = worth
    best = i
  }
  return Array.from({ length: candidates.length + 1 }, (_, i) => (i === best ? 1 : 0))
}

/** Whether the worth varies at all: in doubles, a scale that is tiny beside the cost is the same as no scale. */
const isUncertain = (scale: number, cost: number): boolean =>
  scale < Infinity && scale > Math.max(1e-100, 1e-6 * Math.abs(cost))

function addArm(arms: UncertainArms, index: number, { alpha, beta, scale, cost }: BanditArm): void {
  const table = betaTable(alpha, beta)
  arms.indexes.push(index)
  arms.tables.push(table)
  arms.scales.push(scale)
  arms.costs.push(cost)
  arms.tops.push(worthAt(table.to, scale, cost))
}

const worthAt = (odds: number, scale: number, cost: number): number => scale / (1 + Math.exp(-odds)) - cost

/** Integrates panel by panel from the top down, until the rest is negligible or the worth of the best constant is reached. */
function integrate(arms: UncertainArms, bestConstant: number, probabilities: number[]): void {
  const active: number[] = []
  const workspace = {
    all: new Float64Array(points.length),
    ratios: new Float64Array(arms.tops.length * points.length),
  }
  let upper = -Infinity
  for (const top of arms.tops) if (top > upper) upper = top
  while (upper > bestConstant) {
    let lower = panelBelow(arms, upper, bestConstant, active)
    // Within a billionth of the largest scale, doubles may not tell the ends of a panel apart.
    if (!(lower < upper)) lower = Math.max(bestConstant, upper - 1e-9 * Math.max(...arms.scales))
    if (panel(arms, active, lower, upper, workspace, probabilities) < negligible) return
    upper = lower
  }
}

/** Finds the start of the panel that ends at `upper`, and fills `active` with the arms that are uncertain there. */
function panelBelow(
  { tables, scales, costs, tops }: UncertainArms,
  upper: number,
  bestConstant: number,
  active: number[],
): number {
  let lower = bestConstant
  active.length = 0
  for (let i = 0; i < tops.length; i++) {
    let reach = tops[i]!
    if (reach >= upper) {
      active.push(i)
      const { to, upperCutoff, panelWidth } = tables[i]!
      const won = upper + costs[i]!
      const odds = reach === upper ? to : Math.log(won / (scales[i]! - won))
      reach = worthAt(Math.min(odds - panelWidth, upperCutoff), scales[i]!, costs[i]!)
    }
    if (reach > lower) lower = reach
  }
  return lower
}

/** Adds the panel's share to each active arm's probability. Returns the probability that no arm exceeds its lowest point. */
function panel(
  { indexes, tables, scales, costs }: UncertainArms,
  active: readonly number[],
  lower: number,
  upper: number,
  { all, ratios }: Workspace,
  probabilities: number[],
): number {
  const half = (upper - lower) / 2
  const middle = (upper + lower) / 2
  all.fill(1)
  for (let a = 0; a < active.length; a++) {
    const i = active[a]!
    const scale = scales[i]!
    const cost = costs[i]!
    const { from, cellsPerUnit, cubics } = tables[i]!
    for (let point = 0; point < points.length; point++) {
      const won = middle + half * points[point]! + cost
      const lost = Math.max(scale - won, 1e-15 * scale)
      const position = Math.min((Math.log(won / lost) - from) * cellsPerUnit, cells)
      if (!(position > 0)) {
        all[point] = 0
        ratios[a * points.length + point] = 0
        continue
      }
      const cell = Math.min(position | 0, cells - 1)
      const u = position - cell
      const c1 = cubics[4 * cell + 1]!
      const c2 = cubics[4 * cell + 2]!
      const c3 = cubics[4 * cell + 3]!
      const below = cubics[4 * cell]! + u * (c1 + u * (c2 + u * c3))
      const density = (c1 + u * (2 * c2 + 3 * u * c3)) * cellsPerUnit * (scale / won / lost)
      all[point]! *= below
      ratios[a * points.length + point] = density / below
    }
  }
  for (let point = 0; point < points.length; point++) all[point]! *= weights[point]! * half
  for (let a = 0; a < active.length; a++) {
    let sum = 0
    for (let point = 0; point < points.length; point++) sum += all[point]! * ratios[a * points.length + point]!
    probabilities[indexes[active[a]!]!]! += Math.max(0, sum)
  }
  return all[0]! / (weights[0]! * half)
}

/** Computes the probability that no arm is worth more than this. */
function allBelow({ tables, scales, costs }: UncertainArms, worth: number): number {
  let all = 1
  for (let i = 0; i < tables.length; i++) all *= below(tables[i]!, scales[i]!, costs[i]!, worth)
  return all
}

function below({ from, to, cellsPerUnit, cubics }: BetaTable, scale: number, cost: number, worth: number): number {
  const won = worth + cost
  if (won <= 0) return 0
  if (won >= scale) return 1
  const odds = Math.log(won / (scale - won))
  if (odds <= from) return 0
  if (odds >= to) return 1
  const position = (odds - from) * cellsPerUnit
  const cell = Math.min(position | 0, cells - 1)
  const u = position - cell
  return cubics[4 * cell]! + u * (cubics[4 * cell + 1]! + u * (cubics[4 * cell + 2]! + u * cubics[4 * cell + 3]!))
}
