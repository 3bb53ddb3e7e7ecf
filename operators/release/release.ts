import type { CatalogDeclaration } from '../../schemas/catalog/catalog.ts'
import type { FeatureKind } from '../features/kinds/feature-kinds.ts'
import type { IdentifierFolding } from '../words/identifier-folding.ts'

/**
 * A release: the rules, limits and models that a company changes without code. It is written as YAML, and travels on
 * `control` as canonical JSON.
 */
export interface Release {
  readonly release: string
  readonly version: number
  /** The words that it is written in, whole, so that deciding needs nothing else. Absent: those of version 0.1. */
  readonly catalog?: CatalogDeclaration
  /** Seeds every draw. */
  readonly seed: string
  readonly person: PersonDefaults
  /** A record that repeats an event id within this time changes nothing; after it, the id is no longer known. */
  readonly dedupMs: number
  /** Windows take events that are at most this late. Last values and times since take an event of any age. */
  readonly graceMs: number
  /**
   * An event that is later than this asks for no decision, and begins, holds and ends no journey. Absent: `graceMs`, so
   * that a release that does not say keeps its hash.
   */
  readonly backfillMs?: number
  readonly identifiers: Identifiers
  readonly consent: ConsentPolicy
  /** Event types that ask for a decision. */
  readonly triggers: readonly string[]
  readonly features: readonly Feature[]
  /** Absent: none. */
  readonly reference?: readonly ReferenceJoin[]
  readonly groups: readonly Group[]
  readonly actions: readonly Action[]
  readonly caps: readonly Cap[]
  readonly budget: Budget | null
  readonly quietHours: readonly QuietHours[]
  readonly suppressions: readonly Suppression[]
  /** Absent: none. A release without journeys keeps the hash that it had before journeys existed. */
  readonly journeys?: readonly Journey[]
  /** Absent: none. */
  readonly experiments?: readonly Experiment[]
  readonly models: readonly Model[]
  readonly exploration: Exploration
}

export interface PersonDefaults {
  readonly jurisdiction: string
  /** ISO country: its zones are the candidates when a zone is unknown. */
  readonly country: string
  /** IANA zone to assume; null: unknown, the most restrictive zone of the country counts. */
  readonly timeZone: string | null
  /** Features of kind `last` that hold the person's own values. */
  readonly jurisdictionFeature: string | null
  readonly timeZoneFeature: string | null
}

export interface Identifiers {
  readonly types: readonly IdentifierType[]
  /** Values that identify nobody; they are compared trimmed and in lower case. */
  readonly blocked: readonly string[]
}

export interface IdentifierType {
  readonly type: string
  /** 1 comes first. */
  readonly priority: number
  /** The most identifiers of this type that a person may have, within `windowMs` if that is given. */
  readonly limit: number
  readonly windowMs: number | null
  /** How values are folded before persons are found by them. Absent: only surrounding blanks are cut off. */
  readonly fold?: IdentifierFolding
}

export interface ConsentPolicy {
  /**
   * By jurisdiction. `opt-in`: unknown consent means no. `opt-out`: only a withdrawal means no. Jurisdictions that are
   * not listed are opt-in.
   */
  readonly regimes: Readonly<Record<string, 'opt-in' | 'opt-out'>>
  /** Purposes that never need consent, such as service. */
  readonly exemptPurposes: readonly string[]
}

export interface Feature {
  readonly name: string
  /** The type of the events that it is computed from. */
  readonly event: string
  readonly kind: FeatureKind
  /** Path into the event's fields (`value`, `lines.category`). */
  readonly field: string | null
  /** Null: for ever. */
  readonly windowMs: number | null
  /** Counts only lines or events whose `where.field` equals `where.equals`. */
  readonly where: { readonly field: string; readonly equals: string } | null
  /** Only for quantiles: on (0, 1). */
  readonly q: number | null
  /** Only for decayed rates. */
  readonly halfLifeMs: number | null
  /** A number is 0 and a text is empty if there was no event. */
  readonly type: 'number' | 'text'
}

/** Reference data that rules can look up as `reference.<name>`. */
export interface ReferenceJoin {
  readonly name: string
  /** The part of the reference key before the slash. */
  readonly kind: string
  /** CEL, text: the part of the reference key after the slash. If it is empty, nothing is looked up. */
  readonly key: string
  /** An unknown attribute is 0, the empty text or, for `hours-since`, a hundred years. */
  readonly attributes: readonly { readonly name: string; readonly type: 'number' | 'text' | 'hours-since' }[]
}

export interface Rule {
  readonly id: string
  /** CEL, boolean. False removes the candidate. */
  readonly when: string
}

/** Three tiers of rules, evaluated in this order. */
export interface Tiers {
  readonly eligibility: readonly Rule[]
  readonly applicability: readonly Rule[]
  readonly suitability: readonly Rule[]
}

/** Rules that its actions inherit; the group's rules of a tier come first. */
export interface Group extends Tiers {
  readonly id: string
}

