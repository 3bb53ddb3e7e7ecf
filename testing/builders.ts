import { createHash } from 'node:crypto'
import type { EventData } from '../schemas/event-data.ts'
import type { ConsentChanged, CustomerEvent, Identifier, Receipt } from '../schemas/generated.ts'
import type { InputRecord } from '../schemas/input-record.ts'
import type { Time } from '../schemas/record.ts'
import { topics } from '../schemas/topics.ts'
import { releaseRecord } from '../topology/replay/control-record.ts'
import { input } from './topology-test.ts'
import { type BuiltEventType, branchOf, usualFields } from './usual-events.ts'

/** When all happens that a test gives no time for: noon of a Monday, in UTC. */
export const usualTime: Time = Date.UTC(2024, 0, 1, 12)

const usualIdentifiers: readonly Identifier[] = [{ type: 'customer_id', value: 'anna' }]

/** Whom an event or a consent is about, when it happened, and who tells of it. */
export interface About {
  /** When it happened, and when the log gets it unless `receivedAt` differs; `usualTime` if left out. */
  readonly at?: Time
  /** When the log gets it. A test's history is in order of this time. */
  readonly receivedAt?: Time
  /** The most telling first; the customer `anna` if left out. The first is the key of the record. */
  readonly identifiers?: readonly Identifier[]
  /** Two events with one id are the same event. If left out, it follows from all else that the event says. */
  readonly eventId?: string
  readonly source?: string
}

/**
 * An event of the main topology as its producer would append it. Fields that are not given have usual values. Throws a
 * TypeError that names the field that does not fit.
 */
export function event<T extends BuiltEventType>(
  type: T,
  fields: Partial<EventData<T>> = {},
  about: About = {},
): InputRecord {
  const { at, receivedAt, identifiers, source } = filled(about)
  const data = branchOf(type, { ...(usualFields[type] as object), ...(fields as object) } as EventData<T>)
  const eventId = about.eventId ?? idOf(type, at, identifiers, data)
  const value = { eventId, type, occurredAt: at, identifiers, source, schemaVersion: 1, data } as CustomerEvent
  return input(topics.events, 'event', value, { key: identifiers[0]!.value, timestamp: receivedAt })
}

/** A person's consent, by default to marketing on every channel, as its producer would append it. */
export function consent(change: Partial<ConsentChanged> = {}, about: About = {}): InputRecord {
  const { at, receivedAt, identifiers, source } = filled(about)
  const usual = { purpose: 'marketing', channel: null, status: 'granted', lawfulBasis: 'consent' } as const
  const times = { effectiveAt: at, recordedAt: at }
  const given: ConsentChanged = { ...usual, jurisdiction: '', wordingVersion: '', ...times, ...change }
  const eventId = about.eventId ?? idOf('consent', at, identifiers, given)
  const value = { eventId, identifiers, source, change: given }
  return input(topics.consents, 'consent', value, { key: identifiers[0]!.value, timestamp: receivedAt })
}

/** A release from its YAML, as its record on `control`. Throws an Error that names each problem, its line and its remedy. */
export const releaseFrom = (yaml: string, { at = usualTime }: { readonly at?: Time } = {}): InputRecord =>
  releaseRecord(yaml, at)

/** A receipt needs the decision that it answers, and the person of its send; by default, it says that the send was delivered. */
export type ReceiptParts = Pick<Receipt, 'decisionId' | 'personId'> & Partial<Receipt>

/** What became of a send, as its channel would append it. */
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

/** The same for the same content, so that no test depends on what was built before it. */
const idOf = (...parts: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16)
