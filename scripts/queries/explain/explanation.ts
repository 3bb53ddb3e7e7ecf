import type {
  ConsentFound,
  Decision,
  ExperimentShare,
  FeatureValue,
  OutcomeKind,
  Position,
  ReferenceRead,
} from '../../../schemas/generated.ts'

/** A decision arranged by the questions that a reader asks, in their order. Times are milliseconds since the epoch. */
export interface DecisionExplanation {
  readonly decisionId: string
  readonly personId: string
  readonly jurisdiction: string
  /** IANA name; empty where it is unknown. */
  readonly timeZone: string
  readonly timeZoneSource: string
  readonly outcome: {
    readonly kind: OutcomeKind
    readonly actionId: string
    readonly treatmentId: string
    readonly channel: string
    readonly idempotencyKey: string
  }
  readonly trigger: {
    readonly kind: 'event' | 'timer'
    readonly type: string
    /** The system that names the event; empty where none is given. */
    readonly source: string
    readonly eventId: string
    readonly origin: Position | null
    /** The journey whose stage triggered the decision; empty outside of journeys. */
    readonly journey: string
    readonly stage: string
    /** The deferred decisions that this one repeats. */
    readonly deferred: readonly string[]
  }
  readonly time: Decision['time']
  readonly reasons: readonly string[]
  readonly candidates: readonly ExplainedCandidate[]
  readonly draw: {
    readonly algorithm: string
    readonly modelId: string
    readonly modelVersion: number
    readonly epsilon: number
    readonly floor: number
    readonly drawId: string
    readonly draw: number
    readonly probability: number
    /** False where there was nothing to draw: a mandatory action, a deferral, or silence as the only candidate. */
    readonly wasDrawn: boolean
  }
  readonly caps: readonly ExplainedCap[]
  readonly points: { readonly used: number; readonly limit: number }
  readonly consent: readonly ConsentFound[]
  /** Candidates that nothing but quiet hours removed. */
  readonly quietHours: { readonly closed: readonly ClosedCandidate[]; readonly until: number | null }
  /** Action id; empty where there is none. */
  readonly runnerUp: string
  readonly opportunityCost: number
  readonly features: readonly FeatureValue[]
  readonly topFeatures: readonly string[]
  /** The variables that the release names, as its rules saw them. */
  readonly variables: readonly FeatureValue[]
  /** The reference data that rules could read. */
  readonly reference: readonly ReferenceRead[]
  readonly experiments: readonly ExperimentShare[]
  readonly provenance: Decision['provenance']
  /** The names of the release's actions by id; an action without a name is not in it. */
  readonly actionNames: Readonly<Record<string, string>>
}

/** One candidate: the stage that it reached, and its score. */
export interface ExplainedCandidate {
  readonly actionId: string
  readonly treatmentId: string
  readonly channel: string
  readonly result: 'chosen' | 'open' | 'removed'
  /** The stage that removed it; `draw` where none did. */
  readonly stage: string
  readonly removedBy: { readonly rule: string; readonly version: number; readonly reason: string } | null
  readonly propensity: number
  readonly context: number
  readonly value: number
  readonly lever: number
  readonly cost: number
  readonly priority: number
  readonly probability: number
  /** The range of the draw that selects it. */
  readonly share: readonly [number, number]
}

/** A contact limit, and how far it is used. */
export interface ExplainedCap {
  readonly cap: string
  readonly actionId: string
  readonly windowMs: number
  readonly used: number
  readonly limit: number
  readonly isFull: boolean
}

interface ClosedCandidate {
  readonly actionId: string
  readonly channel: string
  readonly rule: string
}
