import type { Control, Decision, PersonEvent } from '../../schemas/generated.ts'
import { topics } from '../../schemas/topics.ts'
import { BadRecord, decodeValue, typeOf } from '../../schemas/wire.ts'
import type { LogRecord } from '../../topology/log/log.ts'
import { Chain } from './chain.ts'
import { consentRecordBreach } from './consent-record.ts'
import { Cursor } from './cursor.ts'
import { book, foldAfter, foldBefore } from './fold.ts'
import { idOfEventDecision } from './hashes.ts'
import { marks } from './id-table.ts'
import { judge } from './judge.ts'
import { type ActiveRelease, releaseOf, stoppedBy } from './releases.ts'
import type { Where } from './report.ts'
import type { Step } from './step.ts'
import type { World } from './world.ts'

const { people, decisions } = topics
const law = 'one-decision-per-trigger'

interface Held {
  readonly decision: Decision
  readonly where: Where
}

/** Follows one partition of `people`, with the decisions that were taken on it, in the order in which they were. */
export class Walk {
  readonly #world: World
  readonly #people: Cursor
  readonly #decisions: Cursor
  readonly #chain = new Chain()
  #held: Held | null = null
  #active: ActiveRelease | null = null

  constructor(world: World, partition: number) {
    this.#world = world
    this.#people = new Cursor(world.log, people.name, partition)
    this.#decisions = new Cursor(world.log, decisions.name, partition)
  }

