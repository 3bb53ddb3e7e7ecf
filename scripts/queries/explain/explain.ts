import type {
  Candidate,
  ConsentFound,
  Decision,
  ExperimentShare,
  FeatureValue,
  OutcomeKind,
  Position,
  ReferenceRead,
} from '../../../schemas/generated.ts'
import { topics } from '../../../schemas/topics.ts'
import { decodeValue } from '../../../schemas/wire.ts'
import type { Log } from '../../../topology/log/log.ts'
import { UsageError } from '../../cli/output.ts'
import type { ActionNames } from '../action-names.ts'

export { inWords } from './in-words.ts'

/** Why a decision came out as it did, in the order in which one would ask. Times are milliseconds since the epoch. */
export interface Explanation {
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

const prefixMin = 6
const batch = 1_000

/**
 * The decision of this id, or of the only id that begins with it (six characters at least); null when there is none.
 * Throws a UsageError when the beginning is too short, or fits several.
 */
export async function findDecision(log: Log, decisionId: string): Promise<Decision | null> {
  if (decisionId.length < prefixMin)
    throw new UsageError(`'${decisionId}' is too short: give at least ${prefixMin} characters of the decision id`)
  const { name, types } = topics.decisions
  let found: Decision | null = null
  for (let partition = 0; partition < (log.topics().get(name) ?? 0); partition++) {
    const end = await log.end(name, partition)
    for (let from = 0; from < end; ) {
      const records = await log.read(name, partition, from, batch)
      for (const { value } of records) {
        const decision = decodeValue(types.decision, value)
        if (decision.decisionId === decisionId) return decision
        if (!decision.decisionId.startsWith(decisionId)) continue
        if (found && found.decisionId !== decision.decisionId)
          throw new UsageError(`several decisions begin with '${decisionId}': give more of the id`)
        found ??= decision
      }
      from = (records.at(-1)?.offset ?? end) + 1
    }
  }
  return found
}

/** Lays a decision out so that each question about it has its place. */
export function explain(decision: Decision, names: ActionNames = new Map()): Explanation {
  const { subject, outcome, trigger, time, learning, fatigue, explanation } = decision
  const isTimer = trigger.eventId === ''
  const candidates = explained(decision)
  const closed = decision.candidates.flatMap(({ actionId, channel, removedBy }) =>
    removedBy?.stage === 'quiet_hours' ? [{ actionId, channel, rule: removedBy.rule }] : [],
  )
  const { modelId, modelVersion, algorithm, epsilon, floor, drawId, draw } = learning
  return {
    decisionId: decision.decisionId,
    personId: subject.personId,
    jurisdiction: subject.jurisdiction,
    timeZone: subject.timeZone,
    timeZoneSource: subject.timeZoneSource,
    outcome,
    trigger: {
      kind: isTimer ? 'timer' : 'event',
      type: trigger.type,
      eventId: trigger.eventId,
      origin: isTimer ? null : trigger.origin,
      journey: trigger.journey,
      stage: trigger.stage,
      deferred: trigger.deferred,
    },
    time,
    reasons: explanation.reasons,
    candidates,
    draw: {
      ...{ algorithm, modelId, modelVersion, epsilon, floor, drawId, draw },
      probability: learning.behaviourProbability,
      wasDrawn: candidates.filter(({ probability }) => probability > 0).length > 1,
    },
    caps: fatigue.caps.map(({ cap, actionId, windowMs, used, limit }) => ({
      ...{ cap, actionId, windowMs, used, limit },
      isFull: used >= limit,
    })),
    points: { used: fatigue.points, limit: fatigue.pointsMax },
    consent: decision.consent,
    quietHours: { closed, until: time.notBefore },
    runnerUp: explanation.runnerUp,
    opportunityCost: explanation.opportunityCost,
    features: learning.features,
    topFeatures: explanation.topFeatures,
    reference: decision.reference,
    experiments: decision.experiments,
    provenance: decision.provenance,
    actionNames: Object.fromEntries(names),
  }
}

function explained({ candidates, outcome }: Decision): readonly ExplainedCandidate[] {
  let end = 0
  return candidates.map(({ removedBy, selectionProbability, ...candidate }: Candidate) => {
    const from = end
    end += selectionProbability
    const isChosen = candidate.actionId === outcome.actionId && candidate.treatmentId === outcome.treatmentId
    return {
      ...candidate,
      result: isChosen ? 'chosen' : removedBy ? 'removed' : 'open',
      stage: removedBy?.stage ?? 'draw',
      removedBy: removedBy && { rule: removedBy.rule, version: removedBy.version, reason: removedBy.reason },
      probability: selectionProbability,
      share: [from, end],
    }
  })
}
