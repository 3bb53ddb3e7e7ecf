import { builtInEvents } from '../schemas/catalog/built-in-events.ts'
import { isReadable, type Versions } from '../schemas/catalog/event-reading.ts'
import { Decision, type EventTypeVersion, type PersonEvent, type Position } from '../schemas/generated.ts'
import type { Time } from '../schemas/record.ts'
import { topics } from '../schemas/topics.ts'
import { BadRecord, decodeValue, schemaIdOf, typeOf } from '../schemas/wire.ts'
import { ConnectorError, type LogRecord } from '../topology/log/log.ts'
import type { AuditState } from './audit-state.ts'
import type { AuditedRecord } from './audited-record.ts'
import { checkDecision, type PlacedDecision } from './check-decision.ts'
import { Chain } from './laws/chain.ts'
import { consentRecordBreach } from './laws/consent-record.ts'
import { idOfEventDecision } from './laws/hashes.ts'
import { marks } from './laws/id-table.ts'
import { eventIdBreach } from './laws/ids.ts'
import { type ActiveRelease, isAsking } from './laws/releases.ts'
import { withEvent } from './laws/seen-events.ts'
import { RecordReader } from './record-reader.ts'
import { ReleasesInForce } from './releases-in-force.ts'
import { bookContact, updateAfterDecision, updateBeforeDecision, updateWaiting } from './state-updates.ts'

const { people, decisions } = topics
const law = 'one-decision-per-trigger'
const builtIn = new Map(builtInEvents.map(type => [type.name, type]))

/** Audits one partition of `people` together with the decisions taken on it, in log order. */
export class PartitionAudit {
  readonly #state: AuditState
  readonly #people: RecordReader
  readonly #decisions: RecordReader
  readonly #chain = new Chain()
  #waiting: PlacedDecision | null = null
  readonly #releases: ReleasesInForce
  /** The versions of event types, by hash. */
  readonly #eventTypes = new Map<string, EventTypeVersion>()
  readonly #versions: Versions = { versions: hash => this.#eventTypes.get(hash) }

  constructor(state: AuditState, partition: number) {
    this.#state = state
    this.#people = new RecordReader(state.log, people.name, partition)
    this.#decisions = new RecordReader(state.log, decisions.name, partition)
    this.#releases = new ReleasesInForce(state.log, partition, state.quarantines)
  }

