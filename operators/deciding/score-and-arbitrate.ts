import { type Candidate, Decision } from '../../schemas/generated.ts'
import type { StreamRecord, Time } from '../../schemas/record.ts'
import { person } from '../../state/person.ts'
import { arbitrate, type Verdict } from '../arbitration/arbitrate.ts'
import { explanationOf } from '../arbitration/explanation.ts'
import { candidateOf, posteriorOf, priorityOf, scoringOf } from '../arbitration/scoring.ts'
import { draw } from '../hashing/ids.ts'
import { operator } from '../operator.ts'
import { type CompiledRelease, compiled } from '../release/compiled/compiled-release.ts'
import { FilteredRequest, type Option } from '../request.ts'
import { release } from './active-release.ts'

const slot = 0
const noContent = { templateVersion: 0, promptHash: '', generator: '', approvalId: '', approver: '' }

/** Scores every candidate, draws one winner or silence, and emits the decision with everything that led to it. */
export const scoreAndArbitrate = ({ topologyVersion }: { readonly topologyVersion: string }) =>
  operator({
    name: 'score-and-arbitrate',
    input: { request: FilteredRequest },
    output: Decision,
    reads: { release, person },
    on: {
      request(record, _, reads) {
        const active = compiled(reads.release)
        if (!active) throw new Error(`decision '${record.value.request.decisionId}' is asked for before any release`)
        return { emit: [decide(record, active, reads.person.version, topologyVersion)] }
      },
    },
  })

function decide(
  { key, value, receivedAt, position }: StreamRecord<FilteredRequest>,
  active: CompiledRelease,
  identityVersion: number,
  topologyVersion: string,
): Decision {
  const { release: policy, hash } = active
  const { exploration } = policy
  const { request, locale, options } = value
  const { decisionId } = request
  const scoring = scoringOf(active)
  const posteriors = options.map(option => posteriorOf(scoring.posteriors, option))
  const priorities = options.map((option, i) => priorityOf(option, posteriors[i]!))
  priorities.push(0)
  const randomDraw = draw(policy.seed, decisionId)
  const arm = value.experiments.some(({ variant }) => variant === 'random') ? 'random' : 'policy'
  const manner = { arm, canWait: request.canWait } as const
  const verdict = arbitrate({ options, posteriors, priorities }, exploration, randomDraw, manner)
  const { kind, chosen, probabilities, algorithm } = verdict
  const drawn = algorithm === exploration.algorithm
  const winner = chosen < 0 ? undefined : options[chosen]
  const candidates = options.map(
    (option, i) =>
      scoring.removed.get(option) ?? candidateOf(option, posteriors[i]!.mean, priorities[i]!, probabilities[i]!),
  )
  candidates.push(silenceWith(probabilities[options.length]!))
  return {
    decisionId,
    slot,
    subject: {
      personId: key,
      identityVersion,
      jurisdiction: locale.jurisdiction,
      timeZone: locale.timeZone ?? '',
      timeZoneSource: locale.timeZoneSource,
    },
    time: {
      occurredAt: request.occurredAt,
      receivedAt,
      decidedAt: receivedAt,
      notBefore: verdict.notBefore,
      expiresAt: expiryOf(active, winner, receivedAt),
    },
    trigger: request.trigger,
    outcome: outcomeOf(kind, winner, decisionId),
    consent: value.consent,
    candidates,
    learning: {
      modelId: scoring.model.id,
      modelVersion: scoring.model.version,
      features: value.features,
      algorithm,
      epsilon: drawn ? exploration.epsilon : 0,
      floor: drawn ? exploration.floor : 0,
      behaviourProbability: chosen < 0 ? 1 : probabilities[chosen]!,
      arm,
      drawId: decisionId,
      draw: randomDraw,
    },
    reference: value.reference,
    variables: value.variables,
    experiments: value.experiments,
    fatigue: { caps: value.caps, points: value.points, pointsMax: value.pointsMax, reservation: null },
    content: noContent,
    explanation: explanationOf(
      candidates,
      verdict,
      scoring.mentions.get(winner?.actionId ?? '') ?? [],
      request.trigger.deferred.length > 0,
    ),
    provenance: {
      release: policy.release,
      releaseVersion: policy.version,
      releaseHash: hash,
      topologyVersion,
      input: position,
      previousHash: '',
      hash: '',
    },
  }
}

const silenceWith = (selectionProbability: number): Candidate => ({
  actionId: 'silence',
  treatmentId: '',
  channel: 'none',
  removedBy: null,
  propensity: 0,
  context: 0,
  value: 0,
  lever: 0,
  cost: 0,
  priority: 0,
  selectionProbability,
})

function outcomeOf(kind: Verdict['kind'], winner: Option | undefined, decisionId: string): Decision['outcome'] {
  if (winner) {
    const { actionId, treatmentId, channel } = winner
    return { kind, actionId, treatmentId, channel, idempotencyKey: `${decisionId}/${slot}` }
  }
  return { kind, actionId: kind === 'SILENCE' ? 'silence' : '', treatmentId: '', channel: 'none', idempotencyKey: '' }
}

function expiryOf({ actions }: CompiledRelease, winner: Option | undefined, decidedAt: Time): Time | null {
  const after = winner && actions.get(winner.actionId)?.expiresAfterMs
  return typeof after === 'number' ? decidedAt + after : null
}
