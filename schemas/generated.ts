// Generated from the .avsc files by scripts/build/generate-types.mjs. Do not edit.
import { define, type Schema } from './codec/schema.ts'

/** Sent to the person that merges: the other person has taken its identifiers. */
export interface Accepted {
  readonly personId: string
  readonly winner: string
}

/** Repeated decisions for a person; the timer of the row is set to the next one. */
export interface AgendaRow {
  /** The number of decisions that the timer requested. */
  readonly wakes: number
  /** Sorted by askedAt, then decisionId. At most 50 requests and 64 KiB of events, for each person that merged into this one. */
  readonly waiting: readonly WaitingRequest[]
}

/** The versions of event types of which a task of intake has sent a copy to every partition of `people`. */
export interface AnnouncedRow {
  /** In the order in which they were sent. */
  readonly hashes: readonly string[]
}

/** The end of a partition's hash chain of decisions. */
export interface AuditRow {
  /** The hash of the last decision; empty before the first. */
  readonly hash: string
  /** The number of decisions in the chain. */
  readonly length: number
}

/** A customer was sent a bill. */
export interface BillIssued {
  readonly amount: number
  /** The change against the bill before, as a share: 0.15 is 15 % more. */
  readonly delta: number
  /** The time, in milliseconds since the epoch. */
  readonly dueAt: number
}

/** A treatment of an action, with its score and what removed it. */
export interface Candidate {
  readonly actionId: string
  readonly treatmentId: string
  readonly channel: string
  readonly removedBy: Removal | null
  readonly propensity: number
  readonly context: number
  readonly value: number
  readonly lever: number
  readonly cost: number
  /** propensity × context × value × lever − cost. */
  readonly priority: number
  /** The probability of being chosen; 0 if removed. */
  readonly selectionProbability: number
}

/** A cap as it was checked. */
export interface CapCheck {
  readonly cap: string
  /** The id of the action; empty if the cap does not count by action. */
  readonly actionId: string
  readonly windowMs: number
  readonly used: number
  readonly limit: number
}

/** A customer began to pay for a cart. */
export interface CheckoutStarted {
  readonly cartId: string
  readonly value: number
  /** The ISO code of the currency. */
  readonly currency: string
}

/** A person granted or withdrew consent, as the company reports it on `consents`. */
export interface ConsentChange {
  /** Names the consent among those that its source reports about one customer. */
  readonly eventId: string
  readonly identifiers: readonly Identifier[]
  /** The system that names the consent. Two systems may use one id for two consents. */
  readonly source: string
  readonly change: ConsentChanged
}

/** The consent change as it travels on `people`. */
export interface ConsentChanged {
  readonly purpose: string
  /** The channel; null for every channel. */
  readonly channel: string | null
  readonly status: ConsentStatus
  readonly lawfulBasis: string
  readonly jurisdiction: string
  readonly wordingVersion: string
  readonly effectiveAt: number
  readonly recordedAt: number
}

/** The consent found for a purpose and channel of the candidates. */
export interface ConsentFound {
  readonly purpose: string
  readonly channel: string
  readonly state: ConsentState
  readonly allowed: boolean
  readonly lawfulBasis: string
  /** The consent records that the decision relies on. */
  readonly records: readonly Position[]
}

/** The consent in force for a purpose and a channel, or a grant that begins later. */
export interface ConsentRecord {
  readonly purpose: string
  /** The channel; empty for every channel. */
  readonly channel: string
  readonly status: ConsentStatus
  readonly lawfulBasis: string
  readonly jurisdiction: string
  readonly source: string
  readonly wordingVersion: string
  readonly effectiveAt: number
  readonly recordedAt: number
  readonly origin: Position
  readonly eventId: string
}

/** The consent records of a person. */
export interface ConsentRow {
  /** The records, sorted by purpose, channel and precedence. */
  readonly records: readonly ConsentRecord[]
}

export type ConsentState = 'granted' | 'withdrawn' | 'unknown'

export type ConsentStatus = 'granted' | 'withdrawn'

/** A person may have withdrawn consent by a record that can't be used, as it travels on `people`. */
export interface ConsentUnreadable {
  /** The purpose; null for every purpose. */
  readonly purpose: string | null
  /** The channel; null for every channel. */
  readonly channel: string | null
  /** The time from which no is assumed. */
  readonly effectiveAt: number
  /** Every purpose that intake knew, where `purpose` is null. Empty: those of version 0.1. */
  readonly purposes: readonly string[]
  /** Every channel that intake knew, where `channel` is null. Empty: those of version 0.1. */
  readonly channels: readonly string[]
}

export type ContactState = 'reserved' | 'confirmed' | 'imported'

/** The content of the message. */
export interface Content {
  readonly templateVersion: number
  readonly promptHash: string
  readonly generator: string
  readonly approvalId: string
  readonly approver: string
}

/** A customer's contract after a change, in full. */
export interface ContractChanged {
  readonly planId: string
  /** The cell of the network that the customer uses most; empty if unknown. */
  readonly cellId: string
  /** Months since the first contract. */
  readonly tenureMonths: number
  /** The result of the credit check, `ok` or `refused`; empty if there was none. */
  readonly credit: string
}

/** A contract of a customer ends soon. */
export interface ContractEndNear {
  /** Days until the end of the contract. */
  readonly days: number
}

/** A change of the policy: a whole release, or the stop of an action. */
export interface Control {
  /** The id of the release or of the stop. */
  readonly controlId: string
  readonly kind: ControlKind
  /** The content, as canonical JSON. */
  readonly document: string
  /** The SHA-256 of the document, in hex. */
  readonly hash: string
}

export type ControlKind = 'release' | 'stop'

/** An event of a customer, as the company reports it on `events`. */
export interface CustomerEvent {
  /** Names the event among those that its source reports about one customer. When it comes again there, it changes nothing. */
  readonly eventId: string
  /** The name of an event type of the catalog, in snake_case. */
  readonly type: string
  /** The event time, in milliseconds since the epoch. */
  readonly occurredAt: number
  /** At least one identifier; the most important first. */
  readonly identifiers: readonly Identifier[]
  /** The system that names the event. Two systems may use one id for two events. */
  readonly source: string
  readonly schemaVersion: number
  /** The fields of the event, which the catalog's type of this name checks. */
  readonly data: { readonly 'joai.OpenData': OpenData } | { readonly 'joai.EncodedData': EncodedData }
}

/** A record that could not be used, and the reason. */
export interface DeadLetter {
  readonly position: Position
  /** A stable code. */
  readonly reason: string
  /** An explanation without personal data. */
  readonly detail: string
  /** The size of the record in bytes. */
  readonly size: number
  /** The SHA-256 of its bytes, in hex. */
  readonly hash: string
  /** The time at which the record was received. */
  readonly at: number
}

/** A decision, with everything that led to it. Silence is a decision too. */
export interface Decision {
  /** A hash of the event or timer that triggered the decision. */
  readonly decisionId: string
  readonly slot: number
  readonly subject: Subject
  readonly time: DecisionTime
  readonly trigger: Trigger
  readonly outcome: Outcome
  readonly consent: readonly ConsentFound[]
  readonly candidates: readonly Candidate[]
  readonly learning: Learning
  readonly reference: readonly ReferenceRead[]
  /** The variables that the expressions of the release name, as its rules saw them; sorted by name. */
  readonly variables: readonly FeatureValue[]
  readonly experiments: readonly ExperimentShare[]
  readonly fatigue: Fatigue
  readonly content: Content
  readonly explanation: Explanation
  readonly provenance: Provenance
}

/** The times of the decision, in milliseconds since the epoch. */
export interface DecisionTime {
  readonly occurredAt: number
  readonly receivedAt: number
  /** The time at which the input was received. */
  readonly decidedAt: number
  /** For a deferral: the time at which the decision is taken again. */
  readonly notBefore: number | null
  readonly expiresAt: number | null
}

/** A candidate that only quiet hours removed. When consent for the last one of a decision is withdrawn, the decision is not taken again. */
export interface DeferredCandidate {
  readonly purpose: string
  readonly channel: string
  /** The journey whose stage requested it; empty for none. */
  readonly journey: string
  readonly stage: string
  /** The deferred decision; empty in rows of version 1, for all of them. */
  readonly decisionId: string
  /** The time at which that decision is taken again; 0 in rows of version 1. */
  readonly notBefore: number
}

/** Evidence that two identifiers belong together. */
export interface Edge {
  readonly from: string
  readonly to: string
  readonly eventId: string
  readonly at: number
}

/** The fields of an event as Avro of its type in the catalog: the fast form. */
export interface EncodedData {
  /** The hash of the type, as `joai types` tells it. */
  readonly schema: string
  /** Avro, without a header. */
  readonly payload: Uint8Array
}

/** A version of an event type, by its hash. */
export interface EventTypeRow {
  /** The name of the event type. */
  readonly type: string
  /** Its Avro record, as canonical JSON. */
  readonly json: string
}

/** A version of an event type, of which every partition of `people` gets a copy before the first payload that it wrote. */
export interface EventTypeVersion {
  /** By which payloads name it. */
  readonly hash: string
  /** The name of the event type. */
  readonly type: string
  /** Its Avro record, as canonical JSON. */
  readonly json: string
}

/** An experiment that the decision falls under, and the person's variant. */
export interface ExperimentShare {
  readonly id: string
  readonly variant: string
  readonly probability: number
  readonly rampStage: string
}

/** A short explanation. */
export interface Explanation {
  readonly reasons: readonly string[]
  readonly topFeatures: readonly string[]
  /** The id of the second-best action; empty if there is none. */
  readonly runnerUp: string
  /** The best priority among the open candidates, which a silence forgoes. */
  readonly opportunityCost: number
}

/** A contact by another policy, which counts as imported and never as our own send. */
export interface Exposure {
  readonly actionId: string
  readonly channel: string
  /** The end of its effect, in milliseconds since the epoch. */
  readonly until: number | null
}

/** The caps and the budget before the draw. */
export interface Fatigue {
  readonly caps: readonly CapCheck[]
  /** The points of the budget that are used up. */
  readonly points: number
  readonly pointsMax: number
  /** The id of the decision that reserves the contact. */
  readonly reservation: string | null
}

/** The latest event of a source, and its value. */
export interface FeatureLast {
  readonly id: number
  readonly at: number
  /** The id of the event, which breaks ties; empty if only the time is kept. */
  readonly eventId: string
  readonly number: number | null
  readonly text: string | null
}

/** The data from which a person's features are served. */
export interface FeatureRow {
  /** Sorted by id. */
  readonly series: readonly WindowSeries[]
  /** Sorted by id. */
  readonly lasts: readonly FeatureLast[]
  /** The number of events that came after the grace and entered no window. */
  readonly late: number
}

/** A named value, such as a feature as served. */
export interface FeatureValue {
  readonly name: string
  readonly number: number | null
  readonly text: string | null
}

/** A record of a topic that is not ours, as the connector found it. Intake maps it; nobody else writes it. */
export interface ForeignRecord {
  /** As text; empty where there is none. */
  readonly key: string
  /** JSON, into which the connector has put Avro; null for a tombstone. */
  readonly value: Uint8Array | null
  readonly headers: Readonly<Record<string, string>>
}

/** An identifier by which a system of the company knows a customer. */
export interface Identifier {
  /** The type that the release declares, for instance email_hash. */
  readonly type: string
  /** Personal. */
  readonly value: string
}

/** The person that an identifier belongs to. */
export interface IdentifierRow {
  /** The person; empty before the identifier is first seen. */
  readonly personId: string
}

/** A merge of two persons, or its refusal. */
export interface IdentityChange {
  /** The person that stays. */
  readonly personId: string
  /** The person that merges into it. */
  readonly other: string
  readonly kind: IdentityChangeKind
  /** The reason of a refusal; empty for a merge. */
  readonly reason: string
  readonly edges: readonly Edge[]
  readonly at: number
}

export type IdentityChangeKind = 'merged' | 'refused'

/** States only that the identifiers of the event belong together. */
export interface IdentityLinked {
  readonly reason: string
}

/** A person left a journey. */
export interface JourneyEnded {
  readonly personId: string
  readonly journeyId: string
  /** The stage at which the person was. */
  readonly stage: string
  readonly how: JourneyEnding
  /** The time at which the event that ended the journey was received, or at which its timer was due. */
  readonly at: number
}

export type JourneyEnding = 'goal' | 'exit' | 'timeout'

/** The last end of a journey. */
export interface JourneyPast {
  readonly id: string
  readonly how: JourneyEnding
  readonly at: number
  /** The number of times that its goal was reached. */
  readonly goals: number
}

/** A journey that the person is on. */
export interface JourneyRun {
  readonly id: string
  /** The stage that the person is in, or was in last after all stages are passed. */
  readonly stage: string
  /** The number of stages that are passed. */
  readonly passed: number
  readonly enteredAt: number
  readonly waitingUntil: number
  /** The id that a decision on the event that began it has. */
  readonly begunBy: string
}

/** The journeys of a person. Both lists are sorted by id and have each journey at most once. */
export interface JourneysRow {
  readonly runs: readonly JourneyRun[]
  readonly ended: readonly JourneyPast[]
}

/** How the winner was chosen. */
export interface Learning {
  readonly modelId: string
  readonly modelVersion: number
  readonly features: readonly FeatureValue[]
  readonly algorithm: string
  readonly epsilon: number
  readonly floor: number
  /** The probability with which the policy chose as it did. */
  readonly behaviourProbability: number
  readonly arm: string
  /** The text that was hashed with the seed. */
  readonly drawId: string
  /** The random draw, on [0, 1). */
  readonly draw: number
}

/** A contact. Contacts are sorted by at, then decisionId. */
export interface LedgerContact {
  /** The id of the decision, or of the event of an imported exposure. */
  readonly decisionId: string
  readonly actionId: string
  /** The treatment; empty if imported. */
  readonly treatmentId: string
  /** Empty for none. */
  readonly group: string
  readonly channel: string
  readonly purpose: string
  readonly tags: readonly string[]
  /** Empty for none. */
  readonly placement: string
  /** The points of the budget that it uses; 0 if imported. */
  readonly points: number
  /** The time at which the record that caused it was received. */
  readonly at: number
  readonly state: ContactState
  /** The end of the effect of an imported exposure. */
  readonly until: number | null
  /** The person id that the send of a reserved contact has as its key, since its cancellation must follow it even after a merge. Empty once confirmed. */
  readonly personId: string
  /** The journey whose stage requested it; empty for none. */
  readonly journey: string
  /** Whether its send was cancelled. It may have been delivered before, so the contact counts until a receipt says that it was not. */
  readonly cancelled: boolean
}

/** Counts of what leaves no other trace in the row. */
export interface LedgerCounters {
  /** Contacts returned because they bounced or were rejected. */
  readonly returned: number
  /** Contacts whose sends were cancelled because consent was withdrawn, their journey ended or their action was stopped. */
  readonly cancelled: number
  /** Receipts that match no contact of the row. */
  readonly unknown: number
  /** Redemptions that match no contact of the row. */
  readonly unjoined: number
}

/** Deferred decisions that wait for a channel to open. */
export interface LedgerDeferral {
  /** The ids of the decisions, sorted. */
  readonly decisionIds: readonly string[]
  /** The earliest time at which one of them is taken again. */
  readonly notBefore: number
  readonly waiting: readonly DeferredCandidate[]
}

/** An outcome of a contact. Outcomes are sorted by at, then id. */
export interface LedgerOutcome {
  /** The id of the receipt or event, so that a repeated one counts once. */
  readonly id: string
  readonly decisionId: string
  readonly actionId: string
  readonly group: string
  readonly purpose: string
  readonly kind: ReceiptKind
  readonly at: number
}

/** The recent contacts of a person and their outcomes. Lists are sorted, so that merges commute. */
export interface LedgerRow {
  readonly contacts: readonly LedgerContact[]
  readonly outcomes: readonly LedgerOutcome[]
  readonly suppressions: readonly LedgerSuppression[]
  readonly deferred: LedgerDeferral | null
  readonly counters: LedgerCounters
}

/** A pause that outcomes caused. Pauses are sorted by id, scope, of. */
export interface LedgerSuppression {
  /** The id of the release's suppression. */
  readonly id: string
  readonly scope: SuppressionScope
  /** The id of the action or group, or the purpose. */
  readonly of: string
  readonly until: number
}

/** Sent to an identifier: it was seen with a person. */
export interface Linked {
  readonly token: Token
  readonly personId: string
  readonly edge: Edge
}

/** An identifier of a person. */
export interface Member {
  readonly token: string
  readonly type: string
  /** The time at which it was last seen linked. */
  readonly at: number
}

/** Sent to the larger of two person ids: merge into the other. */
export interface Merge {
  readonly personId: string
  readonly other: string
  readonly edge: Edge
}

/** Sent to a merged person on `people`: its rows go to another person. */
export interface Moved {
  readonly personId: string
  readonly to: string
}

/** All rows of a merged person, sent to the person that it merged into. */
export interface MovedRows {
  readonly personId: string
  readonly from: string
  readonly rows: readonly TableRow[]
}

/** A cell of the network failed. Sets the attributes severity and incidentAt of cell/<cellId>. */
export interface NetworkIncident {
  readonly cellId: string
  readonly severity: number
}

/** An event and its identifiers, on `identities`. */
export interface Observed {
  /** The tokens of the identifiers; the first is the key. */
  readonly tokens: readonly Token[]
  readonly eventId: string
  readonly type: string
  readonly occurredAt: number
  readonly source: string
  /** The position of the input record. */
  readonly origin: Position
  /** The event's data: Avro of its type, without a header. */
  readonly payload: Uint8Array
  /** The tokens of the identifiers as the producer gave them, separated by spaces; empty while `tokens` holds them all in that order. */
  readonly identifiedBy: string
  /** The hash of the version of the event type that wrote the payload; empty for that of JOAI 0.1. */
  readonly schema: string
}

/** Sent to the smaller of two person ids: an offer to merge the other into it. */
export interface Offer {
  readonly personId: string
  readonly loser: string
  readonly members: readonly Member[]
  readonly edges: readonly Edge[]
}

/** The fields of an event by name, of any type that the catalog declares. Inner records are of this type again. */
export interface OpenData {
  readonly fields: Readonly<Record<string, unknown>>
}

/** A customer paid. */
export interface OrderCompleted {
  readonly orderId: string
  readonly storeId: string
  /** The amount paid in total. */
  readonly value: number
  /** The discount in total. */
  readonly discount: number
  readonly cartId: string | null
  readonly margin: number | null
  readonly lines: readonly OrderLine[]
}

/** One product of an order. */
export interface OrderLine {
  readonly productId: string
  readonly category: string
  readonly quantity: number
  /** The amount paid, in the currency of the order. */
  readonly value: number
  /** The discount, in the currency of the order. */
  readonly discount: number
}

/** What to do for the person. */
export interface Outcome {
  readonly kind: OutcomeKind
  /** The id of the action: 'silence' for silence, empty for a deferral. */
  readonly actionId: string
  readonly treatmentId: string
  readonly channel: string
  /** The key by which channels recognise a repeated send; empty if nothing is sent. */
  readonly idempotencyKey: string
}

export type OutcomeKind = 'ACT' | 'DEFER' | 'SILENCE' | 'MANDATORY' | 'PENDING_APPROVAL'

/** A customer looked at a page. */
export interface PageViewed {
  readonly url: string
  readonly productId: string | null
}

/** A payment of a customer failed. */
export interface PaymentFailed {
  /** The error code of the payment provider. */
  readonly code: string
}

/** An event with its person, on `people`. */
export interface PersonEvent {
  readonly personId: string
  readonly eventId: string
  readonly type: string
  readonly occurredAt: number
  readonly source: string
  /** The position of the input record. */
  readonly origin: Position
  /** The event's data: Avro of its type, without a header. */
  readonly payload: Uint8Array
  /** The tokens of the identifiers as the producer gave them, separated by spaces; empty where there is one, which is that of `personId`. */
  readonly identifiedBy: string
  /** The hash of the version of the event type that wrote the payload; empty for that of JOAI 0.1. */
  readonly schema: string
}

/** The identifiers of a person, and the state of its merges. */
export interface PersonMembersRow {
  /** The identifiers, sorted by token. Empty: only the one that the person id is derived from. */
  readonly members: readonly Member[]
  /** The evidence that joined the members. */
  readonly edges: readonly Edge[]
  /** The person that this one merged into. */
  readonly to: string | null
  /** The person whose answer to an offer is awaited. */
  readonly offer: string | null
  /** The records that came while an answer is awaited, in order. */
  readonly inbox: readonly ({ readonly 'joai.Merge': Merge } | { readonly 'joai.Offer': Offer })[]
}

/** A receipt with its person, on `people`. */
export interface PersonReceipt {
  readonly personId: string
  readonly receiptId: string
  readonly decisionId: string
  readonly kind: ReceiptKind
  readonly value: number
  readonly occurredAt: number
  readonly origin: Position
  /** The system that names the receipt. */
  readonly source: string
}

/** The person that this one merged into, or those that merged into it. */
export interface PersonRow {
  /** The person that a merged person forwards to. */
  readonly to: string | null
  /** The number of persons that merged into this one. */
  readonly version: number
  readonly absorbed: readonly string[]
}

/** A customer changed plans. */
export interface PlanChanged {
  readonly from: string
  readonly to: string
}

/** A customer asked to take the number to another operator. */
export interface PortOutRequested {
  /** The operator that the customer wants to move to. */
  readonly operator: string
}

