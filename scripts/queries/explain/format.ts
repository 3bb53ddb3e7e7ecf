import type { ConsentFound, FeatureValue, Position, ReferenceRead } from '../../../schemas/generated.ts'
import { visibleLine } from '../../cli/foreign-text.ts'
import { idWithName } from '../action-names.ts'
import type { DecisionExplanation, ExplainedCandidate } from './explanation.ts'
import {
  field,
  formatClock,
  formatDuration,
  formatNumber,
  formatPercent,
  reasonText,
  stagesInOrder,
  stageText,
  wrap,
} from './phrases.ts'

/** Formats an explanation as plain text of at most 96 columns, unless an id is longer. */
export function formatExplanation(asDecided: DecisionExplanation): string {
  const explanation = withNames(asDecided)
  const parts = [
    formatOutcomeLines(explanation),
    ['WHAT ASKED FOR IT', ...formatTrigger(explanation)],
    ['CANDIDATES', ...formatCandidates(explanation)],
    ['THE CHOICE', ...formatChoice(explanation)],
    ['CONTACT LIMITS', ...formatLimits(explanation)],
    ['QUIET HOURS', ...formatQuietHours(explanation)],
    ['CONSENT', ...explanation.consent.flatMap(formatConsent)],
    ...(explanation.variables.length > 0
      ? [['VARIABLES', ...explanation.variables.flatMap(variable => wrap(formatValue(variable), '  · '))]]
      : []),
    ...(explanation.reference.length > 0
      ? [['REFERENCE DATA', ...explanation.reference.flatMap(formatReference)]]
      : []),
    ...(explanation.experiments.length > 0 ? [['EXPERIMENTS', ...formatExperiments(explanation)]] : []),
    ['WHAT IT RESTS ON', ...formatProvenance(explanation)],
  ]
  return parts.map(lines => lines.map(visibleLine).join('\n')).join('\n\n')
}

/** Appends the names of actions to their ids. */
function withNames(explanation: DecisionExplanation): DecisionExplanation {
  const names = new Map(Object.entries(explanation.actionNames))
  const named = <T extends { readonly actionId: string }>(of: T): T => ({
    ...of,
    actionId: idWithName(of.actionId, names),
  })
  return {
    ...explanation,
    outcome: named(explanation.outcome),
    candidates: explanation.candidates.map(named),
    caps: explanation.caps.map(named),
    quietHours: { ...explanation.quietHours, closed: explanation.quietHours.closed.map(named) },
    runnerUp: idWithName(explanation.runnerUp, names),
  }
}

function formatOutcomeLines({ decisionId, personId, outcome, reasons, time, timeZone }: DecisionExplanation): string[] {
  const what = `${outcome.actionId} (${outcome.treatmentId}) by ${outcome.channel}`
  const outcomes = {
    ACT: `Sent ${what}`,
    MANDATORY: `Sent ${what}: mandatory`,
    PENDING_APPROVAL: `${what} waits for approval`,
    SILENCE: 'Stayed silent',
    DEFER: `Put off until ${time.notBefore === null ? 'later' : formatClock(time.notBefore, timeZone)}`,
  } as const
  const outcomeText = outcomes[outcome.kind]
  // The codes behind these count what was removed, as in cap-reached:3.
  const why = reasons
    .filter(code => !code.includes(':'))
    .map(reasonText)
    .join('; ')
  return [...wrap(outcomeText + (why ? `, because ${why}.` : '.'), ''), `Decision ${decisionId} for person ${personId}`]
}

