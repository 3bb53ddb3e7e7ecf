/** Gives every candidate at least floor / K, so that no logged probability is zero: p' = (1 − floor)·p + floor / K. */
export function withFloor(probabilities: readonly number[], floor: number): number[] {
  const share = floor / probabilities.length
  return probabilities.map(probability => (1 - floor) * probability + share)
}
