// Generated from the .avsc files by scripts/build/generate-types.mjs. Do not edit.
import { define, type Schema } from './codec/schema.ts'

/** To the loser: the winner has taken its members. */
export interface Accepted {
  readonly personId: string
  readonly winner: string
}

/** When a person is to be thought of again: the timer of this row says when. */
export interface AgendaRow {
  /** How often its timer asked for a decision. */
  readonly wakes: number
}

/** The end of a partition's chain of decisions. */
export interface AuditRow {
  /** Of the last decision; empty before the first. */
  readonly hash: string
  /** How many decisions the chain holds. */
  readonly length: number
}

/** A customer was sent a bill. */
export interface BillIssued {
  readonly amount: number
  /** Against the bill before, as a share: 0.15 is 15 % more. */
  readonly delta: number
  /** Milliseconds since the epoch. */
  readonly dueAt: number
}

/** An action that could have been taken, and how far it came. */
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
  /** propensity × context × value × lever − cost */
  readonly priority: number
  /** Zero when removed. */
  readonly selectionProbability: number
}

/** One cap, as checked. */
export interface CapCheck {
  readonly cap: string
  /** Empty when the cap is not per action. */
  readonly actionId: string
  readonly windowMs: number
  readonly used: number
  readonly limit: number
}

/** A customer began to pay for a cart. */
export interface CheckoutStarted {
  readonly cartId: string
  readonly value: number
  /** ISO code. */
  readonly currency: string
}

/** A person said yes or no, as the company reports it on `consents`. */
export interface ConsentChange {
  readonly eventId: string
  readonly identifiers: readonly Identifier[]
  readonly source: string
  readonly change: ConsentChanged
}

/** The consent change as it travels on `people`. */
export interface ConsentChanged {
  readonly purpose: string
  /** null: every channel. */
  readonly channel: string | null
  readonly status: ConsentStatus
  readonly lawfulBasis: string
  readonly jurisdiction: string
  readonly wordingVersion: string
  readonly effectiveAt: number
  readonly recordedAt: number
}

/** A purpose that a candidate needed, and what was found. */
export interface ConsentFound {
  readonly purpose: string
  readonly channel: string
  readonly state: ConsentState
  readonly allowed: boolean
  readonly lawfulBasis: string
  /** The consent records relied on. */
  readonly records: readonly Position[]
}