function formatTrigger({ trigger, time, timeZone, timeZoneSource, jurisdiction }: DecisionExplanation): string[] {
  const what =
    trigger.kind === 'event'
      ? `the event ${trigger.type}, id ${trigger.eventId}${trigger.source === '' ? '' : ` of ${trigger.source}`}`
      : `the timer '${trigger.type}' was due`
  return [
    ...field('trigger', what),
    ...(trigger.origin ? field('recorded at', at(trigger.origin)) : []),
    ...(trigger.journey === '' ? [] : field('journey', `${trigger.journey}, stage ${trigger.stage}`)),
    ...(trigger.deferred.length > 0 ? field('decides afresh', trigger.deferred.join(', ')) : []),
    ...field('happened', formatClock(time.occurredAt, timeZone)),
    ...field('decided', formatClock(time.decidedAt, timeZone)),
    ...(time.expiresAt === null ? [] : field('worth sending until', formatClock(time.expiresAt, timeZone))),
    ...field('jurisdiction', jurisdiction || 'unknown'),
    ...field(
      'time zone',
      timeZone ? `${timeZone}, known from the ${timeZoneSource}` : 'unknown: the strictest of the country counts',
    ),
  ]
}

const at = ({ topic, partition, offset }: Position): string => `record ${offset} of ${topic}/${partition}`

/** Lists the candidates that could be drawn, in their order, then the removed ones by stage, the latest stage first. */
function formatCandidates({ candidates: all }: DecisionExplanation): string[] {
  const removed = all.filter(({ removedBy }) => removedBy)
  const reached = stagesInOrder.toReversed().filter(stage => removed.some(one => one.stage === stage))
  return [
    ...all.filter(({ removedBy }) => !removedBy).flatMap(formatOpen),
    ...reached.flatMap(stage => [
      `  fell out at ${stage}: ${stageText(stage)}`,
      ...removed.filter(one => one.stage === stage).flatMap(formatRemoved),
    ]),
  ]
}

const nameOf = ({ actionId, treatmentId, channel }: ExplainedCandidate): string =>
  channel === 'none' ? actionId : `${actionId} (${treatmentId}) by ${channel}`

function formatOpen(candidate: ExplainedCandidate): string[] {
  const isChosen = candidate.result === 'chosen'
  return [
    ...wrap(`${nameOf(candidate)}: ${isChosen ? 'chosen' : 'could have been drawn'}`, isChosen ? '  > ' : '  · '),
    ...wrap(formatScore(candidate), detail),
    ...wrap(`probability ${formatPercent(candidate.probability)}`, detail),
  ]
}

function formatRemoved(candidate: ExplainedCandidate): string[] {
  const { rule, version, reason } = candidate.removedBy!
  const lines = wrap(`${nameOf(candidate)}: ${reason}, rule ${rule} of version ${version}`, '    × ', detail)
  // A candidate that was removed before scoring has no factors.
  const isWeighed = candidate.context !== 0 || candidate.value !== 0
  return isWeighed ? [...lines, ...wrap(formatScore(candidate), detail)] : lines
}

const detail = ' '.repeat(8)

/** Formats the formula that ranks a candidate, with its numbers. */
function formatScore({ channel, propensity, context, value, lever, cost, priority }: ExplainedCandidate): string {
  if (channel === 'none') return 'worth 0 by definition'
  const product = `${formatPercent(propensity)} likely × context ${formatNumber(context)} × value ${formatNumber(value)}`
  return `${product} × lever ${formatNumber(lever)} − cost ${formatNumber(cost)} = priority ${formatNumber(priority)}`
}

function formatChoice(explanation: DecisionExplanation): string[] {
  const { draw, candidates, runnerUp, opportunityCost, outcome, topFeatures, reasons } = explanation
  const chosen = candidates.find(({ result }) => result === 'chosen')
  const lines = draw.wasDrawn
    ? [
        ...field('draw', `${draw.draw} of seed and id ${draw.drawId}`),
        ...(chosen ? field('fell on', `${chosen.actionId}, whose share runs from ${share(chosen)}`) : []),
        ...field(
          'probability',
          `${formatPercent(draw.probability)} by ${draw.algorithm}, floor ${formatPercent(draw.floor)}${exploring(draw)}`,
        ),
      ]
    : field('draw', 'none was needed: only one outcome was possible')
  lines.push(...field('model', `${draw.modelId}, version ${draw.modelVersion}`))
  lines.push(...field('runner-up', runnerUp || 'none'))
  if (outcome.kind === 'SILENCE') lines.push(...field('silence forgoes', formatNumber(opportunityCost)))
  if (topFeatures.length > 0)
    lines.push(...field('looked at', topFeatures.map(name => formatServed(explanation, name)).join(', ')))
  if (reasons.length > 0) lines.push(...field('reason codes', reasons.join(', ')))
  return lines
}

