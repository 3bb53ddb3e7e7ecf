/**
 * Picks the candidate that a random draw on [0, 1) selects: the first whose cumulative probability exceeds the draw.
 * Rounding may leave the sum slightly below the draw; then the last candidate with any probability is picked.
 */
export function pick(probabilities: readonly number[], draw: number): number {
  let sum = 0
  let last = -1
  for (let i = 0; i < probabilities.length; i++) {
    const probability = probabilities[i]!
    if (probability <= 0) continue
    last = i
    sum += probability
    if (sum > draw) return i
  }
  return last
}
