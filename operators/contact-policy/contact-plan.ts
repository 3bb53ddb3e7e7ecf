import type { CapCheck, Removal, RemovalStage } from '../../schemas/generated.ts'
import { scopesOf } from '../consent/consent-scopes.ts'
import type { CompiledCandidate, CompiledRelease, CompiledRule } from '../release/compiled/compiled-release.ts'
import type { Cap, QuietHours } from '../release/release.ts'
import type { Option } from '../request.ts'
import { isBudgeted } from './budget.ts'
import { type ContactKind, contactKind, mustKeep } from './caps.ts'
import { quietHoursFor } from './quiet-hours.ts'

/** A cap that a candidate must keep. Candidates for which it counts the same contacts share an index among the checks. */
export interface PlannedCap {
  readonly cap: Cap
  /** Its index among the release's caps. */
  readonly place: number
  readonly index: number
  /** The check that a decision shows while the cap counts nothing. */
  readonly unused: CapCheck
  /** The candidate when the cap is full. */
  readonly full: Option
}

/** A rule, and the candidate as removed by it: because the rule is false, or because it failed. */
export interface PlannedRule {
  readonly test: CompiledRule['test']
  readonly failed: Option
  readonly broken: Option
}

/** The contact policy's tests for one candidate, and its removed forms that are the same for every request. */
export interface PlannedCandidate {
  readonly candidate: CompiledCandidate
  readonly kind: ContactKind
  readonly rules: readonly PlannedRule[]
  readonly caps: readonly PlannedCap[]
  /** Index of its scope among the plan's scopes. */
  readonly scope: number
  /** Null unless its action is stopped. */
  readonly stopped: Option | null
  readonly withdrawn: Option
  readonly unknown: Option
  /** The candidate when the ledger may have forgotten contacts; null if no cap and no budget counts any for it. */
  readonly ledgerFull: Option | null
  /** The candidate when the budget has too little left for it. */
  readonly unaffordable: Option
  readonly withoutContext: Option
  readonly withoutValue: Option
}

/** A purpose and channel, whose consent and quiet hours are looked up once for each request. */
export interface PlannedScope {
  readonly purpose: string
  readonly channel: string
  readonly quietHours: readonly QuietHours[]
}

/** A release's contact policy, by candidate. */
export interface ContactPlan {
  readonly candidates: readonly PlannedCandidate[]
  /** All removed forms of the candidates, which do not depend on the request. */
  readonly removed: readonly Option[]
  readonly scopes: readonly PlannedScope[]
}

/** Builds the option of a candidate that was removed. */
export const removedOption = ({ action, treatment }: CompiledCandidate, removedBy: Removal): Option => ({
  actionId: action.id,
  treatmentId: treatment.id,
  channel: treatment.channel,
  removedBy,
  context: 0,
  value: 0,
  lever: action.lever,
  cost: action.cost,
  purpose: action.purpose,
  mandatory: action.mandatory,
  opensAt: null,
})

const plans = new WeakMap<CompiledRelease, ContactPlan>()

/** Returns a release's contact plan, computed once per release. */
export function contactPlan(active: CompiledRelease): ContactPlan {
  let plan = plans.get(active)
  if (!plan) {
    plan = planOf(active)
    plans.set(active, plan)
  }
  return plan
}

function planOf(active: CompiledRelease): ContactPlan {
  const { release, candidates, stopped } = active
  const indexes = new Map<string, number>()
  const indexOf = (cap: Cap, actionId: string): number => {
    const key = JSON.stringify([cap.id, actionId])
    const index = indexes.get(key) ?? indexes.size
    indexes.set(key, index)
    return index
  }
  const scopes = scopesOf(active)
  const removed: Option[] = []
  return {
    removed,
    scopes: scopes.map(({ purpose, channel }) => ({
      purpose,
      channel,
      quietHours: quietHoursFor(release.quietHours, channel, purpose),
    })),
    candidates: candidates.map(candidate => {
      const { action, treatment } = candidate
      const { channel } = treatment
      const out = (stage: RemovalStage, rule: string, reason: string): Option => {
        const option = removedOption(candidate, { rule, version: release.version, stage, reason })
        removed.push(option)
        return option
      }
      const consent = (reason: string): Option => out('consent', `${action.purpose}/${channel}`, reason)
      const kind = contactKind(action, channel)
      return {
        candidate,
        kind,
        rules: candidate.rules.map(({ rule, stage, test }) => ({
          test,
          failed: out(stage, rule.id, tierReasons[stage]),
          broken: out(stage, rule.id, 'rule-error'),
        })),
        caps: release.caps
          .map((cap, place) => ({ cap, place }))
          .filter(({ cap }) => mustKeep(cap, kind))
          .map(({ cap, place }) => {
            const actionId = cap.per === null ? '' : action.id
            const unused = { cap: cap.id, actionId, windowMs: cap.windowMs, used: 0, limit: cap.max }
            return { cap, place, index: indexOf(cap, actionId), unused, full: out('cap', cap.id, 'cap-reached') }
          }),
        scope: scopes.findIndex(one => one.purpose === action.purpose && one.channel === channel),
        stopped: stopped.has(action.id) ? out('stopped', action.id, 'stopped') : null,
        withdrawn: consent('consent-withdrawn'),
        unknown: consent('consent-unknown'),
        ledgerFull:
          release.caps.some(cap => mustKeep(cap, kind)) || isBudgeted(release.budget, action.purpose)
            ? out('cap', 'ledger', 'ledger-full')
            : null,
        unaffordable: out('budget', 'budget', 'budget-spent'),
        withoutContext: out('suitability', 'context', 'rule-error'),
        withoutValue: out('suitability', 'value', 'rule-error'),
      }
    }),
  }
}

const tierReasons = {
  eligibility: 'not-eligible',
  applicability: 'not-applicable',
  suitability: 'not-suitable',
} as const
