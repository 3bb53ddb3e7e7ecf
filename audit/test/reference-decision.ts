import { createHash, createHmac } from 'node:crypto'
import moment from 'moment-timezone'
import type { Action, Cap, Release } from '../../operators/release/release.ts'
import { firstCatalog } from '../../schemas/catalog/first-catalog.ts'
import type { Candidate, ConsentFound, Decision, Position, Removal } from '../../schemas/generated.ts'
import { referenceProbabilities } from './reference-probabilities.ts'

const { channels } = firstCatalog.declaration

/** For tests: the limits that the decider ignores. Without any it is honest. */
export type IgnoredLimit = 'caps' | 'budget' | 'quiet-hours' | 'consent'

/** For tests: a contact as the decider remembers it. */
export interface ReferenceContact {
  readonly id: string
  readonly at: number
  readonly channel: string
  readonly action: Action | undefined
  readonly imported: boolean
}

/** For tests: everything that a decision depends on. */
export interface DecisionInput {
  readonly release: Release
  readonly hash: string
  readonly personId: string
  readonly at: number
  /** The record on `people`. */
  readonly input: Position
  readonly trigger: ReferenceTrigger
  /** Makes the decision id of its trigger's parts. */
  readonly idOf: (parts: readonly unknown[]) => string
  readonly contacts: readonly ReferenceContact[]
  /** The last statement of the person on marketing. */
  readonly statement: { readonly status: 'granted' | 'withdrawn'; readonly origin: Position } | undefined
  readonly ignore: readonly IgnoredLimit[]
}

/** For tests: the event that triggers a decision, with a source and tokens, or the timer. */
export interface ReferenceTrigger {
  readonly source: string
  readonly eventId: string
  readonly identifiedBy: string
  readonly type: string
  readonly deferred: readonly string[]
}

/** For tests: makes the id of a decision, as docs/semantics.md says. */
export const referenceId = (parts: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32)

const zone = 'America/New_York'

/** For tests: takes the decision on an input by formulas of its own, without its place in the chain. */
export function referenceDecision(now: DecisionInput): Decision {
  const { release, personId, at, trigger } = now
  const { source, eventId, type } = trigger
  const cause = eventId
    ? ['event', source, eventId, trigger.identifiedBy, at]
    : ['timer', 'agenda', [personId, ...trigger.deferred], at]
  const decisionId = now.idOf(cause)
  const draw = Number(createHmac('sha256', release.seed).update(decisionId).digest().readBigUInt64BE() >> 11n) / 2 ** 53
  const { candidates, chosen, kind } = choose(now, draw)
  const acts = kind === 'ACT' || kind === 'MANDATORY'
  const { id: modelId, version: modelVersion } = release.models[0]!
  const { algorithm, epsilon, floor } = release.exploration
  const nowhere = { topic: '', partition: -1, offset: -1 }
  return {
    decisionId,
    slot: 0,
    subject: { personId, identityVersion: 0, jurisdiction: 'DE', timeZone: zone, timeZoneSource: 'release' },
    time: {
      ...{ occurredAt: at, receivedAt: at, decidedAt: at, expiresAt: null },
      notBefore: kind === 'DEFER' ? opensAt(at) : null,
    },
    trigger: {
      ...{ source, eventId, type, begunBy: '', journey: '', stage: '', deferred: trigger.deferred },
      origin: eventId ? { topic: 'events', partition: 0, offset: now.input.offset } : nowhere,
    },
    outcome: {
      kind,
      actionId: chosen?.actionId ?? '',
      treatmentId: chosen?.treatmentId ?? '',
      channel: chosen?.channel ?? 'none',
      idempotencyKey: acts ? `${decisionId}/0` : '',
    },
    consent: consentOf(now),
    candidates,
    learning: {
      ...{ modelId, modelVersion, algorithm, epsilon, floor, draw, arm: 'policy', drawId: decisionId },
      features: [{ name: 'visits', number: 3, text: null }],
      behaviourProbability: chosen?.selectionProbability ?? 1,
    },
    variables: variablesOf(now),
    reference: [],
    experiments: [],
    fatigue: {
      caps: capsOf(now),
      points: pointsUsed(now),
      pointsMax: release.budget!.points,
      reservation: acts ? decisionId : null,
    },
    content: { templateVersion: 0, promptHash: '', generator: '', approvalId: '', approver: '' },
    explanation: { reasons: ['best-priority'], topFeatures: ['visits'], runnerUp: '', opportunityCost: 0 },
    provenance: {
      ...{ release: release.release, releaseVersion: release.version, releaseHash: now.hash, topologyVersion: 't' },
      ...{ input: now.input, previousHash: '', hash: '' },
    },
  }
}

function choose(now: DecisionInput, draw: number) {
  const candidates = candidatesOf(now)
  const open = candidates.filter(({ removedBy }) => !removedBy)
  const mandatory = open.find(({ actionId }) =>
    now.release.actions.some(({ id, mandatory }) => id === actionId && mandatory),
  )
  const isQuiet = candidates.some(({ removedBy }) => removedBy?.stage === 'quiet_hours')
  const isDeferred = !mandatory && open.length === 1 && isQuiet
  const odds = referenceProbabilities(open, now.release)
  const weighed = candidates.map(candidate => {
    const drawn = isDeferred || candidate.removedBy ? 0 : odds[open.indexOf(candidate)]!
    return { ...candidate, selectionProbability: mandatory ? Number(candidate === mandatory) : drawn }
  })
  let sum = 0
  const picked = weighed.find(({ selectionProbability }) => {
    sum += selectionProbability
    return sum > draw
  })!
  if (isDeferred) return { candidates: weighed, chosen: undefined, kind: 'DEFER' as const }
  const kind = mandatory ? 'MANDATORY' : picked.actionId === 'silence' ? 'SILENCE' : 'ACT'
  return { candidates: weighed, chosen: picked, kind } as const
}

