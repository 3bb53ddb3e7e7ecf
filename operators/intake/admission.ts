import { type EventType, eventTypeOf, eventTypes } from '../../schemas/event-data.ts'
import {
  ConsentChange,
  ConsentChanged,
  ConsentUnreadable,
  Control,
  CustomerEvent,
  Observed,
  PersonReceipt,
  Receipt,
  ReferenceChange,
  ReferenceUpdate,
  UnreadableConsent,
} from '../../schemas/generated.ts'
import type { LogPosition, Time } from '../../schemas/record.ts'
import { tokens } from '../identity/tokens.ts'
import { operator, to } from '../operator.ts'
import type { ValidationError } from '../validation-error.ts'
import { timeError } from '../words/times.ts'
import { idError, identifiersError, identifiersMax, lengthError, numberError, sourceError } from './admission-checks.ts'
import { cardNumberError } from './card-numbers.ts'
import { assumedNo, consentError, spelt } from './consent-reading.ts'
import { controlError } from './control-checks.ts'
import { readWords } from './profile-words.ts'
import { referenceError, referenceUpdate } from './reference-changes.ts'

/** Validates all input, rejects unusable records with a reason, and replaces personal identifiers by tokens. */
export const admission = ({ secret }: { readonly secret: string }) => {
  const token = tokens(secret)

  /** Tells the person of a consent that can't be used that no is assumed; nobody where its identifiers can't be used either. */
  function closed(unread: UnreadableConsent, receivedAt: Time, origin: LogPosition) {
    const usable = unread.identifiers.filter(one => identifiersError([one]) === null).slice(0, identifiersMax)
    const assumed = usable.length > 0 ? assumedNo(unread, receivedAt) : null
    if (assumed === null) return []
    const about = { type: 'consent_unreadable', occurredAt: receivedAt, source: '', origin, identifiedBy: '' }
    // The id of the record may be that of a good one, which must not hide it.
    const eventId = `${origin.topic}/${origin.partition}/${origin.offset}`
    return [
      to('observed', { tokens: usable.map(token), eventId, ...about, payload: ConsentUnreadable.encode(assumed) }),
    ]
  }

  return operator({
    name: 'admission',
    input: {
      event: CustomerEvent,
      consent: ConsentChange,
      unreadable: UnreadableConsent,
      receipt: Receipt,
      reference: ReferenceChange,
      control: Control,
    },
    output: { observed: Observed, receipt: PersonReceipt, reference: ReferenceUpdate, control: Control },
    on: {
      event({ value, receivedAt, position: origin }) {
        const refused = eventError(value, receivedAt)
        if (refused) return { reject: refused }
        const { eventId, occurredAt, source } = value
        const type = eventTypeOf(value.type)!
        const { data, reject } = readWords(type, dataOf(value))
        const payload = eventTypes[type].encode(data as never)
        const observed = {
          tokens: value.identifiers.map(token),
          eventId,
          type,
          occurredAt,
          source,
          origin,
          payload,
          identifiedBy: '',
        }
        const emit = [to('observed', observed)]
        return reject ? { reject, emit } : { emit }
      },
      consent({ value, receivedAt, position: origin }) {
        const { eventId, source, change, identifiers } = value
        const reject = consentError(value, receivedAt)
        if (reject)
          return { reject, emit: closed({ identifiers, ...change, channel: change.channel ?? '' }, receivedAt, origin) }
        const payload = ConsentChanged.encode(spelt(change))
        const about = { eventId, type: 'consent_changed', occurredAt: change.recordedAt, source, origin }
        return { emit: [to('observed', { tokens: identifiers.map(token), ...about, payload, identifiedBy: '' })] }
      },
      unreadable: ({ value, receivedAt, position: origin }) => ({ emit: closed(value, receivedAt, origin) }),
      receipt({ value, receivedAt, position: origin }) {
        const reject = receiptError(value, receivedAt)
        if (reject) return { reject }
        const { personId, receiptId, source, decisionId, kind, value: worth, occurredAt } = value
        const receipt = { personId, receiptId, source, decisionId, kind, value: worth, occurredAt, origin }
        return { emit: [to('receipt', receipt)] }
      },
      reference({ value, receivedAt, position: origin }) {
        const reject = referenceError(value, receivedAt)
        return reject ? { reject } : { emit: [to('reference', referenceUpdate(value, origin))] }
      },
      control({ value }) {
        // A copy goes to every partition, so a bad record is rejected once, here, at its position in the input.
        const reject = idError('control', value.controlId) ?? controlError(value)
        return reject ? { reject } : { emit: [to('control', value)] }
      },
    },
  })
}

const dataOf = ({ type, data }: CustomerEvent): unknown =>
  (data as Readonly<Record<string, unknown>>)[eventTypes[eventTypeOf(type)!].name]

/** The fields of events that say until when something holds. */
export const timeFields: Readonly<Partial<Record<EventType, string>>> = { exposure: 'until', bill_issued: 'dueAt' }

function dataTimeError(event: CustomerEvent, receivedAt: Time): ValidationError | null {
  const field = timeFields[eventTypeOf(event.type)!]
  const at = field === undefined ? null : (dataOf(event) as Readonly<Record<string, Time | null>>)[field]
  return at == null ? null : timeError('holds', at, receivedAt)
}

function eventError(event: CustomerEvent, receivedAt: number): ValidationError | null {
  const error = idError('event', event.eventId) ?? sourceError(event.source)
  if (error) return error
  if (eventTypeOf(event.type) === null) return { reason: 'unknown-type', detail: 'the event type is not known here' }
  const data = dataOf(event)
  if (data === undefined) return { reason: 'type-mismatch', detail: `the data is not of the type ${event.type}` }
  return (
    timeError('happened', event.occurredAt, receivedAt) ??
    dataTimeError(event, receivedAt) ??
    identifiersError(event.identifiers) ??
    lengthError(data) ??
    numberError(data) ??
    cardNumberError(data)
  )
}

const receiptError = ({ receiptId, source, decisionId, personId, occurredAt, value }: Receipt, receivedAt: number) =>
  idError('receipt', receiptId) ??
  sourceError(source) ??
  idError('decision', decisionId) ??
  idError('person', personId) ??
  timeError('happened', occurredAt, receivedAt) ??
  numberError(value)