/** The word that stands for a purpose and a channel, or a later yes that is still to begin. */
export interface ConsentRecord {
  readonly purpose: string
  /** Empty: every channel. */
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

/** What a person said yes or no to. */
export interface ConsentRow {
  /** Sorted by purpose, channel, and precedence. */
  readonly records: readonly ConsentRecord[]
}

export type ConsentState = 'granted' | 'withdrawn' | 'unknown'

export type ConsentStatus = 'granted' | 'withdrawn'

export type ContactState = 'reserved' | 'confirmed' | 'imported'

/** What is said. */
export interface Content {
  readonly templateVersion: number
  readonly promptHash: string
  readonly generator: string
  readonly approvalId: string
  readonly approver: string
}

/** What the company knows of a customer's contract; with every change, all of it. */
export interface ContractChanged {
  readonly planId: string
  /** The cell of the network that the customer uses most; empty when unknown. */
  readonly cellId: string
  /** Since the first contract. */
  readonly tenureMonths: number
  /** `ok` or `refused`, as the credit check said; empty when there was none. */
  readonly credit: string
}

/** A contract of a customer ends soon. */
export interface ContractEndNear {
  /** Until the end. */
  readonly days: number
}

/** A change of what is decided: a release, whole, never a delta. */
export interface Control {
  /** Release, model or switch id. */
  readonly controlId: string
  readonly kind: ControlKind
  /** Canonical JSON. */
  readonly document: string
  /** SHA-256 of the document, hex. */
  readonly hash: string
}

export type ControlKind = 'release' | 'stop'

/** What happened to a customer, as the company reports it on `events`. */
export interface CustomerEvent {
  /** Unique for ever; a second record with the same id changes nothing. */
  readonly eventId: string
  /** The snake_case name of the branch in data. */
  readonly type: string
  /** Event time, milliseconds since the epoch. */
  readonly occurredAt: number
  /** At least one; the most telling first. */
  readonly identifiers: readonly Identifier[]
  readonly source: string
  readonly schemaVersion: number
  readonly data: { readonly 'joai.OrderCompleted': OrderCompleted } | { readonly 'joai.Exposure': Exposure } | { readonly 'joai.Redemption': Redemption } | { readonly 'joai.PageViewed': PageViewed } | { readonly 'joai.ProductAdded': ProductAdded } | { readonly 'joai.ProfileChanged': ProfileChanged } | { readonly 'joai.IdentityLinked': IdentityLinked } | { readonly 'joai.ProductRemoved': ProductRemoved } | { readonly 'joai.CheckoutStarted': CheckoutStarted } | { readonly 'joai.UsageRated': UsageRated } | { readonly 'joai.BillIssued': BillIssued } | { readonly 'joai.PaymentFailed': PaymentFailed } | { readonly 'joai.TicketOpened': TicketOpened } | { readonly 'joai.TicketClosed': TicketClosed } | { readonly 'joai.ContractEndNear': ContractEndNear } | { readonly 'joai.PortOutRequested': PortOutRequested } | { readonly 'joai.PlanChanged': PlanChanged } | { readonly 'joai.ContractChanged': ContractChanged }
}

/** A record that could not be used, and why. */
export interface DeadLetter {
  readonly position: Position
  /** A stable code. */
  readonly reason: string
  /** In words, without personal data. */
  readonly detail: string
  /** Bytes. */
  readonly size: number
  /** SHA-256 of its bytes, hex. */
  readonly hash: string
  /** receivedAt of the record. */
  readonly at: number
}

/** What was decided, why, and on what it rests. Silence is a decision. */
export interface Decision {
  /** A hash of what triggered it. */
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
  readonly experiments: readonly ExperimentShare[]
  readonly fatigue: Fatigue
  readonly content: Content
  readonly explanation: Explanation
  readonly provenance: Provenance
}

/** When; milliseconds since the epoch. */
export interface DecisionTime {
  readonly occurredAt: number
  readonly receivedAt: number
  /** From the log. */
  readonly decidedAt: number
  /** Of a deferred one: when it is decided again. */
  readonly notBefore: number | null
  readonly expiresAt: number | null
}

/** What only quiet hours closed: when consent for the last of these goes, so does the deferral. */
export interface DeferredCandidate {
  readonly purpose: string
  readonly channel: string
  /** Whose stage asked for it; empty for none. */
  readonly journey: string
  readonly stage: string
}

/** Evidence that two identifiers belong together. */
export interface Edge {
  readonly from: string
  readonly to: string
  readonly eventId: string
  readonly at: number
}

/** A part in an experiment. */
export interface ExperimentShare {
  readonly id: string
  readonly variant: string
  readonly probability: number
  readonly rampStage: string
}

/** In few words. */
export interface Explanation {
  readonly reasons: readonly string[]
  readonly topFeatures: readonly string[]
  /** Action id, empty when there is none. */
  readonly runnerUp: string
  /** What silence forgoes: the best priority among the open candidates. */
  readonly opportunityCost: number
}

/** Another policy than ours made contact: counted as imported, never as our send. */
export interface Exposure {
  readonly actionId: string
  readonly channel: string
  /** End of its effect, milliseconds since the epoch. */
  readonly until: number | null
}

/** Caps and budget as they stood before the draw. */
export interface Fatigue {
  readonly caps: readonly CapCheck[]
  /** Used of the budget. */
  readonly points: number
  readonly pointsMax: number
  /** The decision id under which the contact is reserved. */
  readonly reservation: string | null
}

/** The latest event of a kind, and what it said. */
export interface FeatureLast {
  readonly id: number
  readonly at: number
  /** Breaks ties; empty where only the time counts. */
  readonly eventId: string
  readonly number: number | null
  readonly text: string | null
}

/** What a person's features are computed from. */
export interface FeatureRow {
  /** Sorted by id. */
  readonly series: readonly WindowSeries[]
  /** Sorted by id. */
  readonly lasts: readonly FeatureLast[]
  /** Events that came after the grace, and changed nothing. */
  readonly late: number
}

/** A feature as served. */
export interface FeatureValue {
  readonly name: string
  readonly number: number | null
  readonly text: string | null
}

/** A name by which a system of the company knows a customer. */
export interface Identifier {
  /** As the release declares it, for instance email_hash. */
  readonly type: string
  /** Personal. */
  readonly value: string
}

/** To which person an identifier belongs. */
export interface IdentifierRow {
  /** Empty before the identifier was first seen. */
  readonly personId: string
}

/** A merge, or its refusal, for whoever wants to know. */
export interface IdentityChange {
  /** The winner. */
  readonly personId: string
  /** The loser. */
  readonly other: string
  readonly kind: IdentityChangeKind
  /** Empty when merged. */
  readonly reason: string
  readonly edges: readonly Edge[]
  readonly at: number
}

export type IdentityChangeKind = 'merged' | 'refused'

/** Nothing but that the identifiers of the event belong together. */
export interface IdentityLinked {
  readonly reason: string
}

/** A person left a journey. */
export interface JourneyEnded {
  readonly personId: string
  readonly journeyId: string
  /** Where the person stood. */
  readonly stage: string
  readonly how: JourneyEnding
  /** receivedAt of the event that ended it, or the time at which it was due. */
  readonly at: number
}

export type JourneyEnding = 'goal' | 'exit' | 'timeout'

/** How a journey last ended. */
export interface JourneyPast {
  readonly id: string
  readonly how: JourneyEnding
  readonly at: number
  /** How often its goal was reached. */
  readonly goals: number
}

/** A journey under way. */
export interface JourneyRun {
  readonly id: string
  /** Where the person stands, or stood last once all stages are passed. */
  readonly stage: string
  /** Stages that lie behind. */
  readonly passed: number
  readonly enteredAt: number
  readonly waitingUntil: number
}

/** The journeys of a person. Both lists are sorted by id, each journey at most once. */
export interface JourneysRow {
  readonly runs: readonly JourneyRun[]
  readonly ended: readonly JourneyPast[]
}

/** How the choice was made. */
export interface Learning {
  readonly modelId: string
  readonly modelVersion: number
  readonly features: readonly FeatureValue[]
  readonly algorithm: string
  readonly epsilon: number
  readonly floor: number
  /** Of what was chosen. */
  readonly behaviourProbability: number
  readonly arm: string
  /** What was hashed with the seed. */
  readonly drawId: string
  /** On [0, 1). */
  readonly draw: number
}

/** One contact, sorted by at, then decisionId. */
export interface LedgerContact {
  /** Or the event id of an imported exposure. */
  readonly decisionId: string
  readonly actionId: string
  /** Empty when imported. */
  readonly treatmentId: string
  /** Empty for none. */
  readonly group: string
  readonly channel: string
  readonly purpose: string
  readonly tags: readonly string[]
  /** Empty for none. */
  readonly placement: string
  /** Of the budget; 0 when imported. */
  readonly points: number
  /** receivedAt of what caused it. */
  readonly at: number
  readonly state: ContactState
  /** End of the effect of an imported exposure. */
  readonly until: number | null
  /** To whom the send of a reserved contact was keyed: its cancellation must follow it, even after a merge. Empty once confirmed. */
  readonly personId: string
  /** Whose stage asked for it; empty for none. */
  readonly journey: string
}

/** What left no other trace in the row. */
export interface LedgerCounters {
  /** Contacts given back because they bounced or were rejected. */
  readonly returned: number
  /** Contacts given back because consent was withdrawn, or their journey ended. */
  readonly cancelled: number
  /** Receipts that name no contact held here. */
  readonly unknown: number
  /** Redemptions that answer no contact held here. */
  readonly unjoined: number
}

/** Decisions that wait for a channel to open. */
export interface LedgerDeferral {
  /** Sorted; at most 50. */
  readonly decisionIds: readonly string[]
  /** The least of theirs. */
  readonly notBefore: number
  readonly waiting: readonly DeferredCandidate[]
}

/** What came of a contact, sorted by at, then id. */
export interface LedgerOutcome {
  /** Receipt or event id: the same one twice counts once. */
  readonly id: string
  readonly decisionId: string
  readonly actionId: string
  readonly group: string
  readonly purpose: string
  readonly kind: ReceiptKind
  readonly at: number
}

/** How often a person was contacted lately, and what came of it. Lists are sorted, so that merges commute. */
export interface LedgerRow {
  readonly contacts: readonly LedgerContact[]
  readonly outcomes: readonly LedgerOutcome[]
  readonly suppressions: readonly LedgerSuppression[]
  readonly deferred: LedgerDeferral | null
  readonly counters: LedgerCounters
}

/** A pause that outcomes brought about, sorted by id, scope, of. */
export interface LedgerSuppression {
  /** Of the release's suppression. */
  readonly id: string
  readonly scope: SuppressionScope
  /** Id of the action or group, or the purpose. */
  readonly of: string
  readonly until: number
}

/** To an identifier: it was seen with a person. */
export interface Linked {
  readonly token: Token
  readonly personId: string
  readonly edge: Edge
}

/** An identifier of a person. */
export interface Member {
  readonly token: string
  readonly type: string
  /** When it was last seen linked. */
  readonly at: number
}

/** To the larger of two persons: merge into the other. */
export interface Merge {
  readonly personId: string
  readonly other: string
  readonly edge: Edge
}

/** To a person on `people`: your rows go to another. */
export interface Moved {
  readonly personId: string
  readonly to: string
}

/** All rows of a merged person, to the winner. */
export interface MovedRows {
  readonly personId: string
  readonly from: string
  readonly rows: readonly TableRow[]
}

/** A cell of the network failed: attributes severity and incidentAt of cell/<cellId>. */
export interface NetworkIncident {
  readonly cellId: string
  readonly severity: number
}

/** An event and the identifiers it came with, on `identities`. */
export interface Observed {
  /** The first is the key. */
  readonly tokens: readonly Token[]
  readonly eventId: string
  readonly type: string
  readonly occurredAt: number
  readonly source: string
  /** Of the input record. */
  readonly origin: Position
  /** Avro of the event type, without header. */
  readonly payload: Uint8Array
}

/** To the smaller of two persons: take me over. */
export interface Offer {
  readonly personId: string
  readonly loser: string
  readonly members: readonly Member[]
  readonly edges: readonly Edge[]
}

/** A customer paid. */
export interface OrderCompleted {
  readonly orderId: string
  readonly storeId: string
  /** Paid in all. */
  readonly value: number
  /** Given in all. */
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
  /** Paid, in the currency of the order. */
  readonly value: number
  /** Given, in the currency of the order. */
  readonly discount: number
}

/** What to do. */
export interface Outcome {
  readonly kind: OutcomeKind
  /** 'silence' for silence; empty for a deferral. */
  readonly actionId: string
  readonly treatmentId: string
  readonly channel: string
  /** Empty when nothing is sent. */
  readonly idempotencyKey: string
}

export type OutcomeKind = 'ACT' | 'DEFER' | 'SILENCE' | 'MANDATORY' | 'PENDING_APPROVAL'

/** A customer looked at a page. */
export interface PageViewed {
  readonly url: string
  readonly productId: string | null
}

/** A payment of a customer did not go through. */
export interface PaymentFailed {
  /** Of the payment provider. */
  readonly code: string
}

/** An event at its person, on `people`. */
export interface PersonEvent {
  readonly personId: string
  readonly eventId: string
  readonly type: string
  readonly occurredAt: number
  readonly source: string
  /** Of the input record. */
  readonly origin: Position
  /** Avro of the event type, without header. */
  readonly payload: Uint8Array
}

/** Which identifiers a person has, and where it stands in merging. */
export interface PersonMembersRow {
  /** By token. Empty: only the identifier that the person was born of. */
  readonly members: readonly Member[]
  /** What joined the members. */
  readonly edges: readonly Edge[]
  /** The person that this one merged into. */
  readonly to: string | null
  /** The person whose verdict is awaited. */
  readonly offer: string | null
  /** What came while a verdict is awaited, in order. */
  readonly inbox: readonly ({ readonly 'joai.Merge': Merge } | { readonly 'joai.Offer': Offer })[]
}

/** A receipt at its person, on `people`. */
export interface PersonReceipt {
  readonly personId: string
  readonly receiptId: string
  readonly decisionId: string
  readonly kind: ReceiptKind
  readonly value: number
  readonly occurredAt: number
  readonly origin: Position
}

/** Where a person went, or who came into it. */
export interface PersonRow {
  /** A merged person is a stub that forwards to this one. */
  readonly to: string | null
  /** How many persons merged into this one. */
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
  /** Where to. */
  readonly operator: string
}

/** Where a record stands in a log. */
export interface Position {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

/** A product costs something else: attributes price and priceBefore of product/<sku>. */
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

/** What the company learnt of where a customer lives. */
export interface ProfileChanged {
  /** IANA name. */
  readonly timeZone: string | null
  /** Country or state code, as the release names it. */
  readonly jurisdiction: string | null
}

/** On what it rests. */
export interface Provenance {
  readonly release: string
  readonly releaseVersion: number
  readonly releaseHash: string
  readonly topologyVersion: string
  /** The record on people that was folded. */
  readonly input: Position
  readonly previousHash: string
  readonly hash: string
}

/** What became of a send, as a channel reports it on `receipts`. */
export interface Receipt {
  readonly receiptId: string
  readonly decisionId: string
  /** As the send carried it. */
  readonly personId: string
  readonly kind: ReceiptKind
  /** Of a conversion. */
  readonly value: number
  readonly occurredAt: number
  readonly source: string
}

export type ReceiptKind = 'delivered' | 'bounced' | 'opened' | 'clicked' | 'converted' | 'complained' | 'unsubscribed' | 'ignored' | 'rejected'

/** A customer took up what an action offered. */
export interface Redemption {
  readonly actionId: string
  readonly couponId: string
  readonly value: number
}

/** What a product, a store, a plan or a cell is, or what happened to it, as the company reports it on `reference`. */
export interface ReferenceChange {
  /** Unique for ever. */
  readonly changeId: string
  /** The snake_case name of the branch in data. */
  readonly type: string
  /** Event time, milliseconds since the epoch. */
  readonly occurredAt: number
  readonly source: string
  readonly schemaVersion: number
  readonly data: { readonly 'joai.ReferenceSet': ReferenceSet } | { readonly 'joai.StockChanged': StockChanged } | { readonly 'joai.PriceChanged': PriceChanged } | { readonly 'joai.NetworkIncident': NetworkIncident }
}

/** A thing that rules could ask about, as looked up. */
export interface ReferenceRead {
  /** Of the release's join. */
  readonly name: string
  /** Kind and id; empty when nothing was to be looked up. */
  readonly key: string
  /** As served, in the order of the release. */
  readonly values: readonly FeatureValue[]
  /** The last change of the thing, on `reference`; null when nothing is known of it. */
  readonly record: Position | null
}

/** What is known of a product, a store, a plan or a cell. */
export interface ReferenceRow {
  /** Sorted by name. */
  readonly attributes: readonly FeatureValue[]
  /** Event time of the last change. */
  readonly at: number
  /** Of the last change, on `reference`; null before the first. */
  readonly origin: Position | null
}

/** All that is known of one thing: what it does not name is forgotten; without any attribute, so is the thing. */
export interface ReferenceSet {
  /** Kind and id, such as product/123. */
  readonly key: string
  readonly attributes: readonly FeatureValue[]
}

/** What is now known of a thing, in every partition of `people`. */
export interface ReferenceUpdate {
  /** Kind and id, such as product/123. */
  readonly key: string
  /** All that is known; else only what it names is new. */
  readonly isWhole: boolean
  /** Sorted by name. */
  readonly attributes: readonly FeatureValue[]
  /** Event time. */
  readonly at: number
  /** Of the input record. */
  readonly origin: Position
}

/** To the loser: the limits do not allow it. */
export interface Refused {
  readonly personId: string
  readonly winner: string
  readonly reason: string
}

/** The release that a partition has accepted. */
export interface ReleaseRow {
  /** Canonical JSON; empty before the first release. */
  readonly document: string
  readonly hash: string
  /** Actions stopped since, by id. */
  readonly stopped: readonly string[]
}

/** Why a candidate fell out. */
export interface Removal {
  readonly rule: string
  /** Of the release. */
  readonly version: number
  readonly stage: RemovalStage
  /** A stable code. */
  readonly reason: string
}

export type RemovalStage = 'validity' | 'stopped' | 'consent' | 'eligibility' | 'applicability' | 'suitability' | 'suppression' | 'cap' | 'budget' | 'quiet_hours' | 'experiment'

/** An outcome joined to the contact that it answers. */
export interface Reward {
  readonly modelId: string
  readonly personId: string
  readonly actionId: string
  /** Or the event id of an imported exposure. */
  readonly decisionId: string
  readonly imported: boolean
  readonly kind: ReceiptKind
  readonly value: number
  readonly at: number
}

/** One id, shortened. */
export interface SeenId {
  /** First 11 characters of its SHA-256 in base64url. */
  readonly id: string
  /** receivedAt. */
  readonly at: number
}

/** Ids of events and receipts that were folded. */
export interface SeenRow {
  /** Sorted by time, then id. */
  readonly ids: readonly SeenId[]
  /** Duplicates that changed nothing. */
  readonly dropped: number
}

/** What a channel is to deliver, or no longer to deliver. */
export interface Send {
  readonly decisionId: string
  readonly idempotencyKey: string
  readonly kind: SendKind
  /** To be returned on receipts. */
  readonly personId: string
  readonly addressToken: string
  readonly actionId: string
  readonly treatmentId: string
  readonly channel: string
  readonly purpose: string
  readonly parameters: Readonly<Record<string, string>>
  readonly notBefore: number | null
  readonly expiresAt: number | null
  /** Of a cancellation. */
  readonly reason: string
}

export type SendKind = 'send' | 'cancel'

export type SeriesKind = 'count' | 'sum' | 'debit' | 'min' | 'max' | 'distinct' | 'histogram'

/** So many of a product are left: attribute onHand of product/<sku>. */
export interface StockChanged {
  readonly sku: string
  readonly onHand: number
}

/** For whom. */
export interface Subject {
  readonly personId: string
  /** How many persons merged into this one. */
  readonly identityVersion: number
  readonly jurisdiction: string
  /** Empty when unknown. */
  readonly timeZone: string
  /** person, release or unknown */
  readonly timeZoneSource: string
}

export type SuppressionScope = 'action' | 'group' | 'purpose'

/** One row of one table, as it is stored. */
export interface TableRow {
  readonly table: string
  /** Of the schema of the row. */
  readonly version: number
  /** When the timer of the row fires. */
  readonly due: number | null
  readonly bytes: Uint8Array
}

/** Time, as a record. */
export interface Tick {
  /** Milliseconds since the epoch. */
  readonly at: number
}

/** The service is done with what a customer asked for. */
export interface TicketClosed {
  readonly topic: string
  /** Satisfaction as the customer rated it; null: not rated. */
  readonly csat: number | null
}

/** A customer asked the service for help. */
export interface TicketOpened {
  readonly topic: string
}

/** An identifier without its value. */
export interface Token {
  readonly type: string
  /** <type>.<HMAC of the value> */
  readonly token: string
  /** The same of the value in lower case, where that differs: what blocked values are compared with. */
  readonly folded: string
}

/** What asked for a decision. */
export interface Trigger {
  readonly origin: Position
  /** Empty for a timer. */
  readonly eventId: string
  /** Type of the event, or the name of the timer. */
  readonly type: string
  readonly journey: string
  readonly stage: string
  /** The decisions that this one takes afresh. */
  readonly deferred: readonly string[]
}

/** By which id a person takes part in experiments: it stays the same when persons merge. */
export interface UnitRow {
  /** The person's id at its first decision under experiments; empty before. */
  readonly unit: string
  /** Time of that decision. */
  readonly since: number
}

/** A customer used data, and it was rated. */
export interface UsageRated {
  readonly gb: number
  readonly planId: string
}

/** One aggregate of what a person did, in sparse tiles, sorted by tile, then key. Columns, because they are small. */
export interface WindowSeries {
  /** Hash of what it is made of; see operators/feature-plan.ts. */
  readonly id: number
  readonly kind: SeriesKind
  /** Index of the first tile. */
  readonly first: number
  /** Of each entry, counted from the first. */
  readonly tiles: readonly number[]
  /** Distinct: hash of the value. Histogram: bucket. Else none. */
  readonly keys: readonly number[]
  /** Counts, or millionths. Distinct: none. */
  readonly amounts: readonly number[]
}

const schemaOf = define("[{\"type\":\"record\",\"name\":\"BillIssued\",\"namespace\":\"joai\",\"doc\":\"A customer was sent a bill.\",\"fields\":[{\"name\":\"amount\",\"type\":\"double\"},{\"name\":\"delta\",\"type\":\"double\",\"doc\":\"Against the bill before, as a share: 0.15 is 15 % more.\"},{\"name\":\"dueAt\",\"type\":\"long\",\"doc\":\"Milliseconds since the epoch.\"}]},{\"type\":\"record\",\"name\":\"CheckoutStarted\",\"namespace\":\"joai\",\"doc\":\"A customer began to pay for a cart.\",\"fields\":[{\"name\":\"cartId\",\"type\":\"string\"},{\"name\":\"value\",\"type\":\"double\"},{\"name\":\"currency\",\"type\":\"string\",\"doc\":\"ISO code.\"}]},{\"type\":\"record\",\"name\":\"ConsentChanged\",\"namespace\":\"joai\",\"doc\":\"The consent change as it travels on `people`.\",\"fields\":[{\"name\":\"purpose\",\"type\":\"string\"},{\"name\":\"channel\",\"type\":[\"null\",\"string\"],\"default\":null,\"doc\":\"null: every channel.\"},{\"name\":\"status\",\"type\":{\"type\":\"enum\",\"name\":\"ConsentStatus\",\"namespace\":\"joai\",\"symbols\":[\"granted\",\"withdrawn\"]}},{\"name\":\"lawfulBasis\",\"type\":\"string\",\"default\":\"\"},{\"name\":\"jurisdiction\",\"type\":\"string\",\"default\":\"\"},{\"name\":\"wordingVersion\",\"type\":\"string\",\"default\":\"\"},{\"name\":\"effectiveAt\",\"type\":\"long\"},{\"name\":\"recordedAt\",\"type\":\"long\"}]},{\"type\":\"record\",\"name\":\"ContractChanged\",\"namespace\":\"joai\",\"doc\":\"What the company knows of a customer's contract; with every change, all of it.\",\"fields\":[{\"name\":\"planId\",\"type\":\"string\"},{\"name\":\"cellId\",\"type\":\"string\",\"default\":\"\",\"doc\":\"The cell of the network that the customer uses most; empty when unknown.\"},{\"name\":\"tenureMonths\",\"type\":\"double\",\"doc\":\"Since the first contract.\"},{\"name\":\"credit\",\"type\":\"string\",\"default\":\"\",\"doc\":\"`ok` or `refused`, as the credit check said; empty when there was none.\"}]},{\"type\":\"record\",\"name\":\"ContractEndNear\",\"namespace\":\"joai\",\"doc\":\"A contract of a customer ends soon.\",\"fields\":[{\"name\":\"days\",\"type\":\"double\",\"doc\":\"Until the end.\"}]},{\"type\":\"record\",\"name\":\"Exposure\",\"namespace\":\"joai\",\"doc\":\"Another policy than ours made contact: counted as imported, never as our send.\",\"fields\":[{\"name\":\"actionId\",\"type\":\"string\"},{\"name\":\"channel\",\"type\":\"string\",\"default\":\"\"},{\"name\":\"until\",\"type\":[\"null\",\"long\"],\"default\":null,\"doc\":\"End of its effect, milliseconds since the epoch.\"}]},{\"type\":\"record\",\"name\":\"IdentityLinked\",\"namespace\":\"joai\",\"doc\":\"Nothing but that the identifiers of the event belong together.\",\"fields\":[{\"name\":\"reason\",\"type\":\"string\",\"default\":\"\"}]},{\"type\":\"record\",\"name\":\"OrderCompleted\",\"namespace\":\"joai\",\"doc\":\"A customer paid.\",\"fields\":[{\"name\":\"orderId\",\"type\":\"string\"},{\"name\":\"storeId\",\"type\":\"string\",\"default\":\"\"},{\"name\":\"value\",\"type\":\"double\",\"doc\":\"Paid in all.\"},{\"name\":\"discount\",\"type\":\"double\",\"default\":0,\"doc\":\"Given in all.\"},{\"name\":\"cartId\",\"type\":[\"null\",\"string\"],\"default\":null},{\"name\":\"margin\",\"type\":[\"null\",\"double\"],\"default\":null},{\"name\":\"lines\",\"type\":{\"type\":\"array\",\"items\":{\"type\":\"record\",\"name\":\"OrderLine\",\"namespace\":\"joai\",\"doc\":\"One product of an order.\",\"fields\":[{\"name\":\"productId\",\"type\":\"string\"},{\"name\":\"category\",\"type\":\"string\",\"default\":\"\"},{\"name\":\"quantity\",\"type\":\"double\"},{\"name\":\"value\",\"type\":\"double\",\"doc\":\"Paid, in the currency of the order.\"},{\"name\":\"discount\",\"type\":\"double\",\"default\":0,\"doc\":\"Given, in the currency of the order.\"}]}},\"default\":[]}]},{\"type\":\"record\",\"name\":\"PageViewed\",\"namespace\":\"joai\",\"doc\":\"A customer looked at a page.\",\"fields\":[{\"name\":\"url\",\"type\":\"string\"},{\"name\":\"productId\",\"type\":[\"null\",\"string\"],\"default\":null}]},{\"type\":\"record\",\"name\":\"PaymentFailed\",\"namespace\":\"joai\",\"doc\":\"A payment of a customer did not go through.\",\"fields\":[{\"name\":\"code\",\"type\":\"string\",\"doc\":\"Of the payment provider.\"}]},{\"type\":\"record\",\"name\":\"PlanChanged\",\"namespace\":\"joai\",\"doc\":\"A customer changed plans.\",\"fields\":[{\"name\":\"from\",\"type\":\"string\"},{\"name\":\"to\",\"type\":\"string\"}]},{\"type\":\"record\",\"name\":\"PortOutRequested\",\"namespace\":\"joai\",\"doc\":\"A customer asked to take the number to another operator.\",\"fields\":[{\"name\":\"operator\",\"type\":\"string\",\"doc\":\"Where to.\"}]},{\"type\":\"record\",\"name\":\"ProductAdded\",\"namespace\":\"joai\",\"doc\":\"A customer put a product into a cart.\",\"fields\":[{\"name\":\"cartId\",\"type\":\"string\"},{\"name\":\"sku\",\"type\":\"string\"},{\"name\":\"quantity\",\"type\":\"double\"},{\"name\":\"price\",\"type\":\"double\"}]},{\"type\":\"record\",\"name\":\"ProductRemoved\",\"namespace\":\"joai\",\"doc\":\"A customer took a product out of a cart.\",\"fields\":[{\"name\":\"cartId\",\"type\":\"string\"},{\"name\":\"sku\",\"type\":\"string\"},{\"name\":\"quantity\",\"type\":\"double\"},{\"name\":\"price\",\"type\":\"double\"}]},{\"type\":\"record\",\"name\":\"ProfileChanged\",\"namespace\":\"joai\",\"doc\":\"What the company learnt of where a customer lives.\",\"fields\":[{\"name\":\"timeZone\",\"type\":[\"null\",\"string\"],\"default\":null,\"doc\":\"IANA name.\"},{\"name\":\"jurisdiction\",\"type\":[\"null\",\"string\"],\"default\":null,\"doc\":\"Country or state code, as the release names it.\"}]},{\"type\":\"record\",\"name\":\"Redemption\",\"namespace\":\"joai\",\"doc\":\"A customer took up what an action offered.\",\"fields\":[{\"name\":\"actionId\",\"type\":\"string\"},{\"name\":\"couponId\",\"type\":\"string\"},{\"name\":\"value\",\"type\":\"double\",\"default\":0}]},{\"type\":\"record\",\"name\":\"TicketClosed\",\"namespace\":\"joai\",\"doc\":\"The service is done with what a customer asked for.\",\"fields\":[{\"name\":\"topic\",\"type\":\"string\"},{\"name\":\"csat\",\"type\":[\"null\",\"double\"],\"default\":null,\"doc\":\"Satisfaction as the customer rated it; null: not rated.\"}]},{\"type\":\"record\",\"name\":\"TicketOpened\",\"namespace\":\"joai\",\"doc\":\"A customer asked the service for help.\",\"fields\":[{\"name\":\"topic\",\"type\":\"string\"}]},{\"type\":\"record\",\"name\":\"UsageRated\",\"namespace\":\"joai\",\"doc\":\"A customer used data, and it was rated.\",\"fields\":[{\"name\":\"gb\",\"type\":\"double\"},{\"name\":\"planId\",\"type\":\"string\"}]},{\"type\":\"record\",\"name\":\"Accepted\",\"namespace\":\"joai\",\"doc\":\"To the loser: the winner has taken its members.\",\"fields\":[{\"name\":\"personId\",\"type\":\"string\"},{\"name\":\"winner\",\"type\":\"string\"}]},{\"type\":\"record\",\"name\":\"Identifier\",\"namespace\":\"joai\",\"doc\":\"A name by which a system of the company knows a customer.\",\"fields\":[{\"name\":\"type\",\"type\":\"string\",\"doc\":\"As the release declares it, for instance email_hash.\"},{\"name\":\"value\",\"type\":\"string\",\"personal\":true}]},{\"type\":\"record\",\"name\":\"ConsentChange\",\"namespace\":\"joai\",\"doc\":\"A person said yes or no, as the company reports it on `consents`.\",\"fields\":[{\"name\":\"eventId\",\"type\":\"string\"},{\"name\":\"identifiers\",\"type\":{\"type\":\"array\",\"items\":\"joai.Identifier\"}},{\"name\":\"source\",\"type\":\"string\",\"default\":\"\"},{\"name\":\"change\",\"type\":\"joai.ConsentChanged\"}]},{\"type\":\"record\",\"name\":\"Control\",\"namespace\":\"joai\",\"doc\":\"A change of what is decided: a release, whole, never a delta.\",\"fields\":[{\"name\":\"controlId\",\"type\":\"string\",\"doc\":\"Release, model or switch id.\"},{\"name\":\"kind\",\"type\":{\"type\":\"enum\",\"name\":\"ControlKind\",\"namespace\":\"joai\",\"symbols\":[\"release\",\"stop\"]}},{\"name\":\"document\",\"type\":\"string\",\"doc\":\"Canonical JSON.\"},{\"name\":\"hash\",\"type\":\"string\",\"doc\":\"SHA-256 of the document, hex.\"}]},{\"type\":\"record\",\"name\":\"CustomerEvent\",\"namespace\":\"joai\",\"doc\":\"What happened to a customer, as the company reports it on `events`.\",\"fields\":[{\"name\":\"eventId\",\"type\":\"string\",\"doc\":\"Unique for ever; a second record with the same id changes nothing.\"},{\"name\":\"type\",\"type\":\"string\",\"doc\":\"The snake_case name of the branch in data.\"},{\"name\":\"occurredAt\",\"type\":\"long\",\"doc\":\"Event time, milliseconds since the epoch.\"},{\"name\":\"identifiers\",\"type\":{\"type\":\"array\",\"items\":\"joai.Identifier\"},\"doc\":\"At least one; the most telling first.\"},{\"name\":\"source\",\"type\":\"string\",\"default\":\"\"},{\"name\":\"schemaVersion\",\"type\":\"int\",\"default\":1},{\"name\":\"data\",\"type\":[\"joai.OrderCompleted\",\"joai.Exposure\",\"joai.Redemption\",\"joai.PageViewed\",\"joai.ProductAdded\",\"joai.ProfileChanged\",\"joai.IdentityLinked\",\"joai.ProductRemoved\",\"joai.CheckoutStarted\",\"joai.UsageRated\",\"joai.BillIssued\",\"joai.PaymentFailed\",\"joai.TicketOpened\",\"joai.TicketClosed\",\"joai.ContractEndNear\",\"joai.PortOutRequested\",\"joai.PlanChanged\",\"joai.ContractChanged\"]}]},{\"type\":\"record\",\"name\":\"Position\",\"namespace\":\"joai\",\"doc\":\"Where a record stands in a log.\",\"fields\":[{\"name\":\"topic\",\"type\":\"string\"},{\"name\":\"partition\",\"type\":\"int\"},{\"name\":\"offset\",\"type\":\"long\"}]},{\"type\":\"record\",\"name\":\"DeadLetter\",\"namespace\":\"joai\",\"doc\":\"A record that could not be used, and why.\",\"fields\":[{\"name\":\"position\",\"type\":\"joai.Position\"},{\"name\":\"reason\",\"type\":\"string\",\"doc\":\"A stable code.\"},{\"name\":\"detail\",\"type\":\"string\",\"doc\":\"In words, without personal data.\"},{\"name\":\"size\",\"type\":\"int\",\"doc\":\"Bytes.\"},{\"name\":\"hash\",\"type\":\"string\",\"doc\":\"SHA-256 of its bytes, hex.\"},{\"name\":\"at\",\"type\":\"long\",\"doc\":\"receivedAt of the record.\"}]},{\"type\":\"record\",\"name\":\"Decision\",\"namespace\":\"joai\",\"doc\":\"What was decided, why, and on what it rests. Silence is a decision.\",\"fields\":[{\"name\":\"decisionId\",\"type\":\"string\",\"doc\":\"A hash of what triggered it.\"},{\"name\":\"slot\",\"type\":\"int\",\"default\":0},{\"name\":\"subject\",\"type\":{\"type\":\"record\",\"name\":\"Subject\",\"namespace\":\"joai\",\"doc\":\"For whom.\",\"fields\":[{\"name\":\"personId\",\"type\":\"string\"},{\"name\":\"identityVersion\",\"type\":\"int\",\"doc\":\"How many persons merged into this one.\"},{\"name\":\"jurisdiction\",\"type\":\"string\"},{\"name\":\"timeZone\",\"type\":\"string\",\"doc\":\"Empty when unknown.\"},{\"name\":\"timeZoneSource\",\"type\":\"string\",\"doc\":\"person, release or unknown\"}]}},{\"name\":\"time\",\"type\":{\"type\":\"record\",\"name\":\"DecisionTime\",\"namespace\":\"joai\",\"doc\":\"When; milliseconds since the epoch.\",\"fields\":[{\"name\":\"occurredAt\",\"type\":\"long\"},{\"name\":\"receivedAt\",\"type\":\"long\"},{\"name\":\"decidedAt\",\"type\":\"long\",\"doc\":\"From the log.\"},{\"name\":\"notBefore\",\"type\":[\"null\",\"long\"],\"default\":null,\"doc\":\"Of a deferred one: when it is decided again.\"},{\"name\":\"expiresAt\",\"type\":[\"null\",\"long\"],\"default\":null}]}},{\"name\":\"trigger\",\"type\":{\"type\":\"record\",\"name\":\"Trigger\",\"namespace\":\"joai\",\"doc\":\"What asked for a decision.\",\"fields\":[{\"name\":\"origin\",\"type\":\"joai.Position\"},{\"name\":\"eventId\",\"type\":\"string\",\"doc\":\"Empty for a timer.\"},{\"name\":\"type\",\"type\":\"string\",\"doc\":\"Type of the event, or the name of the timer.\"},{\"name\":\"journey\",\"type\":\"string\",\"default\":\"\"},{\"name\":\"stage\",\"type\":\"string\",\"default\":\"\"},{\"name\":\"deferred\",\"type\":{\"type\":\"array\",\"items\":\"string\"},\"default\":[],\"doc\":\"The decisions that this one takes afresh.\"}]}},{\"name\":\"outcome\",\"type\":{\"type\":\"record\",\"name\":\"Outcome\",\"namespace\":\"joai\",\"doc\":\"What to do.\",\"fields\":[{\"name\":\"kind\",\"type\":{\"type\":\"enum\",\"name\":\"OutcomeKind\",\"symbols\":[\"ACT\",\"DEFER\",\"SILENCE\",\"MANDATORY\",\"PENDING_APPROVAL\"]}},{\"name\":\"actionId\",\"type\":\"string\",\"doc\":\"'silence' for silence; empty for a deferral.\"},{\"name\":\"treatmentId\",\"type\":\"string\"},{\"name\":\"channel\",\"type\":\"string\"},{\"name\":\"idempotencyKey\",\"type\":\"string\",\"doc\":\"Empty when nothing is sent.\"}]}},{\"name\":\"consent\",\"type\":{\"type\":\"array\",\"items\":{\"type\":\"record\",\"name\":\"ConsentFound\",\"namespace\":\"joai\",\"doc\":\"A purpose that a candidate needed, and what was found.\",\"fields\":[{\"name\":\"purpose\",\"type\":\"string\"},{\"name\":\"channel\",\"type\":\"string\"},{\"name\":\"state\",\"type\":{\"type\":\"enum\",\"name\":\"ConsentState\",\"symbols\":[\"granted\",\"withdrawn\",\"unknown\"]}},{\"name\":\"allowed\",\"type\":\"boolean\"},{\"name\":\"lawfulBasis\",\"type\":\"string\"},{\"name\":\"records\",\"type\":{\"type\":\"array\",\"items\":\"joai.Position\"},\"doc\":\"The consent records relied on.\"}]}}},{\"name\":\"candidates\",\"type\":{\"type\":\"array\",\"items\":{\"type\":\"record\",\"name\":\"Candidate\",\"namespace\":\"joai\",\"doc\":\"An action that could have been taken, and how far it came.\",\"fields\":[{\"name\":\"actionId\",\"type\":\"string\"},{\"name\":\"treatmentId\",\"type\":\"string\"},{\"name\":\"channel\",\"type\":\"string\"},{\"name\":\"removedBy\",\"type\":[\"null\",{\"type\":\"record\",\"name\":\"Removal\",\"namespace\":\"joai\",\"doc\":\"Why a candidate fell out.\",\"fields\":[{\"name\":\"rule\",\"type\":\"string\"},{\"name\":\"version\",\"type\":\"int\",\"doc\":\"Of the release.\"},{\"name\":\"stage\",\"type\":{\"type\":\"enum\",\"name\":\"RemovalStage\",\"symbols\":[\"validity\",\"stopped\",\"consent\",\"eligibility\",\"applicability\",\"suitability\",\"suppression\",\"cap\",\"budget\",\"quiet_hours\",\"experiment\"]}},{\"name\":\"reason\",\"type\":\"string\",\"doc\":\"A stable code.\"}]}],\"default\":null},{\"name\":\"propensity\",\"type\":\"double\"},{\"name\":\"context\",\"type\":\"double\"},{\"name\":\"value\",\"type\":\"double\"},{\"name\":\"lever\",\"type\":\"double\"},{\"name\":\"cost\",\"type\":\"double\"},{\"name\":\"priority\",\"type\":\"double\",\"doc\":\"propensity × context × value × lever − cost\"},{\"name\":\"selectionProbability\",\"type\":\"double\",\"doc\":\"Zero when removed.\"}]}}},{\"name\":\"learning\",\"type\":{\"type\":\"record\",\"name\":\"Learning\",\"namespace\":\"joai\",\"doc\":\"How the choice was made.\",\"fields\":[{\"name\":\"modelId\",\"type\":\"string\"},{\"name\":\"modelVersion\",\"type\":\"int\"},{\"name\":\"features\",\"type\":{\"type\":\"array\",\"items\":{\"type\":\"record\",\"name\":\"FeatureValue\",\"namespace\":\"joai\",\"doc\":\"A feature as served.\",\"fields\":[{\"name\":\"name\",\"type\":\"string\"},{\"name\":\"number\",\"type\":[\"null\",\"double\"],\"default\":null},{\"name\":\"text\",\"type\":[\"null\",\"string\"],\"default\":null}]}}},{\"name\":\"algorithm\",\"type\":\"string\"},{\"name\":\"epsilon\",\"type\":\"double\"},{\"name\":\"floor\",\"type\":\"double\"},{\"name\":\"behaviourProbability\",\"type\":\"double\",\"doc\":\"Of what was chosen.\"},{\"name\":\"arm\",\"type\":\"string\"},{\"name\":\"drawId\",\"type\":\"string\",\"doc\":\"What was hashed with the seed.\"},{\"name\":\"draw\",\"type\":\"double\",\"doc\":\"On [0, 1).\"}]}},{\"name\":\"reference\",\"type\":{\"type\":\"array\",\"items\":{\"type\":\"record\",\"name\":\"ReferenceRead\",\"namespace\":\"joai\",\"doc\":\"A thing that rules could ask about, as looked up.\",\"fields\":[{\"name\":\"name\",\"type\":\"string\",\"doc\":\"Of the release's join.\"},{\"name\":\"key\",\"type\":\"string\",\"doc\":\"Kind and id; empty when nothing was to be looked up.\"},{\"name\":\"values\",\"type\":{\"type\":\"array\",\"items\":\"joai.FeatureValue\"},\"doc\":\"As served, in the order of the release.\"},{\"name\":\"record\",\"type\":[\"null\",\"joai.Position\"],\"default\":null,\"doc\":\"The last change of the thing, on `reference`; null when nothing is known of it.\"}]}},\"default\":[]},{\"name\":\"experiments\",\"type\":{\"type\":\"array\",\"items\":{\"type\":\"record\",\"name\":\"ExperimentShare\",\"namespace\":\"joai\",\"doc\":\"A part in an experiment.\",\"fields\":[{\"name\":\"id\",\"type\":\"string\"},{\"name\":\"variant\",\"type\":\"string\"},{\"name\":\"probability\",\"type\":\"double\"},{\"name\":\"rampStage\",\"type\":\"string\"}]}}},{\"name\":\"fatigue\",\"type\":{\"type\":\"record\",\"name\":\"Fatigue\",\"namespace\":\"joai\",\"doc\":\"Caps and budget as they stood before the draw.\",\"fields\":[{\"name\":\"caps\",\"type\":{\"type\":\"array\",\"items\":{\"type\":\"record\",\"name\":\"CapCheck\",\"namespace\":\"joai\",\"doc\":\"One cap, as checked.\",\"fields\":[{\"name\":\"cap\",\"type\":\"string\"},{\"name\":\"actionId\",\"type\":\"string\",\"doc\":\"Empty when the cap is not per action.\"},{\"name\":\"windowMs\",\"type\":\"long\"},{\"name\":\"used\",\"type\":\"int\"},{\"name\":\"limit\",\"type\":\"int\"}]}}},{\"name\":\"points\",\"type\":\"double\",\"doc\":\"Used of the budget.\"},{\"name\":\"pointsMax\",\"type\":\"double\"},{\"name\":\"reservation\",\"type\":[\"null\",\"string\"],\"default\":null,\"doc\":\"The decision id under which the contact is reserved.\"}]}},{\"name\":\"content\",\"type\":{\"type\":\"record\",\"name\":\"Content\",\"namespace\":\"joai\",\"doc\":\"What is said.\",\"fields\":[{\"name\":\"templateVersion\",\"type\":\"int\"},{\"name\":\"promptHash\",\"type\":\"string\"},{\"name\":\"generator\",\"type\":\"string\"},{\"name\":\"approvalId\",\"type\":\"string\"},{\"name\":\"approver\",\"type\":\"string\"}]}},{\"name\":\"explanation\",\"type\":{\"type\":\"record\",\"name\":\"Explanation\",\"namespace\":\"joai\",\"doc\":\"In few words.\",\"fields\":[{\"name\":\"reasons\",\"type\":{\"type\":\"array\",\"items\":\"string\"}},{\"name\":\"topFeatures\",\"type\":{\"type\":\"array\",\"items\":\"string\"}},{\"name\":\"runnerUp\",\"type\":\"string\",\"doc\":\"Action id, empty when there is none.\"},{\"name\":\"opportunityCost\",\"type\":\"double\",\"doc\":\"What silence forgoes: the best priority among the open candidates.\"}]}},{\"name\":\"provenance\",\"type\":{\"type\":\"record\",\"name\":\"Provenance\",\"namespace\":\"joai\",\"doc\":\"On what it rests.\",\"fields\":[{\"name\":\"release\",\"type\":\"string\"},{\"name\":\"releaseVersion\",\"type\":\"int\"},{\"name\":\"releaseHash\",\"type\":\"string\"},{\"name\":\"topologyVersion\",\"type\":\"string\"},{\"name\":\"input\",\"type\":\"joai.Position\",\"doc\":\"The record on people that was folded.\"},{\"name\":\"previousHash\",\"type\":\"string\"},{\"name\":\"hash\",\"type\":\"string\"}]}}]},{\"type\":\"record\",\"name\":\"Edge\",\"namespace\":\"joai\",\"doc\":\"Evidence that two identifiers belong together.\",\"fields\":[{\"name\":\"from\",\"type\":\"string\"},{\"name\":\"to\",\"type\":\"string\"},{\"name\":\"eventId\",\"type\":\"string\"},{\"name\":\"at\",\"type\":\"long\"}]},{\"type\":\"record\",\"name\":\"IdentityChange\",\"namespace\":\"joai\",\"doc\":\"A merge, or its refusal, for whoever wants to know.\",\"fields\":[{\"name\":\"personId\",\"type\":\"string\",\"doc\":\"The winner.\"},{\"name\":\"other\",\"type\":\"string\",\"doc\":\"The loser.\"},{\"name\":\"kind\",\"type\":{\"type\":\"enum\",\"name\":\"IdentityChangeKind\",\"namespace\":\"joai\",\"symbols\":[\"merged\",\"refused\"]}},{\"name\":\"reason\",\"type\":\"string\",\"doc\":\"Empty when merged.\"},{\"name\":\"edges\",\"type\":{\"type\":\"array\",\"items\":\"joai.Edge\"}},{\"name\":\"at\",\"type\":\"long\"}]},{\"type\":\"record\",\"name\":\"JourneyEnded\",\"namespace\":\"joai\",\"doc\":\"A person left a journey.\",\"fields\":[{\"name\":\"personId\",\"type\":\"string\"},{\"name\":\"journeyId\",\"type\":\"string\"},{\"name\":\"stage\",\"type\":\"string\",\"doc\":\"Where the person stood.\"},{\"name\":\"how\",\"type\":{\"type\":\"enum\",\"name\":\"JourneyEnding\",\"symbols\":[\"goal\",\"exit\",\"timeout\"],\"namespace\":\"joai\"}},{\"name\":\"at\",\"type\":\"long\",\"doc\":\"receivedAt of the event that ended it, or the time at which it was due.\"}]},{\"type\":\"record\",\"name\":\"Token\",\"namespace\":\"joai\",\"doc\":\"An identifier without its value.\",\"fields\":[{\"name\":\"type\",\"type\":\"string\"},{\"name\":\"token\",\"type\":\"string\",\"doc\":\"<type>.<HMAC of the value>\"},{\"name\":\"folded\",\"type\":\"string\",\"default\":\"\",\"doc\":\"The same of the value in lower case, where that differs: what blocked values are compared with.\"}]},{\"type\":\"record\",\"name\":\"Linked\",\"namespace\":\"joai\",\"doc\":\"To an identifier: it was seen with a person.\",\"fields\":[{\"name\":\"token\",\"type\":\"joai.Token\"},{\"name\":\"personId\",\"type\":\"string\"},{\"name\":\"edge\",\"type\":\"joai.Edge\"}]},{\"type\":\"record\",\"name\":\"Member\",\"namespace\":\"joai\",\"doc\":\"An identifier of a person.\",\"fields\":[{\"name\":\"token\",\"type\":\"string\"},{\"name\":\"type\",\"type\":\"string\"},{\"name\":\"at\",\"type\":\"long\",\"doc\":\"When it was last seen linked.\"}]},{\"type\":\"record\",\"name\":\"Merge\",\"namespace\":\"joai\",\"doc\":\"To the larger of two persons: merge into the other.\",\"fields\":[{\"name\":\"personId\",\"type\":\"string\"},{\"name\":\"other\",\"type\":\"string\"},{\"name\":\"edge\",\"type\":\"joai.Edge\"}]},{\"type\":\"record\",\"name\":\"TableRow\",\"namespace\":\"joai\",\"doc\":\"One row of one table, as it is stored.\",\"fields\":[{\"name\":\"table\",\"type\":\"string\"},{\"name\":\"version\",\"type\":\"int\",\"doc\":\"Of the schema of the row.\"},{\"name\":\"due\",\"type\":[\"null\",\"long\"],\"default\":null,\"doc\":\"When the timer of the row fires.\"},{\"name\":\"bytes\",\"type\":\"bytes\"}]},{\"type\":\"record\",\"name\":\"MovedRows\",\"namespace\":\"joai\",\"doc\":\"All rows of a merged person, to the winner.\",\"fields\":[{\"name\":\"personId\",\"type\":\"string\"},{\"name\":\"from\",\"type\":\"string\"},{\"name\":\"rows\",\"type\":{\"type\":\"array\",\"items\":\"joai.TableRow\"}}]},{\"type\":\"record\",\"name\":\"Moved\",\"namespace\":\"joai\",\"doc\":\"To a person on `people`: your rows go to another.\",\"fields\":[{\"name\":\"personId\",\"type\":\"string\"},{\"name\":\"to\",\"type\":\"string\"}]},{\"type\":\"record\",\"name\":\"Observed\",\"namespace\":\"joai\",\"doc\":\"An event and the identifiers it came with, on `identities`.\",\"fields\":[{\"name\":\"tokens\",\"type\":{\"type\":\"array\",\"items\":\"joai.Token\"},\"doc\":\"The first is the key.\"},{\"name\":\"eventId\",\"type\":\"string\"},{\"name\":\"type\",\"type\":\"string\"},{\"name\":\"occurredAt\",\"type\":\"long\"},{\"name\":\"source\",\"type\":\"string\"},{\"name\":\"origin\",\"type\":\"joai.Position\",\"doc\":\"Of the input record.\"},{\"name\":\"payload\",\"type\":\"bytes\",\"doc\":\"Avro of the event type, without header.\"}]},{\"type\":\"record\",\"name\":\"Offer\",\"namespace\":\"joai\",\"doc\":\"To the smaller of two persons: take me over.\",\"fields\":[{\"name\":\"personId\",\"type\":\"string\"},{\"name\":\"loser\",\"type\":\"string\"},{\"name\":\"members\",\"type\":{\"type\":\"array\",\"items\":\"joai.Member\"}},{\"name\":\"edges\",\"type\":{\"type\":\"array\",\"items\":\"joai.Edge\"}}]},{\"type\":\"record\",\"name\":\"PersonEvent\",\"namespace\":\"joai\",\"doc\":\"An event at its person, on `people`.\",\"fields\":[{\"name\":\"personId\",\"type\":\"string\"},{\"name\":\"eventId\",\"type\":\"string\"},{\"name\":\"type\",\"type\":\"string\"},{\"name\":\"occurredAt\",\"type\":\"long\"},{\"name\":\"source\",\"type\":\"string\"},{\"name\":\"origin\",\"type\":\"joai.Position\",\"doc\":\"Of the input record.\"},{\"name\":\"payload\",\"type\":\"bytes\",\"doc\":\"Avro of the event type, without header.\"}]},{\"type\":\"record\",\"name\":\"Receipt\",\"namespace\":\"joai\",\"doc\":\"What became of a send, as a channel reports it on `receipts`.\",\"fields\":[{\"name\":\"receiptId\",\"type\":\"string\"},{\"name\":\"decisionId\",\"type\":\"string\"},{\"name\":\"personId\",\"type\":\"string\",\"doc\":\"As the send carried it.\"},{\"name\":\"kind\",\"type\":{\"type\":\"enum\",\"name\":\"ReceiptKind\",\"namespace\":\"joai\",\"symbols\":[\"delivered\",\"bounced\",\"opened\",\"clicked\",\"converted\",\"complained\",\"unsubscribed\",\"ignored\",\"rejected\"]}},{\"name\":\"value\",\"type\":\"double\",\"default\":0,\"doc\":\"Of a conversion.\"},{\"name\":\"occurredAt\",\"type\":\"long\"},{\"name\":\"source\",\"type\":\"string\",\"default\":\"\"}]},{\"type\":\"record\",\"name\":\"PersonReceipt\",\"namespace\":\"joai\",\"doc\":\"A receipt at its person, on `people`.\",\"fields\":[{\"name\":\"personId\",\"type\":\"string\"},{\"name\":\"receiptId\",\"type\":\"string\"},{\"name\":\"decisionId\",\"type\":\"string\"},{\"name\":\"kind\",\"type\":\"joai.ReceiptKind\"},{\"name\":\"value\",\"type\":\"double\"},{\"name\":\"occurredAt\",\"type\":\"long\"},{\"name\":\"origin\",\"type\":\"joai.Position\"}]},{\"type\":\"record\",\"name\":\"Refused\",\"namespace\":\"joai\",\"doc\":\"To the loser: the limits do not allow it.\",\"fields\":[{\"name\":\"personId\",\"type\":\"string\"},{\"name\":\"winner\",\"type\":\"string\"},{\"name\":\"reason\",\"type\":\"string\"}]},{\"type\":\"record\",\"name\":\"Reward\",\"namespace\":\"joai\",\"doc\":\"An outcome joined to the contact that it answers.\",\"fields\":[{\"name\":\"modelId\",\"type\":\"string\"},{\"name\":\"personId\",\"type\":\"string\"},{\"name\":\"actionId\",\"type\":\"string\"},{\"name\":\"decisionId\",\"type\":\"string\",\"doc\":\"Or the event id of an imported exposure.\"},{\"name\":\"imported\",\"type\":\"boolean\"},{\"name\":\"kind\",\"type\":\"joai.ReceiptKind\"},{\"name\":\"value\",\"type\":\"double\"},{\"name\":\"at\",\"type\":\"long\"}]},{\"type\":\"record\",\"name\":\"Send\",\"namespace\":\"joai\",\"doc\":\"What a channel is to deliver, or no longer to deliver.\",\"fields\":[{\"name\":\"decisionId\",\"type\":\"string\"},{\"name\":\"idempotencyKey\",\"type\":\"string\"},{\"name\":\"kind\",\"type\":{\"type\":\"enum\",\"name\":\"SendKind\",\"namespace\":\"joai\",\"symbols\":[\"send\",\"cancel\"]}},{\"name\":\"personId\",\"type\":\"string\",\"doc\":\"To be returned on receipts.\"},{\"name\":\"addressToken\",\"type\":\"string\"},{\"name\":\"actionId\",\"type\":\"string\"},{\"name\":\"treatmentId\",\"type\":\"string\"},{\"name\":\"channel\",\"type\":\"string\"},{\"name\":\"purpose\",\"type\":\"string\"},{\"name\":\"parameters\",\"type\":{\"type\":\"map\",\"values\":\"string\"}},{\"name\":\"notBefore\",\"type\":[\"null\",\"long\"],\"default\":null},{\"name\":\"expiresAt\",\"type\":[\"null\",\"long\"],\"default\":null},{\"name\":\"reason\",\"type\":\"string\",\"default\":\"\",\"doc\":\"Of a cancellation.\"}]},{\"type\":\"record\",\"name\":\"Tick\",\"namespace\":\"joai\",\"doc\":\"Time, as a record.\",\"fields\":[{\"name\":\"at\",\"type\":\"long\",\"doc\":\"Milliseconds since the epoch.\"}]},{\"type\":\"record\",\"name\":\"NetworkIncident\",\"namespace\":\"joai\",\"doc\":\"A cell of the network failed: attributes severity and incidentAt of cell/<cellId>.\",\"fields\":[{\"name\":\"cellId\",\"type\":\"string\"},{\"name\":\"severity\",\"type\":\"double\"}]},{\"type\":\"record\",\"name\":\"PriceChanged\",\"namespace\":\"joai\",\"doc\":\"A product costs something else: attributes price and priceBefore of product/<sku>.\",\"fields\":[{\"name\":\"sku\",\"type\":\"string\"},{\"name\":\"old\",\"type\":\"double\"},{\"name\":\"new\",\"type\":\"double\"}]},{\"type\":\"record\",\"name\":\"ReferenceSet\",\"namespace\":\"joai\",\"doc\":\"All that is known of one thing: what it does not name is forgotten; without any attribute, so is the thing.\",\"fields\":[{\"name\":\"key\",\"type\":\"string\",\"doc\":\"Kind and id, such as product/123.\"},{\"name\":\"attributes\",\"type\":{\"type\":\"array\",\"items\":\"joai.FeatureValue\"}}]},{\"type\":\"record\",\"name\":\"StockChanged\",\"namespace\":\"joai\",\"doc\":\"So many of a product are left: attribute onHand of product/<sku>.\",\"fields\":[{\"name\":\"sku\",\"type\":\"string\"},{\"name\":\"onHand\",\"type\":\"double\"}]},{\"type\":\"record\",\"name\":\"ReferenceChange\",\"namespace\":\"joai\",\"doc\":\"What a product, a store, a plan or a cell is, or what happened to it, as the company reports it on `reference`.\",\"fields\":[{\"name\":\"changeId\",\"type\":\"string\",\"doc\":\"Unique for ever.\"},{\"name\":\"type\",\"type\":\"string\",\"doc\":\"The snake_case name of the branch in data.\"},{\"name\":\"occurredAt\",\"type\":\"long\",\"doc\":\"Event time, milliseconds since the epoch.\"},{\"name\":\"source\",\"type\":\"string\",\"default\":\"\"},{\"name\":\"schemaVersion\",\"type\":\"int\",\"default\":1},{\"name\":\"data\",\"type\":[\"joai.ReferenceSet\",\"joai.StockChanged\",\"joai.PriceChanged\",\"joai.NetworkIncident\"]}]},{\"type\":\"record\",\"name\":\"ReferenceUpdate\",\"namespace\":\"joai\",\"doc\":\"What is now known of a thing, in every partition of `people`.\",\"fields\":[{\"name\":\"key\",\"type\":\"string\",\"doc\":\"Kind and id, such as product/123.\"},{\"name\":\"isWhole\",\"type\":\"boolean\",\"doc\":\"All that is known; else only what it names is new.\"},{\"name\":\"attributes\",\"type\":{\"type\":\"array\",\"items\":\"joai.FeatureValue\"},\"doc\":\"Sorted by name.\"},{\"name\":\"at\",\"type\":\"long\",\"doc\":\"Event time.\"},{\"name\":\"origin\",\"type\":\"joai.Position\",\"doc\":\"Of the input record.\"}]},{\"type\":\"record\",\"name\":\"AgendaRow\",\"namespace\":\"joai\",\"doc\":\"When a person is to be thought of again: the timer of this row says when.\",\"fields\":[{\"name\":\"wakes\",\"type\":\"int\",\"default\":0,\"doc\":\"How often its timer asked for a decision.\"}]},{\"type\":\"record\",\"name\":\"AuditRow\",\"namespace\":\"joai\",\"doc\":\"The end of a partition's chain of decisions.\",\"fields\":[{\"name\":\"hash\",\"type\":\"string\",\"doc\":\"Of the last decision; empty before the first.\"},{\"name\":\"length\",\"type\":\"long\",\"doc\":\"How many decisions the chain holds.\"}]},{\"type\":\"record\",\"name\":\"ConsentRow\",\"namespace\":\"joai\",\"doc\":\"What a person said yes or no to.\",\"fields\":[{\"name\":\"records\",\"type\":{\"type\":\"array\",\"items\":{\"type\":\"record\",\"name\":\"ConsentRecord\",\"doc\":\"The word that stands for a purpose and a channel, or a later yes that is still to begin.\",\"fields\":[{\"name\":\"purpose\",\"type\":\"string\"},{\"name\":\"channel\",\"type\":\"string\",\"doc\":\"Empty: every channel.\"},{\"name\":\"status\",\"type\":\"joai.ConsentStatus\"},{\"name\":\"lawfulBasis\",\"type\":\"string\"},{\"name\":\"jurisdiction\",\"type\":\"string\"},{\"name\":\"source\",\"type\":\"string\"},{\"name\":\"wordingVersion\",\"type\":\"string\"},{\"name\":\"effectiveAt\",\"type\":\"long\"},{\"name\":\"recordedAt\",\"type\":\"long\"},{\"name\":\"origin\",\"type\":\"joai.Position\"},{\"name\":\"eventId\",\"type\":\"string\"}]}},\"doc\":\"Sorted by purpose, channel, and precedence.\"}]},{\"type\":\"record\",\"name\":\"WindowSeries\",\"namespace\":\"joai\",\"doc\":\"One aggregate of what a person did, in sparse tiles, sorted by tile, then key. Columns, because they are small.\",\"fields\":[{\"name\":\"id\",\"type\":\"long\",\"doc\":\"Hash of what it is made of; see operators/feature-plan.ts.\"},{\"name\":\"kind\",\"type\":{\"type\":\"enum\",\"name\":\"SeriesKind\",\"symbols\":[\"count\",\"sum\",\"debit\",\"min\",\"max\",\"distinct\",\"histogram\"]}},{\"name\":\"first\",\"type\":\"long\",\"doc\":\"Index of the first tile.\"},{\"name\":\"tiles\",\"type\":{\"type\":\"array\",\"items\":\"long\"},\"doc\":\"Of each entry, counted from the first.\"},{\"name\":\"keys\",\"type\":{\"type\":\"array\",\"items\":\"long\"},\"doc\":\"Distinct: hash of the value. Histogram: bucket. Else none.\"},{\"name\":\"amounts\",\"type\":{\"type\":\"array\",\"items\":\"long\"},\"doc\":\"Counts, or millionths. Distinct: none.\"}]},{\"type\":\"record\",\"name\":\"FeatureRow\",\"namespace\":\"joai\",\"doc\":\"What a person's features are computed from.\",\"fields\":[{\"name\":\"series\",\"type\":{\"type\":\"array\",\"items\":\"joai.WindowSeries\"},\"doc\":\"Sorted by id.\"},{\"name\":\"lasts\",\"type\":{\"type\":\"array\",\"items\":{\"type\":\"record\",\"name\":\"FeatureLast\",\"doc\":\"The latest event of a kind, and what it said.\",\"fields\":[{\"name\":\"id\",\"type\":\"long\"},{\"name\":\"at\",\"type\":\"long\"},{\"name\":\"eventId\",\"type\":\"string\",\"doc\":\"Breaks ties; empty where only the time counts.\"},{\"name\":\"number\",\"type\":[\"null\",\"double\"],\"default\":null},{\"name\":\"text\",\"type\":[\"null\",\"string\"],\"default\":null}]}},\"doc\":\"Sorted by id.\"},{\"name\":\"late\",\"type\":\"int\",\"default\":0,\"doc\":\"Events that came after the grace, and changed nothing.\"}]},{\"type\":\"record\",\"name\":\"IdentifierRow\",\"namespace\":\"joai\",\"doc\":\"To which person an identifier belongs.\",\"fields\":[{\"name\":\"personId\",\"type\":\"string\",\"doc\":\"Empty before the identifier was first seen.\"}]},{\"type\":\"record\",\"name\":\"JourneysRow\",\"namespace\":\"joai\",\"doc\":\"The journeys of a person. Both lists are sorted by id, each journey at most once.\",\"fields\":[{\"name\":\"runs\",\"type\":{\"type\":\"array\",\"items\":{\"type\":\"record\",\"name\":\"JourneyRun\",\"doc\":\"A journey under way.\",\"fields\":[{\"name\":\"id\",\"type\":\"string\"},{\"name\":\"stage\",\"type\":\"string\",\"doc\":\"Where the person stands, or stood last once all stages are passed.\"},{\"name\":\"passed\",\"type\":\"int\",\"doc\":\"Stages that lie behind.\"},{\"name\":\"enteredAt\",\"type\":\"long\"},{\"name\":\"waitingUntil\",\"type\":\"long\"}]}}},{\"name\":\"ended\",\"type\":{\"type\":\"array\",\"items\":{\"type\":\"record\",\"name\":\"JourneyPast\",\"doc\":\"How a journey last ended.\",\"fields\":[{\"name\":\"id\",\"type\":\"string\"},{\"name\":\"how\",\"type\":\"joai.JourneyEnding\"},{\"name\":\"at\",\"type\":\"long\"},{\"name\":\"goals\",\"type\":\"int\",\"doc\":\"How often its goal was reached.\"}]}}}]},{\"type\":\"record\",\"name\":\"LedgerRow\",\"namespace\":\"joai\",\"doc\":\"How often a person was contacted lately, and what came of it. Lists are sorted, so that merges commute.\",\"fields\":[{\"name\":\"contacts\",\"type\":{\"type\":\"array\",\"items\":{\"type\":\"record\",\"name\":\"LedgerContact\",\"doc\":\"One contact, sorted by at, then decisionId.\",\"fields\":[{\"name\":\"decisionId\",\"type\":\"string\",\"doc\":\"Or the event id of an imported exposure.\"},{\"name\":\"actionId\",\"type\":\"string\"},{\"name\":\"treatmentId\",\"type\":\"string\",\"doc\":\"Empty when imported.\"},{\"name\":\"group\",\"type\":\"string\",\"doc\":\"Empty for none.\"},{\"name\":\"channel\",\"type\":\"string\"},{\"name\":\"purpose\",\"type\":\"string\"},{\"name\":\"tags\",\"type\":{\"type\":\"array\",\"items\":\"string\"}},{\"name\":\"placement\",\"type\":\"string\",\"doc\":\"Empty for none.\"},{\"name\":\"points\",\"type\":\"double\",\"doc\":\"Of the budget; 0 when imported.\"},{\"name\":\"at\",\"type\":\"long\",\"doc\":\"receivedAt of what caused it.\"},{\"name\":\"state\",\"type\":{\"type\":\"enum\",\"name\":\"ContactState\",\"symbols\":[\"reserved\",\"confirmed\",\"imported\"]}},{\"name\":\"until\",\"type\":[\"null\",\"long\"],\"default\":null,\"doc\":\"End of the effect of an imported exposure.\"},{\"name\":\"personId\",\"type\":\"string\",\"default\":\"\",\"doc\":\"To whom the send of a reserved contact was keyed: its cancellation must follow it, even after a merge. Empty once confirmed.\"},{\"name\":\"journey\",\"type\":\"string\",\"default\":\"\",\"doc\":\"Whose stage asked for it; empty for none.\"}]}}},{\"name\":\"outcomes\",\"type\":{\"type\":\"array\",\"items\":{\"type\":\"record\",\"name\":\"LedgerOutcome\",\"doc\":\"What came of a contact, sorted by at, then id.\",\"fields\":[{\"name\":\"id\",\"type\":\"string\",\"doc\":\"Receipt or event id: the same one twice counts once.\"},{\"name\":\"decisionId\",\"type\":\"string\"},{\"name\":\"actionId\",\"type\":\"string\"},{\"name\":\"group\",\"type\":\"string\"},{\"name\":\"purpose\",\"type\":\"string\"},{\"name\":\"kind\",\"type\":\"joai.ReceiptKind\"},{\"name\":\"at\",\"type\":\"long\"}]}}},{\"name\":\"suppressions\",\"type\":{\"type\":\"array\",\"items\":{\"type\":\"record\",\"name\":\"LedgerSuppression\",\"doc\":\"A pause that outcomes brought about, sorted by id, scope, of.\",\"fields\":[{\"name\":\"id\",\"type\":\"string\",\"doc\":\"Of the release's suppression.\"},{\"name\":\"scope\",\"type\":{\"type\":\"enum\",\"name\":\"SuppressionScope\",\"symbols\":[\"action\",\"group\",\"purpose\"]}},{\"name\":\"of\",\"type\":\"string\",\"doc\":\"Id of the action or group, or the purpose.\"},{\"name\":\"until\",\"type\":\"long\"}]}}},{\"name\":\"deferred\",\"type\":[\"null\",{\"type\":\"record\",\"name\":\"LedgerDeferral\",\"doc\":\"Decisions that wait for a channel to open.\",\"fields\":[{\"name\":\"decisionIds\",\"type\":{\"type\":\"array\",\"items\":\"string\"},\"doc\":\"Sorted; at most 50.\"},{\"name\":\"notBefore\",\"type\":\"long\",\"doc\":\"The least of theirs.\"},{\"name\":\"waiting\",\"type\":{\"type\":\"array\",\"items\":{\"type\":\"record\",\"name\":\"DeferredCandidate\",\"doc\":\"What only quiet hours closed: when consent for the last of these goes, so does the deferral.\",\"fields\":[{\"name\":\"purpose\",\"type\":\"string\"},{\"name\":\"channel\",\"type\":\"string\"},{\"name\":\"journey\",\"type\":\"string\",\"default\":\"\",\"doc\":\"Whose stage asked for it; empty for none.\"},{\"name\":\"stage\",\"type\":\"string\",\"default\":\"\"}]}},\"default\":[]}]}],\"default\":null},{\"name\":\"counters\",\"type\":{\"type\":\"record\",\"name\":\"LedgerCounters\",\"doc\":\"What left no other trace in the row.\",\"fields\":[{\"name\":\"returned\",\"type\":\"int\",\"doc\":\"Contacts given back because they bounced or were rejected.\"},{\"name\":\"cancelled\",\"type\":\"int\",\"doc\":\"Contacts given back because consent was withdrawn, or their journey ended.\"},{\"name\":\"unknown\",\"type\":\"int\",\"doc\":\"Receipts that name no contact held here.\"},{\"name\":\"unjoined\",\"type\":\"int\",\"doc\":\"Redemptions that answer no contact held here.\"}]}}]},{\"type\":\"record\",\"name\":\"PersonMembersRow\",\"namespace\":\"joai\",\"doc\":\"Which identifiers a person has, and where it stands in merging.\",\"fields\":[{\"name\":\"members\",\"type\":{\"type\":\"array\",\"items\":\"joai.Member\"},\"doc\":\"By token. Empty: only the identifier that the person was born of.\"},{\"name\":\"edges\",\"type\":{\"type\":\"array\",\"items\":\"joai.Edge\"},\"doc\":\"What joined the members.\"},{\"name\":\"to\",\"type\":[\"null\",\"string\"],\"default\":null,\"doc\":\"The person that this one merged into.\"},{\"name\":\"offer\",\"type\":[\"null\",\"string\"],\"default\":null,\"doc\":\"The person whose verdict is awaited.\"},{\"name\":\"inbox\",\"type\":{\"type\":\"array\",\"items\":[\"joai.Merge\",\"joai.Offer\"]},\"doc\":\"What came while a verdict is awaited, in order.\"}]},{\"type\":\"record\",\"name\":\"PersonRow\",\"namespace\":\"joai\",\"doc\":\"Where a person went, or who came into it.\",\"fields\":[{\"name\":\"to\",\"type\":[\"null\",\"string\"],\"default\":null,\"doc\":\"A merged person is a stub that forwards to this one.\"},{\"name\":\"version\",\"type\":\"int\",\"default\":0,\"doc\":\"How many persons merged into this one.\"},{\"name\":\"absorbed\",\"type\":{\"type\":\"array\",\"items\":\"string\"},\"default\":[]}]},{\"type\":\"record\",\"name\":\"ReferenceRow\",\"namespace\":\"joai\",\"doc\":\"What is known of a product, a store, a plan or a cell.\",\"fields\":[{\"name\":\"attributes\",\"type\":{\"type\":\"array\",\"items\":\"joai.FeatureValue\"},\"doc\":\"Sorted by name.\"},{\"name\":\"at\",\"type\":\"long\",\"doc\":\"Event time of the last change.\"},{\"name\":\"origin\",\"type\":[\"null\",\"joai.Position\"],\"default\":null,\"doc\":\"Of the last change, on `reference`; null before the first.\"}]},{\"type\":\"record\",\"name\":\"ReleaseRow\",\"namespace\":\"joai\",\"doc\":\"The release that a partition has accepted.\",\"fields\":[{\"name\":\"document\",\"type\":\"string\",\"doc\":\"Canonical JSON; empty before the first release.\"},{\"name\":\"hash\",\"type\":\"string\"},{\"name\":\"stopped\",\"type\":{\"type\":\"array\",\"items\":\"string\"},\"default\":[],\"doc\":\"Actions stopped since, by id.\"}]},{\"type\":\"record\",\"name\":\"SeenRow\",\"namespace\":\"joai\",\"doc\":\"Ids of events and receipts that were folded.\",\"fields\":[{\"name\":\"ids\",\"type\":{\"type\":\"array\",\"items\":{\"type\":\"record\",\"name\":\"SeenId\",\"doc\":\"One id, shortened.\",\"fields\":[{\"name\":\"id\",\"type\":\"string\",\"doc\":\"First 11 characters of its SHA-256 in base64url.\"},{\"name\":\"at\",\"type\":\"long\",\"doc\":\"receivedAt.\"}]}},\"doc\":\"Sorted by time, then id.\"},{\"name\":\"dropped\",\"type\":\"int\",\"default\":0,\"doc\":\"Duplicates that changed nothing.\"}]},{\"type\":\"record\",\"name\":\"UnitRow\",\"namespace\":\"joai\",\"doc\":\"By which id a person takes part in experiments: it stays the same when persons merge.\",\"fields\":[{\"name\":\"unit\",\"type\":\"string\",\"doc\":\"The person's id at its first decision under experiments; empty before.\"},{\"name\":\"since\",\"type\":\"long\",\"doc\":\"Time of that decision.\"}]}]")

export const Accepted: Schema<Accepted> = schemaOf<Accepted>('joai.Accepted')
export const AgendaRow: Schema<AgendaRow> = schemaOf<AgendaRow>('joai.AgendaRow')
export const AuditRow: Schema<AuditRow> = schemaOf<AuditRow>('joai.AuditRow')
export const BillIssued: Schema<BillIssued> = schemaOf<BillIssued>('joai.BillIssued')
export const CheckoutStarted: Schema<CheckoutStarted> = schemaOf<CheckoutStarted>('joai.CheckoutStarted')
export const ConsentChange: Schema<ConsentChange> = schemaOf<ConsentChange>('joai.ConsentChange')
export const ConsentChanged: Schema<ConsentChanged> = schemaOf<ConsentChanged>('joai.ConsentChanged')
export const ConsentRow: Schema<ConsentRow> = schemaOf<ConsentRow>('joai.ConsentRow')
export const ContractChanged: Schema<ContractChanged> = schemaOf<ContractChanged>('joai.ContractChanged')
export const ContractEndNear: Schema<ContractEndNear> = schemaOf<ContractEndNear>('joai.ContractEndNear')
export const Control: Schema<Control> = schemaOf<Control>('joai.Control')
export const CustomerEvent: Schema<CustomerEvent> = schemaOf<CustomerEvent>('joai.CustomerEvent')
export const DeadLetter: Schema<DeadLetter> = schemaOf<DeadLetter>('joai.DeadLetter')
export const Decision: Schema<Decision> = schemaOf<Decision>('joai.Decision')
export const Edge: Schema<Edge> = schemaOf<Edge>('joai.Edge')
export const Exposure: Schema<Exposure> = schemaOf<Exposure>('joai.Exposure')
export const FeatureRow: Schema<FeatureRow> = schemaOf<FeatureRow>('joai.FeatureRow')
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
export const UsageRated: Schema<UsageRated> = schemaOf<UsageRated>('joai.UsageRated')
export const WindowSeries: Schema<WindowSeries> = schemaOf<WindowSeries>('joai.WindowSeries')