const share = ({ share: [from, to] }: ExplainedCandidate): string => `${formatNumber(from)} to ${formatNumber(to)}`

const exploring = ({ algorithm, epsilon }: DecisionExplanation['draw']): string =>
  algorithm === 'epsilon-greedy' ? `, tries others in ${formatPercent(epsilon)}` : ''

function formatServed({ features }: DecisionExplanation, name: string): string {
  const feature = features.find(one => one.name === name)
  if (!feature) return name
  return formatValue(feature)
}

const formatValue = ({ name, number, text }: FeatureValue): string =>
  `${name} = ${number !== null ? formatNumber(number) : text !== null ? `'${text}'` : 'absent'}`

function formatLimits({ caps, points }: DecisionExplanation): string[] {
  const lines = caps.flatMap(({ cap, actionId, used, limit, windowMs, isFull }) =>
    wrap(
      `${cap}${actionId && ` for ${actionId}`}: ${used} of ${limit} used in ${formatDuration(windowMs)}${isFull ? ', full' : ''}`,
      `  ${isFull ? '×' : '·'} `,
    ),
  )
  const budget =
    points.limit > 0
      ? `${formatNumber(points.used)} of ${formatNumber(points.limit)} points used`
      : 'none in this release'
  return [...(lines.length > 0 ? lines : ['  no cap was checked']), ...field('budget', budget)]
}

function formatQuietHours({ quietHours: { closed, until }, timeZone }: DecisionExplanation): string[] {
  if (closed.length === 0) return ['  were in nobody’s way']
  const lines = closed.flatMap(({ actionId, channel, rule }) =>
    wrap(`${actionId} by ${channel}: closed by ${rule}`, '  × '),
  )
  return until === null ? lines : [...lines, ...field('decided again', formatClock(until, timeZone))]
}

/** Formats the consent for a purpose on a channel, with the records that it rests on. */
export function formatConsent({ purpose, channel, state, allowed, lawfulBasis, records }: ConsentFound): string[] {
  const basis = lawfulBasis ? `, lawful basis ${lawfulBasis}` : ''
  const proof = records.length > 0 ? `, by ${records.map(at).join('; ')}` : ', no record of it'
  return wrap(
    `${purpose} by ${channel}: ${state}, so ${allowed ? 'yes' : 'no'}${basis}${proof}`,
    `  ${allowed ? '·' : '×'} `,
  )
}

function formatReference({ name, key, values, record }: ReferenceRead): string[] {
  if (record === null) return wrap(`${name}: ${key === '' ? 'nothing to look up' : `nothing known of ${key}`}`, '  × ')
  return wrap(`${name}: ${key} with ${values.map(formatValue).join(', ')}, by ${at(record)}`, '  · ')
}

const formatExperiments = ({ experiments }: DecisionExplanation): string[] =>
  experiments.flatMap(({ id, variant, probability, rampStage }) =>
    wrap(
      `${id}: variant ${variant}, assigned with ${formatPercent(probability)}${rampStage && `, ramp stage ${rampStage}`}`,
      '  · ',
    ),
  )

function formatProvenance({ provenance }: DecisionExplanation): string[] {
  const { release, releaseVersion, releaseHash, topologyVersion, input, hash, previousHash } = provenance
  return [
    ...field('release', `${release}, version ${releaseVersion}`),
    ...field('release hash', releaseHash),
    ...field('topology', topologyVersion),
    ...field('input', at(input)),
    ...field('hash', hash),
    ...field('hash before', previousHash || 'none: the first of its partition'),
  ]
}
