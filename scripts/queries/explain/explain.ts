import type { Candidate, Decision } from '../../../schemas/generated.ts'
import { topics } from '../../../schemas/topics.ts'
import { decodeValue } from '../../../schemas/wire.ts'
import type { Log } from '../../../topology/log/log.ts'
import { topicRecords } from '../../../topology/log/log-reader.ts'
import { UsageError } from '../../cli/errors.ts'
import type { ActionNames } from '../action-names.ts'
import type { DecisionExplanation, ExplainedCandidate } from './explanation.ts'

const prefixMin = 6

/**
 * Finds the decision with this id, or with the only id that begins with it (six characters at least); null where there
 * is none. Throws UsageError where the beginning is too short, or fits several decisions.
 */
export async function findDecision(log: Log, decisionId: string): Promise<Decision | null> {
  if (decisionId.length < prefixMin)
    throw new UsageError(`'${decisionId}' is too short: give at least ${prefixMin} characters of the decision id`)
  const { name, types } = topics.decisions
  let found: Decision | null = null
  for await (const { value } of topicRecords(log, name)) {
    const decision = decodeValue(types.decision, value)
    if (decision.decisionId === decisionId) return decision
    if (!decision.decisionId.startsWith(decisionId)) continue
    if (found && found.decisionId !== decision.decisionId)
      throw new UsageError(`several decisions begin with '${decisionId}': give more of the id`)
    found ??= decision
  }
  return found
}

/** Arranges a decision by the questions that a reader asks. */
export function explainDecision(decision: Decision, names: ActionNames = new Map()): DecisionExplanation {
  const { subject, outcome, trigger, time, learning, fatigue, explanation } = decision
  const isTimer = trigger.eventId === ''
  const candidates = explainCandidates(decision)
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
    variables: decision.variables,
    reference: decision.reference,
    experiments: decision.experiments,
    provenance: decision.provenance,
    actionNames: Object.fromEntries(names),
  }
}

function explainCandidates({ candidates, outcome }: Decision): readonly ExplainedCandidate[] {
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
