import type { Candidate, Decision } from '../../../schemas/generated.ts'
import { topics } from '../../../schemas/topics.ts'
import { decodeValue } from '../../../schemas/wire.ts'
import type { Log } from '../../../topology/log/log.ts'
import { topicRecords } from '../../../topology/log/log-reader.ts'
import { UsageError } from '../../cli/errors.ts'
import { visibleLine } from '../../cli/foreign-text.ts'
import type { ActionNames } from '../action-names.ts'
import type { DecisionExplanation, ExplainedCandidate } from './explanation.ts'

const prefixMin = 6

/**
 * Finds the decision with this id, with the only id that begins with it (six characters at least), or on the event with this
 * id; null where there is none. Throws UsageError where the beginning is too short, or several decisions fit: then the error
 * names them all.
 */
export async function findDecision(log: Log, id: string): Promise<Decision | null> {
  const { name, types } = topics.decisions
  const beginning: Decision[] = []
  const onEvent: Decision[] = []
  for await (const { value } of topicRecords(log, name)) {
    const decision = decodeValue(types.decision, value)
    const { decisionId, trigger } = decision
    if (decisionId === id) return decision
    if (decisionId.startsWith(id)) beginning.push(decision)
    const isAgain = trigger.deferred.some(one => onEvent.some(other => other.decisionId === one))
    if (isAgain || (id !== '' && trigger.eventId === id)) onEvent.push(decision)
  }
  if (id.length >= prefixMin && beginning.length > 0)
    return only(beginning, `several decisions begin with '${id}': give more of the id`)
  if (onEvent.length > 0)
    return only(onEvent, `the event '${id}' led to ${onEvent.length} decisions: give the id of one`)
  if (id.length >= prefixMin) return null
  throw new UsageError(
    `'${id}' is no event with a decision, and too short for one: give at least ${prefixMin} characters of the decision id`,
  )
}

const listedMax = 20

/** Returns the only decision; throws UsageError with a list of all where there are several. */
function only(found: readonly Decision[], message: string): Decision {
  const [first] = found
  if (found.every(({ decisionId }) => decisionId === first!.decisionId)) return first!
  const lines = found.slice(0, listedMax).map(({ decisionId, subject, trigger, time }) => {
    const from = trigger.source === '' ? '' : ` from ${trigger.source}`
    const what = `${trigger.type}${from}`
    return visibleLine(`${decisionId} at ${new Date(time.decidedAt).toISOString()} for ${subject.personId}: ${what}`)
  })
  const more = found.length > listedMax ? [`and ${found.length - listedMax} more`] : []
  throw new UsageError([message, ...lines, ...more].join('\n  '))
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
      source: trigger.source,
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
