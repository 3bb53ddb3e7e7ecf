import type { ReleaseRow } from '../../schemas/generated.ts'
import type { Action, Feature, Group, Release, Rule, Treatment } from './release.ts'

/** What a rule can ask about. All numbers are doubles. */
export interface RuleScope {
  /** By name, as the release declares them. */
  readonly features: Readonly<Record<string, number | string>>
  /** `type` and the fields of the triggering event; for a timer the type is '' and the fields are their zero values. */
  readonly event: Readonly<Record<string, unknown>>
  readonly ledger: {
    readonly contacts_24h: number
    readonly contacts_7d: number
    readonly contacts_30d: number
    readonly days_since_contact: number
    readonly points_used: number
  }
  readonly person: { readonly jurisdiction: string; readonly time_zone: string }
  /** Local to the person. `trigger` is 'event' or 'timer'; weekday 0 is Sunday; month 1 is January. */
  readonly context: {
    readonly trigger: string
    readonly hour: number
    readonly weekday: number
    readonly month: number
  }
}

export interface CompiledRule {
  readonly rule: Rule
  readonly stage: 'eligibility' | 'applicability' | 'suitability'
  /** Throws when the rule can't be evaluated. */
  test(scope: RuleScope): boolean
}

/** One treatment of one action, with what it inherits, in the order of the file. */
export interface CompiledCandidate {
  readonly action: Action
  readonly treatment: Treatment
  readonly group: Group | null
  /** Eligibility, then applicability, then suitability; in each the group's first. */
  readonly rules: readonly CompiledRule[]
  context(scope: RuleScope): number
  value(scope: RuleScope): number
}

/** A release, ready to decide. */
export interface CompiledRelease {
  readonly release: Release
  readonly hash: string
  readonly stopped: ReadonlySet<string>
  readonly candidates: readonly CompiledCandidate[]
  readonly actions: ReadonlyMap<string, Action>
  readonly triggers: ReadonlySet<string>
  readonly featuresByEvent: ReadonlyMap<string, readonly Feature[]>
  /** The `event` of a rule's scope for this event, or for none. */
  eventScope(type: string, data: Readonly<Record<string, unknown>> | null): RuleScope['event']
}

/** Compiles a partition's release, once per row; null before the first release. */
export function compiled(row: ReleaseRow): CompiledRelease | null {
  throw new Error(`not compiled yet: ${row.hash}`)
}
