import type { CapCheck, ConsentFound, LedgerRow, Removal, RemovalStage } from '../schemas/generated.ts'
import type { Time } from '../schemas/record.ts'
import { release } from './active-release.ts'
import { affords, pointsUsed } from './contact-policy/budget.ts'
import { usedOf } from './contact-policy/caps.ts'
import { contactPlan, type PlannedCandidate, type PlannedScope } from './contact-policy/contact-plan.ts'
import { personScope } from './contact-policy/person-scope.ts'
import { closedBy, openingFor, possibleZones } from './contact-policy/quiet-hours.ts'
import { suppressedBy } from './contact-policy/suppression.ts'
import type { Zone } from './contact-policy/zones.ts'
import { ledger } from './fatigue-ledger.ts'
import { operator } from './operator.ts'
import { reference } from './reference-table.ts'
import { type CompiledRelease, compiled, type RuleScope } from './release/compiled.ts'
import { joinedFor } from './release/reference-joins.ts'
import type { Action, Experiment } from './release/release.ts'
import { AssignedRequest, FilteredRequest, type Option } from './request.ts'
import { features, featureVector } from './windowed-features.ts'

/** Takes every candidate of the release through the policy: what is allowed stays, and the rest says what removed it. */
export const policyFilter = operator({
  name: 'policy-filter',
  input: { request: AssignedRequest },
  output: FilteredRequest,
  reads: { release, features, ledger, reference },
  on: {
    request({ value: request, receivedAt: now }, _, reads) {
      const active = compiled(reads.release)
      if (!active) return {}
      const served = featureVector(active, reads.features, now)
      const { budget, person } = active.release
      const { contacts } = reads.ledger
      const points = pointsUsed(budget, contacts, now)
      const plan = contactPlan(active)
      const found = plan.scopes.map(({ purpose, channel }) => consentIn(request.consent, purpose, channel))
      const scope = personScope({ active, request, features: served, contacts, points, now })
      const joined = joinedFor(active.joins, scope, reads.reference, now)
      const asked: Asked = {
        active,
        now,
        points,
        scope: active.joins.length > 0 ? { ...scope, reference: joined.values } : scope,
        row: reads.ledger,
        zones: possibleZones(request.timeZone, person.country),
        scopes: plan.scopes.map(({ purpose, channel, quietHours }, i) => ({
          purpose,
          channel,
          quietHours,
          consent: found[i]!,
          closure: undefined,
        })),
        checks: [],
        holdouts: holdoutsOf(active, request),
      }
      const options = plan.candidates.map(planned => optionOf(planned, asked))
      const caps = asked.checks.filter(check => check !== undefined)
      const pointsMax = budget?.points ?? 0
      return {
        emit: [filtered(request, { options, features: served, reference: joined.reads, caps, points, pointsMax })],
      }
    },
  },
})

/** Written out, because a copy of the rest of a value costs more. */
function filtered(
  request: AssignedRequest,
  { options, features, reference, caps, points, pointsMax }: Omit<FilteredRequest, keyof AssignedRequest>,
): FilteredRequest {
  const { decisionId, trigger, occurredAt, event, jurisdiction, timeZone, timeZoneSource } = request
  const { consent, experiments } = request
  return {
    decisionId,
    trigger,
    occurredAt,
    event,
    jurisdiction,
    timeZone,
    timeZoneSource,
    consent,
    experiments,
    options,
    features,
    reference,
    caps,
    points,
    pointsMax,
  }
}

/** What keeps a scope closed, and until when; null when it is open. */
type Closure = { readonly rule: string; readonly opensAt: Time | null } | null

/** One request, and what was found out for it so far. */
interface Asked {
  readonly active: CompiledRelease
  readonly now: Time
  readonly points: number
  readonly scope: RuleScope
  readonly row: LedgerRow
  readonly zones: readonly Zone[]
  readonly scopes: (PlannedScope & { readonly consent: ConsentFound | null; closure: Closure | undefined })[]
  /** Experiments that hold this person out. */
  readonly holdouts: readonly Experiment[]
  /** By the place that the plan gave them. */
  readonly checks: (CapCheck | undefined)[]
}

const consentIn = (consent: readonly ConsentFound[], purpose: string, channel: string): ConsentFound | null =>
  consent.find(found => found.purpose === purpose && found.channel === channel) ?? null

function optionOf(planned: PlannedCandidate, asked: Asked): Option {
  const { action, treatment } = planned.candidate
  const scored = scoredOf(planned, asked)
  const closure = scored.removedBy ? null : closureOf(planned, asked)
  return {
    actionId: action.id,
    treatmentId: treatment.id,
    channel: treatment.channel,
    removedBy: closure ? removal(asked, 'quiet_hours', closure.rule, 'quiet-hours') : scored.removedBy,
    context: scored.context,
    value: scored.value,
    lever: action.lever,
    cost: action.cost,
    purpose: action.purpose,
    mandatory: action.mandatory,
    // No use in waiting for an hour at which the action is over.
    opensAt: closure?.opensAt && isOverAt(action, closure.opensAt) ? null : (closure?.opensAt ?? null),
  }
}

