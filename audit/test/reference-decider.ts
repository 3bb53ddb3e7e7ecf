import { createHash } from 'node:crypto'
import { openMemoryLog } from '../../connectors/embedded/memory-log.ts'
import type { Release } from '../../operators/release/release.ts'
import { firstCatalog } from '../../schemas/catalog/first-catalog.ts'
import type { Schema } from '../../schemas/codec/schema.ts'
import { type EventType, eventTypes } from '../../schemas/event-data.ts'
import {
  type ConsentChange,
  type ConsentChanged,
  type ConsentStatus,
  Decision,
  type PersonEvent,
  type ReceiptKind,
  type Reward,
  type Send,
} from '../../schemas/generated.ts'
import type { RecordType } from '../../schemas/record.ts'
import { sendsOn, topics } from '../../schemas/topics.ts'
import { encodeValue, headerLength, writeFrame } from '../../schemas/wire.ts'
import type { Cause, Log, OutputRecord } from '../../topology/log/log.ts'
import {
  type DecisionInput,
  type IgnoredLimit,
  type ReferenceContact,
  type ReferenceTrigger,
  referenceDecision,
  referenceId,
} from './reference-decision.ts'

const { channels } = firstCatalog.declaration

/** A record and where it goes on its topic. */
interface Placed<T> {
  readonly partition: number
  readonly timestamp: number
  readonly cause: Cause
  value: T
}

interface Wanted {
  /** The action that the draw must give; 'silence', or '' for a deferral. */
  readonly want: string
  readonly type?: EventType
  readonly ignore?: readonly IgnoredLimit[]
  readonly name?: string
  /** The id of the event. By default one by which the draw gives what is wanted; otherwise its tokens differ until it does. */
  readonly eventId?: string
  readonly source?: string
  /** For how long the event took to arrive. */
  readonly age?: number
}

const attemptsMax = 2_000
const timer = { source: '', eventId: '', identifiedBy: '', type: 'agenda' }
const { people, decisions, rewards, consents } = topics

/** For tests: decides by simple formulas and writes the records of a deciding task, which a test may tamper with before `log`. */
export class ReferenceDecider {
  readonly decisions: Placed<Decision>[] = []
  readonly sends: (Placed<Send> & { topic: string })[] = []
  readonly rewards: Reward[] = []
  readonly consents: ConsentChange[] = []
  readonly #release: Release
  readonly #hash: string
  readonly #people: OutputRecord[] = []
  readonly #ends: number[]
  readonly #contacts = new Map<string, ReferenceContact[]>()
  readonly #statements = new Map<string, NonNullable<DecisionInput['statement']>>()
  readonly #deferred = new Map<string, Decision>()
  readonly #partitionOf: (personId: string) => number
  readonly #idOf: DecisionInput['idOf']

  constructor(
    release: Release,
    partitionOf: (personId: string) => number = () => 0,
    partitions = 1,
    idOf: DecisionInput['idOf'] = referenceId,
  ) {
    const document = JSON.stringify(release)
    this.#release = release
    this.#hash = createHash('sha256').update(document).digest('hex')
    this.#ends = new Array<number>(partitions).fill(0)
    this.#partitionOf = partitionOf
    this.#idOf = idOf
    const control = { controlId: release.release, kind: 'release', document, hash: this.#hash } as const
    for (let partition = 0; partition < partitions; partition++)
      this.#put(partition, '', people.types.control, control, 0)
  }

  /** Adds an event at its person without a decision, and remembers what it changes. Returns the id that a decision on it would have. */
  event(personId: string, type: EventType, data: object, at: number, eventId: string): string {
    const offset = this.#event(personId, type, data, at, { eventId })
    const { actionId, channel, status } = data as { actionId: string; channel: string; status: ConsentStatus }
    const action = this.#release.actions.find(({ id }) => id === actionId)
    if (type === 'exposure') this.#contactsOf(personId).push({ id: eventId, at, channel, action, imported: true })
    const kind = type === 'consent_changed' ? 'consent' : 'event'
    const id = this.#idOf([kind, '', eventId, personId, at])
    if (type !== 'consent_changed') return id
    this.#statements.set(personId, {
      status,
      origin: { topic: consents.name, partition: 0, offset: this.consents.length - 1 },
    })
    if (status === 'withdrawn') for (const { id } of this.#contactsOf(personId)) this.#cancel(id, at, offset)
    return id
  }

