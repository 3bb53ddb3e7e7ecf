/** Lanczos coefficients for g = 7 (P. Godfrey), good to 15 digits. */
const lanczos = [
  676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406, 12.507343278686905,
  -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
]
const logSqrtTwoPi = 0.9189385332046728

/** Computes ln Γ(x) for x > 0 by Lanczos' approximation; absolute error about 1e-14 × max(1, |ln Γ|). */
export function logGamma(x: number): number {
  if (x < 0.5) return logGamma(x + 1) - Math.log(x)
  const z = x - 1
  let sum = 0.9999999999998099
  for (let i = 0; i < lanczos.length; i++) sum += lanczos[i]! / (z + i + 1)
  const t = z + 7.5
  return logSqrtTwoPi + (z + 0.5) * Math.log(t) - t + Math.log(sum)
}

/** Computes ln B(a, b). */
export const logBeta = (a: number, b: number): number => logGamma(a) + logGamma(b) - logGamma(a + b)

const iterationsMax = 50_000
const tiny = 1e-300

/**
 * Computes the regularised incomplete beta I_x(a, b), P(B ≤ x) for B ~ Beta(a, b), by the continued fraction of
 * DLMF 8.17.22 and Lentz's method. `y` is 1 − x; a caller may pass it where the subtraction would lose digits.
 */
export function betaCdf(a: number, b: number, x: number, y = 1 - x): number {
  if (x <= 0) return 0
  if (y <= 0) return 1
  const front = Math.exp(a * Math.log(x) + b * Math.log(y) - logBeta(a, b))
  return x < (a + 1) / (a + b + 2) ? (front * fraction(a, b, x)) / a : 1 - (front * fraction(b, a, y)) / b
}

function fraction(a: number, b: number, x: number): number {
  let c = 1
  let d = 1 / awayFromZero(1 - ((a + b) * x) / (a + 1))
  let value = d
  for (let m = 1; m <= iterationsMax; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / awayFromZero(1 + even * d)
    c = awayFromZero(1 + even / c)
    value *= d * c
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / awayFromZero(1 + odd * d)
    c = awayFromZero(1 + odd / c)
    const factor = d * c
    value *= factor
    if (Math.abs(factor - 1) < 1e-15) break
  }
  return value
}

/** Keeps Lentz's method from dividing by zero. */
const awayFromZero = (value: number): number => (Math.abs(value) < tiny ? tiny : value)