export interface Action extends Tiers {
  readonly id: string
  /** The name shown to people. Absent: the id. */
  readonly name?: string
  readonly group: string | null
  readonly purpose: string
  /** One candidate for each treatment. */
  readonly treatments: readonly Treatment[]
  readonly tags: readonly string[]
  readonly placement: string | null
  /** A mandatory action wins over all others. */
  readonly mandatory: boolean
  readonly validFromMs: number | null
  readonly validToMs: number | null
  /** CEL, double: the context weight. */
  readonly context: string
  /** CEL, double: what success is worth, in the release's currency. */
  readonly value: string
  readonly lever: number
  readonly cost: number
  /** For how long a send is worth delivering; null: always. */
  readonly expiresAfterMs: number | null
  /** Removes the action with the reason `not-supported-yet`; the text says what it needs. */
  readonly unsupported: string | null
  /** Absent: no approval is needed. Otherwise the action is unsupported, as approvals are not built yet. */
  readonly approval?: 'required'
  /** Absent: unlimited. Otherwise the action is unsupported, as slots are not counted yet. */
  readonly capacity?: { readonly max: number; readonly windowMs: number }
}

export interface Treatment {
  readonly id: string
  readonly channel: string
  readonly parameters: Readonly<Record<string, string>>
}

/** Allows at most `max` contacts in any `windowMs`, among the contacts that match every given field. */
export interface Cap {
  readonly id: string
  readonly max: number
  readonly windowMs: number
  readonly purpose: string | null
  readonly channel: string | null
  readonly tag: string | null
  readonly group: string | null
  readonly placement: string | null
  /** Counts each action or each group separately. */
  readonly per: 'action' | 'group' | null
  /** Also counts the contacts of other policies. */
  readonly countsImported: boolean
  /** Purposes that the cap never stops; `countsExempt` says whether their contacts count. */
  readonly exempt: readonly string[]
  readonly countsExempt: boolean
}

/** A budget of points: a contact uses points, which come back evenly over `windowMs`. */
export interface Budget {
  readonly points: number
  readonly windowMs: number
  readonly cost: Readonly<Record<string, number>>
  readonly exempt: readonly string[]
}

/**
 * Hours of the person's local day in which channels are closed, in minutes of the day. With `from` > `to` they span
 * midnight.
 */
export interface QuietHours {
  readonly id: string
  readonly channels: readonly string[]
  readonly fromMinute: number
  readonly toMinute: number
  /** Days on which the channels are closed all day; 0 is Sunday. */
  readonly closedDays: readonly number[]
  readonly exempt: readonly string[]
}

/** Pauses an action, its group or its purpose for `pauseMs` after `count` of these outcomes within `withinMs`. */
export interface Suppression {
  readonly id: string
  readonly outcomes: readonly string[]
  readonly count: number
  readonly withinMs: number
  readonly pauses: 'action' | 'group' | 'purpose'
  readonly pauseMs: number
}

/** A journey: stages that a person passes, from its trigger to its goal, an exit or its timeout. */
export interface Journey {
  readonly id: string
  readonly trigger: EventCondition
  readonly stages: readonly JourneyStage[]
  /** The event that the journey aims at. The goal and the exits also cancel the journey's waiting sends. */
  readonly goal: EventCondition
  readonly exit: readonly EventCondition[]
  /** The time from entry to the end, if nothing ends the journey before. */
  readonly timeoutMs: number
  /** The time after its end from which it may begin again; 0: at any later time; null: never. */
  readonly reentryAfterMs: number | null
}

/** An event of this type for which the condition holds. */
export interface EventCondition {
  readonly event: string
  /** CEL, boolean, over `event` and `features`; null: always. A condition that can't be evaluated does not hold. */
  readonly when: string | null
}

/** A stage waits, then requests a decision if it should; then the next stage begins. */
export interface JourneyStage {
  readonly id: string
  readonly waitMs: number
  /** The event that ends the wait early; null: none. */
  readonly holdUntil: EventCondition | null
  /** The event that restarts the wait; null: none. */
  readonly reset: EventCondition | null
  readonly decide: boolean
}

/** A share of persons who are treated differently, so that the effect of the policy can be measured. */
export interface Experiment {
  readonly id: string
  /** `holdout`: nothing is sent to the share. `random`: every open candidate is equally likely. */
  readonly kind: 'holdout' | 'random'
  /** On [0, 1]. */
  readonly share: number
  /** Decides, with the person's id, who is in the share: another salt selects other persons. */
  readonly salt: string
  /** Applies only to decisions of this journey's stages; null: to all. */
  readonly journey: string | null
  /** Only for holdouts: purposes that are sent all the same. */
  readonly exempt: readonly string[]
}

/** A model of constant Beta posteriors. An action without its own uses its group's, else the prior. */
export interface Model {
  readonly id: string
  readonly version: number
  readonly prior: Beta
  readonly groups: Readonly<Record<string, Beta>>
  readonly actions: Readonly<Record<string, Beta>>
}

export interface Beta {
  readonly alpha: number
  readonly beta: number
}

export interface Exploration {
  readonly algorithm: 'epsilon-greedy' | 'thompson'
  readonly epsilon: number
  /** p' = (1 − floor)·p + floor / K */
  readonly floor: number
  readonly model: string
}
