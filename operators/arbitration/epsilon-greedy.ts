/** Gives each of K scores the probability ε/K and the best 1 − ε more; scores that tie for the best share it. */
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
