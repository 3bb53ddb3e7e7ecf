import type { LogPosition } from '../../schemas/record.ts'

/**
 * The laws that every log must obey. A law without a single check fails, since nothing was proved, unless the log is still
 * growing; `needs` says which laws may stay unchecked, and when.
 */
export const laws = {
  'one-decision-per-trigger': { needs: 'always' },
  ids: { needs: 'always' },
  caps: { needs: 'always' },
  budget: { needs: 'always' },
  'quiet-hours': { needs: 'always' },
  consent: { needs: 'always' },
  probabilities: { needs: 'always' },
  draws: { needs: 'always' },
  sends: { needs: 'always' },
  chain: { needs: 'always' },
  // Rewards follow redemptions and sends that were opened, clicked or converted; a log without them has no rewards.
  rewards: { needs: 'outcomes' },
  // A release without experiments has no participants.
  experiments: { needs: 'release' },
  // A release without reference joins looks nothing up.
  reference: { needs: 'release' },
  // A release whose expressions name no variables records none.
  variables: { needs: 'release' },
} as const satisfies Record<string, { needs: 'always' | 'outcomes' | 'release' }>

/** The name of a law, as reports print it. */
export type Law = keyof typeof laws

/** One breach of a law, with its decision (empty where there is none), its position in the log and a message. */
export interface Violation {
  readonly law: Law
  readonly decisionId: string
  readonly position: LogPosition | null
  readonly detail: string
}

/** The checks of one law, and their violations. */
export interface LawReport {
  readonly law: Law
  readonly checked: number
  /** The first twenty. */
  readonly violations: readonly Violation[]
  readonly violationCount: number
}

/** The result of an audit, as `joai verify` prints it. */
export interface VerifyReport {
  readonly laws: readonly LawReport[]
  /** How many records of `people` were not judged, because they were still to be decided. */
  readonly undecided: number
  readonly ok: boolean
}

/** The decision that a finding is about, and its position. */
export interface DecisionRef {
  readonly decisionId: string
  readonly position: LogPosition | null
}

/** What a report says besides its findings, and what it depends on. */
interface ReportContext {
  readonly outcomes: boolean
  readonly grows: boolean
  readonly undecided: number
}

const violationsKept = 20

/** Counts checks and keeps the first violations of each law. */
export class Findings {
  readonly #checked = new Map<Law, number>()
  readonly #count = new Map<Law, number>()
  readonly #kept = new Map<Law, Violation[]>()

  /** Counts one check. A detail makes it a violation; null means that it passed. */
  check(law: Law, where: DecisionRef, detail: string | null): void {
    this.#checked.set(law, (this.#checked.get(law) ?? 0) + 1)
    if (detail === null) return
    const count = (this.#count.get(law) ?? 0) + 1
    this.#count.set(law, count)
    if (count > violationsKept) return
    const violation = { law, decisionId: where.decisionId, position: where.position, detail }
    if (count === 1) this.#kept.set(law, [violation])
    else this.#kept.get(law)!.push(violation)
  }

  /**
   * Returns the report. `outcomes` says whether the log holds anything that earns a reward; in a log that `grows`, what there
   * is nothing to check of yet may still come.
   */
  report({ outcomes, grows, undecided }: ReportContext): VerifyReport {
    const reports = (Object.keys(laws) as Law[]).map(law => ({
      law,
      checked: this.#checked.get(law) ?? 0,
      violations: this.#kept.get(law) ?? [],
      violationCount: this.#count.get(law) ?? 0,
    }))
    const isProved = ({ law, checked }: LawReport) =>
      grows || checked > 0 || laws[law].needs === 'release' || (laws[law].needs === 'outcomes' && !outcomes)
    return { laws: reports, undecided, ok: reports.every(report => isProved(report) && report.violationCount === 0) }
  }
}
