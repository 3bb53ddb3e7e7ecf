import type { CapCheck, ConsentFound, LedgerRow, Removal, RemovalStage } from '../../schemas/generated.ts'
import type { Time } from '../../schemas/record.ts'
import type { Zone } from '../calendar/zones.ts'
import { affords, pointsUsed } from '../contact-policy/budget.ts'
import { type CapUsage, usageOf, usedBy } from '../contact-policy/caps.ts'
import { type ContactPlan, contactPlan, type PlannedCandidate, removedOption } from '../contact-policy/contact-plan.ts'
import { contactsMax } from '../contact-policy/ledger-rows.ts'
import { closedBy, openingFor, possibleZones } from '../contact-policy/quiet-hours.ts'
import { type Paused, pausedNow, suppressedBy } from '../contact-policy/suppression.ts'
import { featureVector } from '../features/served.ts'
import { operator } from '../operator.ts'
import { type CompiledRelease, compiled } from '../release/compiled/compiled-release.ts'
import { RequestScope } from '../release/compiled/request-scope.ts'
import type { Action, Experiment } from '../release/release.ts'
import { AssignedRequest, FilteredRequest, type Option } from '../request.ts'
import { release } from './active-release.ts'
import { eventTypeVersions } from './event-types.ts'
import { ledger } from './fatigue-ledger.ts'
import { reference as referenceTable } from './reference-table.ts'
import { features } from './windowed-features.ts'

/** Checks every candidate of the release against the policy. A candidate that may not be sent names what removed it. */
export const policyFilter = operator({
  name: 'policy-filter',
  input: { request: AssignedRequest },
  output: FilteredRequest,
  reads: { release, features, ledger, reference: referenceTable, versions: eventTypeVersions },
  on: {
    request({ value, receivedAt: now }, _, reads) {
      const active = compiled(reads.release)
      if (!active) return {}
      const { request, locale, consent, experiments } = value
      const served = featureVector(active, reads.features, now)
      const { budget, person } = active.release
      const { contacts } = reads.ledger
      const points = pointsUsed(budget, contacts, now)
      const plan = contactPlan(active)
      const context = { request, locale, country: person.country, contacts, points, now }
      const scope = new RequestScope(active, context, served, reads)
      // Before any rule, so that the steps of keys are not taken for those of a rule that names reference data.
      const reference = scope.joined.reads
      const asked: Asked = {
        active,
        now,
        points,
        scope,
        row: reads.ledger,
        isLedgerFull: contacts.length >= contactsMax,
        zones: possibleZones(locale.timeZone, person.country),
        plan,
        consents: plan.scopes.map(({ purpose, channel }) => consentIn(consent, purpose, channel)),
        closures: [],
        checks: [],
        usages: [],
        paused: pausedNow(active.release.suppressions, reads.ledger, now),
        holdouts: holdoutsOf(active, experiments),
      }
      const options = plan.candidates.map(planned => optionOf(planned, asked))
      const caps = asked.checks.filter(check => check !== undefined)
      const pointsMax = budget?.points ?? 0
      return {
        emit: [
          {
            request,
            locale,
            consent,
            experiments,
            options,
            features: served,
            variables: scope.variables,
            reference,
            caps,
            points,
            pointsMax,
          },
        ],
      }
    },
  },
})

/** The quiet hours that close a scope, and the time at which it opens; null if it is open. */
type Closure = { readonly removedBy: Removal; readonly opensAt: Time | null } | null

/** A request, and what the checks have found for it so far. */
interface Asked {
  readonly active: CompiledRelease
  readonly now: Time
  readonly points: number
  readonly scope: RequestScope
  readonly row: LedgerRow
  readonly zones: readonly Zone[]
  readonly plan: ContactPlan
  readonly paused: Paused
  /** Whether the row may have forgotten contacts, which caps and the budget would count. */
  readonly isLedgerFull: boolean
  /** By index of the plan's scopes. */
  readonly consents: readonly (ConsentFound | null)[]
  readonly closures: (Closure | undefined)[]
  /** The experiments whose holdout this person is in. */
  readonly holdouts: readonly Experiment[]
  /** By the index that the plan gives each check. */
  readonly checks: (CapCheck | undefined)[]
  /** By index of the release's caps. */
  readonly usages: CapUsage[]
}

function consentIn(consent: readonly ConsentFound[], purpose: string, channel: string): ConsentFound | null {
  for (const found of consent) if (found.purpose === purpose && found.channel === channel) return found
  return null
}

/**
 * Checks a candidate. One that only quiet hours remove keeps its context and value, since it may be worth waiting for.
 */
