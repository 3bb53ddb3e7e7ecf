import { type BetaTable, betaTable, cells } from './beta-table.ts'

/** A candidate whose worth is `scale`·B − `cost`, with B ~ Beta(alpha, beta). */
export interface Contender {
  readonly alpha: number
  readonly beta: number
  readonly scale: number
  readonly cost: number
}

/** Contenders whose worth is still uncertain, column by column. */
interface Field {
  readonly indexes: number[]
  readonly tables: BetaTable[]
  readonly scales: number[]
  readonly costs: number[]
  /** Worth that each as good as never exceeds. */
  readonly tops: number[]
}

/** For each point of a panel: the probability that nobody exceeds it; for each contender, its density over F there. */
interface Workspace {
  readonly all: Float64Array
  readonly ratios: Float64Array
}

/** Gauss and Legendre's eight points on [−1, 1] (DLMF 3.5). */
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
 * How likely each contender is to be the best, with silence, whose worth is 0, as the last: for independent
 * posteriors p_i = ∫ f_i(x)·Π_{j≠i} F_j(x) dx by one-dimensional quadrature. Exact to 1e-6; sums to 1 within 1e-12.
 * A contender whose scale is not positive counts with its expected worth, as a constant. Constants that tie share.
 */
export function thompson(contenders: readonly Contender[]): number[] {
  const probabilities = new Array<number>(contenders.length + 1).fill(0)
  const field: Field = { indexes: [], tables: [], scales: [], costs: [], tops: [] }
  let sure = 0
  let holders = [contenders.length]
  for (let i = 0; i < contenders.length; i++) {
    const { alpha, beta, scale, cost } = contenders[i]!
    if (isUncertain(scale, cost)) {
      enter(field, i, contenders[i]!)
      continue
    }
    const worth = (alpha / (alpha + beta)) * scale - cost
    if (worth === sure) holders.push(i)
    if (!(worth > sure)) continue
    sure = worth
    holders = [i]
  }
  const share = allBelow(field, sure) / holders.length
  for (const holder of holders) probabilities[holder] = share
  integrate(field, sure, probabilities)
  let sum = 0
  for (const probability of probabilities) sum += probability
  for (let i = 0; i < probabilities.length; i++) probabilities[i]! /= sum
  return probabilities
}

/** A scale that is tiny beside the cost can't be told from none in doubles. */
const isUncertain = (scale: number, cost: number): boolean =>
  scale < Infinity && scale > Math.max(1e-100, 1e-6 * Math.abs(cost))

function enter(field: Field, index: number, { alpha, beta, scale, cost }: Contender): void {
  const table = betaTable(alpha, beta)
  field.indexes.push(index)
  field.tables.push(table)
  field.scales.push(scale)
  field.costs.push(cost)
  field.tops.push(worthAt(table.to, scale, cost))
}

const worthAt = (odds: number, scale: number, cost: number): number => scale / (1 + Math.exp(-odds)) - cost

/** From the top down, panel by panel, as far as it matters, and never below what is sure. */
function integrate(field: Field, sure: number, probabilities: number[]): void {
  const active: number[] = []
  const workspace = {
    all: new Float64Array(points.length),
    ratios: new Float64Array(field.tops.length * points.length),
  }
  let upper = -Infinity
  for (const top of field.tops) if (top > upper) upper = top
  while (upper > sure) {
    let lower = panelBelow(field, upper, sure, active)
    // Within a billionth of the largest scale doubles may not tell the ends of a panel apart.
    if (!(lower < upper)) lower = Math.max(sure, upper - 1e-9 * Math.max(...field.scales))
    if (panel(field, active, lower, upper, workspace, probabilities) < negligible) return
    upper = lower
  }
}

/** Where the panel that ends at `upper` starts; finds who is still uncertain there. */
function panelBelow({ tables, scales, costs, tops }: Field, upper: number, sure: number, active: number[]): number {
  let lower = sure
  active.length = 0
  for (let i = 0; i < tops.length; i++) {
    let reach = tops[i]!
    if (reach >= upper) {
      active.push(i)
      const { to, crest, stretch } = tables[i]!
      const won = upper + costs[i]!
      const odds = reach === upper ? to : Math.log(won / (scales[i]! - won))
      reach = worthAt(Math.min(odds - stretch, crest), scales[i]!, costs[i]!)
    }
    if (reach > lower) lower = reach
  }
  return lower
}

/** Adds what the panel is worth to each; answers the probability that nobody exceeds its lowest point. */
function panel(
  { indexes, tables, scales, costs }: Field,
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
      const place = Math.min((Math.log(won / lost) - from) * cellsPerUnit, cells)
      if (!(place > 0)) {
        all[point] = 0
        ratios[a * points.length + point] = 0
        continue
      }
      const cell = Math.min(place | 0, cells - 1)
      const u = place - cell
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

/** The probability that no contender is worth more than this. */
function allBelow({ tables, scales, costs }: Field, worth: number): number {
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
  const place = (odds - from) * cellsPerUnit
  const cell = Math.min(place | 0, cells - 1)
  const u = place - cell
  return cubics[4 * cell]! + u * (cubics[4 * cell + 1]! + u * (cubics[4 * cell + 2]! + u * cubics[4 * cell + 3]!))
}
