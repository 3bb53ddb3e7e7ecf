import type { IdentifierFolding } from '../words/identifier-folding.ts'
import type {
  Action,
  Budget,
  Experiment,
  Exploration,
  Feature,
  Model,
  ReferenceJoin,
  Rule,
  Suppression,
} from './release.ts'

/** A time span: a whole number and `s`, `m`, `h` or `d`. */
export type Duration = string
/** `2017-03-03`, in the release's zone. */
export type LocalDate = string
/** `21:00`. */
export type LocalTime = string

/** A release file whose shape was checked. `release-reading.ts` has the defaults of optional keys. */
export interface ReleaseFile {
  readonly release: string
  readonly version: number
  /** The path of its catalog, from the folder of this file. */
  readonly catalog?: string
  readonly seed?: string
  readonly person: {
    readonly jurisdiction: string
    readonly country: string
    readonly timeZone?: string | null
    readonly jurisdictionFeature?: string | null
    readonly timeZoneFeature?: string | null
  }
  readonly dedup?: Duration
  readonly grace?: Duration
  readonly backfill?: Duration
  readonly identifiers: {
    readonly types: readonly IdentifierFile[]
    readonly blocked?: readonly string[]
  }
  readonly consent: {
    readonly regimes: Readonly<Record<string, 'opt-in' | 'opt-out'>>
    readonly exemptPurposes?: readonly string[]
  }
  readonly triggers: readonly string[]
  readonly features?: readonly FeatureFile[]
  readonly reference?: readonly ReferenceFile[]
  readonly groups?: readonly (TiersFile & { readonly id: string })[]
  readonly actions: readonly ActionFile[]
  readonly caps?: readonly CapFile[]
  readonly budget?: BudgetFile | null
  readonly quietHours?: readonly QuietHoursFile[]
  readonly suppressions?: readonly SuppressionFile[]
  readonly journeys?: readonly JourneyFile[]
  readonly experiments?: readonly ExperimentFile[]
  readonly models?: readonly ModelFile[]
  readonly exploration?: Partial<Exploration>
}

export interface IdentifierFile {
  readonly type: string
  readonly priority: number
  readonly limit: number
  readonly within?: Duration | null
  readonly fold?: IdentifierFolding | null
}

export interface FeatureFile extends Pick<Feature, 'name' | 'event' | 'kind'> {
  readonly field?: string | null
  readonly window?: Duration | null
  readonly where?: Feature['where']
  readonly q?: number | null
  readonly halfLife?: Duration | null
  readonly type?: Feature['type']
}

export interface ReferenceFile extends Pick<ReferenceJoin, 'name' | 'key'> {
  /** Defaults to the name. */
  readonly kind?: string
  readonly attributes: Readonly<Record<string, ReferenceJoin['attributes'][number]['type']>>
}

export interface TiersFile {
  readonly eligibility?: readonly Rule[]
  readonly applicability?: readonly Rule[]
  readonly suitability?: readonly Rule[]
}

export interface ActionFile extends TiersFile, Partial<Pick<Action, 'tags' | 'mandatory' | 'lever' | 'cost'>> {
  readonly id: string
  readonly name?: string | null
  readonly group?: string | null
  readonly purpose?: string
  /** A channel alone is a treatment of that name. */
  readonly treatments: readonly (string | TreatmentFile)[]
  readonly placement?: string | null
  /** Both days are included. */
  readonly valid?: { readonly from?: LocalDate | null; readonly to?: LocalDate | null }
  /** CEL, or a number. */
  readonly context?: string | number
  readonly value: string | number
  readonly expiresAfter?: Duration | null
  readonly unsupported?: string | null
  readonly approval?: 'required' | null
  readonly capacity?: { readonly max: number; readonly window: Duration } | null
}

export interface TreatmentFile {
  readonly id?: string
  readonly channel: string
  readonly parameters?: Readonly<Record<string, string>>
}

export interface CapFile {
  readonly id: string
  readonly max: number
  readonly window: Duration
  readonly purpose?: string | null
  readonly channel?: string | null
  readonly tag?: string | null
  readonly group?: string | null
  readonly placement?: string | null
  readonly per?: 'action' | 'group' | null
  readonly countsImported?: boolean
  readonly exempt?: readonly string[]
  readonly countsExempt?: boolean
}

export interface BudgetFile extends Pick<Budget, 'points' | 'cost'> {
  readonly window: Duration
  readonly exempt?: readonly string[]
}

export interface QuietHoursFile {
  readonly id: string
  readonly channels: readonly string[]
  readonly from: LocalTime
  readonly to: LocalTime
  readonly closedDays?: readonly string[]
  readonly exempt?: readonly string[]
}

export interface SuppressionFile extends Pick<Suppression, 'id' | 'outcomes' | 'count' | 'pauses'> {
  readonly within: Duration
  readonly pause: Duration
}

export interface JourneyFile {
  readonly id: string
  readonly trigger: EventConditionFile
  readonly stages: readonly StageFile[]
  readonly goal: EventConditionFile
  readonly exit?: readonly EventConditionFile[]
  readonly timeout: Duration
  readonly reentry?: 'never' | 'always' | { readonly after: Duration }
}

export interface EventConditionFile {
  readonly event: string
  readonly when?: string | null
}

/** A stage either waits for a time, or holds until an event. */
export interface StageFile {
  readonly id: string
  readonly wait?: Duration
  readonly holdUntil?: EventConditionFile & { readonly within: Duration; readonly reset?: EventConditionFile | null }
  /** Only with `wait`. */
  readonly reset?: EventConditionFile | null
  readonly decide?: boolean
}

export interface ExperimentFile
  extends Pick<Experiment, 'id' | 'kind' | 'share'>,
    Partial<Pick<Experiment, 'salt' | 'journey' | 'exempt'>> {}

export interface ModelFile
  extends Pick<Model, 'id' | 'version'>,
    Partial<Pick<Model, 'prior' | 'groups' | 'actions'>> {}