function candidatesOf(now: DecisionInput): readonly Candidate[] {
  const model = now.release.models[0]!
  const silence = { actionId: 'silence', treatmentId: '', channel: 'none', removedBy: null, selectionProbability: 0 }
  const actions = now.release.actions.flatMap(action =>
    action.treatments.map(({ id, channel }) => {
      const { alpha, beta } = model.actions[action.id] ?? model.prior
      const propensity = alpha / (alpha + beta)
      const { lever, cost } = action
      const [context, value] = [1, 10]
      return {
        ...{ actionId: action.id, treatmentId: id, channel, removedBy: removal(now, action, channel) },
        ...{ propensity, context, value, lever, cost, selectionProbability: 0 },
        priority: propensity * context * value * lever - cost,
      }
    }),
  )
  return [...actions, { ...silence, propensity: 0, context: 0, value: 0, lever: 0, cost: 0, priority: 0 }]
}

function removal(now: DecisionInput, action: Action, channel: string): Removal | null {
  const { release, statement, at, ignore } = now
  const by = (stage: Removal['stage'], rule: string) => ({ rule, version: release.version, stage, reason: stage })
  if (action.mandatory && now.trigger.type !== 'page_viewed') return by('eligibility', 'only-for-pages')
  if (action.purpose === 'service') return null
  if (statement?.status !== 'granted' && !ignore.includes('consent')) return by('consent', action.purpose)
  const full = release.caps.find(cap => (cap.channel ?? channel) === channel && used(cap, now, action) >= cap.max)
  if (full && !ignore.includes('caps')) return by('cap', full.id)
  const points = pointsUsed(now) + release.budget!.cost[channel]!
  if (points > release.budget!.points && !ignore.includes('budget')) return by('budget', 'points')
  return opensAt(at) !== null && !ignore.includes('quiet-hours') ? by('quiet_hours', 'night') : null
}

/** The variables that the release of the tests names, in order. */
function variablesOf({ release, contacts, at }: DecisionInput): Decision['variables'] {
  const own = contacts.filter(({ imported }) => !imported)
  const all = {
    'context.hour': moment.tz(at, zone).hour(),
    'ledger.contacts_7d': own.filter(contact => at - contact.at < 7 * 86_400_000).length,
    'ledger.days_since_contact': Math.min(36_500, ...own.map(contact => (at - contact.at) / 86_400_000)),
  }
  const text = JSON.stringify(release)
  return Object.entries(all).flatMap(([name, number]) => (text.includes(name) ? [{ name, number, text: null }] : []))
}

/** Counts marketing contacts of the cap's channel, if it names one, and of this action, if it counts by action. */
function used(cap: Cap, { contacts, at }: DecisionInput, action: Action | undefined): number {
  let count = 0
  for (const contact of contacts) {
    const isRecent = Math.abs(at - contact.at) < cap.windowMs
    const isMeant = contact.action?.purpose === 'marketing' && (cap.channel ?? contact.channel) === contact.channel
    if (isRecent && isMeant && (cap.per !== 'action' || contact.action?.id === action?.id)) count++
  }
  return count
}

const capsOf = (now: DecisionInput) =>
  now.release.caps.flatMap(cap =>
    (cap.per === 'action' ? now.release.actions : [undefined]).map(action => {
      const { id, windowMs, max } = cap
      return { cap: id, actionId: action?.id ?? '', windowMs, used: used(cap, now, action), limit: max }
    }),
  )

function pointsUsed({ release, contacts, at }: DecisionInput): number {
  const { windowMs, cost } = release.budget!
  let points = 0
  for (const contact of contacts)
    if (!contact.imported && at - contact.at < windowMs)
      points += cost[contact.channel]! * (1 - (at - contact.at) / windowMs)
  return points
}

/** Returns when the channels open, where they are closed: from 21:00 to 08:00 in New York. */
function opensAt(at: number): number | null {
  const local = moment.tz(at, zone)
  if (local.hour() >= 8 && local.hour() < 21) return null
  const morning = local.clone().startOf('day').hour(8)
  return (local.hour() >= 21 ? morning.add(1, 'day') : morning).valueOf()
}

const consentOf = ({ release, statement, ignore }: DecisionInput): readonly ConsentFound[] =>
  [...new Set(release.actions.map(({ purpose }) => purpose))].flatMap(purpose =>
    channels.map((channel): ConsentFound => {
      const consent = purpose === 'service' ? undefined : statement
      const allowed = purpose === 'service' || consent?.status === 'granted' || ignore.includes('consent')
      const records = consent ? [consent.origin] : []
      return { purpose, channel, state: consent?.status ?? 'unknown', allowed, lawfulBasis: '', records }
    }),
  )
