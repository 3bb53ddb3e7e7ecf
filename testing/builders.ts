import { createHash } from 'node:crypto'
import type { EventFields } from '../schemas/catalog/event-schema.ts'
import type { Schema } from '../schemas/codec/schema.ts'
import { type EventData, type EventType, eventTypes } from '../schemas/event-data.ts'
import type { ConsentChanged, CustomerEvent, Identifier, Receipt } from '../schemas/generated.ts'
import type { InputRecord } from '../schemas/input-record.ts'
import type { Time } from '../schemas/record.ts'
import { topics } from '../schemas/topics.ts'
import { releaseRecord } from '../topology/replay/control-record.ts'
import { assertFits } from './misfit.ts'
import { input } from './topology-test.ts'
import { type BuiltEventType, usualFields } from './usual-events.ts'

/** The time of every record for which a test gives none: noon of a Monday, in UTC. */
export const usualTime: Time = Date.UTC(2024, 0, 1, 12)

const usualIdentifiers: readonly Identifier[] = [{ type: 'customer_id', value: 'anna' }]

/** The person, time and source of an event or a consent. */
export interface About {
  /** Time at which it happened; `usualTime` if left out. */
  readonly at?: Time
  /** Time at which the log gets it, in whose order a test's history must be; `at` if left out. */
  readonly receivedAt?: Time
  /** Identifiers, the most reliable first; the customer `anna` if left out. The value of the first is the record's key. */
  readonly identifiers?: readonly Identifier[]
  /** Events with the same id are one event. If left out, the id is a hash of everything else in the event. */
  readonly eventId?: string
  readonly source?: string
}

/**
 * Builds an event of the main topology, as its producer would append it. Of the shipped types, fields that are left out get usual
 * values, and a TypeError names the field that does not fit; those of a catalog's own types are checked by intake.
 */
export function event<T extends string>(
  type: T extends EventType ? never : T,
  fields: EventFields,
  about?: About,
): InputRecord
export function event<T extends BuiltEventType>(type: T, fields?: Partial<EventData<T>>, about?: About): InputRecord
export function event(type: string, fields: EventFields = {}, about: About = {}): InputRecord {
  const { at, receivedAt, identifiers, source } = filled(about)
  const all = { ...usualFields[type as BuiltEventType], ...fields }
  const known = eventTypes[type as BuiltEventType] as Schema<any> | undefined
  if (known) assertFits(known, all)
  const data = { 'joai.OpenData': { fields: all } }
  const eventId = about.eventId ?? idOf(type, at, identifiers, data)
  const value = { eventId, type, occurredAt: at, identifiers, source, schemaVersion: 1, data } as CustomerEvent
  return input(topics.events, 'event', value, { key: identifiers[0]!.value, timestamp: receivedAt })
}

/** Builds a consent record of a person, as its producer would append it; by default a grant for marketing on every channel. */
export function consent(change: Partial<ConsentChanged> = {}, about: About = {}): InputRecord {
  const { at, receivedAt, identifiers, source } = filled(about)
  const usual = { purpose: 'marketing', channel: null, status: 'granted', lawfulBasis: 'consent' } as const
  const times = { effectiveAt: at, recordedAt: at }
  const given: ConsentChanged = { ...usual, jurisdiction: '', wordingVersion: '', ...times, ...change }
  const eventId = about.eventId ?? idOf('consent', at, identifiers, given)
  const value = { eventId, identifiers, source, change: given }
  return input(topics.consents, 'consent', value, { key: identifiers[0]!.value, timestamp: receivedAt })
}

/** Builds the `control` record of a release from its YAML; throws an Error that names each problem, its line and its remedy. */
export const releaseFrom = (yaml: string, { at = usualTime }: { readonly at?: Time } = {}): InputRecord =>
  releaseRecord(yaml, at)

/** Fields of a receipt: it needs the decision that it answers and the person of the send; by default the send was delivered. */
export type ReceiptParts = Pick<Receipt, 'decisionId' | 'personId'> & Partial<Receipt>

/** Builds a receipt, the outcome of a send, as its channel would append it. */
export function receipt(parts: ReceiptParts, { at = usualTime }: { readonly at?: Time } = {}): InputRecord {
  const { kind = 'delivered' } = parts
  const receiptId = `${parts.decisionId}/${kind}`
  const value: Receipt = { receiptId, value: 0, source: '', occurredAt: at, ...parts, kind }
  return input(topics.receipts, 'receipt', value, { key: parts.personId, timestamp: at })
}

function filled({ at = usualTime, receivedAt = at, identifiers = usualIdentifiers, source = '' }: About) {
  if (identifiers.length === 0) throw new TypeError('identifiers: there must be one at least')
  return { at, receivedAt, identifiers, source }
}

/** Returns the same id for the same content, so that no test depends on the records that were built before it. */
const idOf = (...parts: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16)