/** Its context and value; also of a candidate that only quiet hours remove, which may be worth waiting for. */
function scoredOf(planned: PlannedCandidate, asked: Asked): Pick<Option, 'removedBy' | 'context' | 'value'> {
  const { candidate } = planned
  const removedBy = removalOf(planned, asked)
  if (removedBy) return { removedBy, context: 0, value: 0 }
  let asking = 'context'
  try {
    const context = candidate.context(asked.scope)
    asking = 'value'
    return { removedBy: null, context, value: candidate.value(asked.scope) }
  } catch {
    return { removedBy: removal(asked, 'suitability', asking, 'rule-error'), context: 0, value: 0 }
  }
}

/** The first stage before quiet hours that the candidate fails; null when it passes all. */
function removalOf(planned: PlannedCandidate, asked: Asked): Removal | null {
  const { action } = planned.candidate
  const { row, now, active } = asked
  if (active.stopped.has(action.id)) return removal(asked, 'stopped', action.id, 'stopped')
  const invalid = invalidity(action, now)
  if (invalid) return removal(asked, 'validity', action.id, invalid)
  const { consent, purpose, channel } = asked.scopes[planned.scope]!
  if (!consent?.allowed) {
    const reason = consent?.state === 'withdrawn' ? 'consent-withdrawn' : 'consent-unknown'
    return removal(asked, 'consent', `${purpose}/${channel}`, reason)
  }
  const failed = failedTier(planned, asked)
  if (failed) return failed
  const suppression = suppressedBy(active.release.suppressions, row, planned.kind, now)
  if (suppression !== null) return removal(asked, 'suppression', suppression, 'suppressed')
  const cap = fullCap(planned, asked)
  if (cap !== null) return removal(asked, 'cap', cap, 'cap-reached')
  if (!affords(active.release.budget, asked.points, channel, purpose))
    return removal(asked, 'budget', 'budget', 'budget-spent')
  // Last, so that what an experiment holds back is just what would else have been open.
  const holdout = asked.holdouts.find(({ exempt }) => !exempt.includes(purpose))
  return holdout ? removal(asked, 'experiment', holdout.id, 'held-out') : null
}

const holdoutsOf = ({ release: { experiments = [] } }: CompiledRelease, request: AssignedRequest) =>
  experiments.filter(({ id }) => request.experiments.some(one => one.id === id && one.variant === 'holdout'))

const isOverAt = ({ validToMs }: Action, at: Time): boolean => validToMs !== null && at > validToMs

function invalidity(action: Action, now: Time): string | null {
  if (action.unsupported !== null) return 'not-supported-yet'
  if (action.validFromMs !== null && now < action.validFromMs) return 'not-yet-valid'
  return isOverAt(action, now) ? 'no-longer-valid' : null
}

const tierReasons = {
  eligibility: 'not-eligible',
  applicability: 'not-applicable',
  suitability: 'not-suitable',
} as const

function failedTier({ candidate }: PlannedCandidate, asked: Asked): Removal | null {
  for (const { rule, stage, test } of candidate.rules) {
    let passes: boolean
    try {
      passes = test(asked.scope)
    } catch {
      return removal(asked, stage, rule.id, 'rule-error')
    }
    if (!passes) return removal(asked, stage, rule.id, tierReasons[stage])
  }
  return null
}

/** The first cap with no room left. All that apply are checked, so that the decision can show how full each was. */
function fullCap({ caps, kind }: PlannedCandidate, { row, now, checks }: Asked): string | null {
  let full: string | null = null
  for (const { cap, place, actionId } of caps) {
    checks[place] ??= {
      cap: cap.id,
      actionId,
      windowMs: cap.windowMs,
      used: usedOf(cap, row.contacts, kind, now),
      limit: cap.max,
    }
    if (checks[place].used >= cap.max) full ??= cap.id
  }
  return full
}

function closureOf({ scope }: PlannedCandidate, { scopes, zones, now }: Asked): Closure {
  const asked = scopes[scope]!
  if (asked.closure === undefined) {
    const closing = closedBy(asked.quietHours, zones, now)
    asked.closure = closing && { rule: closing.id, opensAt: openingFor(asked.quietHours, zones, now) }
  }
  return asked.closure
}

const removal = ({ active }: Asked, stage: RemovalStage, rule: string, reason: string): Removal => ({
  rule,
  version: active.release.version,
  stage,
  reason,
})
