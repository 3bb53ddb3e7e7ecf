import type { Beta } from '../../operators/release/release.ts'

/** A tabulated Beta distribution. PERF: the same few posteriors are evaluated hundreds of thousands of times. */
export interface TabulatedBeta {
  readonly mean: number
  readonly deviation: number
  /** At most 1e-13 of the mass lies below. */
  readonly low: number
  /** At most 1e-13 of the mass lies above. */
  readonly high: number
  density(u: number): number
  cumulative(u: number): number
}

/** Returns ln Γ(x) by Stirling's series after shifting the argument up, accurate to about 1e-14. */
export function lnGamma(x: number): number {
  let shifted = x
  let product = 1
  while (shifted < 12) product *= shifted++
  const inverse = 1 / (shifted * shifted)
  const series =
    (1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse * (1 / 1680 - inverse * (1 / 1188))))) / shifted
  return (shifted - 0.5) * Math.log(shifted) - shifted + 0.5 * Math.log(2 * Math.PI) + series - Math.log(product)
}

/** Returns the regularised incomplete beta function, by its continued fraction (DLMF 8.17.22) evaluated backwards. */
export function incompleteBeta(u: number, alpha: number, beta: number): number {
  if (u <= 0) return 0
  if (u >= 1) return 1
  if (u > (alpha + 1) / (alpha + beta + 2)) return 1 - incompleteBeta(1 - u, beta, alpha)
  const logScale = lnGamma(alpha + beta) - lnGamma(alpha) - lnGamma(beta)
  const scale = Math.exp(logScale + alpha * Math.log(u) + beta * Math.log1p(-u)) / alpha
  return scale / fraction(u, alpha, beta)
}

/** Doubles the number of terms until the value is stable; it grows with the square root of the larger parameter. */
function fraction(u: number, alpha: number, beta: number): number {
  let before = Number.NaN
  for (let terms = 32; ; terms *= 2) {
    let value = 1
    for (let n = terms; n >= 1; n--) value = 1 + coefficient(n, u, alpha, beta) / value
    if (Math.abs(value - before) <= 1e-15 * Math.abs(value) || terms > 1e6) return value
    before = value
  }
}

function coefficient(n: number, u: number, alpha: number, beta: number): number {
  const m = Math.floor(n / 2)
  return n % 2 === 0
    ? (m * (beta - m) * u) / ((alpha + 2 * m - 1) * (alpha + 2 * m))
    : (-(alpha + m) * (alpha + beta + m) * u) / ((alpha + 2 * m) * (alpha + 2 * m + 1))
}

const cells = 2_048
/** The tables made so far, by their parameters. */
const tables = new Map<string, TabulatedBeta>()

/** Returns the table of a posterior, made at the first call. */
export function tabulatedBeta(posterior: Beta): TabulatedBeta {
  const name = `${posterior.alpha}/${posterior.beta}`
  let made = tables.get(name)
  if (!made) {
    made = tabulate(posterior)
    tables.set(name, made)
  }
  return made
}

function tabulate({ alpha, beta }: Beta): TabulatedBeta {
  const logScale = lnGamma(alpha + beta) - lnGamma(alpha) - lnGamma(beta)
  const density = (u: number) =>
    u <= 0 || u >= 1 ? 0 : Math.exp(logScale + (alpha - 1) * Math.log(u) + (beta - 1) * Math.log1p(-u))
  const direct = (u: number) => incompleteBeta(u, alpha, beta)
  const low = quantile(direct, 1e-13)
  const high = quantile(direct, 1 - 1e-13)
  const mean = alpha / (alpha + beta)
  const deviation = Math.sqrt((mean * (1 - mean)) / (alpha + beta + 1))
  // A cubic can't follow an unbounded density, so there the continued fraction is evaluated directly.
  const smooth = alpha >= 2 && beta >= 2
  return { mean, deviation, low, high, density, cumulative: smooth ? hermite(direct, density, low, high) : direct }
}

function quantile(cumulative: (u: number) => number, target: number): number {
  let [below, above] = [0, 1]
  for (let i = 0; i < 60; i++) {
    const middle = (below + above) / 2
    if (cumulative(middle) < target) below = middle
    else above = middle
  }
  return (below + above) / 2
}

/** Interpolates between nodes by cubics with the density as slope; the error is below 1e-9. */
function hermite(
  cumulative: (u: number) => number,
  density: (u: number) => number,
  low: number,
  high: number,
): (u: number) => number {
  const width = (high - low) / cells
  const values = new Float64Array(cells + 1)
  const slopes = new Float64Array(cells + 1)
  for (let i = 0; i <= cells; i++) {
    values[i] = cumulative(low + i * width)
    slopes[i] = density(low + i * width) * width
  }
  return u => {
    if (u <= low) return u <= 0 ? 0 : values[0]!
    if (u >= high) return u >= 1 ? 1 : values[cells]!
    const scaled = (u - low) / width
    const cell = Math.min(Math.floor(scaled), cells - 1)
    const t = scaled - cell
    const s = 1 - t
    return (
      s * s * (1 + 2 * t) * values[cell]! +
      s * s * t * slopes[cell]! +
      t * t * (3 - 2 * t) * values[cell + 1]! -
      t * t * s * slopes[cell + 1]!
    )
  }
}
