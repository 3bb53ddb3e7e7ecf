/** Mostly the best, sometimes any: ε/K for each of K scores, and 1 − ε more for the best, shared where they tie. */
export function epsilonGreedy(scores: readonly number[], epsilon: number): number[] {
  let best = -Infinity
  let ties = 0
  for (const score of scores) {
    if (score > best) {
      best = score
      ties = 1
    } else if (score === best) ties++
  }
  const any = epsilon / scores.length
  const extra = (1 - epsilon) / ties
  return scores.map(score => (score === best ? any + extra : any))
}
