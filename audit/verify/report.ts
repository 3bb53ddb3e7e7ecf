import type { LogPosition } from '../../schemas/record.ts'

/**
 * What every log must obey, and whether a log that never put the law to the test may pass.
 * Zero checks fail: a checker that looked at nothing has proved nothing.
 */
export const laws = {
  'one-decision-per-trigger': { needs: 'always' },
  caps: { needs: 'always' },
  budget: { needs: 'always' },
  'quiet-hours': { needs: 'always' },
  consent: { needs: 'always' },
  probabilities: { needs: 'always' },
  draws: { needs: 'always' },
  sends: { needs: 'always' },
  chain: { needs: 'always' },
  // A reward answers a redemption, or that a send was opened, clicked or converted: where none came, there is none.
  rewards: { needs: 'outcomes' },
  // Where the release has none, nobody takes part.
  experiments: { needs: 'release' },
  // Where the release joins none, no decision looks anything up.
  reference: { needs: 'release' },
} as const satisfies Record<string, { needs: 'always' | 'outcomes' | 'release' }>

export type Law = keyof typeof laws

/** One breach: which law, by which decision (empty where there is none), where in the log, and what is wrong. */
export interface Violation {
  readonly law: Law
  readonly decisionId: string
  readonly position: LogPosition | null
  readonly detail: string
}

export interface LawReport {
  readonly law: Law
  readonly checked: number
  /** The first twenty. */
  readonly violations: readonly Violation[]
  readonly violationCount: number
}

/** What `joai verify` prints. */
export interface VerifyReport {
  readonly laws: readonly LawReport[]
  readonly ok: boolean
}

/** Of what something was found: a decision, and where it stands. */
export interface Where {
  readonly decisionId: string
  readonly position: LogPosition | null
}

const violationsKept = 20

/** Counts checks and keeps the first violations of each law. */
export class Findings {
  readonly #checked = new Map<Law, number>()
  readonly #count = new Map<Law, number>()
  readonly #kept = new Map<Law, Violation[]>()

  /** Notes one check; a detail (null when all is well) makes it a violation. */
  check(law: Law, where: Where, detail: string | null): void {
    this.#checked.set(law, (this.#checked.get(law) ?? 0) + 1)
    if (detail === null) return
    const count = (this.#count.get(law) ?? 0) + 1
    this.#count.set(law, count)
    if (count > violationsKept) return
    const violation = { law, decisionId: where.decisionId, position: where.position, detail }
    if (count === 1) this.#kept.set(law, [violation])
    else this.#kept.get(law)!.push(violation)
  }

  report({ outcomes }: { readonly outcomes: boolean }): VerifyReport {
    const reports = (Object.keys(laws) as Law[]).map(law => ({
      law,
      checked: this.#checked.get(law) ?? 0,
      violations: this.#kept.get(law) ?? [],
      violationCount: this.#count.get(law) ?? 0,
    }))
    const proved = ({ law, checked }: LawReport) =>
      checked > 0 || laws[law].needs === 'release' || (laws[law].needs === 'outcomes' && !outcomes)
    return { laws: reports, ok: reports.every(report => proved(report) && report.violationCount === 0) }
  }
}