  /**
   * Goes on to the end, or until rows of a merged person come that another walk has not let go yet; with `force` the
   * first such rows are taken for lost. Answers whether it is done, and how many records it took.
   */
  async run({ force }: { readonly force: boolean }): Promise<{ readonly done: boolean; readonly taken: number }> {
    for (let taken = 0; ; taken++) {
      const record = await this.#people.peek()
      if (!record) break
      const type = typeOf(people, record.value) as Step['type']
      if (type === 'rows' && this.#waitsFor(record) && !(force && taken === 0)) return { done: false, taken }
      await this.#people.next()
      await this.#step(type, record)
    }
    for (let held = await this.#hold(); held; held = await this.#hold()) this.#stray(held, 'its input is not on people')
    return { done: true, taken: 1 }
  }

  #waitsFor({ key, value }: LogRecord): boolean {
    return !this.#world.moved.has(key) && !this.#world.travelling.has(decodeValue(people.types.rows, value).from)
  }

  async #step(type: Step['type'], record: LogRecord): Promise<void> {
    const held = await this.#takenOn(record.offset)
    if (type === 'control') this.#control(decodeValue(people.types.control, record.value))
    const isTimer = ({ decision }: Held) => decision.trigger.eventId === ''
    // A timer that is due fires before the next record of its person.
    for (const timer of held.filter(isTimer)) {
      const { personId } = timer.decision.subject
      const isTheirs = (type === 'tick' || personId === record.key) && !this.#world.moved.has(personId)
      if (isTheirs) this.#decided(timer)
      else this.#stray(timer, `its input is no record of ${personId}`)
    }
    const step = {
      type,
      record,
      partition: this.#people.partition,
      event: this.#newEvent(type, record),
      active: this.#active,
    }
    if (step.event?.type === 'consent_changed') await this.#checkConsent(step.event, record)
    foldBefore(step, this.#world)
    for (const answer of held.filter(one => !isTimer(one))) this.#answered(answer, step)
    if (step.event && this.#active?.triggers.has(step.event.type)) this.#checkAnswered(step.event, record)
    foldAfter(step, this.#world)
  }

  /** A release lifts the stops before it. */
  #control(control: Control): void {
    const stopped = stoppedBy(control)
    if (stopped === null) this.#active = releaseOf(control) ?? this.#active
    else if (this.#active) this.#active = { ...this.#active, stopped: new Set([...this.#active.stopped, stopped]) }
  }

  /** The event of this record, if it is to be folded here and now. */
  #newEvent(type: Step['type'], { key, value }: LogRecord): PersonEvent | null {
    if (type !== 'event') return null
    const event = decodeValue(people.types.event, value)
    const id = idOfEventDecision(event.eventId)
    const { ids, moved } = this.#world
    if (moved.has(key)) {
      if (this.#active?.triggers.has(event.type)) ids.mark(id, marks.forwarded)
      return null
    }
    if (ids.marksOf(id) & marks.seen) return null
    ids.mark(id, marks.seen)
    return event
  }

  #answered(held: Held, step: Step): void {
    const breach = this.#answerBreach(held.decision, step)
    if (breach) this.#stray(held, breach)
    else this.#decided(held)
  }

  #answerBreach({ decisionId, subject, time }: Decision, { event, record, active }: Step): string | null {
    if (!event || decisionId !== idOfEventDecision(event.eventId) || !active?.triggers.has(event.type))
      return 'the record that it calls its input did not ask for it'
    if (this.#world.ids.marksOf(decisionId) & marks.decided) return 'there is a decision on this event already'
    if (subject.personId !== record.key) return `the event is of ${record.key}`
    return time.decidedAt === record.timestamp ? null : `the event was received at ${record.timestamp}`
  }

  #checkAnswered({ eventId, type }: PersonEvent, record: LogRecord): void {
    const decisionId = idOfEventDecision(eventId)
    const position = { topic: people.name, partition: this.#people.partition, offset: record.offset }
    const isAnswered = this.#world.ids.marksOf(decisionId) & marks.decided
    this.#world.findings.check(
      law,
      { decisionId, position },
      isAnswered ? null : `${type} '${eventId}' led to no decision`,
    )
  }

  /** What a decision relies on must have come in as a record of consent. */
  async #checkConsent({ eventId, origin }: PersonEvent, { offset }: LogRecord): Promise<void> {
    const position = { topic: people.name, partition: this.#people.partition, offset }
    const breach = await consentRecordBreach(this.#world.log, eventId, origin)
    this.#world.findings.check('consent', { decisionId: '', position }, breach)
  }

  #decided(held: Held): void {
    const { decision, where } = held
    const active = this.#active
    if (active?.hash !== decision.provenance.releaseHash)
      this.#stray(held, `release ${active?.hash ?? 'none'} was in force, not the one it names`)
    if (!active) return
    judge(decision, where, active, this.#world)
    this.#world.ids.mark(decision.decisionId, marks.decided)
    book(decision, active, this.#world)
  }

  /** Nothing asked for this decision, or not here, or not so. */
  #stray({ decision, where }: Held, detail: string): void {
    this.#world.ids.mark(decision.decisionId, marks.decided)
    this.#world.findings.check(law, where, detail)
  }

  /** The decisions that were taken when this record of `people` was folded. */
  async #takenOn(offset: number): Promise<readonly Held[]> {
    const taken: Held[] = []
    for (let held = await this.#hold(); held; held = await this.#hold()) {
      const { input } = held.decision.provenance
      const isHere = input.topic === people.name && input.partition === this.#people.partition
      if (isHere && input.offset > offset) break
      this.#held = null
      if (isHere && input.offset === offset) taken.push(held)
      else this.#stray(held, `it stands where decisions on people/${this.#people.partition}/${offset} do`)
    }
    return taken
  }

  /** The next decision, without letting go of it. Its place in the chain is checked as it is taken up. */
  async #hold(): Promise<Held | null> {
    if (this.#held) return this.#held
    const record = await this.#decisions.next()
    if (!record) return null
    const position = { topic: decisions.name, partition: this.#decisions.partition, offset: record.offset }
    const decision = decisionIn(record)
    if (typeof decision === 'string') {
      this.#world.findings.check('chain', { decisionId: '', position }, decision)
      return this.#hold()
    }
    const where = { decisionId: decision.decisionId, position }
    this.#chain.check(decision, where, this.#world.findings)
    this.#held = { decision, where }
    return this.#held
  }
}

/** The decision that a record holds; in words, why it holds none. */
function decisionIn({ value }: LogRecord): Decision | string {
  try {
    typeOf(decisions, value)
    return decodeValue(decisions.types.decision, value)
  } catch (error) {
    if (error instanceof BadRecord) return `it can't be read: ${error.message}`
    throw error
  }
}
