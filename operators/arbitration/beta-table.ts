import { betaCdf, logBeta } from './beta.ts'

/** A Beta distribution on a grid of log-odds t = ln(b / (1 − b)), where its density is smooth for any α and β. */
export interface BetaTable {
  /** Log-odds below and above which lies no more than `tailMass`. */
  readonly from: number
  readonly to: number
  /** Above, one stretch is enough: what it gets wrong is nothing beside the little mass that is left. */
  readonly crest: number
  readonly cellsPerUnit: number
  /** Four coefficients a cell: the cubic, in cells from the cell's start, of the distribution function. */
  readonly cubics: Float64Array
  /** A stretch of log-odds over which the density is as good as a polynomial of low degree. */
  readonly stretch: number
}

const tailMass = 1e-10
const crestMass = 1e-5
/** How many cells every table has. */
export const cells = 1_024
/** Beyond, a double no longer tells b from 0, or 1 − b from 0 once a cost has been added and taken away. */
const oddsMin = -700
const oddsMax = 30
/** A posterior that has seen more is as narrow as this one, for all that a choice can tell. */
const countMax = 1e7
const tablesMax = 512
const tables = new Map<number, Map<number, BetaTable>>()
let tableCount = 0

/**
 * The table of Beta(α, β), made once while it is in use: posteriors are constants of a release.
 * Good to 1e-9 for β ≥ 0.5; below, the mass that lies closer to 1 than doubles can tell is missing.
 */
export function betaTable(alpha: number, beta: number): BetaTable {
  const known = tables.get(alpha)?.get(beta)
  if (known) return known
  if (tableCount >= tablesMax) {
    tables.clear()
    tableCount = 0
  }
  const shrink = Math.min(1, countMax / (alpha + beta))
  const made = tabulate(alpha * shrink, beta * shrink)
  const row = tables.get(alpha) ?? new Map<number, BetaTable>()
  tables.set(alpha, row.set(beta, made))
  tableCount++
  return made
}

/** P(log-odds ≤ t). */
const cdf = (alpha: number, beta: number, t: number): number =>
  betaCdf(alpha, beta, 1 / (1 + Math.exp(-t)), 1 / (1 + Math.exp(t)))

function tabulate(alpha: number, beta: number): BetaTable {
  const from = solve(t => cdf(alpha, beta, t) < tailMass)
  const to = solve(t => cdf(beta, alpha, -t) > tailMass)
  const step = (to - from) / cells
  const scale = logBeta(alpha, beta)
  const slope = (t: number) =>
    step * Math.exp(-alpha * Math.log(1 + Math.exp(-t)) - beta * Math.log(1 + Math.exp(t)) - scale)
  const cubics = new Float64Array(4 * cells)
  let value = cdf(alpha, beta, from)
  let rise = slope(from)
  for (let cell = 0; cell < cells; cell++) {
    const t = cell + 1 === cells ? to : from + (cell + 1) * step
    const nextValue = cdf(alpha, beta, t)
    const nextRise = slope(t)
    cubics[4 * cell] = value
    cubics[4 * cell + 1] = rise
    cubics[4 * cell + 2] = 3 * (nextValue - value) - 2 * rise - nextRise
    cubics[4 * cell + 3] = 2 * (value - nextValue) + rise + nextRise
    value = nextValue
    rise = nextRise
  }
  // The density may end in a power of b or of 1 − b, which is no polynomial over more than a few times that length.
  const stretchMax = Math.min(alpha, beta) < 1 ? 1 : 1.4
  const stretch = Math.min(stretchMax, 2 * Math.sqrt(1 / alpha + 1 / beta))
  const crest = beta >= 1 ? solve(t => cdf(beta, alpha, -t) > crestMass) : to
  return { from, to, crest, cellsPerUnit: cells / (to - from), cubics, stretch }
}

/** The log-odds up to which something holds, by bisection. */
function solve(holds: (t: number) => boolean): number {
  let low = oddsMin
  let high = oddsMax
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2
    if (holds(middle)) low = middle
    else high = middle
  }
  return (low + high) / 2
}
