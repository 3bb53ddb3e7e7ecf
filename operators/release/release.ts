import type { Channel } from '../../schemas/topics.ts'
import type { FeatureKind } from '../features/kinds/feature-kinds.ts'

/** What a company changes: one YAML file, parsed and checked. On `control` it travels as canonical JSON. */
export interface Release {
  readonly release: string
  readonly version: number
  /** Seeds every draw. */
  readonly seed: string
  readonly person: PersonDefaults
  /** A second record with the same event id within this time changes nothing; beyond, the window has forgotten it. */
  readonly dedupMs: number
  /** A feature takes an event that came up to this late; a later one is counted and recorded. */
  readonly graceMs: number
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
  /** Absent: none. A release that does not speak of journeys has the hash that it had before there were any. */
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
  /** Features of kind `last` that say better. */
  readonly jurisdictionFeature: string | null
  readonly timeZoneFeature: string | null
}

export interface Identifiers {
  readonly types: readonly IdentifierType[]
  /** Values that name nobody, compared trimmed and in lower case. */
  readonly blocked: readonly string[]
}

export interface IdentifierType {
  readonly type: string
  /** 1 is the most telling. */
  readonly priority: number
  /** At most this many per person, within `windowMs` if given. */
  readonly limit: number
  readonly windowMs: number | null
}

export interface ConsentPolicy {
  /** `opt-in`: unknown means no. `opt-out`: only a withdrawal means no. A jurisdiction that is not listed is opt-in. */
  readonly regimes: Readonly<Record<string, 'opt-in' | 'opt-out'>>
  /** Purposes that never need consent, such as service. */
  readonly exemptPurposes: readonly string[]
}

export interface Feature {
  readonly name: string
  /** The event type it is made of. */
  readonly event: string
  readonly kind: FeatureKind
  /** Path into the event's fields (`value`, `lines.category`). */
  readonly field: string | null
  /** Null: for ever. */
  readonly windowMs: number | null
  /** Only lines or events whose `where.field` equals `where.equals`. */
  readonly where: { readonly field: string; readonly equals: string } | null
  /** Of a quantile, on (0, 1). */
  readonly q: number | null
  /** Of a decayed rate. */
  readonly halfLifeMs: number | null
  /** What is served when nothing was seen: 0, or the empty text. */
  readonly type: 'number' | 'text'
}

/** A thing that rules can ask about, as `reference.<name>`. */
export interface ReferenceJoin {
  readonly name: string
  /** What stands before the slash of its key. */
  readonly kind: string
  /** CEL, text: what stands behind it. Empty: there is nothing to look up. */
  readonly key: string
  /** What is not known of a thing is 0 or the empty text; never was, for `hours-since` a time, is a hundred years. */
  readonly attributes: readonly { readonly name: string; readonly type: 'number' | 'text' | 'hours-since' }[]
}

export interface Rule {
  readonly id: string
  /** CEL, boolean. False removes the candidate. */
  readonly when: string
}

/** The three tiers, asked in this order. */
export interface Tiers {
  readonly eligibility: readonly Rule[]
  readonly applicability: readonly Rule[]
  readonly suitability: readonly Rule[]
}

/** What its actions inherit: their tiers come after the group's. */
export interface Group extends Tiers {
  readonly id: string
}

export interface Action extends Tiers {
  readonly id: string
  /** What people call it. Absent: by its id. */
  readonly name?: string
  readonly group: string | null
  readonly purpose: string
  /** One candidate for each treatment. */
  readonly treatments: readonly Treatment[]
  readonly tags: readonly string[]
  readonly placement: string | null
  /** Wins over all that is not mandatory. */
  readonly mandatory: boolean
  readonly validFromMs: number | null
  readonly validToMs: number | null
  /** CEL, double: the context weight. */
  readonly context: string
  /** CEL, double: what success is worth, in the release's currency. */
  readonly value: string
  readonly lever: number
  readonly cost: number
  /** How long a send stays worth delivering; null: always. */
  readonly expiresAfterMs: number | null
  /** Removed with reason `not-supported-yet`; what it needs is not built. */
  readonly unsupported: string | null
  /** Absent: none is needed. Until someone can approve, the action is unsupported. */
  readonly approval?: 'required'
  /** Absent: there is no end to it. Until slots are counted, the action is unsupported. */
  readonly capacity?: { readonly max: number; readonly windowMs: number }
}