/** The position of a record in a log. */
export interface Position {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

/** The price of a product changed. Sets the attributes price and priceBefore of product/<sku>. */
export interface PriceChanged {
  readonly sku: string
  readonly old: number
  readonly new: number
}

/** A customer put a product into a cart. */
export interface ProductAdded {
  readonly cartId: string
  readonly sku: string
  readonly quantity: number
  readonly price: number
}

/** A customer took a product out of a cart. */
export interface ProductRemoved {
  readonly cartId: string
  readonly sku: string
  readonly quantity: number
  readonly price: number
}

/** The company learnt where a customer lives. */
export interface ProfileChanged {
  /** The IANA name of the time zone. */
  readonly timeZone: string | null
  /** The code of the country or state, as the release names it. */
  readonly jurisdiction: string | null
}

/** The release, the code and the input that the decision was made from. */
export interface Provenance {
  readonly release: string
  readonly releaseVersion: number
  readonly releaseHash: string
  readonly topologyVersion: string
  /** The record on `people` that was folded. */
  readonly input: Position
  readonly previousHash: string
  readonly hash: string
}

/** Takes a release out of force, because something threw under it: the one before goes on. A task writes a copy to every partition. */
export interface Quarantine {
  /** The hash of the release. */
  readonly hash: string
  /** The record that was folded when it threw. */
  readonly position: Position
  /** The key that was being folded; empty for a record to every partition. */
  readonly key: string
  /** The time of the record, or the due time of the timer. */
  readonly at: number
  /** Whether a timer of the key threw, before the record. */
  readonly isTimer: boolean
  /** The operator that threw; empty where its output could not be written. */
  readonly operator: string
  /** The offset of the last control record that was folded ahead, where no release before it could go on; else null. */
  readonly ahead: number | null
}

/** The outcome of a send, as a channel reports it on `receipts`. */
export interface Receipt {
  /** Names the receipt among those that its source reports about one customer. When it comes again there, it changes nothing. */
  readonly receiptId: string
  readonly decisionId: string
  /** The person id of the send. */
  readonly personId: string
  readonly kind: ReceiptKind
  /** The value of a conversion. */
  readonly value: number
  readonly occurredAt: number
  /** The system that names the receipt. Two systems may use one id for two receipts. */
  readonly source: string
}

export type ReceiptKind = 'delivered' | 'bounced' | 'opened' | 'clicked' | 'converted' | 'complained' | 'unsubscribed' | 'ignored' | 'rejected'

/** A customer took up what an action offered. */
export interface Redemption {
  readonly actionId: string
  readonly couponId: string
  readonly value: number
}

/** A change of the reference data of a product, a store, a plan or a cell, as the company reports it on `reference`. */
export interface ReferenceChange {
  /** The id of the change, unique for ever. */
  readonly changeId: string
  /** The name of the branch in data, in snake_case. */
  readonly type: string
  /** The event time, in milliseconds since the epoch. */
  readonly occurredAt: number
  readonly source: string
  readonly schemaVersion: number
  readonly data: { readonly 'joai.ReferenceSet': ReferenceSet } | { readonly 'joai.StockChanged': StockChanged } | { readonly 'joai.PriceChanged': PriceChanged } | { readonly 'joai.NetworkIncident': NetworkIncident }
}

/** Reference data that rules could name, as looked up. */
export interface ReferenceRead {
  /** The name of the release's join. */
  readonly name: string
  /** The kind and id; empty if there was nothing to look up. */
  readonly key: string
  /** The attributes as served, in the order of the release. */
  readonly values: readonly FeatureValue[]
  /** The record on `reference` that changed the data last; null if there is none. */
  readonly record: Position | null
}

/** The reference data of a product, a store, a plan or a cell. */
export interface ReferenceRow {
  /** The attributes, sorted by name. */
  readonly attributes: readonly FeatureValue[]
  /** The event time of the last change. */
  readonly at: number
  /** The record on `reference` of the last change; null before the first. */
  readonly origin: Position | null
}

/** The complete reference data of a key. Attributes that it does not name are deleted; without any attribute the row is deleted. */
export interface ReferenceSet {
  /** The kind and id, such as product/123. */
  readonly key: string
  readonly attributes: readonly FeatureValue[]
}

/** A change of reference data, sent to every partition of `people`. */
export interface ReferenceUpdate {
  /** The kind and id, such as product/123. */
  readonly key: string
  /** Whether the attributes replace all attributes of the key, or only those of the same name. */
  readonly isWhole: boolean
  /** The attributes, sorted by name. */
  readonly attributes: readonly FeatureValue[]
  /** The event time of the change. */
  readonly at: number
  /** The position of the input record. */
  readonly origin: Position
}

/** Sent to the person that would merge: the limits do not allow it. */
export interface Refused {
  readonly personId: string
  readonly winner: string
  readonly reason: string
}

/** The release that a partition has accepted. */
export interface ReleaseRow {
  /** The release as canonical JSON; empty before the first. */
  readonly document: string
  readonly hash: string
  /** The ids of the actions that were stopped since. */
  readonly stopped: readonly string[]
}

/** The reason why a candidate was removed. */
export interface Removal {
  readonly rule: string
  /** The version of the release. */
  readonly version: number
  readonly stage: RemovalStage
  /** A stable code. */
  readonly reason: string
}

export type RemovalStage = 'validity' | 'stopped' | 'consent' | 'eligibility' | 'applicability' | 'suitability' | 'suppression' | 'cap' | 'budget' | 'quiet_hours' | 'experiment'

/** An outcome, joined to the contact that it answers. */
export interface Reward {
  readonly modelId: string
  readonly personId: string
  readonly actionId: string
  /** The id of the decision, or of the event of an imported exposure. */
  readonly decisionId: string
  readonly imported: boolean
  readonly kind: ReceiptKind
  readonly value: number
  readonly at: number
}

/** A shortened name of kind, source and id. */
export interface SeenId {
  /** The first 11 characters of the SHA-256, in base64url. */
  readonly id: string
  /** The time at which it was received. */
  readonly at: number
}

/** The events and receipts that were folded. */
export interface SeenRow {
  /** Sorted by time, then id. */
  readonly names: readonly SeenId[]
  /** What version 1 wrote, in the same order. It named events and receipts by their ids alone. */
  readonly earlier: readonly SeenId[]
  /** The number of duplicates, which changed nothing. */
  readonly dropped: number
}

/** A message that a channel should deliver, or should no longer deliver. */
export interface Send {
  readonly decisionId: string
  readonly idempotencyKey: string
  readonly kind: SendKind
  /** The person; receipts must return it. */
  readonly personId: string
  readonly addressToken: string
  readonly actionId: string
  readonly treatmentId: string
  readonly channel: string
  readonly purpose: string
  readonly parameters: Readonly<Record<string, string>>
  readonly notBefore: number | null
  readonly expiresAt: number | null
  /** The reason of a cancellation. */
  readonly reason: string
}

export type SendKind = 'send' | 'cancel'

export type SeriesKind = 'count' | 'sum' | 'debit' | 'min' | 'max' | 'distinct' | 'histogram'

/** The stock of a product changed. Sets the attribute onHand of product/<sku>. */
export interface StockChanged {
  readonly sku: string
  readonly onHand: number
}

/** The person that the decision is about. */
export interface Subject {
  readonly personId: string
  /** The number of persons that merged into this one. */
  readonly identityVersion: number
  readonly jurisdiction: string
  /** The IANA zone; empty if unknown. */
  readonly timeZone: string
  /** The source of the zone: person, release or unknown. */
  readonly timeZoneSource: string
}

export type SuppressionScope = 'action' | 'group' | 'purpose'

/** A row of a table, as stored. */
export interface TableRow {
  readonly table: string
  /** The version of the row's schema. */
  readonly version: number
  /** The time at which the timer of the row fires. */
  readonly due: number | null
  readonly bytes: Uint8Array
}

/** The time, as a record. */
export interface Tick {
  /** The time, in milliseconds since the epoch. */
  readonly at: number
}

/** The service completed a customer's request. */
export interface TicketClosed {
  readonly topic: string
  /** The customer's satisfaction rating; null if not rated. */
  readonly csat: number | null
}

/** A customer asked the service for help. */
export interface TicketOpened {
  readonly topic: string
}

/** An identifier without its value. */
export interface Token {
  readonly type: string
  /** The type, a dot, and the HMAC of the value. */
  readonly token: string
  /** The token of the folded value, in lower case, if that differs; blocked values are compared with it. */
  readonly folded: string
  /** The token of the value as an E.164 number, if it is a telephone number with its country code that is written otherwise. */
  readonly phone: string
}

/** The event or timer that requested the decision. */
export interface Trigger {
  readonly origin: Position
  /** The id of the event; empty for a timer. */
  readonly eventId: string
  /** The type of the event, or the name of the timer. */
  readonly type: string
  readonly journey: string
  readonly stage: string
  /** The deferred decisions that this one replaces. */
  readonly deferred: readonly string[]
  /** The source of the event; empty for a timer. */
  readonly source: string
  /** The id that a decision on the event that began the journey has; empty unless a stage of a journey asks. */
  readonly begunBy: string
}

/** The id by which a person takes part in experiments, which stays the same when persons merge. */
export interface UnitRow {
  /** The person's id at its first decision under experiments; empty before that. */
  readonly unit: string
  /** The time of that decision. */
  readonly since: number
}

/** What could still be read of a record on `consents` that is no consent. Intake makes it; nobody writes it. */
export interface UnreadableConsent {
  /** Those that could be read. */
  readonly identifiers: readonly Identifier[]
  /** As written; empty where there is none. */
  readonly purpose: string
  /** As written; empty where there is none. */
  readonly channel: string
  /** As written; empty where there is none. */
  readonly status: string
  /** Null where there is none. */
  readonly effectiveAt: number | null
}

/** A customer used data, and it was rated. */
export interface UsageRated {
  readonly gb: number
  readonly planId: string
}

/** A request whose decision may be deferred, with all that it is asked again with. */
export interface WaitingRequest {
  /** The decision that it asked for. */
  readonly decisionId: string
  readonly askedAt: number
  /** The journey whose stage asked; empty for none. */
  readonly journey: string
  readonly stage: string
  /** The event that asked; null if a stage did. */
  readonly event: PersonEvent | null
}

/** One aggregate of a person's events in sparse tiles, sorted by tile, then key. It is kept in columns, which are smaller than entries. */
export interface WindowSeries {
  /** A hash of the event, field, filter, kind and step that it is made of; see operators/features/feature-plan.ts. */
  readonly id: number
  readonly kind: SeriesKind
  /** The index of the first tile. */
  readonly first: number
  /** The tile of each entry, counted from the first. */
  readonly tiles: readonly number[]
  /** The key of each entry: the hash of a distinct value, or the bucket of a histogram; empty for other kinds. */
  readonly keys: readonly number[]
  /** The amount of each entry, in counts or millionths; empty for distinct values. */
  readonly amounts: readonly number[]
}

const schemaOf = define("[{\"type\":\"record\",\"name\":\"BillIssued\",\"namespace\":\"joai\",\"doc\":\"A customer was sent a bill.\",\"fields\":[{\"name\":\"amount\",\"type\":\"double\"},{\"name\":\"delta\",\"type\":\"double\",\"doc\":\"The change against the bill before, as a share: 0.15 is 15 % more.\"},{\"name\":\"dueAt\",\"type\":\"long\",\"doc\":\"The time, in milliseconds since the epoch.\"}]},{\"type\":\"record\",\"name\":\"CheckoutStarted\",\"namespace\":\"joai\",\"doc\":\"A customer began to pay for a cart.\",\"fields\":[{\"name\":\"cartId\",\"type\":\"string\"},{\"name\":\"value\",\"type\":\"double\"},{\"name\":\"currency\",\"type\":\"string\",\"doc\":\"The ISO code of the currency.\"}]},{\"type\":\"record\",\"name\":\"ConsentChanged\",\"namespace\":\"joai\",\"doc\":\"The consent change as it travels on `people`.\",\"fields\":[{\"name\":\"purpose\",\"type\":\"string\"},{\"name\":\"channel\",\"type\":[\"null\",\"string\"],\"default\":null,\"doc\":\"The channel; null for every channel.\"},{\"name\":\"status\",\"type\":{\"type\":\"enum\",\"name\":\"ConsentStatus\",\"namespace\":\"joai\",\"symbols\":[\"granted\",\"withdrawn\"]}},{\"name\":\"lawfulBasis\",\"type\":\"string\",\"default\":\"\"},{\"name\":\"jurisdiction\",\"type\":\"string\",\"default\":\"\"},{\"name\":\"wordingVersion\",\"type\":\"string\",\"default\":\"\"},{\"name\":\"effectiveAt\",\"type\":\"long\"},{\"name\":\"recordedAt\",\"type\":\"long\"}]},{\"type\":\"record\",\"name\":\"ConsentUnreadable\",\"namespace\":\"joai\",\"doc\":\"A person may have withdrawn consent by a record that can't be used, as it travels on `people`.\",\"fields\":[{\"name\":\"purpose\",\"type\":[\"null\",\"string\"],\"doc\":\"The purpose; null for every purpose.\"},{\"name\":\"channel\",\"type\":[\"null\",\"string\"],\"doc\":\"The channel; null for every channel.\"},{\"name\":\"effectiveAt\",\"type\":\"long\",\"doc\":\"The time from which no is assumed.\"},{\"name\":\"purposes\",\"type\":{\"type\":\"array\",\"items\":\"string\"},\"default\":[],\"doc\":\"Every purpose that intake knew, where `purpose` is null. Empty: those of version 0.1.\"},{\"name\":\"channels\",\"type\":{\"type\":\"array\",\"items\":\"string\"},\"default\":[],\"doc\":\"Every channel that intake knew, where `channel` is null. Empty: those of version 0.1.\"}]},{\"type\":\"record\",\"name\":\"ContractChanged\",\"namespace\":\"joai\",\"doc\":\"A customer's contract after a change, in full.\",\"fields\":[{\"name\":\"planId\",\"type\":\"string\"},{\"name\":\"cellId\",\"type\":\"string\",\"default\":\"\",\"doc\":\"The cell of the network that the customer uses most; empty if unknown.\"},{\"name\":\"tenureMonths\",\"type\":\"double\",\"doc\":\"Months since the first contract.\"},{\"name\":\"credit\",\"type\":\"string\",\"default\":\"\",\"doc\":\"The result of the credit check, `ok` or `refused`; empty if there was none.\"}]},{\"type\":\"record\",\"name\":\"ContractEndNear\",\"namespace\":\"joai\",\"doc\":\"A contract of a customer ends soon.\",\"fields\":[{\"name\":\"days\",\"type\":\"double\",\"doc\":\"Days until the end of the contract.\"}]},{\"type\":\"record\",\"name\":\"Exposure\",\"namespace\":\"joai\",\"doc\":\"A contact by another policy, which counts as imported and never as our own send.\",\"fields\":[{\"name\":\"actionId\",\"type\":\"string\"},{\"name\":\"channel\",\"type\":\"string\",\"default\":\"\"},{\"name\":\"until\",\"type\":[\"null\",\"long\"],\"default\":null,\"doc\":\"The end of its effect, in milliseconds since the epoch.\"}]},{\"type\":\"record\",\"name\":\"IdentityLinked\",\"namespace\":\"joai\",\"doc\":\"States only that the identifiers of the event belong together.\",\"fields\":[{\"name\":\"reason\",\"type\":\"string\",\"default\":\"\"}]},{\"type\":\"record\",\"name\":\"OrderCompleted\",\"namespace\":\"joai\",\"doc\":\"A customer paid.\",\"fields\":[{\"name\":\"orderId\",\"type\":\"string\"},{\"name\":\"storeId\",\"type\":\"string\",\"default\":\"\"},{\"name\":\"value\",\"type\":\"double\",\"doc\":\"The amount paid in total.\"},{\"name\":\"discount\",\"type\":\"double\",\"default\":0,\"doc\":\"The discount in total.\"},{\"name\":\"cartId\",\"type\":[\"null\",\"string\"],\"default\":null},{\"name\":\"margin\",\"type\":[\"null\",\"double\"],\"default\":null},{\"name\":\"lines\",\"type\":{\"type\":\"array\",\"items\":{\"type\":\"record\",\"name\":\"OrderLine\",\"namespace\":\"joai\",\"doc\":\"One product of an order.\",\"fields\":[{\"name\":\"productId\",\"type\":\"string\"},{\"name\":\"category\",\"type\":\"string\",\"default\":\"\"},{\"name\":\"quantity\",\"type\":\"double\"},{\"name\":\"value\",\"type\":\"double\",\"doc\":\"The amount paid, in the currency of the order.\"},{\"name\":\"discount\",\"type\":\"double\",\"default\":0,\"doc\":\"The discount, in the currency of the order.\"}]}},\"default\":[]}]},{\"type\":\"record\",\"name\":\"PageViewed\",\"namespace\":\"joai\",\"doc\":\"A customer looked at a page.\",\"fields\":[{\"name\":\"url\",\"type\":\"string\"},{\"name\":\"productId\",\"type\":[\"null\",\"string\"],\"default\":null}]},{\"type\":\"record\",\"name\":\"PaymentFailed\",\"namespace\":\"joai\",\"doc\":\"A payment of a customer failed.\",\"fields\":[{\"name\":\"code\",\"type\":\"string\",\"doc\":\"The error code of the payment provider.\"}]},{\"type\":\"record\",\"name\":\"PlanChanged\",\"namespace\":\"joai\",\"doc\":\"A customer changed plans.\",\"fields\":[{\"name\":\"from\",\"type\":\"string\"},{\"name\":\"to\",\"type\":\"string\"}]},{\"type\":\"record\",\"name\":\"PortOutRequested\",\"namespace\":\"joai\",\"doc\":\"A customer asked to take the number to another operator.\",\"fields\":[{\"name\":\"operator\",\"type\":\"string\",\"doc\":\"The operator that the customer wants to move to.\"}]},{\"type\":\"record\",\"name\":\"ProductAdded\",\"namespace\":\"joai\",\"doc\":\"A customer put a product into a cart.\",\"fields\":[{\"name\":\"cartId\",\"type\":\"string\"},{\"name\":\"sku\",\"type\":\"string\"},{\"name\":\"quantity\",\"type\":\"double\"},{\"name\":\"price\",\"type\":\"double\"}]},{\"type\":\"record\",\"name\":\"ProductRemoved\",\"namespace\":\"joai\",\"doc\":\"A customer took a product out of a cart.\",\"fields\":[{\"name\":\"cartId\",\"type\":\"string\"},{\"name\":\"sku\",\"type\":\"string\"},{\"name\":\"quantity\",\"type\":\"double\"},{\"name\":\"price\",\"type\":\"double\"}]},{\"type\":\"record\",\"name\":\"ProfileChanged\",\"namespace\":\"joai\",\"doc\":\"The company learnt where a customer lives.\",\"fields\":[{\"name\":\"timeZone\",\"type\":[\"null\",\"string\"],\"default\":null,\"doc\":\"The IANA name of the time zone.\"},{\"name\":\"jurisdiction\",\"type\":[\"null\",\"string\"],\"default\":null,\"doc\":\"The code of the country or state, as the release names it.\"}]},{\"type\":\"record\",\"name\":\"Redemption\",\"namespace\":\"joai\",\"doc\":\"A customer took up what an action offered.\",\"fields\":[{\"name\":\"actionId\",\"type\":\"string\"},{\"name\":\"couponId\",\"type\":\"string\"},{\"name\":\"value\",\"type\":\"double\",\"default\":0}]},{\"type\":\"record\",\"name\":\"TicketClosed\",\"namespace\":\"joai\",\"doc\":\"The service completed a customer's request.\",\"fields\":[{\"name\":\"topic\",\"type\":\"string\"},{\"name\":\"csat\",\"type\":[\"null\",\"double\"],\"default\":null,\"doc\":\"The customer's satisfaction rating; null if not rated.\"}]},{\"type\":\"record\",\"name\":\"TicketOpened\",\"namespace\":\"joai\",\"doc\":\"A customer asked the service for help.\",\"fields\":[{\"name\":\"topic\",\"type\":\"string\"}]},{\"type\":\"record\",\"name\":\"UsageRated\",\"namespace\":\"joai\",\"doc\":\"A customer used data, and it was rated.\",\"fields\":[{\"name\":\"gb\",\"type\":\"double\"},{\"name\":\"planId\",\"type\":\"string\"}]},{\"type\":\"record\",\"name\":\"Accepted\",\"namespace\":\"joai\",\"doc\":\"Sent to the person that merges: the other person has taken its identifiers.\",\"fields\":[{\"name\":\"personId\",\"type\":\"string\"},{\"name\":\"winner\",\"type\":\"string\"}]},{\"type\":\"record\",\"name\":\"Identifier\",\"namespace\":\"joai\",\"doc\":\"An identifier by which a system of the company knows a customer.\",\"fields\":[{\"name\":\"type\",\"type\":\"string\",\"doc\":\"The type that the release declares, for instance email_hash.\"},{\"name\":\"value\",\"type\":\"string\",\"personal\":true}]},{\"type\":\"record\",\"name\":\"ConsentChange\",\"namespace\":\"joai\",\"doc\":\"A person granted or withdrew consent, as the company reports it on `consents`.\",\"fields\":[{\"name\":\"eventId\",\"type\":\"string\",\"doc\":\"Names the consent among those that its source reports about one customer.\"},{\"name\":\"identifiers\",\"type\":{\"type\":\"array\",\"items\":\"joai.Identifier\"}},{\"name\":\"source\",\"type\":\"string\",\"default\":\"\",\"doc\":\"The system that names the consent. Two systems may use one id for two consents.\"},{\"name\":\"change\",\"type\":\"joai.ConsentChanged\"}]},{\"type\":\"record\",\"name\":\"Control\",\"namespace\":\"joai\",\"doc\":\"A change of the policy: a whole release, or the stop of an action.\",\"fields\":[{\"name\":\"controlId\",\"type\":\"string\",\"doc\":\"The id of the release or of the stop.\"},{\"name\":\"kind\",\"type\":{\"type\":\"enum\",\"name\":\"ControlKind\",\"namespace\":\"joai\",\"symbols\":[\"release\",\"stop\"]}},{\"name\":\"document\",\"type\":\"string\",\"doc\":\"The content, as canonical JSON.\"},{\"name\":\"hash\",\"type\":\"string\",\"doc\":\"The SHA-256 of the document, in hex.\"}]},{\"type\":\"record\",\"name\":\"OpenData\",\"namespace\":\"joai\",\"doc\":\"The fields of an event by name, of any type that the catalog declares. Inner records are of this type again.\",\"fields\":[{\"name\":\"fields\",\"type\":{\"type\":\"array\",\"items\":{\"type\":\"record\",\"name\":\"OpenField\",\"doc\":\"A field and its value. Its bytes are those of an entry of a map; registries can't check a map that holds itself.\",\"fields\":[{\"name\":\"name\",\"type\":\"string\"},{\"name\":\"value\",\"type\":[\"null\",\"boolean\",\"long\",\"double\",\"string\",\"joai.OpenData\",{\"type\":\"array\",\"items\":[\"null\",\"boolean\",\"long\",\"double\",\"string\",\"joai.OpenData\"]}]}]}}}]},{\"type\":\"record\",\"name\":\"EncodedData\",\"namespace\":\"joai\",\"doc\":\"The fields of an event as Avro of its type in the catalog: the fast form.\",\"fields\":[{\"name\":\"schema\",\"type\":\"string\",\"doc\":\"The hash of the type, as `joai types` tells it.\"},{\"name\":\"payload\",\"type\":\"bytes\",\"doc\":\"Avro, without a header.\"}]},{\"type\":\"record\",\"name\":\"CustomerEvent\",\"namespace\":\"joai\",\"doc\":\"An event of a customer, as the company reports it on `events`.\",\"fields\":[{\"name\":\"eventId\",\"type\":\"string\",\"doc\":\"Names the event among those that its source reports about one customer. When it comes again there, it changes nothing.\"},{\"name\":\"type\",\"type\":\"string\",\"doc\":\"The name of an event type of the catalog, in snake_case.\"},{\"name\":\"occurredAt\",\"type\":\"long\",\"doc\":\"The event time, in milliseconds since the epoch.\"},{\"name\":\"identifiers\",\"type\":{\"type\":\"array\",\"items\":\"joai.Identifier\"},\"doc\":\"At least one identifier; the most important first.\"},{\"name\":\"source\",\"type\":\"string\",\"default\":\"\",\"doc\":\"The system that names the event. Two systems may use one id for two events.\"},{\"name\":\"schemaVersion\",\"type\":\"int\",\"default\":1},{\"name\":\"data\",\"type\":[\"joai.OpenData\",\"joai.EncodedData\"],\"doc\":\"The fields of the event, which the catalog's type of this name checks.\"}]},{\"type\":\"record\",\"name\":\"Position\",\"namespace\":\"joai\",\"doc\":\"The position of a record in a log.\",\"fields\":[{\"name\":\"topic\",\"type\":\"string\"},{\"name\":\"partition\",\"type\":\"int\"},{\"name\":\"offset\",\"type\":\"long\"}]},{\"type\":\"record\",\"name\":\"DeadLetter\",\"namespace\":\"joai\",\"doc\":\"A record that could not be used, and the reason.\",\"fields\":[{\"name\":\"position\",\"type\":\"joai.Position\"},{\"name\":\"reason\",\"type\":\"string\",\"doc\":\"A stable code.\"},{\"name\":\"detail\",\"type\":\"string\",\"doc\":\"An explanation without personal data.\"},{\"name\":\"size\",\"type\":\"int\",\"doc\":\"The size of the record in bytes.\"},{\"name\":\"hash\",\"type\":\"string\",\"doc\":\"The SHA-256 of its bytes, in hex.\"},{\"name\":\"at\",\"type\":\"long\",\"doc\":\"The time at which the record was received.\"}]},{\"type\":\"record\",\"name\":\"Decision\",\"namespace\":\"joai\",\"doc\":\"A decision, with everything that led to it. Silence is a decision too.\",\"fields\":[{\"name\":\"decisionId\",\"type\":\"string\",\"doc\":\"A hash of the event or timer that triggered the decision.\"},{\"name\":\"slot\",\"type\":\"int\",\"default\":0},{\"name\":\"subject\",\"type\":{\"type\":\"record\",\"name\":\"Subject\",\"namespace\":\"joai\",\"doc\":\"The person that the decision is about.\",\"fields\":[{\"name\":\"personId\",\"type\":\"string\"},{\"name\":\"identityVersion\",\"type\":\"int\",\"doc\":\"The number of persons that merged into this one.\"},{\"name\":\"jurisdiction\",\"type\":\"string\"},{\"name\":\"timeZone\",\"type\":\"string\",\"doc\":\"The IANA zone; empty if unknown.\"},{\"name\":\"timeZoneSource\",\"type\":\"string\",\"doc\":\"The source of the zone: person, release or unknown.\"}]}},{\"name\":\"time\",\"type\":{\"type\":\"record\",\"name\":\"DecisionTime\",\"namespace\":\"joai\",\"doc\":\"The times of the decision, in milliseconds since the epoch.\",\"fields\":[{\"name\":\"occurredAt\",\"type\":\"long\"},{\"name\":\"receivedAt\",\"type\":\"long\"},{\"name\":\"decidedAt\",\"type\":\"long\",\"doc\":\"The time at which the input was received.\"},{\"name\":\"notBefore\",\"type\":[\"null\",\"long\"],\"default\":null,\"doc\":\"For a deferral: the time at which the decision is taken again.\"},{\"name\":\"expiresAt\",\"type\":[\"null\",\"long\"],\"default\":null}]}},{\"name\":\"trigger\",\"type\":{\"type\":\"record\",\"name\":\"Trigger\",\"namespace\":\"joai\",\"doc\":\"The event or timer that requested the decision.\",\"fields\":[{\"name\":\"origin\",\"type\":\"joai.Position\"},{\"name\":\"eventId\",\"type\":\"string\",\"doc\":\"The id of the event; empty for a timer.\"},{\"name\":\"type\",\"type\":\"string\",\"doc\":\"The type of the event, or the name of the timer.\"},{\"name\":\"journey\",\"type\":\"string\",\"default\":\"\"},{\"name\":\"stage\",\"type\":\"string\",\"default\":\"\"},{\"name\":\"deferred\",\"type\":{\"type\":\"array\",\"items\":\"string\"},\"default\":[],\"doc\":\"The deferred decisions that this one replaces.\"},{\"name\":\"source\",\"type\":\"string\",\"default\":\"\",\"doc\":\"The source of the event; empty for a timer.\"},{\"name\":\"begunBy\",\"type\":\"string\",\"default\":\"\",\"doc\":\"The id that a decision on the event that began the journey has; empty unless a stage of a journey asks.\"}]}},{\"name\":\"outcome\",\"type\":{\"type\":\"record\",\"name\":\"Outcome\",\"namespace\":\"joai\",\"doc\":\"What to do for the person.\",\"fields\":[{\"name\":\"kind\",\"type\":{\"type\":\"enum\",\"name\":\"OutcomeKind\",\"symbols\":[\"ACT\",\"DEFER\",\"SILENCE\",\"MANDATORY\",\"PENDING_APPROVAL\"]}},{\"name\":\"actionId\",\"type\":\"string\",\"doc\":\"The id of the action: 'silence' for silence, empty for a deferral.\"},{\"name\":\"treatmentId\",\"type\":\"string\"},{\"name\":\"channel\",\"type\":\"string\"},{\"name\":\"idempotencyKey\",\"type\":\"string\",\"doc\":\"The key by which channels recognise a repeated send; empty if nothing is sent.\"}]}},{\"name\":\"consent\",\"type\":{\"type\":\"array\",\"items\":{\"type\":\"record\",\"name\":\"ConsentFound\",\"namespace\":\"joai\",\"doc\":\"The consent found for a purpose and channel of the candidates.\",\"fields\":[{\"name\":\"purpose\",\"type\":\"string\"},{\"name\":\"channel\",\"type\":\"string\"},{\"name\":\"state\",\"type\":{\"type\":\"enum\",\"name\":\"ConsentState\",\"symbols\":[\"granted\",\"withdrawn\",\"unknown\"]}},{\"name\":\"allowed\",\"type\":\"boolean\"},{\"name\":\"lawfulBasis\",\"type\":\"string\"},{\"name\":\"records\",\"type\":{\"type\":\"array\",\"items\":\"joai.Position\"},\"doc\":\"The consent records that the decision relies on.\"}]}}},{\"name\":\"candidates\",\"type\":{\"type\":\"array\",\"items\":{\"type\":\"record\",\"name\":\"Candidate\",\"namespace\":\"joai\",\"doc\":\"A treatment of an action, with its score and what removed it.\",\"fields\":[{\"name\":\"actionId\",\"type\":\"string\"},{\"name\":\"treatmentId\",\"type\":\"string\"},{\"name\":\"channel\",\"type\":\"string\"},{\"name\":\"removedBy\",\"type\":[\"null\",{\"type\":\"record\",\"name\":\"Removal\",\"namespace\":\"joai\",\"doc\":\"The reason why a candidate was removed.\",\"fields\":[{\"name\":\"rule\",\"type\":\"string\"},{\"name\":\"version\",\"type\":\"int\",\"doc\":\"The version of the release.\"},{\"name\":\"stage\",\"type\":{\"type\":\"enum\",\"name\":\"RemovalStage\",\"symbols\":[\"validity\",\"stopped\",\"consent\",\"eligibility\",\"applicability\",\"suitability\",\"suppression\",\"cap\",\"budget\",\"quiet_hours\",\"experiment\"]}},{\"name\":\"reason\",\"type\":\"string\",\"doc\":\"A stable code.\"}]}],\"default\":null},{\"name\":\"propensity\",\"type\":\"double\"},{\"name\":\"context\",\"type\":\"double\"},{\"name\":\"value\",\"type\":\"double\"},{\"name\":\"lever\",\"type\":\"double\"},{\"name\":\"cost\",\"type\":\"double\"},{\"name\":\"priority\",\"type\":\"double\",\"doc\":\"propensity × context × value × lever − cost.\"},{\"name\":\"selectionProbability\",\"type\":\"double\",\"doc\":\"The probability of being chosen; 0 if removed.\"}]}}},{\"name\":\"learning\",\"type\":{\"type\":\"record\",\"name\":\"Learning\",\"namespace\":\"joai\",\"doc\":\"How the winner was chosen.\",\"fields\":[{\"name\":\"modelId\",\"type\":\"string\"},{\"name\":\"modelVersion\",\"type\":\"int\"},{\"name\":\"features\",\"type\":{\"type\":\"array\",\"items\":{\"type\":\"record\",\"name\":\"FeatureValue\",\"namespace\":\"joai\",\"doc\":\"A named value, such as a feature as served.\",\"fields\":[{\"name\":\"name\",\"type\":\"string\"},{\"name\":\"number\",\"type\":[\"null\",\"double\"],\"default\":null},{\"name\":\"text\",\"type\":[\"null\",\"string\"],\"default\":null}]}}},{\"name\":\"algorithm\",\"type\":\"string\"},{\"name\":\"epsilon\",\"type\":\"double\"},{\"name\":\"floor\",\"type\":\"double\"},{\"name\":\"behaviourProbability\",\"type\":\"double\",\"doc\":\"The probability with which the policy chose as it did.\"},{\"name\":\"arm\",\"type\":\"string\"},{\"name\":\"drawId\",\"type\":\"string\",\"doc\":\"The text that was hashed with the seed.\"},{\"name\":\"draw\",\"type\":\"double\",\"doc\":\"The random draw, on [0, 1).\"}]}},{\"name\":\"reference\",\"type\":{\"type\":\"array\",\"items\":{\"type\":\"record\",\"name\":\"ReferenceRead\",\"namespace\":\"joai\",\"doc\":\"Reference data that rules could name, as looked up.\",\"fields\":[{\"name\":\"name\",\"type\":\"string\",\"doc\":\"The name of the release's join.\"},{\"name\":\"key\",\"type\":\"string\",\"doc\":\"The kind and id; empty if there was nothing to look up.\"},{\"name\":\"values\",\"type\":{\"type\":\"array\",\"items\":\"joai.FeatureValue\"},\"doc\":\"The attributes as served, in the order of the release.\"},{\"name\":\"record\",\"type\":[\"null\",\"joai.Position\"],\"default\":null,\"doc\":\"The record on `reference` that changed the data last; null if there is none.\"}]}},\"default\":[]},{\"name\":\"variables\",\"type\":{\"type\":\"array\",\"items\":\"joai.FeatureValue\"},\"default\":[],\"doc\":\"The variables that the expressions of the release name, as its rules saw them; sorted by name.\"},{\"name\":\"experiments\",\"type\":{\"type\":\"array\",\"items\":{\"type\":\"record\",\"name\":\"ExperimentShare\",\"namespace\":\"joai\",\"doc\":\"An experiment that the decision falls under, and the person's variant.\",\"fields\":[{\"name\":\"id\",\"type\":\"string\"},{\"name\":\"variant\",\"type\":\"string\"},{\"name\":\"probability\",\"type\":\"double\"},{\"name\":\"rampStage\",\"type\":\"string\"}]}}},{\"name\":\"fatigue\",\"type\":{\"type\":\"record\",\"name\":\"Fatigue\",\"namespace\":\"joai\",\"doc\":\"The caps and the budget before the draw.\",\"fields\":[{\"name\":\"caps\",\"type\":{\"type\":\"array\",\"items\":{\"type\":\"record\",\"name\":\"CapCheck\",\"namespace\":\"joai\",\"doc\":\"A cap as it was checked.\",\"fields\":[{\"name\":\"cap\",\"type\":\"string\"},{\"name\":\"actionId\",\"type\":\"string\",\"doc\":\"The id of the action; empty if the cap does not count by action.\"},{\"name\":\"windowMs\",\"type\":\"long\"},{\"name\":\"used\",\"type\":\"int\"},{\"name\":\"limit\",\"type\":\"int\"}]}}},{\"name\":\"points\",\"type\":\"double\",\"doc\":\"The points of the budget that are used up.\"},{\"name\":\"pointsMax\",\"type\":\"double\"},{\"name\":\"reservation\",\"type\":[\"null\",\"string\"],\"default\":null,\"doc\":\"The id of the decision that reserves the contact.\"}]}},{\"name\":\"content\",\"type\":{\"type\":\"record\",\"name\":\"Content\",\"namespace\":\"joai\",\"doc\":\"The content of the message.\",\"fields\":[{\"name\":\"templateVersion\",\"type\":\"int\"},{\"name\":\"promptHash\",\"type\":\"string\"},{\"name\":\"generator\",\"type\":\"string\"},{\"name\":\"approvalId\",\"type\":\"string\"},{\"name\":\"approver\",\"type\":\"string\"}]}},{\"name\":\"explanation\",\"type\":{\"type\":\"record\",\"name\":\"Explanation\",\"namespace\":\"joai\",\"doc\":\"A short explanation.\",\"fields\":[{\"name\":\"reasons\",\"type\":{\"type\":\"array\",\"items\":\"string\"}},{\"name\":\"topFeatures\",\"type\":{\"type\":\"array\",\"items\":\"string\"}},{\"name\":\"runnerUp\",\"type\":\"string\",\"doc\":\"The id of the second-best action; empty if there is none.\"},{\"name\":\"opportunityCost\",\"type\":\"double\",\"doc\":\"The best priority among the open candidates, which a silence forgoes.\"}]}},{\"name\":\"provenance\",\"type\":{\"type\":\"record\",\"name\":\"Provenance\",\"namespace\":\"joai\",\"doc\":\"The release, the code and the input that the decision was made from.\",\"fields\":[{\"name\":\"release\",\"type\":\"string\"},{\"name\":\"releaseVersion\",\"type\":\"int\"},{\"name\":\"releaseHash\",\"type\":\"string\"},{\"name\":\"topologyVersion\",\"type\":\"string\"},{\"name\":\"input\",\"type\":\"joai.Position\",\"doc\":\"The record on `people` that was folded.\"},{\"name\":\"previousHash\",\"type\":\"string\"},{\"name\":\"hash\",\"type\":\"string\"}]}}]},{\"type\":\"record\",\"name\":\"Edge\",\"namespace\":\"joai\",\"doc\":\"Evidence that two identifiers belong together.\",\"fields\":[{\"name\":\"from\",\"type\":\"string\"},{\"name\":\"to\",\"type\":\"string\"},{\"name\":\"eventId\",\"type\":\"string\"},{\"name\":\"at\",\"type\":\"long\"}]},{\"type\":\"record\",\"name\":\"EventTypeVersion\",\"namespace\":\"joai\",\"doc\":\"A version of an event type, of which every partition of `people` gets a copy before the first payload that it wrote.\",\"fields\":[{\"name\":\"hash\",\"type\":\"string\",\"doc\":\"By which payloads name it.\"},{\"name\":\"type\",\"type\":\"string\",\"doc\":\"The name of the event type.\"},{\"name\":\"json\",\"type\":\"string\",\"doc\":\"Its Avro record, as canonical JSON.\"}]},{\"type\":\"record\",\"name\":\"ForeignRecord\",\"namespace\":\"joai\",\"doc\":\"A record of a topic that is not ours, as the connector found it. Intake maps it; nobody else writes it.\",\"fields\":[{\"name\":\"key\",\"type\":\"string\",\"doc\":\"As text; empty where there is none.\"},{\"name\":\"value\",\"type\":[\"null\",\"bytes\"],\"doc\":\"JSON, into which the connector has put Avro; null for a tombstone.\"},{\"name\":\"headers\",\"type\":{\"type\":\"map\",\"values\":\"string\"}}]},{\"type\":\"record\",\"name\":\"IdentityChange\",\"namespace\":\"joai\",\"doc\":\"A merge of two persons, or its refusal.\",\"fields\":[{\"name\":\"personId\",\"type\":\"string\",\"doc\":\"The person that stays.\"},{\"name\":\"other\",\"type\":\"string\",\"doc\":\"The person that merges into it.\"},{\"name\":\"kind\",\"type\":{\"type\":\"enum\",\"name\":\"IdentityChangeKind\",\"namespace\":\"joai\",\"symbols\":[\"merged\",\"refused\"]}},{\"name\":\"reason\",\"type\":\"string\",\"doc\":\"The reason of a refusal; empty for a merge.\"},{\"name\":\"edges\",\"type\":{\"type\":\"array\",\"items\":\"joai.Edge\"}},{\"name\":\"at\",\"type\":\"long\"}]},{\"type\":\"record\",\"name\":\"JourneyEnded\",\"namespace\":\"joai\",\"doc\":\"A person left a journey.\",\"fields\":[{\"name\":\"personId\",\"type\":\"string\"},{\"name\":\"journeyId\",\"type\":\"string\"},{\"name\":\"stage\",\"type\":\"string\",\"doc\":\"The stage at which the person was.\"},{\"name\":\"how\",\"type\":{\"type\":\"enum\",\"name\":\"JourneyEnding\",\"symbols\":[\"goal\",\"exit\",\"timeout\"],\"namespace\":\"joai\"}},{\"name\":\"at\",\"type\":\"long\",\"doc\":\"The time at which the event that ended the journey was received, or at which its timer was due.\"}]},{\"type\":\"record\",\"name\":\"Token\",\"namespace\":\"joai\",\"doc\":\"An identifier without its value.\",\"fields\":[{\"name\":\"type\",\"type\":\"string\"},{\"name\":\"token\",\"type\":\"string\",\"doc\":\"The type, a dot, and the HMAC of the value.\"},{\"name\":\"folded\",\"type\":\"string\",\"default\":\"\",\"doc\":\"The token of the folded value, in lower case, if that differs; blocked values are compared with it.\"},{\"name\":\"phone\",\"type\":\"string\",\"default\":\"\",\"doc\":\"The token of the value as an E.164 number, if it is a telephone number with its country code that is written otherwise.\"}]},{\"type\":\"record\",\"name\":\"Linked\",\"namespace\":\"joai\",\"doc\":\"Sent to an identifier: it was seen with a person.\",\"fields\":[{\"name\":\"token\",\"type\":\"joai.Token\"},{\"name\":\"personId\",\"type\":\"string\"},{\"name\":\"edge\",\"type\":\"joai.Edge\"}]},{\"type\":\"record\",\"name\":\"Member\",\"namespace\":\"joai\",\"doc\":\"An identifier of a person.\",\"fields\":[{\"name\":\"token\",\"type\":\"string\"},{\"name\":\"type\",\"type\":\"string\"},{\"name\":\"at\",\"type\":\"long\",\"doc\":\"The time at which it was last seen linked.\"}]},{\"type\":\"record\",\"name\":\"Merge\",\"namespace\":\"joai\",\"doc\":\"Sent to the larger of two person ids: merge into the other.\",\"fields\":[{\"name\":\"personId\",\"type\":\"string\"},{\"name\":\"other\",\"type\":\"string\"},{\"name\":\"edge\",\"type\":\"joai.Edge\"}]},{\"type\":\"record\",\"name\":\"TableRow\",\"namespace\":\"joai\",\"doc\":\"A row of a table, as stored.\",\"fields\":[{\"name\":\"table\",\"type\":\"string\"},{\"name\":\"version\",\"type\":\"int\",\"doc\":\"The version of the row's schema.\"},{\"name\":\"due\",\"type\":[\"null\",\"long\"],\"default\":null,\"doc\":\"The time at which the timer of the row fires.\"},{\"name\":\"bytes\",\"type\":\"bytes\"}]},{\"type\":\"record\",\"name\":\"MovedRows\",\"namespace\":\"joai\",\"doc\":\"All rows of a merged person, sent to the person that it merged into.\",\"fields\":[{\"name\":\"personId\",\"type\":\"string\"},{\"name\":\"from\",\"type\":\"string\"},{\"name\":\"rows\",\"type\":{\"type\":\"array\",\"items\":\"joai.TableRow\"}}]},{\"type\":\"record\",\"name\":\"Moved\",\"namespace\":\"joai\",\"doc\":\"Sent to a merged person on `people`: its rows go to another person.\",\"fields\":[{\"name\":\"personId\",\"type\":\"string\"},{\"name\":\"to\",\"type\":\"string\"}]},{\"type\":\"record\",\"name\":\"Observed\",\"namespace\":\"joai\",\"doc\":\"An event and its identifiers, on `identities`.\",\"fields\":[{\"name\":\"tokens\",\"type\":{\"type\":\"array\",\"items\":\"joai.Token\"},\"doc\":\"The tokens of the identifiers; the first is the key.\"},{\"name\":\"eventId\",\"type\":\"string\"},{\"name\":\"type\",\"type\":\"string\"},{\"name\":\"occurredAt\",\"type\":\"long\"},{\"name\":\"source\",\"type\":\"string\"},{\"name\":\"origin\",\"type\":\"joai.Position\",\"doc\":\"The position of the input record.\"},{\"name\":\"payload\",\"type\":\"bytes\",\"doc\":\"The event's data: Avro of its type, without a header.\"},{\"name\":\"identifiedBy\",\"type\":\"string\",\"default\":\"\",\"doc\":\"The tokens of the identifiers as the producer gave them, separated by spaces; empty while `tokens` holds them all in that order.\"},{\"name\":\"schema\",\"type\":\"string\",\"default\":\"\",\"doc\":\"The hash of the version of the event type that wrote the payload; empty for that of JOAI 0.1.\"}]},{\"type\":\"record\",\"name\":\"Offer\",\"namespace\":\"joai\",\"doc\":\"Sent to the smaller of two person ids: an offer to merge the other into it.\",\"fields\":[{\"name\":\"personId\",\"type\":\"string\"},{\"name\":\"loser\",\"type\":\"string\"},{\"name\":\"members\",\"type\":{\"type\":\"array\",\"items\":\"joai.Member\"}},{\"name\":\"edges\",\"type\":{\"type\":\"array\",\"items\":\"joai.Edge\"}}]},{\"type\":\"record\",\"name\":\"PersonEvent\",\"namespace\":\"joai\",\"doc\":\"An event with its person, on `people`.\",\"fields\":[{\"name\":\"personId\",\"type\":\"string\"},{\"name\":\"eventId\",\"type\":\"string\"},{\"name\":\"type\",\"type\":\"string\"},{\"name\":\"occurredAt\",\"type\":\"long\"},{\"name\":\"source\",\"type\":\"string\"},{\"name\":\"origin\",\"type\":\"joai.Position\",\"doc\":\"The position of the input record.\"},{\"name\":\"payload\",\"type\":\"bytes\",\"doc\":\"The event's data: Avro of its type, without a header.\"},{\"name\":\"identifiedBy\",\"type\":\"string\",\"default\":\"\",\"doc\":\"The tokens of the identifiers as the producer gave them, separated by spaces; empty where there is one, which is that of `personId`.\"},{\"name\":\"schema\",\"type\":\"string\",\"default\":\"\",\"doc\":\"The hash of the version of the event type that wrote the payload; empty for that of JOAI 0.1.\"}]},{\"type\":\"record\",\"name\":\"Receipt\",\"namespace\":\"joai\",\"doc\":\"The outcome of a send, as a channel reports it on `receipts`.\",\"fields\":[{\"name\":\"receiptId\",\"type\":\"string\",\"doc\":\"Names the receipt among those that its source reports about one customer. When it comes again there, it changes nothing.\"},{\"name\":\"decisionId\",\"type\":\"string\"},{\"name\":\"personId\",\"type\":\"string\",\"doc\":\"The person id of the send.\"},{\"name\":\"kind\",\"type\":{\"type\":\"enum\",\"name\":\"ReceiptKind\",\"namespace\":\"joai\",\"symbols\":[\"delivered\",\"bounced\",\"opened\",\"clicked\",\"converted\",\"complained\",\"unsubscribed\",\"ignored\",\"rejected\"]}},{\"name\":\"value\",\"type\":\"double\",\"default\":0,\"doc\":\"The value of a conversion.\"},{\"name\":\"occurredAt\",\"type\":\"long\"},{\"name\":\"source\",\"type\":\"string\",\"default\":\"\",\"doc\":\"The system that names the receipt. Two systems may use one id for two receipts.\"}]},{\"type\":\"record\",\"name\":\"PersonReceipt\",\"namespace\":\"joai\",\"doc\":\"A receipt with its person, on `people`.\",\"fields\":[{\"name\":\"personId\",\"type\":\"string\"},{\"name\":\"receiptId\",\"type\":\"string\"},{\"name\":\"decisionId\",\"type\":\"string\"},{\"name\":\"kind\",\"type\":\"joai.ReceiptKind\"},{\"name\":\"value\",\"type\":\"double\"},{\"name\":\"occurredAt\",\"type\":\"long\"},{\"name\":\"origin\",\"type\":\"joai.Position\"},{\"name\":\"source\",\"type\":\"string\",\"default\":\"\",\"doc\":\"The system that names the receipt.\"}]},{\"type\":\"record\",\"name\":\"Quarantine\",\"namespace\":\"joai\",\"doc\":\"Takes a release out of force, because something threw under it: the one before goes on. A task writes a copy to every partition.\",\"fields\":[{\"name\":\"hash\",\"type\":\"string\",\"doc\":\"The hash of the release.\"},{\"name\":\"position\",\"type\":\"joai.Position\",\"doc\":\"The record that was folded when it threw.\"},{\"name\":\"key\",\"type\":\"string\",\"doc\":\"The key that was being folded; empty for a record to every partition.\"},{\"name\":\"at\",\"type\":\"long\",\"doc\":\"The time of the record, or the due time of the timer.\"},{\"name\":\"isTimer\",\"type\":\"boolean\",\"doc\":\"Whether a timer of the key threw, before the record.\"},{\"name\":\"operator\",\"type\":\"string\",\"doc\":\"The operator that threw; empty where its output could not be written.\"},{\"name\":\"ahead\",\"type\":[\"null\",\"long\"],\"default\":null,\"doc\":\"The offset of the last control record that was folded ahead, where no release before it could go on; else null.\"}]},{\"type\":\"record\",\"name\":\"Refused\",\"namespace\":\"joai\",\"doc\":\"Sent to the person that would merge: the limits do not allow it.\",\"fields\":[{\"name\":\"personId\",\"type\":\"string\"},{\"name\":\"winner\",\"type\":\"string\"},{\"name\":\"reason\",\"type\":\"string\"}]},{\"type\":\"record\",\"name\":\"Reward\",\"namespace\":\"joai\",\"doc\":\"An outcome, joined to the contact that it answers.\",\"fields\":[{\"name\":\"modelId\",\"type\":\"string\"},{\"name\":\"personId\",\"type\":\"string\"},{\"name\":\"actionId\",\"type\":\"string\"},{\"name\":\"decisionId\",\"type\":\"string\",\"doc\":\"The id of the decision, or of the event of an imported exposure.\"},{\"name\":\"imported\",\"type\":\"boolean\"},{\"name\":\"kind\",\"type\":\"joai.ReceiptKind\"},{\"name\":\"value\",\"type\":\"double\"},{\"name\":\"at\",\"type\":\"long\"}]},{\"type\":\"record\",\"name\":\"Send\",\"namespace\":\"joai\",\"doc\":\"A message that a channel should deliver, or should no longer deliver.\",\"fields\":[{\"name\":\"decisionId\",\"type\":\"string\"},{\"name\":\"idempotencyKey\",\"type\":\"string\"},{\"name\":\"kind\",\"type\":{\"type\":\"enum\",\"name\":\"SendKind\",\"namespace\":\"joai\",\"symbols\":[\"send\",\"cancel\"]}},{\"name\":\"personId\",\"type\":\"string\",\"doc\":\"The person; receipts must return it.\"},{\"name\":\"addressToken\",\"type\":\"string\"},{\"name\":\"actionId\",\"type\":\"string\"},{\"name\":\"treatmentId\",\"type\":\"string\"},{\"name\":\"channel\",\"type\":\"string\"},{\"name\":\"purpose\",\"type\":\"string\"},{\"name\":\"parameters\",\"type\":{\"type\":\"map\",\"values\":\"string\"}},{\"name\":\"notBefore\",\"type\":[\"null\",\"long\"],\"default\":null},{\"name\":\"expiresAt\",\"type\":[\"null\",\"long\"],\"default\":null},{\"name\":\"reason\",\"type\":\"string\",\"default\":\"\",\"doc\":\"The reason of a cancellation.\"}]},{\"type\":\"record\",\"name\":\"Tick\",\"namespace\":\"joai\",\"doc\":\"The time, as a record.\",\"fields\":[{\"name\":\"at\",\"type\":\"long\",\"doc\":\"The time, in milliseconds since the epoch.\"}]},{\"type\":\"record\",\"name\":\"UnreadableConsent\",\"namespace\":\"joai\",\"doc\":\"What could still be read of a record on `consents` that is no consent. Intake makes it; nobody writes it.\",\"fields\":[{\"name\":\"identifiers\",\"type\":{\"type\":\"array\",\"items\":\"joai.Identifier\"},\"doc\":\"Those that could be read.\"},{\"name\":\"purpose\",\"type\":\"string\",\"doc\":\"As written; empty where there is none.\"},{\"name\":\"channel\",\"type\":\"string\",\"doc\":\"As written; empty where there is none.\"},{\"name\":\"status\",\"type\":\"string\",\"doc\":\"As written; empty where there is none.\"},{\"name\":\"effectiveAt\",\"type\":[\"null\",\"long\"],\"doc\":\"Null where there is none.\"}]},{\"type\":\"record\",\"name\":\"NetworkIncident\",\"namespace\":\"joai\",\"doc\":\"A cell of the network failed. Sets the attributes severity and incidentAt of cell/<cellId>.\",\"fields\":[{\"name\":\"cellId\",\"type\":\"string\"},{\"name\":\"severity\",\"type\":\"double\"}]},{\"type\":\"record\",\"name\":\"PriceChanged\",\"namespace\":\"joai\",\"doc\":\"The price of a product changed. Sets the attributes price and priceBefore of product/<sku>.\",\"fields\":[{\"name\":\"sku\",\"type\":\"string\"},{\"name\":\"old\",\"type\":\"double\"},{\"name\":\"new\",\"type\":\"double\"}]},{\"type\":\"record\",\"name\":\"ReferenceSet\",\"namespace\":\"joai\",\"doc\":\"The complete reference data of a key. Attributes that it does not name are deleted; without any attribute the row is deleted.\",\"fields\":[{\"name\":\"key\",\"type\":\"string\",\"doc\":\"The kind and id, such as product/123.\"},{\"name\":\"attributes\",\"type\":{\"type\":\"array\",\"items\":\"joai.FeatureValue\"}}]},{\"type\":\"record\",\"name\":\"StockChanged\",\"namespace\":\"joai\",\"doc\":\"The stock of a product changed. Sets the attribute onHand of product/<sku>.\",\"fields\":[{\"name\":\"sku\",\"type\":\"string\"},{\"name\":\"onHand\",\"type\":\"double\"}]},{\"type\":\"record\",\"name\":\"ReferenceChange\",\"namespace\":\"joai\",\"doc\":\"A change of the reference data of a product, a store, a plan or a cell, as the company reports it on `reference`.\",\"fields\":[{\"name\":\"changeId\",\"type\":\"string\",\"doc\":\"The id of the change, unique for ever.\"},{\"name\":\"type\",\"type\":\"string\",\"doc\":\"The name of the branch in data, in snake_case.\"},{\"name\":\"occurredAt\",\"type\":\"long\",\"doc\":\"The event time, in milliseconds since the epoch.\"},{\"name\":\"source\",\"type\":\"string\",\"default\":\"\"},{\"name\":\"schemaVersion\",\"type\":\"int\",\"default\":1},{\"name\":\"data\",\"type\":[\"joai.ReferenceSet\",\"joai.StockChanged\",\"joai.PriceChanged\",\"joai.NetworkIncident\"]}]},{\"type\":\"record\",\"name\":\"ReferenceUpdate\",\"namespace\":\"joai\",\"doc\":\"A change of reference data, sent to every partition of `people`.\",\"fields\":[{\"name\":\"key\",\"type\":\"string\",\"doc\":\"The kind and id, such as product/123.\"},{\"name\":\"isWhole\",\"type\":\"boolean\",\"doc\":\"Whether the attributes replace all attributes of the key, or only those of the same name.\"},{\"name\":\"attributes\",\"type\":{\"type\":\"array\",\"items\":\"joai.FeatureValue\"},\"doc\":\"The attributes, sorted by name.\"},{\"name\":\"at\",\"type\":\"long\",\"doc\":\"The event time of the change.\"},{\"name\":\"origin\",\"type\":\"joai.Position\",\"doc\":\"The position of the input record.\"}]},{\"type\":\"record\",\"name\":\"AgendaRow\",\"namespace\":\"joai\",\"doc\":\"Repeated decisions for a person; the timer of the row is set to the next one.\",\"fields\":[{\"name\":\"wakes\",\"type\":\"int\",\"default\":0,\"doc\":\"The number of decisions that the timer requested.\"},{\"name\":\"waiting\",\"type\":{\"type\":\"array\",\"items\":{\"type\":\"record\",\"name\":\"WaitingRequest\",\"doc\":\"A request whose decision may be deferred, with all that it is asked again with.\",\"fields\":[{\"name\":\"decisionId\",\"type\":\"string\",\"doc\":\"The decision that it asked for.\"},{\"name\":\"askedAt\",\"type\":\"long\"},{\"name\":\"journey\",\"type\":\"string\",\"doc\":\"The journey whose stage asked; empty for none.\"},{\"name\":\"stage\",\"type\":\"string\"},{\"name\":\"event\",\"type\":[\"null\",\"joai.PersonEvent\"],\"default\":null,\"doc\":\"The event that asked; null if a stage did.\"}]}},\"default\":[],\"doc\":\"Sorted by askedAt, then decisionId. At most 50 requests and 64 KiB of events, for each person that merged into this one.\"}]},{\"type\":\"record\",\"name\":\"AnnouncedRow\",\"namespace\":\"joai\",\"doc\":\"The versions of event types of which a task of intake has sent a copy to every partition of `people`.\",\"fields\":[{\"name\":\"hashes\",\"type\":{\"type\":\"array\",\"items\":\"string\"},\"doc\":\"In the order in which they were sent.\"}]},{\"type\":\"record\",\"name\":\"AuditRow\",\"namespace\":\"joai\",\"doc\":\"The end of a partition's hash chain of decisions.\",\"fields\":[{\"name\":\"hash\",\"type\":\"string\",\"doc\":\"The hash of the last decision; empty before the first.\"},{\"name\":\"length\",\"type\":\"long\",\"doc\":\"The number of decisions in the chain.\"}]},{\"type\":\"record\",\"name\":\"ConsentRow\",\"namespace\":\"joai\",\"doc\":\"The consent records of a person.\",\"fields\":[{\"name\":\"records\",\"type\":{\"type\":\"array\",\"items\":{\"type\":\"record\",\"name\":\"ConsentRecord\",\"doc\":\"The consent in force for a purpose and a channel, or a grant that begins later.\",\"fields\":[{\"name\":\"purpose\",\"type\":\"string\"},{\"name\":\"channel\",\"type\":\"string\",\"doc\":\"The channel; empty for every channel.\"},{\"name\":\"status\",\"type\":\"joai.ConsentStatus\"},{\"name\":\"lawfulBasis\",\"type\":\"string\"},{\"name\":\"jurisdiction\",\"type\":\"string\"},{\"name\":\"source\",\"type\":\"string\"},{\"name\":\"wordingVersion\",\"type\":\"string\"},{\"name\":\"effectiveAt\",\"type\":\"long\"},{\"name\":\"recordedAt\",\"type\":\"long\"},{\"name\":\"origin\",\"type\":\"joai.Position\"},{\"name\":\"eventId\",\"type\":\"string\"}]}},\"doc\":\"The records, sorted by purpose, channel and precedence.\"}]},{\"type\":\"record\",\"name\":\"EventTypeRow\",\"namespace\":\"joai\",\"doc\":\"A version of an event type, by its hash.\",\"fields\":[{\"name\":\"type\",\"type\":\"string\",\"doc\":\"The name of the event type.\"},{\"name\":\"json\",\"type\":\"string\",\"doc\":\"Its Avro record, as canonical JSON.\"}]},{\"type\":\"record\",\"name\":\"WindowSeries\",\"namespace\":\"joai\",\"doc\":\"One aggregate of a person's events in sparse tiles, sorted by tile, then key. It is kept in columns, which are smaller than entries.\",\"fields\":[{\"name\":\"id\",\"type\":\"long\",\"doc\":\"A hash of the event, field, filter, kind and step that it is made of; see operators/features/feature-plan.ts.\"},{\"name\":\"kind\",\"type\":{\"type\":\"enum\",\"name\":\"SeriesKind\",\"symbols\":[\"count\",\"sum\",\"debit\",\"min\",\"max\",\"distinct\",\"histogram\"]}},{\"name\":\"first\",\"type\":\"long\",\"doc\":\"The index of the first tile.\"},{\"name\":\"tiles\",\"type\":{\"type\":\"array\",\"items\":\"long\"},\"doc\":\"The tile of each entry, counted from the first.\"},{\"name\":\"keys\",\"type\":{\"type\":\"array\",\"items\":\"long\"},\"doc\":\"The key of each entry: the hash of a distinct value, or the bucket of a histogram; empty for other kinds.\"},{\"name\":\"amounts\",\"type\":{\"type\":\"array\",\"items\":\"long\"},\"doc\":\"The amount of each entry, in counts or millionths; empty for distinct values.\"}]},{\"type\":\"record\",\"name\":\"FeatureRow\",\"namespace\":\"joai\",\"doc\":\"The data from which a person's features are served.\",\"fields\":[{\"name\":\"series\",\"type\":{\"type\":\"array\",\"items\":\"joai.WindowSeries\"},\"doc\":\"Sorted by id.\"},{\"name\":\"lasts\",\"type\":{\"type\":\"array\",\"items\":{\"type\":\"record\",\"name\":\"FeatureLast\",\"doc\":\"The latest event of a source, and its value.\",\"fields\":[{\"name\":\"id\",\"type\":\"long\"},{\"name\":\"at\",\"type\":\"long\"},{\"name\":\"eventId\",\"type\":\"string\",\"doc\":\"The id of the event, which breaks ties; empty if only the time is kept.\"},{\"name\":\"number\",\"type\":[\"null\",\"double\"],\"default\":null},{\"name\":\"text\",\"type\":[\"null\",\"string\"],\"default\":null}]}},\"doc\":\"Sorted by id.\"},{\"name\":\"late\",\"type\":\"int\",\"default\":0,\"doc\":\"The number of events that came after the grace and entered no window.\"}]},{\"type\":\"record\",\"name\":\"IdentifierRow\",\"namespace\":\"joai\",\"doc\":\"The person that an identifier belongs to.\",\"fields\":[{\"name\":\"personId\",\"type\":\"string\",\"doc\":\"The person; empty before the identifier is first seen.\"}]},{\"type\":\"record\",\"name\":\"JourneysRow\",\"namespace\":\"joai\",\"doc\":\"The journeys of a person. Both lists are sorted by id and have each journey at most once.\",\"fields\":[{\"name\":\"runs\",\"type\":{\"type\":\"array\",\"items\":{\"type\":\"record\",\"name\":\"JourneyRun\",\"doc\":\"A journey that the person is on.\",\"fields\":[{\"name\":\"id\",\"type\":\"string\"},{\"name\":\"stage\",\"type\":\"string\",\"doc\":\"The stage that the person is in, or was in last after all stages are passed.\"},{\"name\":\"passed\",\"type\":\"int\",\"doc\":\"The number of stages that are passed.\"},{\"name\":\"enteredAt\",\"type\":\"long\"},{\"name\":\"waitingUntil\",\"type\":\"long\"},{\"name\":\"begunBy\",\"type\":\"string\",\"default\":\"\",\"doc\":\"The id that a decision on the event that began it has.\"}]}}},{\"name\":\"ended\",\"type\":{\"type\":\"array\",\"items\":{\"type\":\"record\",\"name\":\"JourneyPast\",\"doc\":\"The last end of a journey.\",\"fields\":[{\"name\":\"id\",\"type\":\"string\"},{\"name\":\"how\",\"type\":\"joai.JourneyEnding\"},{\"name\":\"at\",\"type\":\"long\"},{\"name\":\"goals\",\"type\":\"int\",\"doc\":\"The number of times that its goal was reached.\"}]}}}]},{\"type\":\"record\",\"name\":\"LedgerRow\",\"namespace\":\"joai\",\"doc\":\"The recent contacts of a person and their outcomes. Lists are sorted, so that merges commute.\",\"fields\":[{\"name\":\"contacts\",\"type\":{\"type\":\"array\",\"items\":{\"type\":\"record\",\"name\":\"LedgerContact\",\"doc\":\"A contact. Contacts are sorted by at, then decisionId.\",\"fields\":[{\"name\":\"decisionId\",\"type\":\"string\",\"doc\":\"The id of the decision, or of the event of an imported exposure.\"},{\"name\":\"actionId\",\"type\":\"string\"},{\"name\":\"treatmentId\",\"type\":\"string\",\"doc\":\"The treatment; empty if imported.\"},{\"name\":\"group\",\"type\":\"string\",\"doc\":\"Empty for none.\"},{\"name\":\"channel\",\"type\":\"string\"},{\"name\":\"purpose\",\"type\":\"string\"},{\"name\":\"tags\",\"type\":{\"type\":\"array\",\"items\":\"string\"}},{\"name\":\"placement\",\"type\":\"string\",\"doc\":\"Empty for none.\"},{\"name\":\"points\",\"type\":\"double\",\"doc\":\"The points of the budget that it uses; 0 if imported.\"},{\"name\":\"at\",\"type\":\"long\",\"doc\":\"The time at which the record that caused it was received.\"},{\"name\":\"state\",\"type\":{\"type\":\"enum\",\"name\":\"ContactState\",\"symbols\":[\"reserved\",\"confirmed\",\"imported\"]}},{\"name\":\"until\",\"type\":[\"null\",\"long\"],\"default\":null,\"doc\":\"The end of the effect of an imported exposure.\"},{\"name\":\"personId\",\"type\":\"string\",\"default\":\"\",\"doc\":\"The person id that the send of a reserved contact has as its key, since its cancellation must follow it even after a merge. Empty once confirmed.\"},{\"name\":\"journey\",\"type\":\"string\",\"default\":\"\",\"doc\":\"The journey whose stage requested it; empty for none.\"},{\"name\":\"cancelled\",\"type\":\"boolean\",\"default\":false,\"doc\":\"Whether its send was cancelled. It may have been delivered before, so the contact counts until a receipt says that it was not.\"}]}}},{\"name\":\"outcomes\",\"type\":{\"type\":\"array\",\"items\":{\"type\":\"record\",\"name\":\"LedgerOutcome\",\"doc\":\"An outcome of a contact. Outcomes are sorted by at, then id.\",\"fields\":[{\"name\":\"id\",\"type\":\"string\",\"doc\":\"The id of the receipt or event, so that a repeated one counts once.\"},{\"name\":\"decisionId\",\"type\":\"string\"},{\"name\":\"actionId\",\"type\":\"string\"},{\"name\":\"group\",\"type\":\"string\"},{\"name\":\"purpose\",\"type\":\"string\"},{\"name\":\"kind\",\"type\":\"joai.ReceiptKind\"},{\"name\":\"at\",\"type\":\"long\"}]}}},{\"name\":\"suppressions\",\"type\":{\"type\":\"array\",\"items\":{\"type\":\"record\",\"name\":\"LedgerSuppression\",\"doc\":\"A pause that outcomes caused. Pauses are sorted by id, scope, of.\",\"fields\":[{\"name\":\"id\",\"type\":\"string\",\"doc\":\"The id of the release's suppression.\"},{\"name\":\"scope\",\"type\":{\"type\":\"enum\",\"name\":\"SuppressionScope\",\"symbols\":[\"action\",\"group\",\"purpose\"]}},{\"name\":\"of\",\"type\":\"string\",\"doc\":\"The id of the action or group, or the purpose.\"},{\"name\":\"until\",\"type\":\"long\"}]}}},{\"name\":\"deferred\",\"type\":[\"null\",{\"type\":\"record\",\"name\":\"LedgerDeferral\",\"doc\":\"Deferred decisions that wait for a channel to open.\",\"fields\":[{\"name\":\"decisionIds\",\"type\":{\"type\":\"array\",\"items\":\"string\"},\"doc\":\"The ids of the decisions, sorted.\"},{\"name\":\"notBefore\",\"type\":\"long\",\"doc\":\"The earliest time at which one of them is taken again.\"},{\"name\":\"waiting\",\"type\":{\"type\":\"array\",\"items\":{\"type\":\"record\",\"name\":\"DeferredCandidate\",\"doc\":\"A candidate that only quiet hours removed. When consent for the last one of a decision is withdrawn, the decision is not taken again.\",\"fields\":[{\"name\":\"purpose\",\"type\":\"string\"},{\"name\":\"channel\",\"type\":\"string\"},{\"name\":\"journey\",\"type\":\"string\",\"default\":\"\",\"doc\":\"The journey whose stage requested it; empty for none.\"},{\"name\":\"stage\",\"type\":\"string\",\"default\":\"\"},{\"name\":\"decisionId\",\"type\":\"string\",\"default\":\"\",\"doc\":\"The deferred decision; empty in rows of version 1, for all of them.\"},{\"name\":\"notBefore\",\"type\":\"long\",\"default\":0,\"doc\":\"The time at which that decision is taken again; 0 in rows of version 1.\"}]}},\"default\":[]}]}],\"default\":null},{\"name\":\"counters\",\"type\":{\"type\":\"record\",\"name\":\"LedgerCounters\",\"doc\":\"Counts of what leaves no other trace in the row.\",\"fields\":[{\"name\":\"returned\",\"type\":\"int\",\"doc\":\"Contacts returned because they bounced or were rejected.\"},{\"name\":\"cancelled\",\"type\":\"int\",\"doc\":\"Contacts whose sends were cancelled because consent was withdrawn, their journey ended or their action was stopped.\"},{\"name\":\"unknown\",\"type\":\"int\",\"doc\":\"Receipts that match no contact of the row.\"},{\"name\":\"unjoined\",\"type\":\"int\",\"doc\":\"Redemptions that match no contact of the row.\"}]}}]},{\"type\":\"record\",\"name\":\"PersonMembersRow\",\"namespace\":\"joai\",\"doc\":\"The identifiers of a person, and the state of its merges.\",\"fields\":[{\"name\":\"members\",\"type\":{\"type\":\"array\",\"items\":\"joai.Member\"},\"doc\":\"The identifiers, sorted by token. Empty: only the one that the person id is derived from.\"},{\"name\":\"edges\",\"type\":{\"type\":\"array\",\"items\":\"joai.Edge\"},\"doc\":\"The evidence that joined the members.\"},{\"name\":\"to\",\"type\":[\"null\",\"string\"],\"default\":null,\"doc\":\"The person that this one merged into.\"},{\"name\":\"offer\",\"type\":[\"null\",\"string\"],\"default\":null,\"doc\":\"The person whose answer to an offer is awaited.\"},{\"name\":\"inbox\",\"type\":{\"type\":\"array\",\"items\":[\"joai.Merge\",\"joai.Offer\"]},\"doc\":\"The records that came while an answer is awaited, in order.\"}]},{\"type\":\"record\",\"name\":\"PersonRow\",\"namespace\":\"joai\",\"doc\":\"The person that this one merged into, or those that merged into it.\",\"fields\":[{\"name\":\"to\",\"type\":[\"null\",\"string\"],\"default\":null,\"doc\":\"The person that a merged person forwards to.\"},{\"name\":\"version\",\"type\":\"int\",\"default\":0,\"doc\":\"The number of persons that merged into this one.\"},{\"name\":\"absorbed\",\"type\":{\"type\":\"array\",\"items\":\"string\"},\"default\":[]}]},{\"type\":\"record\",\"name\":\"ReferenceRow\",\"namespace\":\"joai\",\"doc\":\"The reference data of a product, a store, a plan or a cell.\",\"fields\":[{\"name\":\"attributes\",\"type\":{\"type\":\"array\",\"items\":\"joai.FeatureValue\"},\"doc\":\"The attributes, sorted by name.\"},{\"name\":\"at\",\"type\":\"long\",\"doc\":\"The event time of the last change.\"},{\"name\":\"origin\",\"type\":[\"null\",\"joai.Position\"],\"default\":null,\"doc\":\"The record on `reference` of the last change; null before the first.\"}]},{\"type\":\"record\",\"name\":\"ReleaseRow\",\"namespace\":\"joai\",\"doc\":\"The release that a partition has accepted.\",\"fields\":[{\"name\":\"document\",\"type\":\"string\",\"doc\":\"The release as canonical JSON; empty before the first.\"},{\"name\":\"hash\",\"type\":\"string\"},{\"name\":\"stopped\",\"type\":{\"type\":\"array\",\"items\":\"string\"},\"default\":[],\"doc\":\"The ids of the actions that were stopped since.\"}]},{\"type\":\"record\",\"name\":\"SeenRow\",\"namespace\":\"joai\",\"doc\":\"The events and receipts that were folded.\",\"fields\":[{\"name\":\"names\",\"type\":{\"type\":\"array\",\"items\":{\"type\":\"record\",\"name\":\"SeenId\",\"doc\":\"A shortened name of kind, source and id.\",\"fields\":[{\"name\":\"id\",\"type\":\"string\",\"doc\":\"The first 11 characters of the SHA-256, in base64url.\"},{\"name\":\"at\",\"type\":\"long\",\"doc\":\"The time at which it was received.\"}]}},\"default\":[],\"doc\":\"Sorted by time, then id.\"},{\"name\":\"earlier\",\"aliases\":[\"ids\"],\"type\":{\"type\":\"array\",\"items\":\"joai.SeenId\"},\"default\":[],\"doc\":\"What version 1 wrote, in the same order. It named events and receipts by their ids alone.\"},{\"name\":\"dropped\",\"type\":\"int\",\"default\":0,\"doc\":\"The number of duplicates, which changed nothing.\"}]},{\"type\":\"record\",\"name\":\"UnitRow\",\"namespace\":\"joai\",\"doc\":\"The id by which a person takes part in experiments, which stays the same when persons merge.\",\"fields\":[{\"name\":\"unit\",\"type\":\"string\",\"doc\":\"The person's id at its first decision under experiments; empty before that.\"},{\"name\":\"since\",\"type\":\"long\",\"doc\":\"The time of that decision.\"}]}]", {
  'joai.Accepted': [363528276],
  'joai.AgendaRow': [[1539602691, "{\"name\":\"joai.AgendaRow\",\"type\":\"record\",\"fields\":[{\"name\":\"wakes\",\"type\":\"int\",\"default\":0}]}"], [191116169, "{\"name\":\"joai.AgendaRow\",\"type\":\"record\",\"fields\":[{\"name\":\"wakes\",\"type\":\"int\",\"default\":0}]}"], [867809192, "{\"name\":\"joai.AgendaRow\",\"type\":\"record\",\"fields\":[{\"name\":\"wakes\",\"type\":\"int\",\"default\":0},{\"name\":\"waiting\",\"type\":{\"type\":\"array\",\"items\":{\"name\":\"joai.WaitingRequest\",\"type\":\"record\",\"fields\":[{\"name\":\"decisionId\",\"type\":\"string\"},{\"name\":\"askedAt\",\"type\":\"long\"},{\"name\":\"journey\",\"type\":\"string\"},{\"name\":\"stage\",\"type\":\"string\"},{\"name\":\"event\",\"type\":[\"null\",{\"name\":\"joai.PersonEvent\",\"type\":\"record\",\"fields\":[{\"name\":\"personId\",\"type\":\"string\"},{\"name\":\"eventId\",\"type\":\"string\"},{\"name\":\"type\",\"type\":\"string\"},{\"name\":\"occurredAt\",\"type\":\"long\"},{\"name\":\"source\",\"type\":\"string\"},{\"name\":\"origin\",\"type\":{\"name\":\"joai.Position\",\"type\":\"record\",\"fields\":[{\"name\":\"topic\",\"type\":\"string\"},{\"name\":\"partition\",\"type\":\"int\"},{\"name\":\"offset\",\"type\":\"long\"}]}},{\"name\":\"payload\",\"type\":\"bytes\"},{\"name\":\"identifiedBy\",\"type\":\"string\",\"default\":\"\"}]}],\"default\":null}]}},\"default\":[]}]}"]],
  'joai.AuditRow': [1838268472],
  'joai.BillIssued': [680984327],
  'joai.CheckoutStarted': [497946032],
  'joai.ConsentChange': [630205708],
  'joai.ConsentChanged': [613893427],
  'joai.ConsentRow': [2099672493],
  'joai.ConsentUnreadable': [[1100695558, "{\"name\":\"joai.ConsentUnreadable\",\"type\":\"record\",\"fields\":[{\"name\":\"purpose\",\"type\":[\"null\",\"string\"]},{\"name\":\"channel\",\"type\":[\"null\",\"string\"]},{\"name\":\"effectiveAt\",\"type\":\"long\"}]}"]],
  'joai.ContractChanged': [214895454],
  'joai.ContractEndNear': [1101305985],
  'joai.Control': [1368270588],
  'joai.CustomerEvent': [[1085295095, "{\"name\":\"joai.CustomerEvent\",\"type\":\"record\",\"fields\":[{\"name\":\"eventId\",\"type\":\"string\"},{\"name\":\"type\",\"type\":\"string\"},{\"name\":\"occurredAt\",\"type\":\"long\"},{\"name\":\"identifiers\",\"type\":{\"type\":\"array\",\"items\":{\"name\":\"joai.Identifier\",\"type\":\"record\",\"fields\":[{\"name\":\"type\",\"type\":\"string\"},{\"name\":\"value\",\"type\":\"string\"}]}}},{\"name\":\"source\",\"type\":\"string\",\"default\":\"\"},{\"name\":\"schemaVersion\",\"type\":\"int\",\"default\":1},{\"name\":\"data\",\"type\":[{\"name\":\"joai.OrderCompleted\",\"type\":\"record\",\"fields\":[{\"name\":\"orderId\",\"type\":\"string\"},{\"name\":\"storeId\",\"type\":\"string\",\"default\":\"\"},{\"name\":\"value\",\"type\":\"double\"},{\"name\":\"discount\",\"type\":\"double\",\"default\":0},{\"name\":\"cartId\",\"type\":[\"null\",\"string\"],\"default\":null},{\"name\":\"margin\",\"type\":[\"null\",\"double\"],\"default\":null},{\"name\":\"lines\",\"type\":{\"type\":\"array\",\"items\":{\"name\":\"joai.OrderLine\",\"type\":\"record\",\"fields\":[{\"name\":\"productId\",\"type\":\"string\"},{\"name\":\"category\",\"type\":\"string\",\"default\":\"\"},{\"name\":\"quantity\",\"type\":\"double\"},{\"name\":\"value\",\"type\":\"double\"},{\"name\":\"discount\",\"type\":\"double\",\"default\":0}]}},\"default\":[]}]},{\"name\":\"joai.Exposure\",\"type\":\"record\",\"fields\":[{\"name\":\"actionId\",\"type\":\"string\"},{\"name\":\"channel\",\"type\":\"string\",\"default\":\"\"},{\"name\":\"until\",\"type\":[\"null\",\"long\"],\"default\":null}]},{\"name\":\"joai.Redemption\",\"type\":\"record\",\"fields\":[{\"name\":\"actionId\",\"type\":\"string\"},{\"name\":\"couponId\",\"type\":\"string\"},{\"name\":\"value\",\"type\":\"double\",\"default\":0}]},{\"name\":\"joai.PageViewed\",\"type\":\"record\",\"fields\":[{\"name\":\"url\",\"type\":\"string\"},{\"name\":\"productId\",\"type\":[\"null\",\"string\"],\"default\":null}]},{\"name\":\"joai.ProductAdded\",\"type\":\"record\",\"fields\":[{\"name\":\"cartId\",\"type\":\"string\"},{\"name\":\"sku\",\"type\":\"string\"},{\"name\":\"quantity\",\"type\":\"double\"},{\"name\":\"price\",\"type\":\"double\"}]},{\"name\":\"joai.ProfileChanged\",\"type\":\"record\",\"fields\":[{\"name\":\"timeZone\",\"type\":[\"null\",\"string\"],\"default\":null},{\"name\":\"jurisdiction\",\"type\":[\"null\",\"string\"],\"default\":null}]},{\"name\":\"joai.IdentityLinked\",\"type\":\"record\",\"fields\":[{\"name\":\"reason\",\"type\":\"string\",\"default\":\"\"}]},{\"name\":\"joai.ProductRemoved\",\"type\":\"record\",\"fields\":[{\"name\":\"cartId\",\"type\":\"string\"},{\"name\":\"sku\",\"type\":\"string\"},{\"name\":\"quantity\",\"type\":\"double\"},{\"name\":\"price\",\"type\":\"double\"}]},{\"name\":\"joai.CheckoutStarted\",\"type\":\"record\",\"fields\":[{\"name\":\"cartId\",\"type\":\"string\"},{\"name\":\"value\",\"type\":\"double\"},{\"name\":\"currency\",\"type\":\"string\"}]},{\"name\":\"joai.UsageRated\",\"type\":\"record\",\"fields\":[{\"name\":\"gb\",\"type\":\"double\"},{\"name\":\"planId\",\"type\":\"string\"}]},{\"name\":\"joai.BillIssued\",\"type\":\"record\",\"fields\":[{\"name\":\"amount\",\"type\":\"double\"},{\"name\":\"delta\",\"type\":\"double\"},{\"name\":\"dueAt\",\"type\":\"long\"}]},{\"name\":\"joai.PaymentFailed\",\"type\":\"record\",\"fields\":[{\"name\":\"code\",\"type\":\"string\"}]},{\"name\":\"joai.TicketOpened\",\"type\":\"record\",\"fields\":[{\"name\":\"topic\",\"type\":\"string\"}]},{\"name\":\"joai.TicketClosed\",\"type\":\"record\",\"fields\":[{\"name\":\"topic\",\"type\":\"string\"},{\"name\":\"csat\",\"type\":[\"null\",\"double\"],\"default\":null}]},{\"name\":\"joai.ContractEndNear\",\"type\":\"record\",\"fields\":[{\"name\":\"days\",\"type\":\"double\"}]},{\"name\":\"joai.PortOutRequested\",\"type\":\"record\",\"fields\":[{\"name\":\"operator\",\"type\":\"string\"}]},{\"name\":\"joai.PlanChanged\",\"type\":\"record\",\"fields\":[{\"name\":\"from\",\"type\":\"string\"},{\"name\":\"to\",\"type\":\"string\"}]}]}]}"], [125153092, "{\"name\":\"joai.CustomerEvent\",\"type\":\"record\",\"fields\":[{\"name\":\"eventId\",\"type\":\"string\"},{\"name\":\"type\",\"type\":\"string\"},{\"name\":\"occurredAt\",\"type\":\"long\"},{\"name\":\"identifiers\",\"type\":{\"type\":\"array\",\"items\":{\"name\":\"joai.Identifier\",\"type\":\"record\",\"fields\":[{\"name\":\"type\",\"type\":\"string\"},{\"name\":\"value\",\"type\":\"string\"}]}}},{\"name\":\"source\",\"type\":\"string\",\"default\":\"\"},{\"name\":\"schemaVersion\",\"type\":\"int\",\"default\":1},{\"name\":\"data\",\"type\":[{\"name\":\"joai.OrderCompleted\",\"type\":\"record\",\"fields\":[{\"name\":\"orderId\",\"type\":\"string\"},{\"name\":\"storeId\",\"type\":\"string\",\"default\":\"\"},{\"name\":\"value\",\"type\":\"double\"},{\"name\":\"discount\",\"type\":\"double\",\"default\":0},{\"name\":\"cartId\",\"type\":[\"null\",\"string\"],\"default\":null},{\"name\":\"margin\",\"type\":[\"null\",\"double\"],\"default\":null},{\"name\":\"lines\",\"type\":{\"type\":\"array\",\"items\":{\"name\":\"joai.OrderLine\",\"type\":\"record\",\"fields\":[{\"name\":\"productId\",\"type\":\"string\"},{\"name\":\"category\",\"type\":\"string\",\"default\":\"\"},{\"name\":\"quantity\",\"type\":\"double\"},{\"name\":\"value\",\"type\":\"double\"},{\"name\":\"discount\",\"type\":\"double\",\"default\":0}]}},\"default\":[]}]},{\"name\":\"joai.Exposure\",\"type\":\"record\",\"fields\":[{\"name\":\"actionId\",\"type\":\"string\"},{\"name\":\"channel\",\"type\":\"string\",\"default\":\"\"},{\"name\":\"until\",\"type\":[\"null\",\"long\"],\"default\":null}]},{\"name\":\"joai.Redemption\",\"type\":\"record\",\"fields\":[{\"name\":\"actionId\",\"type\":\"string\"},{\"name\":\"couponId\",\"type\":\"string\"},{\"name\":\"value\",\"type\":\"double\",\"default\":0}]},{\"name\":\"joai.PageViewed\",\"type\":\"record\",\"fields\":[{\"name\":\"url\",\"type\":\"string\"},{\"name\":\"productId\",\"type\":[\"null\",\"string\"],\"default\":null}]},{\"name\":\"joai.ProductAdded\",\"type\":\"record\",\"fields\":[{\"name\":\"cartId\",\"type\":\"string\"},{\"name\":\"sku\",\"type\":\"string\"},{\"name\":\"quantity\",\"type\":\"double\"},{\"name\":\"price\",\"type\":\"double\"}]},{\"name\":\"joai.ProfileChanged\",\"type\":\"record\",\"fields\":[{\"name\":\"timeZone\",\"type\":[\"null\",\"string\"],\"default\":null},{\"name\":\"jurisdiction\",\"type\":[\"null\",\"string\"],\"default\":null}]},{\"name\":\"joai.IdentityLinked\",\"type\":\"record\",\"fields\":[{\"name\":\"reason\",\"type\":\"string\",\"default\":\"\"}]},{\"name\":\"joai.ProductRemoved\",\"type\":\"record\",\"fields\":[{\"name\":\"cartId\",\"type\":\"string\"},{\"name\":\"sku\",\"type\":\"string\"},{\"name\":\"quantity\",\"type\":\"double\"},{\"name\":\"price\",\"type\":\"double\"}]},{\"name\":\"joai.CheckoutStarted\",\"type\":\"record\",\"fields\":[{\"name\":\"cartId\",\"type\":\"string\"},{\"name\":\"value\",\"type\":\"double\"},{\"name\":\"currency\",\"type\":\"string\"}]},{\"name\":\"joai.UsageRated\",\"type\":\"record\",\"fields\":[{\"name\":\"gb\",\"type\":\"double\"},{\"name\":\"planId\",\"type\":\"string\"}]},{\"name\":\"joai.BillIssued\",\"type\":\"record\",\"fields\":[{\"name\":\"amount\",\"type\":\"double\"},{\"name\":\"delta\",\"type\":\"double\"},{\"name\":\"dueAt\",\"type\":\"long\"}]},{\"name\":\"joai.PaymentFailed\",\"type\":\"record\",\"fields\":[{\"name\":\"code\",\"type\":\"string\"}]},{\"name\":\"joai.TicketOpened\",\"type\":\"record\",\"fields\":[{\"name\":\"topic\",\"type\":\"string\"}]},{\"name\":\"joai.TicketClosed\",\"type\":\"record\",\"fields\":[{\"name\":\"topic\",\"type\":\"string\"},{\"name\":\"csat\",\"type\":[\"null\",\"double\"],\"default\":null}]},{\"name\":\"joai.ContractEndNear\",\"type\":\"record\",\"fields\":[{\"name\":\"days\",\"type\":\"double\"}]},{\"name\":\"joai.PortOutRequested\",\"type\":\"record\",\"fields\":[{\"name\":\"operator\",\"type\":\"string\"}]},{\"name\":\"joai.PlanChanged\",\"type\":\"record\",\"fields\":[{\"name\":\"from\",\"type\":\"string\"},{\"name\":\"to\",\"type\":\"string\"}]},{\"name\":\"joai.ContractChanged\",\"type\":\"record\",\"fields\":[{\"name\":\"planId\",\"type\":\"string\"},{\"name\":\"cellId\",\"type\":\"string\",\"default\":\"\"},{\"name\":\"tenureMonths\",\"type\":\"double\"},{\"name\":\"credit\",\"type\":\"string\",\"default\":\"\"}]}]}]}"], [936408892, "{\"name\":\"joai.CustomerEvent\",\"type\":\"record\",\"fields\":[{\"name\":\"eventId\",\"type\":\"string\"},{\"name\":\"type\",\"type\":\"string\"},{\"name\":\"occurredAt\",\"type\":\"long\"},{\"name\":\"identifiers\",\"type\":{\"type\":\"array\",\"items\":{\"name\":\"joai.Identifier\",\"type\":\"record\",\"fields\":[{\"name\":\"type\",\"type\":\"string\"},{\"name\":\"value\",\"type\":\"string\"}]}}},{\"name\":\"source\",\"type\":\"string\",\"default\":\"\"},{\"name\":\"schemaVersion\",\"type\":\"int\",\"default\":1},{\"name\":\"data\",\"type\":[{\"name\":\"joai.OrderCompleted\",\"type\":\"record\",\"fields\":[{\"name\":\"orderId\",\"type\":\"string\"},{\"name\":\"storeId\",\"type\":\"string\",\"default\":\"\"},{\"name\":\"value\",\"type\":\"double\"},{\"name\":\"discount\",\"type\":\"double\",\"default\":0},{\"name\":\"cartId\",\"type\":[\"null\",\"string\"],\"default\":null},{\"name\":\"margin\",\"type\":[\"null\",\"double\"],\"default\":null},{\"name\":\"lines\",\"type\":{\"type\":\"array\",\"items\":{\"name\":\"joai.OrderLine\",\"type\":\"record\",\"fields\":[{\"name\":\"productId\",\"type\":\"string\"},{\"name\":\"category\",\"type\":\"string\",\"default\":\"\"},{\"name\":\"quantity\",\"type\":\"double\"},{\"name\":\"value\",\"type\":\"double\"},{\"name\":\"discount\",\"type\":\"double\",\"default\":0}]}},\"default\":[]}]},{\"name\":\"joai.Exposure\",\"type\":\"record\",\"fields\":[{\"name\":\"actionId\",\"type\":\"string\"},{\"name\":\"channel\",\"type\":\"string\",\"default\":\"\"},{\"name\":\"until\",\"type\":[\"null\",\"long\"],\"default\":null}]},{\"name\":\"joai.Redemption\",\"type\":\"record\",\"fields\":[{\"name\":\"actionId\",\"type\":\"string\"},{\"name\":\"couponId\",\"type\":\"string\"},{\"name\":\"value\",\"type\":\"double\",\"default\":0}]},{\"name\":\"joai.PageViewed\",\"type\":\"record\",\"fields\":[{\"name\":\"url\",\"type\":\"string\"},{\"name\":\"productId\",\"type\":[\"null\",\"string\"],\"default\":null}]},{\"name\":\"joai.ProductAdded\",\"type\":\"record\",\"fields\":[{\"name\":\"cartId\",\"type\":\"string\"},{\"name\":\"sku\",\"type\":\"string\"},{\"name\":\"quantity\",\"type\":\"double\"},{\"name\":\"price\",\"type\":\"double\"}]},{\"name\":\"joai.ProfileChanged\",\"type\":\"record\",\"fields\":[{\"name\":\"timeZone\",\"type\":[\"null\",\"string\"],\"default\":null},{\"name\":\"jurisdiction\",\"type\":[\"null\",\"string\"],\"default\":null}]},{\"name\":\"joai.IdentityLinked\",\"type\":\"record\",\"fields\":[{\"name\":\"reason\",\"type\":\"string\",\"default\":\"\"}]},{\"name\":\"joai.ProductRemoved\",\"type\":\"record\",\"fields\":[{\"name\":\"cartId\",\"type\":\"string\"},{\"name\":\"sku\",\"type\":\"string\"},{\"name\":\"quantity\",\"type\":\"double\"},{\"name\":\"price\",\"type\":\"double\"}]},{\"name\":\"joai.CheckoutStarted\",\"type\":\"record\",\"fields\":[{\"name\":\"cartId\",\"type\":\"string\"},{\"name\":\"value\",\"type\":\"double\"},{\"name\":\"currency\",\"type\":\"string\"}]},{\"name\":\"joai.UsageRated\",\"type\":\"record\",\"fields\":[{\"name\":\"gb\",\"type\":\"double\"},{\"name\":\"planId\",\"type\":\"string\"}]},{\"name\":\"joai.BillIssued\",\"type\":\"record\",\"fields\":[{\"name\":\"amount\",\"type\":\"double\"},{\"name\":\"delta\",\"type\":\"double\"},{\"name\":\"dueAt\",\"type\":\"long\"}]},{\"name\":\"joai.PaymentFailed\",\"type\":\"record\",\"fields\":[{\"name\":\"code\",\"type\":\"string\"}]},{\"name\":\"joai.TicketOpened\",\"type\":\"record\",\"fields\":[{\"name\":\"topic\",\"type\":\"string\"}]},{\"name\":\"joai.TicketClosed\",\"type\":\"record\",\"fields\":[{\"name\":\"topic\",\"type\":\"string\"},{\"name\":\"csat\",\"type\":[\"null\",\"double\"],\"default\":null}]},{\"name\":\"joai.ContractEndNear\",\"type\":\"record\",\"fields\":[{\"name\":\"days\",\"type\":\"double\"}]},{\"name\":\"joai.PortOutRequested\",\"type\":\"record\",\"fields\":[{\"name\":\"operator\",\"type\":\"string\"}]},{\"name\":\"joai.PlanChanged\",\"type\":\"record\",\"fields\":[{\"name\":\"from\",\"type\":\"string\"},{\"name\":\"to\",\"type\":\"string\"}]},{\"name\":\"joai.ContractChanged\",\"type\":\"record\",\"fields\":[{\"name\":\"planId\",\"type\":\"string\"},{\"name\":\"cellId\",\"type\":\"string\",\"default\":\"\"},{\"name\":\"tenureMonths\",\"type\":\"double\"},{\"name\":\"credit\",\"type\":\"string\",\"default\":\"\"}]}]}]}"]],
  'joai.DeadLetter': [664440239],
  'joai.Decision': [[1653045575, "{\"name\":\"joai.Decision\",\"type\":\"record\",\"fields\":[{\"name\":\"decisionId\",\"type\":\"string\"},{\"name\":\"slot\",\"type\":\"int\",\"default\":0},{\"name\":\"subject\",\"type\":{\"name\":\"joai.Subject\",\"type\":\"record\",\"fields\":[{\"name\":\"personId\",\"type\":\"string\"},{\"name\":\"identityVersion\",\"type\":\"int\"},{\"name\":\"jurisdiction\",\"type\":\"string\"},{\"name\":\"timeZone\",\"type\":\"string\"},{\"name\":\"timeZoneSource\",\"type\":\"string\"}]}},{\"name\":\"time\",\"type\":{\"name\":\"joai.DecisionTime\",\"type\":\"record\",\"fields\":[{\"name\":\"occurredAt\",\"type\":\"long\"},{\"name\":\"receivedAt\",\"type\":\"long\"},{\"name\":\"decidedAt\",\"type\":\"long\"},{\"name\":\"notBefore\",\"type\":[\"null\",\"long\"],\"default\":null},{\"name\":\"expiresAt\",\"type\":[\"null\",\"long\"],\"default\":null}]}},{\"name\":\"trigger\",\"type\":{\"name\":\"joai.Trigger\",\"type\":\"record\",\"fields\":[{\"name\":\"origin\",\"type\":{\"name\":\"joai.Position\",\"type\":\"record\",\"fields\":[{\"name\":\"topic\",\"type\":\"string\"},{\"name\":\"partition\",\"type\":\"int\"},{\"name\":\"offset\",\"type\":\"long\"}]}},{\"name\":\"eventId\",\"type\":\"string\"},{\"name\":\"type\",\"type\":\"string\"},{\"name\":\"journey\",\"type\":\"string\",\"default\":\"\"},{\"name\":\"stage\",\"type\":\"string\",\"default\":\"\"},{\"name\":\"deferred\",\"type\":{\"type\":\"array\",\"items\":\"string\"},\"default\":[]}]}},{\"name\":\"outcome\",\"type\":{\"name\":\"joai.Outcome\",\"type\":\"record\",\"fields\":[{\"name\":\"kind\",\"type\":{\"name\":\"joai.OutcomeKind\",\"type\":\"enum\",\"symbols\":[\"ACT\",\"DEFER\",\"SILENCE\",\"MANDATORY\",\"PENDING_APPROVAL\"]}},{\"name\":\"actionId\",\"type\":\"string\"},{\"name\":\"treatmentId\",\"type\":\"string\"},{\"name\":\"channel\",\"type\":\"string\"},{\"name\":\"idempotencyKey\",\"type\":\"string\"}]}},{\"name\":\"consent\",\"type\":{\"type\":\"array\",\"items\":{\"name\":\"joai.ConsentFound\",\"type\":\"record\",\"fields\":[{\"name\":\"purpose\",\"type\":\"string\"},{\"name\":\"channel\",\"type\":\"string\"},{\"name\":\"state\",\"type\":{\"name\":\"joai.ConsentState\",\"type\":\"enum\",\"symbols\":[\"granted\",\"withdrawn\",\"unknown\"]}},{\"name\":\"allowed\",\"type\":\"boolean\"},{\"name\":\"lawfulBasis\",\"type\":\"string\"},{\"name\":\"records\",\"type\":{\"type\":\"array\",\"items\":\"joai.Position\"}}]}}},{\"name\":\"candidates\",\"type\":{\"type\":\"array\",\"items\":{\"name\":\"joai.Candidate\",\"type\":\"record\",\"fields\":[{\"name\":\"actionId\",\"type\":\"string\"},{\"name\":\"treatmentId\",\"type\":\"string\"},{\"name\":\"channel\",\"type\":\"string\"},{\"name\":\"removedBy\",\"type\":[\"null\",{\"name\":\"joai.Removal\",\"type\":\"record\",\"fields\":[{\"name\":\"rule\",\"type\":\"string\"},{\"name\":\"version\",\"type\":\"int\"},{\"name\":\"stage\",\"type\":{\"name\":\"joai.RemovalStage\",\"type\":\"enum\",\"symbols\":[\"validity\",\"stopped\",\"consent\",\"eligibility\",\"applicability\",\"suitability\",\"suppression\",\"cap\",\"budget\",\"quiet_hours\"]}},{\"name\":\"reason\",\"type\":\"string\"}]}],\"default\":null},{\"name\":\"propensity\",\"type\":\"double\"},{\"name\":\"context\",\"type\":\"double\"},{\"name\":\"value\",\"type\":\"double\"},{\"name\":\"lever\",\"type\":\"double\"},{\"name\":\"cost\",\"type\":\"double\"},{\"name\":\"priority\",\"type\":\"double\"},{\"name\":\"selectionProbability\",\"type\":\"double\"}]}}},{\"name\":\"learning\",\"type\":{\"name\":\"joai.Learning\",\"type\":\"record\",\"fields\":[{\"name\":\"modelId\",\"type\":\"string\"},{\"name\":\"modelVersion\",\"type\":\"int\"},{\"name\":\"features\",\"type\":{\"type\":\"array\",\"items\":{\"name\":\"joai.FeatureValue\",\"type\":\"record\",\"fields\":[{\"name\":\"name\",\"type\":\"string\"},{\"name\":\"number\",\"type\":[\"null\",\"double\"],\"default\":null},{\"name\":\"text\",\"type\":[\"null\",\"string\"],\"default\":null}]}}},{\"name\":\"algorithm\",\"type\":\"string\"},{\"name\":\"epsilon\",\"type\":\"double\"},{\"name\":\"floor\",\"type\":\"double\"},{\"name\":\"behaviourProbability\",\"type\":\"double\"},{\"name\":\"arm\",\"type\":\"string\"},{\"name\":\"drawId\",\"type\":\"string\"},{\"name\":\"draw\",\"type\":\"double\"}]}},{\"name\":\"reference\",\"type\":{\"type\":\"array\",\"items\":{\"name\":\"joai.ReferenceRead\",\"type\":\"record\",\"fields\":[{\"name\":\"name\",\"type\":\"string\"},{\"name\":\"key\",\"type\":\"string\"},{\"name\":\"values\",\"type\":{\"type\":\"array\",\"items\":\"joai.FeatureValue\"}},{\"name\":\"record\",\"type\":[\"null\",\"joai.Position\"],\"default\":null}]}},\"default\":[]},{\"name\":\"experiments\",\"type\":{\"type\":\"array\",\"items\":{\"name\":\"joai.ExperimentShare\",\"type\":\"record\",\"fields\":[{\"name\":\"id\",\"type\":\"string\"},{\"name\":\"variant\",\"type\":\"string\"},{\"name\":\"probability\",\"type\":\"double\"},{\"name\":\"rampStage\",\"type\":\"string\"}]}}},{\"name\":\"fatigue\",\"type\":{\"name\":\"joai.Fatigue\",\"type\":\"record\",\"fields\":[{\"name\":\"caps\",\"type\":{\"type\":\"array\",\"items\":{\"name\":\"joai.CapCheck\",\"type\":\"record\",\"fields\":[{\"name\":\"cap\",\"type\":\"string\"},{\"name\":\"actionId\",\"type\":\"string\"},{\"name\":\"windowMs\",\"type\":\"long\"},{\"name\":\"used\",\"type\":\"int\"},{\"name\":\"limit\",\"type\":\"int\"}]}}},{\"name\":\"points\",\"type\":\"double\"},{\"name\":\"pointsMax\",\"type\":\"double\"},{\"name\":\"reservation\",\"type\":[\"null\",\"string\"],\"default\":null}]}},{\"name\":\"content\",\"type\":{\"name\":\"joai.Content\",\"type\":\"record\",\"fields\":[{\"name\":\"templateVersion\",\"type\":\"int\"},{\"name\":\"promptHash\",\"type\":\"string\"},{\"name\":\"generator\",\"type\":\"string\"},{\"name\":\"approvalId\",\"type\":\"string\"},{\"name\":\"approver\",\"type\":\"string\"}]}},{\"name\":\"explanation\",\"type\":{\"name\":\"joai.Explanation\",\"type\":\"record\",\"fields\":[{\"name\":\"reasons\",\"type\":{\"type\":\"array\",\"items\":\"string\"}},{\"name\":\"topFeatures\",\"type\":{\"type\":\"array\",\"items\":\"string\"}},{\"name\":\"runnerUp\",\"type\":\"string\"},{\"name\":\"opportunityCost\",\"type\":\"double\"}]}},{\"name\":\"provenance\",\"type\":{\"name\":\"joai.Provenance\",\"type\":\"record\",\"fields\":[{\"name\":\"release\",\"type\":\"string\"},{\"name\":\"releaseVersion\",\"type\":\"int\"},{\"name\":\"releaseHash\",\"type\":\"string\"},{\"name\":\"topologyVersion\",\"type\":\"string\"},{\"name\":\"input\",\"type\":\"joai.Position\"},{\"name\":\"previousHash\",\"type\":\"string\"},{\"name\":\"hash\",\"type\":\"string\"}]}}]}"], [211425852, "{\"name\":\"joai.Decision\",\"type\":\"record\",\"fields\":[{\"name\":\"decisionId\",\"type\":\"string\"},{\"name\":\"slot\",\"type\":\"int\",\"default\":0},{\"name\":\"subject\",\"type\":{\"name\":\"joai.Subject\",\"type\":\"record\",\"fields\":[{\"name\":\"personId\",\"type\":\"string\"},{\"name\":\"identityVersion\",\"type\":\"int\"},{\"name\":\"jurisdiction\",\"type\":\"string\"},{\"name\":\"timeZone\",\"type\":\"string\"},{\"name\":\"timeZoneSource\",\"type\":\"string\"}]}},{\"name\":\"time\",\"type\":{\"name\":\"joai.DecisionTime\",\"type\":\"record\",\"fields\":[{\"name\":\"occurredAt\",\"type\":\"long\"},{\"name\":\"receivedAt\",\"type\":\"long\"},{\"name\":\"decidedAt\",\"type\":\"long\"},{\"name\":\"notBefore\",\"type\":[\"null\",\"long\"],\"default\":null},{\"name\":\"expiresAt\",\"type\":[\"null\",\"long\"],\"default\":null}]}},{\"name\":\"trigger\",\"type\":{\"name\":\"joai.Trigger\",\"type\":\"record\",\"fields\":[{\"name\":\"origin\",\"type\":{\"name\":\"joai.Position\",\"type\":\"record\",\"fields\":[{\"name\":\"topic\",\"type\":\"string\"},{\"name\":\"partition\",\"type\":\"int\"},{\"name\":\"offset\",\"type\":\"long\"}]}},{\"name\":\"eventId\",\"type\":\"string\"},{\"name\":\"type\",\"type\":\"string\"},{\"name\":\"journey\",\"type\":\"string\",\"default\":\"\"},{\"name\":\"stage\",\"type\":\"string\",\"default\":\"\"},{\"name\":\"deferred\",\"type\":{\"type\":\"array\",\"items\":\"string\"},\"default\":[]}]}},{\"name\":\"outcome\",\"type\":{\"name\":\"joai.Outcome\",\"type\":\"record\",\"fields\":[{\"name\":\"kind\",\"type\":{\"name\":\"joai.OutcomeKind\",\"type\":\"enum\",\"symbols\":[\"ACT\",\"DEFER\",\"SILENCE\",\"MANDATORY\",\"PENDING_APPROVAL\"]}},{\"name\":\"actionId\",\"type\":\"string\"},{\"name\":\"treatmentId\",\"type\":\"string\"},{\"name\":\"channel\",\"type\":\"string\"},{\"name\":\"idempotencyKey\",\"type\":\"string\"}]}},{\"name\":\"consent\",\"type\":{\"type\":\"array\",\"items\":{\"name\":\"joai.ConsentFound\",\"type\":\"record\",\"fields\":[{\"name\":\"purpose\",\"type\":\"string\"},{\"name\":\"channel\",\"type\":\"string\"},{\"name\":\"state\",\"type\":{\"name\":\"joai.ConsentState\",\"type\":\"enum\",\"symbols\":[\"granted\",\"withdrawn\",\"unknown\"]}},{\"name\":\"allowed\",\"type\":\"boolean\"},{\"name\":\"lawfulBasis\",\"type\":\"string\"},{\"name\":\"records\",\"type\":{\"type\":\"array\",\"items\":\"joai.Position\"}}]}}},{\"name\":\"candidates\",\"type\":{\"type\":\"array\",\"items\":{\"name\":\"joai.Candidate\",\"type\":\"record\",\"fields\":[{\"name\":\"actionId\",\"type\":\"string\"},{\"name\":\"treatmentId\",\"type\":\"string\"},{\"name\":\"channel\",\"type\":\"string\"},{\"name\":\"removedBy\",\"type\":[\"null\",{\"name\":\"joai.Removal\",\"type\":\"record\",\"fields\":[{\"name\":\"rule\",\"type\":\"string\"},{\"name\":\"version\",\"type\":\"int\"},{\"name\":\"stage\",\"type\":{\"name\":\"joai.RemovalStage\",\"type\":\"enum\",\"symbols\":[\"validity\",\"stopped\",\"consent\",\"eligibility\",\"applicability\",\"suitability\",\"suppression\",\"cap\",\"budget\",\"quiet_hours\",\"experiment\"]}},{\"name\":\"reason\",\"type\":\"string\"}]}],\"default\":null},{\"name\":\"propensity\",\"type\":\"double\"},{\"name\":\"context\",\"type\":\"double\"},{\"name\":\"value\",\"type\":\"double\"},{\"name\":\"lever\",\"type\":\"double\"},{\"name\":\"cost\",\"type\":\"double\"},{\"name\":\"priority\",\"type\":\"double\"},{\"name\":\"selectionProbability\",\"type\":\"double\"}]}}},{\"name\":\"learning\",\"type\":{\"name\":\"joai.Learning\",\"type\":\"record\",\"fields\":[{\"name\":\"modelId\",\"type\":\"string\"},{\"name\":\"modelVersion\",\"type\":\"int\"},{\"name\":\"features\",\"type\":{\"type\":\"array\",\"items\":{\"name\":\"joai.FeatureValue\",\"type\":\"record\",\"fields\":[{\"name\":\"name\",\"type\":\"string\"},{\"name\":\"number\",\"type\":[\"null\",\"double\"],\"default\":null},{\"name\":\"text\",\"type\":[\"null\",\"string\"],\"default\":null}]}}},{\"name\":\"algorithm\",\"type\":\"string\"},{\"name\":\"epsilon\",\"type\":\"double\"},{\"name\":\"floor\",\"type\":\"double\"},{\"name\":\"behaviourProbability\",\"type\":\"double\"},{\"name\":\"arm\",\"type\":\"string\"},{\"name\":\"drawId\",\"type\":\"string\"},{\"name\":\"draw\",\"type\":\"double\"}]}},{\"name\":\"reference\",\"type\":{\"type\":\"array\",\"items\":{\"name\":\"joai.ReferenceRead\",\"type\":\"record\",\"fields\":[{\"name\":\"name\",\"type\":\"string\"},{\"name\":\"key\",\"type\":\"string\"},{\"name\":\"values\",\"type\":{\"type\":\"array\",\"items\":\"joai.FeatureValue\"}},{\"name\":\"record\",\"type\":[\"null\",\"joai.Position\"],\"default\":null}]}},\"default\":[]},{\"name\":\"experiments\",\"type\":{\"type\":\"array\",\"items\":{\"name\":\"joai.ExperimentShare\",\"type\":\"record\",\"fields\":[{\"name\":\"id\",\"type\":\"string\"},{\"name\":\"variant\",\"type\":\"string\"},{\"name\":\"probability\",\"type\":\"double\"},{\"name\":\"rampStage\",\"type\":\"string\"}]}}},{\"name\":\"fatigue\",\"type\":{\"name\":\"joai.Fatigue\",\"type\":\"record\",\"fields\":[{\"name\":\"caps\",\"type\":{\"type\":\"array\",\"items\":{\"name\":\"joai.CapCheck\",\"type\":\"record\",\"fields\":[{\"name\":\"cap\",\"type\":\"string\"},{\"name\":\"actionId\",\"type\":\"string\"},{\"name\":\"windowMs\",\"type\":\"long\"},{\"name\":\"used\",\"type\":\"int\"},{\"name\":\"limit\",\"type\":\"int\"}]}}},{\"name\":\"points\",\"type\":\"double\"},{\"name\":\"pointsMax\",\"type\":\"double\"},{\"name\":\"reservation\",\"type\":[\"null\",\"string\"],\"default\":null}]}},{\"name\":\"content\",\"type\":{\"name\":\"joai.Content\",\"type\":\"record\",\"fields\":[{\"name\":\"templateVersion\",\"type\":\"int\"},{\"name\":\"promptHash\",\"type\":\"string\"},{\"name\":\"generator\",\"type\":\"string\"},{\"name\":\"approvalId\",\"type\":\"string\"},{\"name\":\"approver\",\"type\":\"string\"}]}},{\"name\":\"explanation\",\"type\":{\"name\":\"joai.Explanation\",\"type\":\"record\",\"fields\":[{\"name\":\"reasons\",\"type\":{\"type\":\"array\",\"items\":\"string\"}},{\"name\":\"topFeatures\",\"type\":{\"type\":\"array\",\"items\":\"string\"}},{\"name\":\"runnerUp\",\"type\":\"string\"},{\"name\":\"opportunityCost\",\"type\":\"double\"}]}},{\"name\":\"provenance\",\"type\":{\"name\":\"joai.Provenance\",\"type\":\"record\",\"fields\":[{\"name\":\"release\",\"type\":\"string\"},{\"name\":\"releaseVersion\",\"type\":\"int\"},{\"name\":\"releaseHash\",\"type\":\"string\"},{\"name\":\"topologyVersion\",\"type\":\"string\"},{\"name\":\"input\",\"type\":\"joai.Position\"},{\"name\":\"previousHash\",\"type\":\"string\"},{\"name\":\"hash\",\"type\":\"string\"}]}}]}"], [324604665, "{\"name\":\"joai.Decision\",\"type\":\"record\",\"fields\":[{\"name\":\"decisionId\",\"type\":\"string\"},{\"name\":\"slot\",\"type\":\"int\",\"default\":0},{\"name\":\"subject\",\"type\":{\"name\":\"joai.Subject\",\"type\":\"record\",\"fields\":[{\"name\":\"personId\",\"type\":\"string\"},{\"name\":\"identityVersion\",\"type\":\"int\"},{\"name\":\"jurisdiction\",\"type\":\"string\"},{\"name\":\"timeZone\",\"type\":\"string\"},{\"name\":\"timeZoneSource\",\"type\":\"string\"}]}},{\"name\":\"time\",\"type\":{\"name\":\"joai.DecisionTime\",\"type\":\"record\",\"fields\":[{\"name\":\"occurredAt\",\"type\":\"long\"},{\"name\":\"receivedAt\",\"type\":\"long\"},{\"name\":\"decidedAt\",\"type\":\"long\"},{\"name\":\"notBefore\",\"type\":[\"null\",\"long\"],\"default\":null},{\"name\":\"expiresAt\",\"type\":[\"null\",\"long\"],\"default\":null}]}},{\"name\":\"trigger\",\"type\":{\"name\":\"joai.Trigger\",\"type\":\"record\",\"fields\":[{\"name\":\"origin\",\"type\":{\"name\":\"joai.Position\",\"type\":\"record\",\"fields\":[{\"name\":\"topic\",\"type\":\"string\"},{\"name\":\"partition\",\"type\":\"int\"},{\"name\":\"offset\",\"type\":\"long\"}]}},{\"name\":\"eventId\",\"type\":\"string\"},{\"name\":\"type\",\"type\":\"string\"},{\"name\":\"journey\",\"type\":\"string\",\"default\":\"\"},{\"name\":\"stage\",\"type\":\"string\",\"default\":\"\"},{\"name\":\"deferred\",\"type\":{\"type\":\"array\",\"items\":\"string\"},\"default\":[]}]}},{\"name\":\"outcome\",\"type\":{\"name\":\"joai.Outcome\",\"type\":\"record\",\"fields\":[{\"name\":\"kind\",\"type\":{\"name\":\"joai.OutcomeKind\",\"type\":\"enum\",\"symbols\":[\"ACT\",\"DEFER\",\"SILENCE\",\"MANDATORY\",\"PENDING_APPROVAL\"]}},{\"name\":\"actionId\",\"type\":\"string\"},{\"name\":\"treatmentId\",\"type\":\"string\"},{\"name\":\"channel\",\"type\":\"string\"},{\"name\":\"idempotencyKey\",\"type\":\"string\"}]}},{\"name\":\"consent\",\"type\":{\"type\":\"array\",\"items\":{\"name\":\"joai.ConsentFound\",\"type\":\"record\",\"fields\":[{\"name\":\"purpose\",\"type\":\"string\"},{\"name\":\"channel\",\"type\":\"string\"},{\"name\":\"state\",\"type\":{\"name\":\"joai.ConsentState\",\"type\":\"enum\",\"symbols\":[\"granted\",\"withdrawn\",\"unknown\"]}},{\"name\":\"allowed\",\"type\":\"boolean\"},{\"name\":\"lawfulBasis\",\"type\":\"string\"},{\"name\":\"records\",\"type\":{\"type\":\"array\",\"items\":\"joai.Position\"}}]}}},{\"name\":\"candidates\",\"type\":{\"type\":\"array\",\"items\":{\"name\":\"joai.Candidate\",\"type\":\"record\",\"fields\":[{\"name\":\"actionId\",\"type\":\"string\"},{\"name\":\"treatmentId\",\"type\":\"string\"},{\"name\":\"channel\",\"type\":\"string\"},{\"name\":\"removedBy\",\"type\":[\"null\",{\"name\":\"joai.Removal\",\"type\":\"record\",\"fields\":[{\"name\":\"rule\",\"type\":\"string\"},{\"name\":\"version\",\"type\":\"int\"},{\"name\":\"stage\",\"type\":{\"name\":\"joai.RemovalStage\",\"type\":\"enum\",\"symbols\":[\"validity\",\"stopped\",\"consent\",\"eligibility\",\"applicability\",\"suitability\",\"suppression\",\"cap\",\"budget\",\"quiet_hours\"]}},{\"name\":\"reason\",\"type\":\"string\"}]}],\"default\":null},{\"name\":\"propensity\",\"type\":\"double\"},{\"name\":\"context\",\"type\":\"double\"},{\"name\":\"value\",\"type\":\"double\"},{\"name\":\"lever\",\"type\":\"double\"},{\"name\":\"cost\",\"type\":\"double\"},{\"name\":\"priority\",\"type\":\"double\"},{\"name\":\"selectionProbability\",\"type\":\"double\"}]}}},{\"name\":\"learning\",\"type\":{\"name\":\"joai.Learning\",\"type\":\"record\",\"fields\":[{\"name\":\"modelId\",\"type\":\"string\"},{\"name\":\"modelVersion\",\"type\":\"int\"},{\"name\":\"features\",\"type\":{\"type\":\"array\",\"items\":{\"name\":\"joai.FeatureValue\",\"type\":\"record\",\"fields\":[{\"name\":\"name\",\"type\":\"string\"},{\"name\":\"number\",\"type\":[\"null\",\"double\"],\"default\":null},{\"name\":\"text\",\"type\":[\"null\",\"string\"],\"default\":null}]}}},{\"name\":\"algorithm\",\"type\":\"string\"},{\"name\":\"epsilon\",\"type\":\"double\"},{\"name\":\"floor\",\"type\":\"double\"},{\"name\":\"behaviourProbability\",\"type\":\"double\"},{\"name\":\"arm\",\"type\":\"string\"},{\"name\":\"drawId\",\"type\":\"string\"},{\"name\":\"draw\",\"type\":\"double\"}]}},{\"name\":\"experiments\",\"type\":{\"type\":\"array\",\"items\":{\"name\":\"joai.ExperimentShare\",\"type\":\"record\",\"fields\":[{\"name\":\"id\",\"type\":\"string\"},{\"name\":\"variant\",\"type\":\"string\"},{\"name\":\"probability\",\"type\":\"double\"},{\"name\":\"rampStage\",\"type\":\"string\"}]}}},{\"name\":\"fatigue\",\"type\":{\"name\":\"joai.Fatigue\",\"type\":\"record\",\"fields\":[{\"name\":\"caps\",\"type\":{\"type\":\"array\",\"items\":{\"name\":\"joai.CapCheck\",\"type\":\"record\",\"fields\":[{\"name\":\"cap\",\"type\":\"string\"},{\"name\":\"actionId\",\"type\":\"string\"},{\"name\":\"windowMs\",\"type\":\"long\"},{\"name\":\"used\",\"type\":\"int\"},{\"name\":\"limit\",\"type\":\"int\"}]}}},{\"name\":\"points\",\"type\":\"double\"},{\"name\":\"pointsMax\",\"type\":\"double\"},{\"name\":\"reservation\",\"type\":[\"null\",\"string\"],\"default\":null}]}},{\"name\":\"content\",\"type\":{\"name\":\"joai.Content\",\"type\":\"record\",\"fields\":[{\"name\":\"templateVersion\",\"type\":\"int\"},{\"name\":\"promptHash\",\"type\":\"string\"},{\"name\":\"generator\",\"type\":\"string\"},{\"name\":\"approvalId\",\"type\":\"string\"},{\"name\":\"approver\",\"type\":\"string\"}]}},{\"name\":\"explanation\",\"type\":{\"name\":\"joai.Explanation\",\"type\":\"record\",\"fields\":[{\"name\":\"reasons\",\"type\":{\"type\":\"array\",\"items\":\"string\"}},{\"name\":\"topFeatures\",\"type\":{\"type\":\"array\",\"items\":\"string\"}},{\"name\":\"runnerUp\",\"type\":\"string\"},{\"name\":\"opportunityCost\",\"type\":\"double\"}]}},{\"name\":\"provenance\",\"type\":{\"name\":\"joai.Provenance\",\"type\":\"record\",\"fields\":[{\"name\":\"release\",\"type\":\"string\"},{\"name\":\"releaseVersion\",\"type\":\"int\"},{\"name\":\"releaseHash\",\"type\":\"string\"},{\"name\":\"topologyVersion\",\"type\":\"string\"},{\"name\":\"input\",\"type\":\"joai.Position\"},{\"name\":\"previousHash\",\"type\":\"string\"},{\"name\":\"hash\",\"type\":\"string\"}]}}]}"], [505257269, "{\"name\":\"joai.Decision\",\"type\":\"record\",\"fields\":[{\"name\":\"decisionId\",\"type\":\"string\"},{\"name\":\"slot\",\"type\":\"int\",\"default\":0},{\"name\":\"subject\",\"type\":{\"name\":\"joai.Subject\",\"type\":\"record\",\"fields\":[{\"name\":\"personId\",\"type\":\"string\"},{\"name\":\"identityVersion\",\"type\":\"int\"},{\"name\":\"jurisdiction\",\"type\":\"string\"},{\"name\":\"timeZone\",\"type\":\"string\"},{\"name\":\"timeZoneSource\",\"type\":\"string\"}]}},{\"name\":\"time\",\"type\":{\"name\":\"joai.DecisionTime\",\"type\":\"record\",\"fields\":[{\"name\":\"occurredAt\",\"type\":\"long\"},{\"name\":\"receivedAt\",\"type\":\"long\"},{\"name\":\"decidedAt\",\"type\":\"long\"},{\"name\":\"notBefore\",\"type\":[\"null\",\"long\"],\"default\":null},{\"name\":\"expiresAt\",\"type\":[\"null\",\"long\"],\"default\":null}]}},{\"name\":\"trigger\",\"type\":{\"name\":\"joai.Trigger\",\"type\":\"record\",\"fields\":[{\"name\":\"origin\",\"type\":{\"name\":\"joai.Position\",\"type\":\"record\",\"fields\":[{\"name\":\"topic\",\"type\":\"string\"},{\"name\":\"partition\",\"type\":\"int\"},{\"name\":\"offset\",\"type\":\"long\"}]}},{\"name\":\"eventId\",\"type\":\"string\"},{\"name\":\"type\",\"type\":\"string\"},{\"name\":\"journey\",\"type\":\"string\",\"default\":\"\"},{\"name\":\"stage\",\"type\":\"string\",\"default\":\"\"},{\"name\":\"deferred\",\"type\":{\"type\":\"array\",\"items\":\"string\"},\"default\":[]},{\"name\":\"source\",\"type\":\"string\",\"default\":\"\"}]}},{\"name\":\"outcome\",\"type\":{\"name\":\"joai.Outcome\",\"type\":\"record\",\"fields\":[{\"name\":\"kind\",\"type\":{\"name\":\"joai.OutcomeKind\",\"type\":\"enum\",\"symbols\":[\"ACT\",\"DEFER\",\"SILENCE\",\"MANDATORY\",\"PENDING_APPROVAL\"]}},{\"name\":\"actionId\",\"type\":\"string\"},{\"name\":\"treatmentId\",\"type\":\"string\"},{\"name\":\"channel\",\"type\":\"string\"},{\"name\":\"idempotencyKey\",\"type\":\"string\"}]}},{\"name\":\"consent\",\"type\":{\"type\":\"array\",\"items\":{\"name\":\"joai.ConsentFound\",\"type\":\"record\",\"fields\":[{\"name\":\"purpose\",\"type\":\"string\"},{\"name\":\"channel\",\"type\":\"string\"},{\"name\":\"state\",\"type\":{\"name\":\"joai.ConsentState\",\"type\":\"enum\",\"symbols\":[\"granted\",\"withdrawn\",\"unknown\"]}},{\"name\":\"allowed\",\"type\":\"boolean\"},{\"name\":\"lawfulBasis\",\"type\":\"string\"},{\"name\":\"records\",\"type\":{\"type\":\"array\",\"items\":\"joai.Position\"}}]}}},{\"name\":\"candidates\",\"type\":{\"type\":\"array\",\"items\":{\"name\":\"joai.Candidate\",\"type\":\"record\",\"fields\":[{\"name\":\"actionId\",\"type\":\"string\"},{\"name\":\"treatmentId\",\"type\":\"string\"},{\"name\":\"channel\",\"type\":\"string\"},{\"name\":\"removedBy\",\"type\":[\"null\",{\"name\":\"joai.Removal\",\"type\":\"record\",\"fields\":[{\"name\":\"rule\",\"type\":\"string\"},{\"name\":\"version\",\"type\":\"int\"},{\"name\":\"stage\",\"type\":{\"name\":\"joai.RemovalStage\",\"type\":\"enum\",\"symbols\":[\"validity\",\"stopped\",\"consent\",\"eligibility\",\"applicability\",\"suitability\",\"suppression\",\"cap\",\"budget\",\"quiet_hours\",\"experiment\"]}},{\"name\":\"reason\",\"type\":\"string\"}]}],\"default\":null},{\"name\":\"propensity\",\"type\":\"double\"},{\"name\":\"context\",\"type\":\"double\"},{\"name\":\"value\",\"type\":\"double\"},{\"name\":\"lever\",\"type\":\"double\"},{\"name\":\"cost\",\"type\":\"double\"},{\"name\":\"priority\",\"type\":\"double\"},{\"name\":\"selectionProbability\",\"type\":\"double\"}]}}},{\"name\":\"learning\",\"type\":{\"name\":\"joai.Learning\",\"type\":\"record\",\"fields\":[{\"name\":\"modelId\",\"type\":\"string\"},{\"name\":\"modelVersion\",\"type\":\"int\"},{\"name\":\"features\",\"type\":{\"type\":\"array\",\"items\":{\"name\":\"joai.FeatureValue\",\"type\":\"record\",\"fields\":[{\"name\":\"name\",\"type\":\"string\"},{\"name\":\"number\",\"type\":[\"null\",\"double\"],\"default\":null},{\"name\":\"text\",\"type\":[\"null\",\"string\"],\"default\":null}]}}},{\"name\":\"algorithm\",\"type\":\"string\"},{\"name\":\"epsilon\",\"type\":\"double\"},{\"name\":\"floor\",\"type\":\"double\"},{\"name\":\"behaviourProbability\",\"type\":\"double\"},{\"name\":\"arm\",\"type\":\"string\"},{\"name\":\"drawId\",\"type\":\"string\"},{\"name\":\"draw\",\"type\":\"double\"}]}},{\"name\":\"reference\",\"type\":{\"type\":\"array\",\"items\":{\"name\":\"joai.ReferenceRead\",\"type\":\"record\",\"fields\":[{\"name\":\"name\",\"type\":\"string\"},{\"name\":\"key\",\"type\":\"string\"},{\"name\":\"values\",\"type\":{\"type\":\"array\",\"items\":\"joai.FeatureValue\"}},{\"name\":\"record\",\"type\":[\"null\",\"joai.Position\"],\"default\":null}]}},\"default\":[]},{\"name\":\"variables\",\"type\":{\"type\":\"array\",\"items\":\"joai.FeatureValue\"},\"default\":[]},{\"name\":\"experiments\",\"type\":{\"type\":\"array\",\"items\":{\"name\":\"joai.ExperimentShare\",\"type\":\"record\",\"fields\":[{\"name\":\"id\",\"type\":\"string\"},{\"name\":\"variant\",\"type\":\"string\"},{\"name\":\"probability\",\"type\":\"double\"},{\"name\":\"rampStage\",\"type\":\"string\"}]}}},{\"name\":\"fatigue\",\"type\":{\"name\":\"joai.Fatigue\",\"type\":\"record\",\"fields\":[{\"name\":\"caps\",\"type\":{\"type\":\"array\",\"items\":{\"name\":\"joai.CapCheck\",\"type\":\"record\",\"fields\":[{\"name\":\"cap\",\"type\":\"string\"},{\"name\":\"actionId\",\"type\":\"string\"},{\"name\":\"windowMs\",\"type\":\"long\"},{\"name\":\"used\",\"type\":\"int\"},{\"name\":\"limit\",\"type\":\"int\"}]}}},{\"name\":\"points\",\"type\":\"double\"},{\"name\":\"pointsMax\",\"type\":\"double\"},{\"name\":\"reservation\",\"type\":[\"null\",\"string\"],\"default\":null}]}},{\"name\":\"content\",\"type\":{\"name\":\"joai.Content\",\"type\":\"record\",\"fields\":[{\"name\":\"templateVersion\",\"type\":\"int\"},{\"name\":\"promptHash\",\"type\":\"string\"},{\"name\":\"generator\",\"type\":\"string\"},{\"name\":\"approvalId\",\"type\":\"string\"},{\"name\":\"approver\",\"type\":\"string\"}]}},{\"name\":\"explanation\",\"type\":{\"name\":\"joai.Explanation\",\"type\":\"record\",\"fields\":[{\"name\":\"reasons\",\"type\":{\"type\":\"array\",\"items\":\"string\"}},{\"name\":\"topFeatures\",\"type\":{\"type\":\"array\",\"items\":\"string\"}},{\"name\":\"runnerUp\",\"type\":\"string\"},{\"name\":\"opportunityCost\",\"type\":\"double\"}]}},{\"name\":\"provenance\",\"type\":{\"name\":\"joai.Provenance\",\"type\":\"record\",\"fields\":[{\"name\":\"release\",\"type\":\"string\"},{\"name\":\"releaseVersion\",\"type\":\"int\"},{\"name\":\"releaseHash\",\"type\":\"string\"},{\"name\":\"topologyVersion\",\"type\":\"string\"},{\"name\":\"input\",\"type\":\"joai.Position\"},{\"name\":\"previousHash\",\"type\":\"string\"},{\"name\":\"hash\",\"type\":\"string\"}]}}]}"], [790793981, "{\"name\":\"joai.Decision\",\"type\":\"record\",\"fields\":[{\"name\":\"decisionId\",\"type\":\"string\"},{\"name\":\"slot\",\"type\":\"int\",\"default\":0},{\"name\":\"subject\",\"type\":{\"name\":\"joai.Subject\",\"type\":\"record\",\"fields\":[{\"name\":\"personId\",\"type\":\"string\"},{\"name\":\"identityVersion\",\"type\":\"int\"},{\"name\":\"jurisdiction\",\"type\":\"string\"},{\"name\":\"timeZone\",\"type\":\"string\"},{\"name\":\"timeZoneSource\",\"type\":\"string\"}]}},{\"name\":\"time\",\"type\":{\"name\":\"joai.DecisionTime\",\"type\":\"record\",\"fields\":[{\"name\":\"occurredAt\",\"type\":\"long\"},{\"name\":\"receivedAt\",\"type\":\"long\"},{\"name\":\"decidedAt\",\"type\":\"long\"},{\"name\":\"notBefore\",\"type\":[\"null\",\"long\"],\"default\":null},{\"name\":\"expiresAt\",\"type\":[\"null\",\"long\"],\"default\":null}]}},{\"name\":\"trigger\",\"type\":{\"name\":\"joai.Trigger\",\"type\":\"record\",\"fields\":[{\"name\":\"origin\",\"type\":{\"name\":\"joai.Position\",\"type\":\"record\",\"fields\":[{\"name\":\"topic\",\"type\":\"string\"},{\"name\":\"partition\",\"type\":\"int\"},{\"name\":\"offset\",\"type\":\"long\"}]}},{\"name\":\"eventId\",\"type\":\"string\"},{\"name\":\"type\",\"type\":\"string\"},{\"name\":\"journey\",\"type\":\"string\",\"default\":\"\"},{\"name\":\"stage\",\"type\":\"string\",\"default\":\"\"},{\"name\":\"deferred\",\"type\":{\"type\":\"array\",\"items\":\"string\"},\"default\":[]}]}},{\"name\":\"outcome\",\"type\":{\"name\":\"joai.Outcome\",\"type\":\"record\",\"fields\":[{\"name\":\"kind\",\"type\":{\"name\":\"joai.OutcomeKind\",\"type\":\"enum\",\"symbols\":[\"ACT\",\"DEFER\",\"SILENCE\",\"MANDATORY\",\"PENDING_APPROVAL\"]}},{\"name\":\"actionId\",\"type\":\"string\"},{\"name\":\"treatmentId\",\"type\":\"string\"},{\"name\":\"channel\",\"type\":\"string\"},{\"name\":\"idempotencyKey\",\"type\":\"string\"}]}},{\"name\":\"consent\",\"type\":{\"type\":\"array\",\"items\":{\"name\":\"joai.ConsentFound\",\"type\":\"record\",\"fields\":[{\"name\":\"purpose\",\"type\":\"string\"},{\"name\":\"channel\",\"type\":\"string\"},{\"name\":\"state\",\"type\":{\"name\":\"joai.ConsentState\",\"type\":\"enum\",\"symbols\":[\"granted\",\"withdrawn\",\"unknown\"]}},{\"name\":\"allowed\",\"type\":\"boolean\"},{\"name\":\"lawfulBasis\",\"type\":\"string\"},{\"name\":\"records\",\"type\":{\"type\":\"array\",\"items\":\"joai.Position\"}}]}}},{\"name\":\"candidates\",\"type\":{\"type\":\"array\",\"items\":{\"name\":\"joai.Candidate\",\"type\":\"record\",\"fields\":[{\"name\":\"actionId\",\"type\":\"string\"},{\"name\":\"treatmentId\",\"type\":\"string\"},{\"name\":\"channel\",\"type\":\"string\"},{\"name\":\"removedBy\",\"type\":[\"null\",{\"name\":\"joai.Removal\",\"type\":\"record\",\"fields\":[{\"name\":\"rule\",\"type\":\"string\"},{\"name\":\"version\",\"type\":\"int\"},{\"name\":\"stage\",\"type\":{\"name\":\"joai.RemovalStage\",\"type\":\"enum\",\"symbols\":[\"validity\",\"stopped\",\"consent\",\"eligibility\",\"applicability\",\"suitability\",\"suppression\",\"cap\",\"budget\",\"quiet_hours\",\"experiment\"]}},{\"name\":\"reason\",\"type\":\"string\"}]}],\"default\":null},{\"name\":\"propensity\",\"type\":\"double\"},{\"name\":\"context\",\"type\":\"double\"},{\"name\":\"value\",\"type\":\"double\"},{\"name\":\"lever\",\"type\":\"double\"},{\"name\":\"cost\",\"type\":\"double\"},{\"name\":\"priority\",\"type\":\"double\"},{\"name\":\"selectionProbability\",\"type\":\"double\"}]}}},{\"name\":\"learning\",\"type\":{\"name\":\"joai.Learning\",\"type\":\"record\",\"fields\":[{\"name\":\"modelId\",\"type\":\"string\"},{\"name\":\"modelVersion\",\"type\":\"int\"},{\"name\":\"features\",\"type\":{\"type\":\"array\",\"items\":{\"name\":\"joai.FeatureValue\",\"type\":\"record\",\"fields\":[{\"name\":\"name\",\"type\":\"string\"},{\"name\":\"number\",\"type\":[\"null\",\"double\"],\"default\":null},{\"name\":\"text\",\"type\":[\"null\",\"string\"],\"default\":null}]}}},{\"name\":\"algorithm\",\"type\":\"string\"},{\"name\":\"epsilon\",\"type\":\"double\"},{\"name\":\"floor\",\"type\":\"double\"},{\"name\":\"behaviourProbability\",\"type\":\"double\"},{\"name\":\"arm\",\"type\":\"string\"},{\"name\":\"drawId\",\"type\":\"string\"},{\"name\":\"draw\",\"type\":\"double\"}]}},{\"name\":\"reference\",\"type\":{\"type\":\"array\",\"items\":{\"name\":\"joai.ReferenceRead\",\"type\":\"record\",\"fields\":[{\"name\":\"name\",\"type\":\"string\"},{\"name\":\"key\",\"type\":\"string\"},{\"name\":\"values\",\"type\":{\"type\":\"array\",\"items\":\"joai.FeatureValue\"}},{\"name\":\"record\",\"type\":[\"null\",\"joai.Position\"],\"default\":null}]}},\"default\":[]},{\"name\":\"variables\",\"type\":{\"type\":\"array\",\"items\":\"joai.FeatureValue\"},\"default\":[]},{\"name\":\"experiments\",\"type\":{\"type\":\"array\",\"items\":{\"name\":\"joai.ExperimentShare\",\"type\":\"record\",\"fields\":[{\"name\":\"id\",\"type\":\"string\"},{\"name\":\"variant\",\"type\":\"string\"},{\"name\":\"probability\",\"type\":\"double\"},{\"name\":\"rampStage\",\"type\":\"string\"}]}}},{\"name\":\"fatigue\",\"type\":{\"name\":\"joai.Fatigue\",\"type\":\"record\",\"fields\":[{\"name\":\"caps\",\"type\":{\"type\":\"array\",\"items\":{\"name\":\"joai.CapCheck\",\"type\":\"record\",\"fields\":[{\"name\":\"cap\",\"type\":\"string\"},{\"name\":\"actionId\",\"type\":\"string\"},{\"name\":\"windowMs\",\"type\":\"long\"},{\"name\":\"used\",\"type\":\"int\"},{\"name\":\"limit\",\"type\":\"int\"}]}}},{\"name\":\"points\",\"type\":\"double\"},{\"name\":\"pointsMax\",\"type\":\"double\"},{\"name\":\"reservation\",\"type\":[\"null\",\"string\"],\"default\":null}]}},{\"name\":\"content\",\"type\":{\"name\":\"joai.Content\",\"type\":\"record\",\"fields\":[{\"name\":\"templateVersion\",\"type\":\"int\"},{\"name\":\"promptHash\",\"type\":\"string\"},{\"name\":\"generator\",\"type\":\"string\"},{\"name\":\"approvalId\",\"type\":\"string\"},{\"name\":\"approver\",\"type\":\"string\"}]}},{\"name\":\"explanation\",\"type\":{\"name\":\"joai.Explanation\",\"type\":\"record\",\"fields\":[{\"name\":\"reasons\",\"type\":{\"type\":\"array\",\"items\":\"string\"}},{\"name\":\"topFeatures\",\"type\":{\"type\":\"array\",\"items\":\"string\"}},{\"name\":\"runnerUp\",\"type\":\"string\"},{\"name\":\"opportunityCost\",\"type\":\"double\"}]}},{\"name\":\"provenance\",\"type\":{\"name\":\"joai.Provenance\",\"type\":\"record\",\"fields\":[{\"name\":\"release\",\"type\":\"string\"},{\"name\":\"releaseVersion\",\"type\":\"int\"},{\"name\":\"releaseHash\",\"type\":\"string\"},{\"name\":\"topologyVersion\",\"type\":\"string\"},{\"name\":\"input\",\"type\":\"joai.Position\"},{\"name\":\"previousHash\",\"type\":\"string\"},{\"name\":\"hash\",\"type\":\"string\"}]}}]}"]],
  'joai.Edge': [658437027],
  'joai.Exposure': [544086696],
  'joai.FeatureRow': [1620641750],
  'joai.Identifier': [195986246],
  'joai.IdentifierRow': [964025587],
  'joai.IdentityChange': [1083119385],
  'joai.IdentityLinked': [2110668800],
  'joai.JourneyEnded': [608627491],
  'joai.JourneysRow': [[822904470, "{\"name\":\"joai.JourneysRow\",\"type\":\"record\",\"fields\":[{\"name\":\"runs\",\"type\":{\"type\":\"array\",\"items\":{\"name\":\"joai.JourneyRun\",\"type\":\"record\",\"fields\":[{\"name\":\"id\",\"type\":\"string\"},{\"name\":\"stage\",\"type\":\"string\"},{\"name\":\"passed\",\"type\":\"int\"},{\"name\":\"enteredAt\",\"type\":\"long\"},{\"name\":\"waitingUntil\",\"type\":\"long\"}]}}},{\"name\":\"ended\",\"type\":{\"type\":\"array\",\"items\":{\"name\":\"joai.JourneyPast\",\"type\":\"record\",\"fields\":[{\"name\":\"id\",\"type\":\"string\"},{\"name\":\"how\",\"type\":{\"name\":\"joai.JourneyEnding\",\"type\":\"enum\",\"symbols\":[\"goal\",\"exit\",\"timeout\"]}},{\"name\":\"at\",\"type\":\"long\"},{\"name\":\"goals\",\"type\":\"int\"}]}}}]}"], [966841062, "{\"name\":\"joai.JourneysRow\",\"type\":\"record\",\"fields\":[{\"name\":\"runs\",\"type\":{\"type\":\"array\",\"items\":{\"name\":\"joai.JourneyRun\",\"type\":\"record\",\"fields\":[{\"name\":\"id\",\"type\":\"string\"},{\"name\":\"stage\",\"type\":\"string\"},{\"name\":\"passed\",\"type\":\"int\"},{\"name\":\"enteredAt\",\"type\":\"long\"},{\"name\":\"waitingUntil\",\"type\":\"long\"}]}}},{\"name\":\"ended\",\"type\":{\"type\":\"array\",\"items\":{\"name\":\"joai.JourneyPast\",\"type\":\"record\",\"fields\":[{\"name\":\"id\",\"type\":\"string\"},{\"name\":\"how\",\"type\":{\"name\":\"joai.JourneyEnding\",\"type\":\"enum\",\"symbols\":[\"goal\",\"exit\",\"timeout\"]}},{\"name\":\"at\",\"type\":\"long\"},{\"name\":\"goals\",\"type\":\"int\"}]}}}]}"]],
  'joai.LedgerRow': [[1413338967, "{\"name\":\"joai.LedgerRow\",\"type\":\"record\",\"fields\":[{\"name\":\"contacts\",\"type\":{\"type\":\"array\",\"items\":{\"name\":\"joai.LedgerContact\",\"type\":\"record\",\"fields\":[{\"name\":\"decisionId\",\"type\":\"string\"},{\"name\":\"actionId\",\"type\":\"string\"},{\"name\":\"treatmentId\",\"type\":\"string\"},{\"name\":\"group\",\"type\":\"string\"},{\"name\":\"channel\",\"type\":\"string\"},{\"name\":\"purpose\",\"type\":\"string\"},{\"name\":\"tags\",\"type\":{\"type\":\"array\",\"items\":\"string\"}},{\"name\":\"placement\",\"type\":\"string\"},{\"name\":\"points\",\"type\":\"double\"},{\"name\":\"at\",\"type\":\"long\"},{\"name\":\"state\",\"type\":{\"name\":\"joai.ContactState\",\"type\":\"enum\",\"symbols\":[\"reserved\",\"confirmed\",\"imported\"]}},{\"name\":\"until\",\"type\":[\"null\",\"long\"],\"default\":null},{\"name\":\"personId\",\"type\":\"string\",\"default\":\"\"},{\"name\":\"journey\",\"type\":\"string\",\"default\":\"\"}]}}},{\"name\":\"outcomes\",\"type\":{\"type\":\"array\",\"items\":{\"name\":\"joai.LedgerOutcome\",\"type\":\"record\",\"fields\":[{\"name\":\"id\",\"type\":\"string\"},{\"name\":\"decisionId\",\"type\":\"string\"},{\"name\":\"actionId\",\"type\":\"string\"},{\"name\":\"group\",\"type\":\"string\"},{\"name\":\"purpose\",\"type\":\"string\"},{\"name\":\"kind\",\"type\":{\"name\":\"joai.ReceiptKind\",\"type\":\"enum\",\"symbols\":[\"delivered\",\"bounced\",\"opened\",\"clicked\",\"converted\",\"complained\",\"unsubscribed\",\"ignored\",\"rejected\"]}},{\"name\":\"at\",\"type\":\"long\"}]}}},{\"name\":\"suppressions\",\"type\":{\"type\":\"array\",\"items\":{\"name\":\"joai.LedgerSuppression\",\"type\":\"record\",\"fields\":[{\"name\":\"id\",\"type\":\"string\"},{\"name\":\"scope\",\"type\":{\"name\":\"joai.SuppressionScope\",\"type\":\"enum\",\"symbols\":[\"action\",\"group\",\"purpose\"]}},{\"name\":\"of\",\"type\":\"string\"},{\"name\":\"until\",\"type\":\"long\"}]}}},{\"name\":\"deferred\",\"type\":[\"null\",{\"name\":\"joai.LedgerDeferral\",\"type\":\"record\",\"fields\":[{\"name\":\"decisionIds\",\"type\":{\"type\":\"array\",\"items\":\"string\"}},{\"name\":\"notBefore\",\"type\":\"long\"},{\"name\":\"waiting\",\"type\":{\"type\":\"array\",\"items\":{\"name\":\"joai.DeferredCandidate\",\"type\":\"record\",\"fields\":[{\"name\":\"purpose\",\"type\":\"string\"},{\"name\":\"channel\",\"type\":\"string\"},{\"name\":\"journey\",\"type\":\"string\",\"default\":\"\"},{\"name\":\"stage\",\"type\":\"string\",\"default\":\"\"}]}},\"default\":[]}]}],\"default\":null},{\"name\":\"counters\",\"type\":{\"name\":\"joai.LedgerCounters\",\"type\":\"record\",\"fields\":[{\"name\":\"returned\",\"type\":\"int\"},{\"name\":\"cancelled\",\"type\":\"int\"},{\"name\":\"unknown\",\"type\":\"int\"},{\"name\":\"unjoined\",\"type\":\"int\"}]}}]}"], [149606973, "{\"name\":\"joai.LedgerRow\",\"type\":\"record\",\"fields\":[{\"name\":\"contacts\",\"type\":{\"type\":\"array\",\"items\":{\"name\":\"joai.LedgerContact\",\"type\":\"record\",\"fields\":[{\"name\":\"decisionId\",\"type\":\"string\"},{\"name\":\"actionId\",\"type\":\"string\"},{\"name\":\"treatmentId\",\"type\":\"string\"},{\"name\":\"group\",\"type\":\"string\"},{\"name\":\"channel\",\"type\":\"string\"},{\"name\":\"purpose\",\"type\":\"string\"},{\"name\":\"tags\",\"type\":{\"type\":\"array\",\"items\":\"string\"}},{\"name\":\"placement\",\"type\":\"string\"},{\"name\":\"points\",\"type\":\"double\"},{\"name\":\"at\",\"type\":\"long\"},{\"name\":\"state\",\"type\":{\"name\":\"joai.ContactState\",\"type\":\"enum\",\"symbols\":[\"reserved\",\"confirmed\",\"imported\"]}},{\"name\":\"until\",\"type\":[\"null\",\"long\"],\"default\":null},{\"name\":\"personId\",\"type\":\"string\",\"default\":\"\"},{\"name\":\"journey\",\"type\":\"string\",\"default\":\"\"}]}}},{\"name\":\"outcomes\",\"type\":{\"type\":\"array\",\"items\":{\"name\":\"joai.LedgerOutcome\",\"type\":\"record\",\"fields\":[{\"name\":\"id\",\"type\":\"string\"},{\"name\":\"decisionId\",\"type\":\"string\"},{\"name\":\"actionId\",\"type\":\"string\"},{\"name\":\"group\",\"type\":\"string\"},{\"name\":\"purpose\",\"type\":\"string\"},{\"name\":\"kind\",\"type\":{\"name\":\"joai.ReceiptKind\",\"type\":\"enum\",\"symbols\":[\"delivered\",\"bounced\",\"opened\",\"clicked\",\"converted\",\"complained\",\"unsubscribed\",\"ignored\",\"rejected\"]}},{\"name\":\"at\",\"type\":\"long\"}]}}},{\"name\":\"suppressions\",\"type\":{\"type\":\"array\",\"items\":{\"name\":\"joai.LedgerSuppression\",\"type\":\"record\",\"fields\":[{\"name\":\"id\",\"type\":\"string\"},{\"name\":\"scope\",\"type\":{\"name\":\"joai.SuppressionScope\",\"type\":\"enum\",\"symbols\":[\"action\",\"group\",\"purpose\"]}},{\"name\":\"of\",\"type\":\"string\"},{\"name\":\"until\",\"type\":\"long\"}]}}},{\"name\":\"deferred\",\"type\":[\"null\",{\"name\":\"joai.LedgerDeferral\",\"type\":\"record\",\"fields\":[{\"name\":\"decisionIds\",\"type\":{\"type\":\"array\",\"items\":\"string\"}},{\"name\":\"notBefore\",\"type\":\"long\"},{\"name\":\"waiting\",\"type\":{\"type\":\"array\",\"items\":{\"name\":\"joai.DeferredCandidate\",\"type\":\"record\",\"fields\":[{\"name\":\"purpose\",\"type\":\"string\"},{\"name\":\"channel\",\"type\":\"string\"},{\"name\":\"journey\",\"type\":\"string\",\"default\":\"\"},{\"name\":\"stage\",\"type\":\"string\",\"default\":\"\"}]}},\"default\":[]}]}],\"default\":null},{\"name\":\"counters\",\"type\":{\"name\":\"joai.LedgerCounters\",\"type\":\"record\",\"fields\":[{\"name\":\"returned\",\"type\":\"int\"},{\"name\":\"cancelled\",\"type\":\"int\"},{\"name\":\"unknown\",\"type\":\"int\"},{\"name\":\"unjoined\",\"type\":\"int\"}]}}]}"]],
  'joai.Linked': [[2129003956, "{\"name\":\"joai.Linked\",\"type\":\"record\",\"fields\":[{\"name\":\"token\",\"type\":{\"name\":\"joai.Token\",\"type\":\"record\",\"fields\":[{\"name\":\"type\",\"type\":\"string\"},{\"name\":\"token\",\"type\":\"string\"},{\"name\":\"folded\",\"type\":\"string\",\"default\":\"\"}]}},{\"name\":\"personId\",\"type\":\"string\"},{\"name\":\"edge\",\"type\":{\"name\":\"joai.Edge\",\"type\":\"record\",\"fields\":[{\"name\":\"from\",\"type\":\"string\"},{\"name\":\"to\",\"type\":\"string\"},{\"name\":\"eventId\",\"type\":\"string\"},{\"name\":\"at\",\"type\":\"long\"}]}}]}"], [277986512, "{\"name\":\"joai.Linked\",\"type\":\"record\",\"fields\":[{\"name\":\"token\",\"type\":{\"name\":\"joai.Token\",\"type\":\"record\",\"fields\":[{\"name\":\"type\",\"type\":\"string\"},{\"name\":\"token\",\"type\":\"string\"},{\"name\":\"folded\",\"type\":\"string\",\"default\":\"\"}]}},{\"name\":\"personId\",\"type\":\"string\"},{\"name\":\"edge\",\"type\":{\"name\":\"joai.Edge\",\"type\":\"record\",\"fields\":[{\"name\":\"from\",\"type\":\"string\"},{\"name\":\"to\",\"type\":\"string\"},{\"name\":\"eventId\",\"type\":\"string\"},{\"name\":\"at\",\"type\":\"long\"}]}}]}"]],
  'joai.Member': [555295269],
  'joai.Merge': [1721478808],
  'joai.Moved': [959722024],
  'joai.MovedRows': [1915109856],
  'joai.NetworkIncident': [696281256],
  'joai.Observed': [[1466630517, "{\"name\":\"joai.Observed\",\"type\":\"record\",\"fields\":[{\"name\":\"tokens\",\"type\":{\"type\":\"array\",\"items\":{\"name\":\"joai.Token\",\"type\":\"record\",\"fields\":[{\"name\":\"type\",\"type\":\"string\"},{\"name\":\"token\",\"type\":\"string\"},{\"name\":\"folded\",\"type\":\"string\",\"default\":\"\"}]}}},{\"name\":\"eventId\",\"type\":\"string\"},{\"name\":\"type\",\"type\":\"string\"},{\"name\":\"occurredAt\",\"type\":\"long\"},{\"name\":\"source\",\"type\":\"string\"},{\"name\":\"origin\",\"type\":{\"name\":\"joai.Position\",\"type\":\"record\",\"fields\":[{\"name\":\"topic\",\"type\":\"string\"},{\"name\":\"partition\",\"type\":\"int\"},{\"name\":\"offset\",\"type\":\"long\"}]}},{\"name\":\"payload\",\"type\":\"bytes\"}]}"], [1548242970, "{\"name\":\"joai.Observed\",\"type\":\"record\",\"fields\":[{\"name\":\"tokens\",\"type\":{\"type\":\"array\",\"items\":{\"name\":\"joai.Token\",\"type\":\"record\",\"fields\":[{\"name\":\"type\",\"type\":\"string\"},{\"name\":\"token\",\"type\":\"string\"},{\"name\":\"folded\",\"type\":\"string\",\"default\":\"\"},{\"name\":\"phone\",\"type\":\"string\",\"default\":\"\"}]}}},{\"name\":\"eventId\",\"type\":\"string\"},{\"name\":\"type\",\"type\":\"string\"},{\"name\":\"occurredAt\",\"type\":\"long\"},{\"name\":\"source\",\"type\":\"string\"},{\"name\":\"origin\",\"type\":{\"name\":\"joai.Position\",\"type\":\"record\",\"fields\":[{\"name\":\"topic\",\"type\":\"string\"},{\"name\":\"partition\",\"type\":\"int\"},{\"name\":\"offset\",\"type\":\"long\"}]}},{\"name\":\"payload\",\"type\":\"bytes\"},{\"name\":\"identifiedBy\",\"type\":\"string\",\"default\":\"\"}]}"], [2118226051, "{\"name\":\"joai.Observed\",\"type\":\"record\",\"fields\":[{\"name\":\"tokens\",\"type\":{\"type\":\"array\",\"items\":{\"name\":\"joai.Token\",\"type\":\"record\",\"fields\":[{\"name\":\"type\",\"type\":\"string\"},{\"name\":\"token\",\"type\":\"string\"},{\"name\":\"folded\",\"type\":\"string\",\"default\":\"\"}]}}},{\"name\":\"eventId\",\"type\":\"string\"},{\"name\":\"type\",\"type\":\"string\"},{\"name\":\"occurredAt\",\"type\":\"long\"},{\"name\":\"source\",\"type\":\"string\"},{\"name\":\"origin\",\"type\":{\"name\":\"joai.Position\",\"type\":\"record\",\"fields\":[{\"name\":\"topic\",\"type\":\"string\"},{\"name\":\"partition\",\"type\":\"int\"},{\"name\":\"offset\",\"type\":\"long\"}]}},{\"name\":\"payload\",\"type\":\"bytes\"},{\"name\":\"identifiedBy\",\"type\":\"string\",\"default\":\"\"}]}"], [781320518, "{\"name\":\"joai.Observed\",\"type\":\"record\",\"fields\":[{\"name\":\"tokens\",\"type\":{\"type\":\"array\",\"items\":{\"name\":\"joai.Token\",\"type\":\"record\",\"fields\":[{\"name\":\"type\",\"type\":\"string\"},{\"name\":\"token\",\"type\":\"string\"},{\"name\":\"folded\",\"type\":\"string\",\"default\":\"\"}]}}},{\"name\":\"eventId\",\"type\":\"string\"},{\"name\":\"type\",\"type\":\"string\"},{\"name\":\"occurredAt\",\"type\":\"long\"},{\"name\":\"source\",\"type\":\"string\"},{\"name\":\"origin\",\"type\":{\"name\":\"joai.Position\",\"type\":\"record\",\"fields\":[{\"name\":\"topic\",\"type\":\"string\"},{\"name\":\"partition\",\"type\":\"int\"},{\"name\":\"offset\",\"type\":\"long\"}]}},{\"name\":\"payload\",\"type\":\"bytes\"}]}"]],
  'joai.Offer': [1512965209],
  'joai.OrderCompleted': [257430075],
  'joai.PageViewed': [1631304470],
  'joai.PaymentFailed': [1472877430],
  'joai.PersonEvent': [[2101807027, "{\"name\":\"joai.PersonEvent\",\"type\":\"record\",\"fields\":[{\"name\":\"personId\",\"type\":\"string\"},{\"name\":\"eventId\",\"type\":\"string\"},{\"name\":\"type\",\"type\":\"string\"},{\"name\":\"occurredAt\",\"type\":\"long\"},{\"name\":\"source\",\"type\":\"string\"},{\"name\":\"origin\",\"type\":{\"name\":\"joai.Position\",\"type\":\"record\",\"fields\":[{\"name\":\"topic\",\"type\":\"string\"},{\"name\":\"partition\",\"type\":\"int\"},{\"name\":\"offset\",\"type\":\"long\"}]}},{\"name\":\"payload\",\"type\":\"bytes\"}]}"], [592740762, "{\"name\":\"joai.PersonEvent\",\"type\":\"record\",\"fields\":[{\"name\":\"personId\",\"type\":\"string\"},{\"name\":\"eventId\",\"type\":\"string\"},{\"name\":\"type\",\"type\":\"string\"},{\"name\":\"occurredAt\",\"type\":\"long\"},{\"name\":\"source\",\"type\":\"string\"},{\"name\":\"origin\",\"type\":{\"name\":\"joai.Position\",\"type\":\"record\",\"fields\":[{\"name\":\"topic\",\"type\":\"string\"},{\"name\":\"partition\",\"type\":\"int\"},{\"name\":\"offset\",\"type\":\"long\"}]}},{\"name\":\"payload\",\"type\":\"bytes\"}]}"], [615437767, "{\"name\":\"joai.PersonEvent\",\"type\":\"record\",\"fields\":[{\"name\":\"personId\",\"type\":\"string\"},{\"name\":\"eventId\",\"type\":\"string\"},{\"name\":\"type\",\"type\":\"string\"},{\"name\":\"occurredAt\",\"type\":\"long\"},{\"name\":\"source\",\"type\":\"string\"},{\"name\":\"origin\",\"type\":{\"name\":\"joai.Position\",\"type\":\"record\",\"fields\":[{\"name\":\"topic\",\"type\":\"string\"},{\"name\":\"partition\",\"type\":\"int\"},{\"name\":\"offset\",\"type\":\"long\"}]}},{\"name\":\"payload\",\"type\":\"bytes\"},{\"name\":\"identifiedBy\",\"type\":\"string\",\"default\":\"\"}]}"]],
  'joai.PersonMembersRow': [1550424596],
  'joai.PersonReceipt': [[1200403584, "{\"name\":\"joai.PersonReceipt\",\"type\":\"record\",\"fields\":[{\"name\":\"personId\",\"type\":\"string\"},{\"name\":\"receiptId\",\"type\":\"string\"},{\"name\":\"decisionId\",\"type\":\"string\"},{\"name\":\"kind\",\"type\":{\"name\":\"joai.ReceiptKind\",\"type\":\"enum\",\"symbols\":[\"delivered\",\"bounced\",\"opened\",\"clicked\",\"converted\",\"complained\",\"unsubscribed\",\"ignored\",\"rejected\"]}},{\"name\":\"value\",\"type\":\"double\"},{\"name\":\"occurredAt\",\"type\":\"long\"},{\"name\":\"origin\",\"type\":{\"name\":\"joai.Position\",\"type\":\"record\",\"fields\":[{\"name\":\"topic\",\"type\":\"string\"},{\"name\":\"partition\",\"type\":\"int\"},{\"name\":\"offset\",\"type\":\"long\"}]}}]}"], [650038481, "{\"name\":\"joai.PersonReceipt\",\"type\":\"record\",\"fields\":[{\"name\":\"personId\",\"type\":\"string\"},{\"name\":\"receiptId\",\"type\":\"string\"},{\"name\":\"decisionId\",\"type\":\"string\"},{\"name\":\"kind\",\"type\":{\"name\":\"joai.ReceiptKind\",\"type\":\"enum\",\"symbols\":[\"delivered\",\"bounced\",\"opened\",\"clicked\",\"converted\",\"complained\",\"unsubscribed\",\"ignored\",\"rejected\"]}},{\"name\":\"value\",\"type\":\"double\"},{\"name\":\"occurredAt\",\"type\":\"long\"},{\"name\":\"origin\",\"type\":{\"name\":\"joai.Position\",\"type\":\"record\",\"fields\":[{\"name\":\"topic\",\"type\":\"string\"},{\"name\":\"partition\",\"type\":\"int\"},{\"name\":\"offset\",\"type\":\"long\"}]}}]}"]],
  'joai.PersonRow': [1994431784],
  'joai.PlanChanged': [939873234],
  'joai.PortOutRequested': [2146845275],
  'joai.Position': [1195377601],
  'joai.PriceChanged': [1803488316],
  'joai.ProductAdded': [1622277851],
  'joai.ProductRemoved': [964143716],
  'joai.ProfileChanged': [2123337132],
  'joai.Receipt': [899489607],
  'joai.Redemption': [121757861],
  'joai.ReferenceChange': [495376737],
  'joai.ReferenceRow': [1633913535],
  'joai.ReferenceSet': [19601509],
  'joai.ReferenceUpdate': [79616889],
  'joai.Refused': [804984628],
  'joai.ReleaseRow': [1634415398],
  'joai.Reward': [1665599959],
  'joai.SeenRow': [[1918437418, "{\"name\":\"joai.SeenRow\",\"type\":\"record\",\"fields\":[{\"name\":\"ids\",\"type\":{\"type\":\"array\",\"items\":{\"name\":\"joai.SeenId\",\"type\":\"record\",\"fields\":[{\"name\":\"id\",\"type\":\"string\"},{\"name\":\"at\",\"type\":\"long\"}]}}},{\"name\":\"dropped\",\"type\":\"int\",\"default\":0}]}"], [920910636, "{\"name\":\"joai.SeenRow\",\"type\":\"record\",\"fields\":[{\"name\":\"ids\",\"type\":{\"type\":\"array\",\"items\":{\"name\":\"joai.SeenId\",\"type\":\"record\",\"fields\":[{\"name\":\"id\",\"type\":\"string\"},{\"name\":\"at\",\"type\":\"long\"}]}}},{\"name\":\"dropped\",\"type\":\"int\",\"default\":0}]}"]],
  'joai.Send': [2119059310],
  'joai.StockChanged': [1773460357],
  'joai.TableRow': [1925778127],
  'joai.Tick': [1881433195],
  'joai.TicketClosed': [1334448769],
  'joai.TicketOpened': [329847946],
  'joai.Token': [[1174290546, "{\"name\":\"joai.Token\",\"type\":\"record\",\"fields\":[{\"name\":\"type\",\"type\":\"string\"},{\"name\":\"token\",\"type\":\"string\"},{\"name\":\"folded\",\"type\":\"string\",\"default\":\"\"}]}"], [663305155, "{\"name\":\"joai.Token\",\"type\":\"record\",\"fields\":[{\"name\":\"type\",\"type\":\"string\"},{\"name\":\"token\",\"type\":\"string\"},{\"name\":\"folded\",\"type\":\"string\",\"default\":\"\"}]}"]],
  'joai.UnitRow': [801957257],
  'joai.UsageRated': [1394404008],
  'joai.WindowSeries': [474406228],
})

export const Accepted: Schema<Accepted> = schemaOf<Accepted>('joai.Accepted')
export const AgendaRow: Schema<AgendaRow> = schemaOf<AgendaRow>('joai.AgendaRow')
export const AnnouncedRow: Schema<AnnouncedRow> = schemaOf<AnnouncedRow>('joai.AnnouncedRow')
export const AuditRow: Schema<AuditRow> = schemaOf<AuditRow>('joai.AuditRow')
export const BillIssued: Schema<BillIssued> = schemaOf<BillIssued>('joai.BillIssued')
export const CheckoutStarted: Schema<CheckoutStarted> = schemaOf<CheckoutStarted>('joai.CheckoutStarted')
export const ConsentChange: Schema<ConsentChange> = schemaOf<ConsentChange>('joai.ConsentChange')
export const ConsentChanged: Schema<ConsentChanged> = schemaOf<ConsentChanged>('joai.ConsentChanged')
export const ConsentRow: Schema<ConsentRow> = schemaOf<ConsentRow>('joai.ConsentRow')
export const ConsentUnreadable: Schema<ConsentUnreadable> = schemaOf<ConsentUnreadable>('joai.ConsentUnreadable')
export const ContractChanged: Schema<ContractChanged> = schemaOf<ContractChanged>('joai.ContractChanged')
export const ContractEndNear: Schema<ContractEndNear> = schemaOf<ContractEndNear>('joai.ContractEndNear')
export const Control: Schema<Control> = schemaOf<Control>('joai.Control')
export const CustomerEvent: Schema<CustomerEvent> = schemaOf<CustomerEvent>('joai.CustomerEvent')
export const DeadLetter: Schema<DeadLetter> = schemaOf<DeadLetter>('joai.DeadLetter')
export const Decision: Schema<Decision> = schemaOf<Decision>('joai.Decision')
export const Edge: Schema<Edge> = schemaOf<Edge>('joai.Edge')
export const EncodedData: Schema<EncodedData> = schemaOf<EncodedData>('joai.EncodedData')
export const EventTypeRow: Schema<EventTypeRow> = schemaOf<EventTypeRow>('joai.EventTypeRow')
export const EventTypeVersion: Schema<EventTypeVersion> = schemaOf<EventTypeVersion>('joai.EventTypeVersion')
export const Exposure: Schema<Exposure> = schemaOf<Exposure>('joai.Exposure')
export const FeatureRow: Schema<FeatureRow> = schemaOf<FeatureRow>('joai.FeatureRow')
export const ForeignRecord: Schema<ForeignRecord> = schemaOf<ForeignRecord>('joai.ForeignRecord')
export const Identifier: Schema<Identifier> = schemaOf<Identifier>('joai.Identifier')
export const IdentifierRow: Schema<IdentifierRow> = schemaOf<IdentifierRow>('joai.IdentifierRow')
export const IdentityChange: Schema<IdentityChange> = schemaOf<IdentityChange>('joai.IdentityChange')
export const IdentityLinked: Schema<IdentityLinked> = schemaOf<IdentityLinked>('joai.IdentityLinked')
export const JourneyEnded: Schema<JourneyEnded> = schemaOf<JourneyEnded>('joai.JourneyEnded')
export const JourneysRow: Schema<JourneysRow> = schemaOf<JourneysRow>('joai.JourneysRow')
export const LedgerRow: Schema<LedgerRow> = schemaOf<LedgerRow>('joai.LedgerRow')
export const Linked: Schema<Linked> = schemaOf<Linked>('joai.Linked')
export const Member: Schema<Member> = schemaOf<Member>('joai.Member')
export const Merge: Schema<Merge> = schemaOf<Merge>('joai.Merge')
export const Moved: Schema<Moved> = schemaOf<Moved>('joai.Moved')
export const MovedRows: Schema<MovedRows> = schemaOf<MovedRows>('joai.MovedRows')
export const NetworkIncident: Schema<NetworkIncident> = schemaOf<NetworkIncident>('joai.NetworkIncident')
export const Observed: Schema<Observed> = schemaOf<Observed>('joai.Observed')
export const Offer: Schema<Offer> = schemaOf<Offer>('joai.Offer')
export const OpenData: Schema<OpenData> = schemaOf<OpenData>('joai.OpenData')
export const OrderCompleted: Schema<OrderCompleted> = schemaOf<OrderCompleted>('joai.OrderCompleted')
export const PageViewed: Schema<PageViewed> = schemaOf<PageViewed>('joai.PageViewed')
export const PaymentFailed: Schema<PaymentFailed> = schemaOf<PaymentFailed>('joai.PaymentFailed')
export const PersonEvent: Schema<PersonEvent> = schemaOf<PersonEvent>('joai.PersonEvent')
export const PersonMembersRow: Schema<PersonMembersRow> = schemaOf<PersonMembersRow>('joai.PersonMembersRow')
export const PersonReceipt: Schema<PersonReceipt> = schemaOf<PersonReceipt>('joai.PersonReceipt')
export const PersonRow: Schema<PersonRow> = schemaOf<PersonRow>('joai.PersonRow')
export const PlanChanged: Schema<PlanChanged> = schemaOf<PlanChanged>('joai.PlanChanged')
export const PortOutRequested: Schema<PortOutRequested> = schemaOf<PortOutRequested>('joai.PortOutRequested')
export const Position: Schema<Position> = schemaOf<Position>('joai.Position')
export const PriceChanged: Schema<PriceChanged> = schemaOf<PriceChanged>('joai.PriceChanged')
export const ProductAdded: Schema<ProductAdded> = schemaOf<ProductAdded>('joai.ProductAdded')
export const ProductRemoved: Schema<ProductRemoved> = schemaOf<ProductRemoved>('joai.ProductRemoved')
export const ProfileChanged: Schema<ProfileChanged> = schemaOf<ProfileChanged>('joai.ProfileChanged')
export const Quarantine: Schema<Quarantine> = schemaOf<Quarantine>('joai.Quarantine')
export const Receipt: Schema<Receipt> = schemaOf<Receipt>('joai.Receipt')
export const Redemption: Schema<Redemption> = schemaOf<Redemption>('joai.Redemption')
export const ReferenceChange: Schema<ReferenceChange> = schemaOf<ReferenceChange>('joai.ReferenceChange')
export const ReferenceRow: Schema<ReferenceRow> = schemaOf<ReferenceRow>('joai.ReferenceRow')
export const ReferenceSet: Schema<ReferenceSet> = schemaOf<ReferenceSet>('joai.ReferenceSet')
export const ReferenceUpdate: Schema<ReferenceUpdate> = schemaOf<ReferenceUpdate>('joai.ReferenceUpdate')
export const Refused: Schema<Refused> = schemaOf<Refused>('joai.Refused')
export const ReleaseRow: Schema<ReleaseRow> = schemaOf<ReleaseRow>('joai.ReleaseRow')
export const Reward: Schema<Reward> = schemaOf<Reward>('joai.Reward')
export const SeenRow: Schema<SeenRow> = schemaOf<SeenRow>('joai.SeenRow')
export const Send: Schema<Send> = schemaOf<Send>('joai.Send')
export const StockChanged: Schema<StockChanged> = schemaOf<StockChanged>('joai.StockChanged')
export const TableRow: Schema<TableRow> = schemaOf<TableRow>('joai.TableRow')
export const Tick: Schema<Tick> = schemaOf<Tick>('joai.Tick')
export const TicketClosed: Schema<TicketClosed> = schemaOf<TicketClosed>('joai.TicketClosed')
export const TicketOpened: Schema<TicketOpened> = schemaOf<TicketOpened>('joai.TicketOpened')
export const Token: Schema<Token> = schemaOf<Token>('joai.Token')
export const UnitRow: Schema<UnitRow> = schemaOf<UnitRow>('joai.UnitRow')
export const UnreadableConsent: Schema<UnreadableConsent> = schemaOf<UnreadableConsent>('joai.UnreadableConsent')
export const UsageRated: Schema<UsageRated> = schemaOf<UsageRated>('joai.UsageRated')
export const WindowSeries: Schema<WindowSeries> = schemaOf<WindowSeries>('joai.WindowSeries')
