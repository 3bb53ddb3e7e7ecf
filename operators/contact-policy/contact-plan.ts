import type { CompiledCandidate, CompiledRelease } from '../release/compiled.ts'
import type { Cap, QuietHours } from '../release/release.ts'
import { scopesOf } from '../scopes.ts'
import { type ContactKind, contactKind, mustKeep } from './caps.ts'
import { quietHoursFor } from './quiet-hours.ts'

/** A cap that a candidate must keep. Candidates for which it counts the same share its place among the checks. */
export interface PlannedCap {
  readonly cap: Cap
  readonly place: number
  /** Empty when the cap counts for all actions together. */
  readonly actionId: string
}

/** What the contact policy asks of one candidate, worked out once a release. */
export interface PlannedCandidate {
  readonly candidate: CompiledCandidate
  readonly kind: ContactKind
  readonly caps: readonly PlannedCap[]
  /** Which of the plan's scopes it falls into. */
  readonly scope: number
}

/** A purpose and channel: its consent and its quiet hours are looked up once a request. */
export interface PlannedScope {
  readonly purpose: string
  readonly channel: string
  readonly quietHours: readonly QuietHours[]
}

/** A release's contact policy, by candidate. */
export interface ContactPlan {
  readonly candidates: readonly PlannedCandidate[]
  readonly scopes: readonly PlannedScope[]
}

const plans = new WeakMap<CompiledRelease, ContactPlan>()

/** Works out, once, what a release's contact policy asks of each of its candidates. */
export function contactPlan(active: CompiledRelease): ContactPlan {
  let plan = plans.get(active)
  if (!plan) {
    plan = planOf(active)
    plans.set(active, plan)
  }
  return plan
}

function planOf(active: CompiledRelease): ContactPlan {
  const { release, candidates } = active
  const places = new Map<string, number>()
  const placeOf = (cap: Cap, actionId: string): number => {
    const key = JSON.stringify([cap.id, actionId])
    const place = places.get(key) ?? places.size
    places.set(key, place)
    return place
  }
  const scopes = scopesOf(active)
  return {
    scopes: scopes.map(({ purpose, channel }) => ({
      purpose,
      channel,
      quietHours: quietHoursFor(release.quietHours, channel, purpose),
    })),
    candidates: candidates.map(candidate => {
      const { action, treatment } = candidate
      const kind = contactKind(action, treatment.channel)
      const caps = release.caps
        .filter(cap => mustKeep(cap, kind))
        .map(cap => {
          const actionId = cap.per === null ? '' : action.id
          return { cap, actionId, place: placeOf(cap, actionId) }
        })
      const scope = scopes.findIndex(one => one.purpose === action.purpose && one.channel === treatment.channel)
      return { candidate, kind, caps, scope }
    }),
  }
}