  /** Adds an event that triggers a decision, with an id by which the draw gives what is wanted. Returns the decision. */
  trigger(
    personId: string,
    at: number,
    { want, type = 'order_completed', ignore = [], name = 'order', age = 0, source = '', eventId }: Wanted,
  ): Decision {
    const data = type === 'order_completed' ? { orderId: name, value: 1, lines: [] } : { url: name }
    for (let attempt = 0; attempt < attemptsMax; attempt++) {
      const own = eventId ?? `${name}-${personId}-${at}-${attempt}`
      const identifiedBy = eventId === undefined ? personId : `${personId} device.${attempt}`
      const trigger = { source, eventId: own, identifiedBy, type, deferred: [] }
      const decided = this.#decide(personId, at, trigger, ignore)
      if (decided.outcome.actionId !== want) continue
      const decision = { ...decided, time: { ...decided.time, occurredAt: at - age } }
      this.#event(personId, type, data, at, { ...trigger, occurredAt: at - age })
      this.#book(decision)
      return decision
    }
    throw new Error(`no draw for ${personId} gives '${want}'`)
  }

  /** Adds a tick to every partition, and repeats the deferred decisions that are due by then. */
  tick(at: number): void {
    for (let partition = 0; partition < this.#ends.length; partition++) {
      for (const [personId, { decisionId, time }] of this.#deferred) {
        if (this.#partitionOf(personId) !== partition || time.notBefore! > at) continue
        this.#deferred.delete(personId)
        const again = this.#decide(personId, time.notBefore!, { ...timer, deferred: [decisionId] }, [])
        this.#book({ ...again, time: { ...again.time, occurredAt: time.occurredAt } })
      }
      this.#put(partition, '', people.types.tick, { at }, at)
    }
  }

  /** Adds a tick, and before it a decision of the agenda that repeats this one, whether or not it waits. */
  repeat(personId: string, decisionId: string, at: number): void {
    const partition = this.#partitionOf(personId)
    this.#book(this.#decide(personId, at, { ...timer, deferred: [decisionId] }, []))
    this.#put(partition, '', people.types.tick, { at }, at)
  }

  /** Adds a receipt, and returns the contact of a bounce. */
  receipt(personId: string, decisionId: string, kind: ReceiptKind, at: number): void {
    const origin = { topic: 'receipts', partition: 0, offset: 0 }
    const receipt = {
      ...{ personId, receiptId: `${kind}-${decisionId}`, decisionId, kind, value: 0, occurredAt: at, origin },
      source: '',
    }
    this.#put(this.#partitionOf(personId), personId, people.types.receipt, receipt, at)
    if (kind === 'bounced') this.#returnContact(personId, decisionId)
  }

  /** Adds a merge as it shows on `people`, with an exposure of the merged person that is forwarded. */
  merge(from: string, to: string, at: number, late: { readonly eventId: string; readonly actionId: string }): void {
    this.#put(this.#partitionOf(from), from, people.types.moved, { personId: from, to }, at)
    const exposure = { actionId: late.actionId, channel: 'push', until: null }
    this.#event(from, 'exposure', exposure, at, late)
    this.#put(this.#partitionOf(to), to, people.types.rows, { personId: to, from, rows: [] }, at)
    this.#contactsOf(to).push(...this.#contactsOf(from))
    this.event(to, 'exposure', exposure, at, late.eventId)
  }

  #event(
    personId: string,
    type: EventType,
    data: object,
    at: number,
    about: Partial<PersonEvent> & Pick<PersonEvent, 'eventId'>,
  ): number {
    const { eventId, occurredAt = at, source = '', identifiedBy = personId } = about
    const partition = this.#partitionOf(personId)
    const isConsent = type === 'consent_changed'
    if (isConsent) this.consents.push({ eventId, identifiers: [], source, change: data as ConsentChanged })
    const offset = isConsent ? this.consents.length - 1 : this.#ends[partition]!
    const isUnreadable = type === 'consent_unreadable'
    const topic = isConsent || isUnreadable ? consents.name : 'events'
    const origin = { topic, partition: 0, offset: isUnreadable ? 0 : offset }
    const payload = (eventTypes[type] as unknown as Schema<object>).encode(data)
    const event = { personId, eventId, type, occurredAt, source, origin, payload, identifiedBy, schema: '' }
    return this.#put(partition, personId, people.types.event, event, at)
  }