  /**
   * Reads on to the end, or to the rows of a merged person that the audit of another partition has not released yet.
   * With `force`, the first such rows count as lost. Returns whether it is done, and how many records it read.
   */
  async run({ force }: { readonly force: boolean }): Promise<{ readonly done: boolean; readonly taken: number }> {
    for (let taken = 0; ; taken++) {
      const record = await this.#people.peek()
      if (!record) break
      const type = typeOf(people, record.value) as AuditedRecord['type']
      if (type === 'rows' && this.#waitsFor(record) && !(force && taken === 0)) return { done: false, taken }
      await this.#people.next()
      await this.#audit(type, record)
    }
    for (let rest = await this.#peekDecision(); rest; rest = await this.#peekDecision()) this.#afterAll(rest)
    return { done: true, taken: 1 }
  }

  /** Audits a decision that names a record behind the last: a timer that fired at the end of a history does, and work under way. */
  #afterAll(placed: PlacedDecision): void {
    this.#waiting = null
    const { topic, partition, offset } = placed.decision.provenance.input
    const cut = this.#state.extent.cuts[this.#people.partition] ?? null
    if (cut !== null && topic === people.name && partition === this.#people.partition && offset >= cut) return
    if (isTimer(placed) && topic === people.name && partition === this.#people.partition)
      this.#fired(placed, Number.POSITIVE_INFINITY)
    else this.#stray(placed, 'its input is not on people')
  }

  /** Audits the decision of a timer, which fires before the record that it names and is due by then. */
  #fired(timer: PlacedDecision, at: Time): void {
    const { subject, time } = timer.decision
    if (this.#state.moved.has(subject.personId)) this.#stray(timer, `${subject.personId} was merged before it fired`)
    else if (time.decidedAt > at) this.#stray(timer, 'it fired before it was due')
    else this.#decided(timer)
  }

  #waitsFor({ key, value }: LogRecord): boolean {
    return !this.#state.moved.has(key) && !this.#state.inTransit.has(decodeValue(people.types.rows, value).from)
  }

  async #audit(type: AuditedRecord['type'], record: LogRecord): Promise<void> {
    const taken = await this.#takenOn(record.offset)
    await this.#releases.reach(record.offset)
    for (const timer of taken.filter(isTimer)) this.#fired(timer, record.timestamp)
    this.#releases.take(record.offset, type, record.value)
    const active = this.#releases.ofRecord(record.offset, record.key)
    this.#checkTakenAgain(record)
    if (type === 'schema') this.#learn(decodeValue(people.types.schema, record.value))
    const current = {
      type,
      record,
      partition: this.#people.partition,
      versions: this.#versions,
      event: this.#newEvent(type, record, active),
      active,
    }
    if (current.event && isConsent(current.event)) await this.#checkConsent(current.event, record)
    updateBeforeDecision(current, this.#state)
    for (const placed of taken.filter(one => !isTimer(one))) this.#answered(placed, current)
    if (current.event && active && isAsking(current.event, record.timestamp, active))
      this.#checkAnswered(current.event, record)
    updateAfterDecision(current, this.#state)
  }

  #learn(version: EventTypeVersion): void {
    this.#eventTypes.set(version.hash, version)
  }

  /** Checks that every deferred decision of this person that is due was taken again, unless its journey ended. */
  #checkTakenAgain({ key, timestamp }: LogRecord): void {
    const person = this.#state.people.get(key)
    for (const [decisionId, { notBefore, journey }] of person?.waiting ?? []) {
      if (notBefore > timestamp) continue
      person!.waiting.delete(decisionId)
      if (person!.left.has(journey)) continue
      const detail = `it was deferred until ${notBefore}, and not taken again`
      this.#state.findings.check(law, { decisionId, position: null }, detail)
    }
  }

  /** Returns the event of this record where it counts here: not at a merged person, and not a second time. */
  #newEvent(
    type: AuditedRecord['type'],
    { key, value, timestamp }: LogRecord,
    active: ActiveRelease | null,
  ): PersonEvent | null {
    if (type !== 'event') return null
    const event = decodeValue(people.types.event, value)
    // Where records were lost, and the task was let go on behind them, such an event is a dead letter.
    if (builtIn.has(event.type) && !isReadable(event, builtIn.get(event.type)!, this.#versions)) return null
    const id = idOfEventDecision(event, timestamp)
    const { ids, moved, seen } = this.#state
    if (moved.has(key)) {
      if (active?.triggers.has(event.type)) ids.mark(id, marks.forwarded)
      return null
    }
    ids.mark(id, marks.seen)
    const now = withEvent(seen.get(key) ?? [], event, timestamp, active)
    if (now) seen.set(key, now)
    return now && event
  }

  #answered(placed: PlacedDecision, current: AuditedRecord): void {
    const { decision, where } = placed
    const { event, record } = current
    const breach = this.#triggerBreach(decision, current)
    if (breach) {
      this.#stray(placed, breach)
      return
    }
    this.#state.findings.check('ids', where, eventIdBreach(decision, event!, record.timestamp))
    this.#decided(placed, event)
  }

  #triggerBreach({ decisionId, subject, time }: Decision, { event, record, active }: AuditedRecord): string | null {
    const isAsked = event && active && isAsking(event, record.timestamp, active)
    if (!isAsked) return 'the record that it calls its input did not ask for it'
    if (this.#state.ids.marksOf(decisionId) & marks.decided) return 'there is a decision on this event already'
    if (subject.personId !== record.key) return `the event belongs to ${record.key}`
    if (time.occurredAt !== event.occurredAt) return `the event happened at ${event.occurredAt}`
    return time.decidedAt === record.timestamp ? null : `the event was received at ${record.timestamp}`
  }

  #checkAnswered(event: PersonEvent, record: LogRecord): void {
    const { eventId, type } = event
    const decisionId = idOfEventDecision(event, record.timestamp)
    const position = { topic: people.name, partition: this.#people.partition, offset: record.offset }
    const isAnswered = this.#state.ids.marksOf(decisionId) & marks.decided
    this.#state.findings.check(
      law,
      { decisionId, position },
      isAnswered ? null : `${type} '${eventId}' led to no decision`,
    )
  }

