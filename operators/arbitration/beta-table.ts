import { betaCdf, logBeta } from './beta.ts'

/** Tabulates a Beta distribution on a grid of log-odds t = ln(b / (1 − b)), where its density is smooth for any α and β. */
export interface BetaTable {
  /** Log-odds of both ends: at most `tailMass` lies below `from`, and as much above `to`. */
  readonly from: number
  readonly to: number
  /** Log-odds above which one panel is enough, because its error is negligible next to the little mass that is left. */
  readonly upperCutoff: number
  readonly cellsPerUnit: number
  /** Four coefficients for each cell: the distribution function as a cubic in cells from the cell's start. */
  readonly cubics: Float64Array
  /** Width, in log-odds, of a panel over which a polynomial of low degree approximates the density well. */
  readonly panelWidth: number
}

const tailMass = 1e-10
const upperCutoffMass = 1e-5
/** Number of cells in every table. */
export const cells = 1_024
/** Beyond these log-odds a double no longer tells b from 0, or 1 − b from 0 after a cost was added and subtracted. */
const oddsMin = -700
const oddsMax = 30
/** Observations of a posterior are scaled down to this many: a narrower posterior makes no visible difference to a choice. */
const countMax = 1e7
const tablesMax = 512
const tables = new Map<number, Map<number, BetaTable>>()
let tableCount = 0

/**
 * Returns the table of Beta(α, β). Tables are cached, because posteriors are constants of a release.
 * Accurate to 1e-9 for β ≥ 0.5; for smaller β, the mass that lies closer to 1 than doubles can tell is missing.
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
  // The density may end in a power of b or of 1 − b; over a longer panel no polynomial approximates it.
  const panelWidthMax = Math.min(alpha, beta) < 1 ? 1 : 1.4
  const panelWidth = Math.min(panelWidthMax, 2 * Math.sqrt(1 / alpha + 1 / beta))
  const upperCutoff = beta >= 1 ? solve(t => cdf(beta, alpha, -t) > upperCutoffMass) : to
  return { from, to, upperCutoff, cellsPerUnit: cells / (to - from), cubics, panelWidth }
}

/** Finds the log-odds up to which `holds` is true, by bisection. */
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