  #put<T>(partition: number, key: string, type: RecordType<T>, value: NoInfer<T>, timestamp: number): number {
    this.#people.push({ topic: people.name, partition, key, value: encodeValue(type, value), timestamp })
    return this.#ends[partition]!++
  }

  #contactsOf(personId: string): ReferenceContact[] {
    const contacts = this.#contacts.get(personId) ?? []
    this.#contacts.set(personId, contacts)
    return contacts
  }

  #returnContact(personId: string, decisionId: string): void {
    this.#contacts.set(
      personId,
      this.#contactsOf(personId).filter(({ id }) => id !== decisionId),
    )
  }

  /** Cancels what was sent for marketing, as a withdrawal does. It may have been delivered, so the contact stays. */
  #cancel(decisionId: string, at: number, offset: number): void {
    const sent = this.sends.find(({ value }) => value.decisionId === decisionId && value.purpose === 'marketing')
    if (!sent) return
    const value: Send = { ...sent.value, kind: 'cancel', reason: 'consent-withdrawn' }
    this.sends.push({ ...sent, value, timestamp: at, cause: { ...sent.cause, position: offset } })
  }

  #decide(personId: string, at: number, trigger: ReferenceTrigger, ignore: readonly IgnoredLimit[]): Decision {
    const partition = this.#partitionOf(personId)
    const input = { topic: people.name, partition, offset: this.#ends[partition]! }
    const person = { personId, contacts: this.#contactsOf(personId), statement: this.#statements.get(personId) }
    return referenceDecision({
      release: this.#release,
      hash: this.#hash,
      ...person,
      at,
      input,
      trigger,
      ignore,
      idOf: this.#idOf,
    })
  }

  #book(decision: Decision): void {
    const { decisionId, outcome, subject, time, provenance } = decision
    const { personId } = subject
    const { partition, offset } = provenance.input
    const cause = { source: `deciding/people/${partition}`, position: offset, n: 1, causeId: decisionId, path: [0] }
    const place = { partition, timestamp: time.decidedAt, cause }
    this.decisions.push({ ...place, value: decision })
    if (outcome.kind === 'DEFER') this.#deferred.set(personId, decision)
    const { actionId, treatmentId, channel, idempotencyKey } = outcome
    const action = this.#release.actions.find(({ id }) => id === actionId)
    if (!action) return
    const send: Send = {
      ...{
        decisionId,
        idempotencyKey,
        kind: 'send',
        personId,
        actionId,
        treatmentId,
        channel,
        purpose: action.purpose,
      },
      ...{ addressToken: '', parameters: {}, notBefore: null, expiresAt: null, reason: '' },
    }
    this.sends.push({ ...place, topic: `sends.${channel}`, value: send })
    this.#contactsOf(personId).push({ id: decisionId, at: time.decidedAt, channel, action, imported: false })
  }

  /**
   * Writes the log with the decisions chained; `edit` changes the chained decisions. They are written by `schema`, which
   * may be an earlier version and then has this id.
   */
  async log(
    edit: (chained: readonly Decision[]) => readonly Decision[] = chained => chained,
    schema: Schema<Decision> = Decision,
    id = schema.id,
  ): Promise<Log> {
    const written = (value: Decision): Uint8Array => {
      const bytes = schema.encode(value, headerLength)
      writeFrame(bytes, id)
      return bytes
    }
    const log = openMemoryLog()
    const partitions = this.#ends.length
    for (const { name } of [...Object.values(topics), ...channels.map(sendsOn)]) await log.createTopic(name, partitions)
    await log.append(this.#people)
    for (let partition = 0; partition < partitions; partition++) {
      const own = this.decisions.filter(placed => placed.partition === partition).map(({ value }) => value)
      const to = { topic: decisions.name, partition, timestamp: 0 }
      const chained = edit(chain(own, schema))
      await log.append(chained.map(value => ({ ...to, key: '', value: written(value) })))
    }
    const type = sendsOn('email').types.send
    await log.append(this.sends.map(send => ({ ...send, key: '', value: encodeValue(type, send.value) })))
    const paid = { topic: rewards.name, partition: 0, key: '', timestamp: 0 }
    await log.append(this.rewards.map(reward => ({ ...paid, value: encodeValue(rewards.types.reward, reward) })))
    const recorded = { topic: consents.name, partition: 0, key: '', timestamp: 0 }
    await log.append(this.consents.map(change => ({ ...recorded, value: encodeValue(consents.types.consent, change) })))
    return log
  }
}

function chain(own: readonly Decision[], schema: Schema<Decision>): readonly Decision[] {
  let previousHash = ''
  return own.map(decision => {
    const hash = createHash('sha256').update(previousHash).update(schema.encode(decision)).digest('hex')
    const chained = { ...decision, provenance: { ...decision.provenance, previousHash, hash } }
    previousHash = hash
    return chained
  })
}
