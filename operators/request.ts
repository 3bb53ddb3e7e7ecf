import { shape } from '../schemas/codec/schema.ts'
import type {
  Candidate,
  CapCheck,
  ConsentFound,
  ExperimentShare,
  FeatureValue,
  PersonEvent,
  ReferenceRead,
  Trigger,
} from '../schemas/generated.ts'

/** A request for a decision: what to do next for a person. */
export interface DecisionRequest {
  /** A hash of the event, or of the timer's name, key and due time. */
  readonly decisionId: string
  readonly trigger: Trigger
  readonly occurredAt: number
  /** The event that asked for it, also where a timer asks again; null if the stage of a journey did. */
  readonly event: PersonEvent | null
  /** False if too many requests of the person wait already, or it has waited too long: it is decided now, or not at all. */
  readonly canWait: boolean
}
export const DecisionRequest = shape<DecisionRequest>('decision-request')

const nowhere = { topic: '', partition: -1, offset: -1 }

const noTrigger = { origin: nowhere, source: '', eventId: '', journey: '', stage: '', begunBy: '', deferred: [] }

/** Makes the request of a timer of this name that was due at `due`, for the event that asked before, if there was one. */
export const requestOfTimer = (
  decisionId: string,
  type: string,
  due: number,
  asked: Partial<Pick<Trigger, 'journey' | 'stage' | 'begunBy' | 'deferred'>>,
  event: PersonEvent | null = null,
): DecisionRequest => ({
  decisionId,
  trigger: { ...noTrigger, type, ...asked },
  occurredAt: event?.occurredAt ?? due,
  event,
  canWait: true,
})

/** The law and the clock that count for a person. */
export interface PersonLocale {
  readonly jurisdiction: string
  /** IANA zone; null: unknown. */
  readonly timeZone: string | null
  readonly timeZoneSource: 'person' | 'release' | 'unknown'
}

/** A request, with the person's locale, and the consent for each purpose and channel. */
export interface ConsentedRequest {
  readonly request: DecisionRequest
  readonly locale: PersonLocale
  /** One for each (purpose, channel) that the release's actions use. */
  readonly consent: readonly ConsentFound[]
}
export const ConsentedRequest = shape<ConsentedRequest>('consented-request')

/** The same, with the experiments that it falls under. */
export interface AssignedRequest extends ConsentedRequest {
  readonly experiments: readonly ExperimentShare[]
}
export const AssignedRequest = shape<AssignedRequest>('assigned-request')

/** A candidate before arbitration: the fields that the decision will record, and those that only the operators need. */
export interface Option extends Omit<Candidate, 'propensity' | 'priority' | 'selectionProbability'> {
  readonly purpose: string
  readonly mandatory: boolean
  /** The time at which the channel opens, if only quiet hours remove the candidate. */
  readonly opensAt: number | null
}

/** The same, with every candidate; a removed candidate names what removed it. */
export interface FilteredRequest extends AssignedRequest {
  readonly options: readonly Option[]
  readonly features: readonly FeatureValue[]
  /** The variables that the release names, as its rules saw them. */
  readonly variables: readonly FeatureValue[]
  /** The reference data that rules could look up. */
  readonly reference: readonly ReferenceRead[]
  readonly caps: readonly CapCheck[]
  readonly points: number
  readonly pointsMax: number
}
export const FilteredRequest = shape<FilteredRequest>('filtered-request')