  /** Checks that a change of consent is backed by the input record that it names. */
  async #checkConsent({ type, eventId, origin }: PersonEvent, { offset }: LogRecord): Promise<void> {
    const position = { topic: people.name, partition: this.#people.partition, offset }
    const breach = await consentRecordBreach(this.#state.log, type === 'consent_changed' ? eventId : null, origin)
    this.#state.findings.check('consent', { decisionId: '', position }, breach)
  }

  #decided(placed: PlacedDecision, event: PersonEvent | null = null): void {
    const { decision } = placed
    const { provenance, subject } = decision
    const active = this.#releases.ofDecision(provenance.input.offset, subject.personId, provenance.releaseHash)
    const { findings } = this.#state
    if (active?.hash !== decision.provenance.releaseHash)
      findings.check(law, placed.where, `release ${active?.hash ?? 'none'} was in force, not the one it names`)
    const eventBytes = event?.payload.length ?? 0
    if (active) checkDecision(placed, active, this.#state, eventBytes)
    this.#markDecided(placed)
    if (!active) return
    updateWaiting(decision, active, eventBytes, this.#state)
    bookContact(decision, active, this.#state)
  }

  /** Reports a decision that no record, or not this record, asked for. */
  #stray(placed: PlacedDecision, detail: string): void {
    this.#markDecided(placed)
    this.#state.findings.check(law, placed.where, detail)
  }

  #markDecided({ decision: { decisionId }, where }: PlacedDecision): void {
    const { ids, findings } = this.#state
    findings.check('ids', where, ids.marksOf(decisionId) & marks.decided ? 'another decision has this id' : null)
    ids.mark(decisionId, marks.decided)
  }

  /** Reads the decisions that were taken on this record of `people`. */
  async #takenOn(offset: number): Promise<readonly PlacedDecision[]> {
    const taken: PlacedDecision[] = []
    for (let next = await this.#peekDecision(); next; next = await this.#peekDecision()) {
      const { input } = next.decision.provenance
      const isHere = input.topic === people.name && input.partition === this.#people.partition
      if (isHere && input.offset > offset) break
      this.#waiting = null
      if (isHere && input.offset === offset) taken.push(next)
      else this.#stray(next, `it stands among the decisions on people/${this.#people.partition}/${offset}`)
    }
    return taken
  }

  /** Returns the next decision without consuming it. Its place in the chain is checked when it is read. */
  async #peekDecision(): Promise<PlacedDecision | null> {
    if (this.#waiting) return this.#waiting
    const record = await this.#decisions.next()
    if (!record) return null
    const position = { topic: decisions.name, partition: this.#decisions.partition, offset: record.offset }
    assertOfThisVersion(record.value, position)
    const decision = decisionIn(record)
    if (typeof decision === 'string') {
      this.#state.findings.check('chain', { decisionId: '', position }, decision)
      return this.#peekDecision()
    }
    const where = { decisionId: decision.decisionId, position }
    this.#chain.check(decision, record.value, where, this.#state.findings)
    this.#waiting = { decision, where }
    return this.#waiting
  }
}

const isTimer = ({ decision }: PlacedDecision): boolean => decision.trigger.eventId === ''

/** The laws of an earlier version were others: its ids and variables would count as violations, or as never checked. */
function assertOfThisVersion(value: Uint8Array, { topic, partition, offset }: Position): void {
  const id = schemaIdOf(value)
  if (id === Decision.id || !Decision.reads(id)) return
  throw new ConnectorError(
    'log-of-other-version',
    `${topic}/${partition} offset ${offset}: another version of JOAI wrote this decision; verify the log with that version`,
  )
}

/** Decodes the decision of a record; returns a message where the record holds none. */
function decisionIn({ value }: LogRecord): Decision | string {
  try {
    typeOf(decisions, value)
    return decodeValue(decisions.types.decision, value)
  } catch (error) {
    if (error instanceof BadRecord) return `it can't be read: ${error.message}`
    throw error
  }
}

const isConsent = ({ type }: PersonEvent): boolean => type === 'consent_changed' || type === 'consent_unreadable'
