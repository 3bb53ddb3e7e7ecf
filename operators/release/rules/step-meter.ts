/** The most steps that one evaluation of an expression may take. */
export const ruleStepsMax = 20_000
/** The most steps that the expressions of one decision may take together. */
export const decisionStepsMax = 100_000

/**
 * Counts the steps of expressions. It counts work instead of time, so that an expression beyond its budget is beyond it
 * on every machine and in every replay.
 */
export class StepMeter {
  #decision: object | null = null
  #ofDecision = 0
  #ofRule = 0
  #refusals = 0

  /** The steps of the last decision so far. */
  get ofDecision(): number {
    return this.#ofDecision
  }

  /** Counts how often a budget did not suffice. */
  get refusals(): number {
    return this.#refusals
  }

  /** Begins an expression of this many steps. Throws an Error if the decision has no steps left. */
  begin(decision: object, steps: number): void {
    if (decision !== this.#decision) {
      this.#decision = decision
      this.#ofDecision = 0
    }
    this.#ofRule = 0
    this.spend(steps)
  }

  /**
   * Counts steps that are about to be taken. Throws an Error if a budget does not suffice; they are then not taken, so the
   * decision pays no more than the budget of the expression for them.
   */
  spend(steps: number): void {
    this.check()
    const counted = Math.min(steps, ruleStepsMax + 1 - this.#ofRule)
    this.#ofRule += steps
    this.#ofDecision += counted
    this.check()
  }

  /** Throws an Error if a budget did not suffice: `||` and `exists` swallow the first such error. */
  check(): void {
    if (this.#ofRule <= ruleStepsMax && this.#ofDecision <= decisionStepsMax) return
    this.#refusals++
    throw this.#ofRule > ruleStepsMax ? overRule : overDecision
  }
}

/** PERF: made once, since a loop may meet it in every round, and a stack costs more than a round. */
const overRule = new Error(`it takes more than ${ruleStepsMax} steps`)
const overDecision = new Error(`the decision takes more than ${decisionStepsMax} steps`)
