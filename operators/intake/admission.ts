import { type EventType, eventTypes, isEventType } from '../../schemas/event-data.ts'
import {
  ConsentChange,
  ConsentChanged,
  Control,
  CustomerEvent,
  Observed,
  PersonReceipt,
  Receipt,
  ReferenceChange,
  ReferenceUpdate,
} from '../../schemas/generated.ts'
import { tokens } from '../identity/tokens.ts'
import { operator, to } from '../operator.ts'
import type { ValidationError } from '../validation-error.ts'
import { idError, identifiersError, numberError, pastTimeError, sourceError, timeError } from './admission-checks.ts'
import { controlError } from './control-checks.ts'
import { referenceError, referenceUpdate } from './reference-changes.ts'

/** Validates all input, rejects unusable records with a reason, and replaces personal identifiers by tokens. */
export const admission = ({ secret }: { readonly secret: string }) => {
  const token = tokens(secret)
  return operator({
    name: 'admission',
    input: {
      event: CustomerEvent,
      consent: ConsentChange,
      receipt: Receipt,
      reference: ReferenceChange,
      control: Control,
    },
    output: { observed: Observed, receipt: PersonReceipt, reference: ReferenceUpdate, control: Control },
    on: {
      event({ value, receivedAt, position: origin }) {
        const reject = eventError(value, receivedAt)
        if (reject) return { reject }
        const { eventId, type, occurredAt, source } = value
        const payload = eventTypes[type as EventType].encode(dataOf(value) as never)
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
        return { emit: [to('observed', observed)] }
      },
      consent({ value, receivedAt, position: origin }) {
        const { eventId, source, change } = value
        const reject = consentError(value, receivedAt)
        if (reject) return { reject }
        const payload = ConsentChanged.encode(change)
        const about = { eventId, type: 'consent_changed', occurredAt: change.recordedAt, source, origin }
        return { emit: [to('observed', { tokens: value.identifiers.map(token), ...about, payload, identifiedBy: '' })] }
      },
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
  (data as Readonly<Record<string, unknown>>)[eventTypes[type as EventType].name]

function eventError(event: CustomerEvent, receivedAt: number): ValidationError | null {
  const error = idError('event', event.eventId) ?? sourceError(event.source)
  if (error) return error
  if (!isEventType(event.type)) return { reason: 'unknown-type', detail: 'the event type is not known here' }
  const data = dataOf(event)
  if (data === undefined) return { reason: 'type-mismatch', detail: `the data is not of the type ${event.type}` }
  return timeError(event.occurredAt, receivedAt) ?? identifiersError(event.identifiers) ?? numberError(data)
}

function consentError(
  { eventId, source, identifiers, change }: ConsentChange,
  receivedAt: number,
): ValidationError | null {
  const error =
    idError('event', eventId) ??
    sourceError(source) ??
    timeError(change.recordedAt, receivedAt) ??
    pastTimeError(change.effectiveAt) ??
    identifiersError(identifiers)
  if (error) return error
  return change.purpose.trim() === '' ? { reason: 'missing-purpose', detail: 'the purpose is empty' } : null
}

const receiptError = ({ receiptId, source, decisionId, personId, occurredAt, value }: Receipt, receivedAt: number) =>
  idError('receipt', receiptId) ??
  sourceError(source) ??
  idError('decision', decisionId) ??
  idError('person', personId) ??
  timeError(occurredAt, receivedAt) ??
  numberError(value)
