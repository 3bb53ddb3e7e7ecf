import type {
  ConsentFound,
  Decision,
  ExperimentShare,
  FeatureValue,
  OutcomeKind,
  Position,
  ReferenceRead,
} from '../../../schemas/generated.ts'

/** Why a decision came out as it did, in the order in which one would ask. Times are milliseconds since the epoch. */
export interface DecisionExplanation {
  readonly decisionId: string
  readonly personId: string
  readonly jurisdiction: string
  /** IANA name; empty when unknown. */
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
    readonly eventId: string
    readonly origin: Position | null
    /** Whose stage asked; empty outside of journeys. */
    readonly journey: string
    readonly stage: string
    /** The deferred decisions that this one takes afresh. */
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
    /** False where there was nothing to draw: mandatory, deferred, or nobody left but silence. */
    readonly wasDrawn: boolean
  }
  readonly caps: readonly ExplainedCap[]
  readonly points: { readonly used: number; readonly limit: number }
  readonly consent: readonly ConsentFound[]
  /** Candidates that only quiet hours were in the way of. */
  readonly quietHours: { readonly closed: readonly ClosedCandidate[]; readonly until: number | null }
  /** Action id; empty when there is none. */
  readonly runnerUp: string
  readonly opportunityCost: number
  readonly features: readonly FeatureValue[]
  readonly topFeatures: readonly string[]
  /** What rules could look up. */
  readonly reference: readonly ReferenceRead[]
  readonly experiments: readonly ExperimentShare[]
  readonly provenance: Decision['provenance']
  /** What the actions of its release are called, by id; one without a name is not in it. */
  readonly actionNames: Readonly<Record<string, string>>
}

/** One candidate: how far it came, and what it was worth. */
export interface ExplainedCandidate {
  readonly actionId: string
  readonly treatmentId: string
  readonly channel: string
  readonly result: 'chosen' | 'open' | 'removed'
  /** The stage that removed it; `draw` when none did. */
  readonly stage: string
  readonly removedBy: { readonly rule: string; readonly version: number; readonly reason: string } | null
  readonly propensity: number
  readonly context: number
  readonly value: number
  readonly lever: number
  readonly cost: number
  readonly priority: number
  readonly probability: number
  /** Of the draw, where its share begins and ends. */
  readonly share: readonly [number, number]
}

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
