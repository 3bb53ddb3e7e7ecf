/**
 * Which of the candidates a draw on [0, 1) falls on: the first whose cumulative probability exceeds it.
 * Rounding may leave the sum a hair below the draw; then it is the last one that has any probability.
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