export interface Treatment {
  readonly id: string
  readonly channel: Channel
  readonly parameters: Readonly<Record<string, string>>
}

/** At most `max` contacts in any `windowMs`, among those that every given field matches. */
export interface Cap {
  readonly id: string
  readonly max: number
  readonly windowMs: number
  readonly purpose: string | null
  readonly channel: Channel | null
  readonly tag: string | null
  readonly group: string | null
  readonly placement: string | null
  /** Counted for each action, treatment or group by itself. */
  readonly per: 'action' | 'group' | null
  /** Whether contacts that another policy made count too. */
  readonly countsImported: boolean
  /** Purposes that pass this cap; whether their contacts are counted all the same. */
  readonly exempt: readonly string[]
  readonly countsExempt: boolean
}

/** Points that contacts use up, and that come back evenly over `windowMs`. */
export interface Budget {
  readonly points: number
  readonly windowMs: number
  readonly cost: Readonly<Record<string, number>>
  readonly exempt: readonly string[]
}

/** Local times, minutes of the day. `from` > `to` runs over midnight. Contact is allowed outside. */
export interface QuietHours {
  readonly id: string
  readonly channels: readonly Channel[]
  readonly fromMinute: number
  readonly toMinute: number
  /** 0 is Sunday: days on which the channel stays closed altogether. */
  readonly closedDays: readonly number[]
  readonly exempt: readonly string[]
}

/** `count` outcomes of these kinds within `withinMs` pause the action or its group for `pauseMs`. */
export interface Suppression {
  readonly id: string
  readonly outcomes: readonly string[]
  readonly count: number
  readonly withinMs: number
  readonly pauses: 'action' | 'group' | 'purpose'
  readonly pauseMs: number
}

/** What a person can be on, stage by stage, from what triggers it to its goal, an exit, or its timeout. */
export interface Journey {
  readonly id: string
  readonly trigger: EventCondition
  readonly stages: readonly JourneyStage[]
  /** What it is for. The goal, and an exit, also cancel the journey's sends that wait. */
  readonly goal: EventCondition
  readonly exit: readonly EventCondition[]
  /** From entry to the end, if nothing ends it before. */
  readonly timeoutMs: number
  /** How long after its end it may begin again; 0: at any later time; null: never. */
  readonly reentryAfterMs: number | null
}

/** An event of this type of which the condition holds. */
export interface EventCondition {
  readonly event: string
  /** CEL, boolean, over `event` and `features`; null: always. What can't be evaluated does not hold. */
  readonly when: string | null
}

/** A stage waits, then decides if it is to, and the next one begins. */
export interface JourneyStage {
  readonly id: string
  readonly waitMs: number
  /** What ends the wait before its time; null: nothing does. */
  readonly holdUntil: EventCondition | null
  /** What makes it wait anew. */
  readonly reset: EventCondition | null
  readonly decide: boolean
}

/** A share of persons who are treated otherwise, so that it can be told what the policy is worth. */
export interface Experiment {
  readonly id: string
  /** `holdout`: nothing is sent to them. `random`: all that is open is equally likely. */
  readonly kind: 'holdout' | 'random'
  /** On [0, 1]. */
  readonly share: number
  /** With the person's id, decides who is in: another salt, other persons. */
  readonly salt: string
  /** Only decisions of this journey's stages; null: all. */
  readonly journey: string | null
  /** Of a holdout: purposes that are sent all the same. */
  readonly exempt: readonly string[]
}

/** Beta posteriors, as constants. An action without its own takes its group's, then the prior. */
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