function optionOf(planned: PlannedCandidate, asked: Asked): Option {
  const removed = removedOf(planned, asked)
  if (removed) return removed
  const { candidate, withoutContext, withoutValue } = planned
  const { action, treatment } = candidate
  let context: number | null = null
  let value: number
  try {
    context = candidate.context(asked.scope)
    value = candidate.value(asked.scope)
  } catch {
    return context === null ? withoutContext : withoutValue
  }
  if (!isWithinRange(context * value * action.lever, action.cost)) return withoutValue
  const closure = closureOf(planned, asked)
  return {
    actionId: action.id,
    treatmentId: treatment.id,
    channel: treatment.channel,
    removedBy: closure ? closure.removedBy : null,
    context,
    value,
    lever: action.lever,
    cost: action.cost,
    purpose: action.purpose,
    mandatory: action.mandatory,
    // Waiting is of no use if the action is over by then.
    opensAt: closure?.opensAt && isOverAt(action, closure.opensAt) ? null : (closure?.opensAt ?? null),
  }
}

/** The most that a candidate can be worth: beyond it, doubles are rounded to more than an eighth. */
const worthMax = 1e15

const isWithinRange = (worth: number, cost: number): boolean => Math.abs(worth) + Math.abs(cost) <= worthMax

/**
 * Returns the candidate as removed by the first stage that it fails, quiet hours apart; null if it passes all of them.
 */
function removedOf(planned: PlannedCandidate, asked: Asked): Option | null {
  const { candidate, kind } = planned
  const { action, treatment } = candidate
  const { now, active } = asked
  if (planned.stopped) return planned.stopped
  const invalid = invalidity(action, now)
  if (invalid) return removedOption(candidate, removal(asked, 'validity', action.id, invalid))
  const consent = asked.consents[planned.scope]
  if (!consent?.allowed) return consent?.state === 'withdrawn' ? planned.withdrawn : planned.unknown
  const failed = failedTier(planned, asked)
  if (failed) return failed
  const suppression = suppressedBy(asked.paused, kind)
  if (suppression !== null) return removedOption(candidate, removal(asked, 'suppression', suppression, 'suppressed'))
  if (asked.isLedgerFull && planned.ledgerFull) return planned.ledgerFull
  const full = fullCap(planned, asked)
  if (full) return full
  if (!affords(active.release.budget, asked.points, treatment.channel, action.purpose)) return planned.unaffordable
  // Last, so that an experiment removes only what would otherwise have been open.
  const holdout = holdoutFor(asked.holdouts, action.purpose)
  return holdout ? removedOption(candidate, removal(asked, 'experiment', holdout.id, 'held-out')) : null
}

const holdoutsOf = ({ release: { experiments = [] } }: CompiledRelease, shares: AssignedRequest['experiments']) =>
  experiments.filter(({ id }) => shares.some(one => one.id === id && one.variant === 'holdout'))

/**
 * PERF: a function of its own. A function that contains a closure allocates for it in every call, even if it returns
 * early.
 */
const holdoutFor = (holdouts: readonly Experiment[], purpose: string): Experiment | undefined =>
  holdouts.find(({ exempt }) => !exempt.includes(purpose))

const isOverAt = ({ validToMs }: Action, at: Time): boolean => validToMs !== null && at > validToMs

function invalidity(action: Action, now: Time): string | null {
  if (action.unsupported !== null) return 'not-supported-yet'
  if (action.validFromMs !== null && now < action.validFromMs) return 'not-yet-valid'
  return isOverAt(action, now) ? 'no-longer-valid' : null
}

function failedTier({ rules }: PlannedCandidate, { scope }: Asked): Option | null {
  for (const { test, failed, broken } of rules) {
    try {
      if (!test(scope)) return failed
    } catch {
      return broken
    }
  }
  return null
}

/**
 * Returns the candidate as removed by the first full cap; null if none is full. All caps are checked, since the
 * decision records how full each was.
 */
function fullCap({ caps, kind }: PlannedCandidate, { row, now, checks, usages }: Asked): Option | null {
  let first: Option | null = null
  for (const { cap, place, index, unused, full } of caps) {
    let check = checks[index]
    if (check === undefined) {
      usages[place] ??= usageOf(cap, row.contacts, now)
      const used = usedBy(cap, usages[place], kind)
      const { actionId, windowMs, limit } = unused
      check = used === 0 ? unused : { cap: cap.id, actionId, windowMs, used, limit }
      checks[index] = check
    }
    if (check.used >= cap.max) first ??= full
  }
  return first
}

function closureOf({ scope }: PlannedCandidate, asked: Asked): Closure {
  const { plan, closures, zones, now } = asked
  let closure = closures[scope]
  if (closure === undefined) {
    const { quietHours } = plan.scopes[scope]!
    const closing = closedBy(quietHours, zones, now)
    closure = closing && {
      removedBy: removal(asked, 'quiet_hours', closing.id, 'quiet-hours'),
      opensAt: openingFor(quietHours, zones, now),
    }
    closures[scope] = closure
  }
  return closure
}

const removal = ({ active }: Asked, stage: RemovalStage, rule: string, reason: string): Removal => ({
  rule,
  version: active.release.version,
  stage,
  reason,
})
