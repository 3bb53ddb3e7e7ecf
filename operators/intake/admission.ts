import { builtInEvent } from '../../schemas/catalog/built-in-events.ts'
import type { Catalog } from '../../schemas/catalog/catalog.ts'
import type { EventFields, EventSchema } from '../../schemas/catalog/event-schema.ts'
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
import { dataTimesError, typedData, typeIn } from './event-data.ts'
import { readWords } from './profile-words.ts'
import { referenceError, referenceUpdate } from './reference-changes.ts'

/** Validates all input, rejects unusable records with a reason, and replaces personal identifiers by tokens. */
export const admission = ({ secret, catalog }: { readonly secret: string; readonly catalog: Catalog }) => {
  const token = tokens(secret)

  /** Tells the person of a consent that can't be used that no is assumed; nobody where its identifiers can't be used either. */
  function closed(unread: UnreadableConsent, receivedAt: Time, origin: LogPosition) {
    const usable = unread.identifiers.filter(one => identifiersError([one]) === null).slice(0, identifiersMax)
    const assumed = usable.length > 0 ? assumedNo(unread, catalog.declaration, receivedAt) : null
    if (assumed === null) return []
    const schema = builtInEvent('consent_unreadable').hash
    const about = { type: 'consent_unreadable', occurredAt: receivedAt, source: '', origin, identifiedBy: '', schema }
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
        const { eventId, occurredAt, source } = value
        const unnamed = idError('event', eventId) ?? sourceError(source)
        if (unnamed) return { reject: unnamed }
        const own = typeIn(catalog, value.type)
        if (own === undefined) return { reject: unknownType }
        const typed = typedData(value, own, catalog)
        if (typed.error) return { reject: typed.error }
        const refused = eventError(value, typed.fields, own, receivedAt)
        if (refused) return { reject: refused }
        const { name: type, hash } = own
        const { data, reject } = readWords(type, typed.fields)
        const payload = own.schema.encode(data)
        const observed = {
          tokens: value.identifiers.map(token),
          eventId,
          type,
          occurredAt,
          source,
          origin,
          payload,
          identifiedBy: '',
          schema: hash,
        }
        const emit = [to('observed', observed)]
        return reject ? { reject, emit } : { emit }
      },
      consent({ value, receivedAt, position: origin }) {
        const { eventId, source, change, identifiers } = value
        const reject = consentError(value, catalog.declaration, receivedAt)
        if (reject)
          return { reject, emit: closed({ identifiers, ...change, channel: change.channel ?? '' }, receivedAt, origin) }
        const payload = ConsentChanged.encode(spelt(change, catalog.declaration))
        const about = { eventId, type: 'consent_changed', occurredAt: change.recordedAt, source, origin }
        const schema = builtInEvent('consent_changed').hash
        return {
          emit: [to('observed', { tokens: identifiers.map(token), ...about, payload, identifiedBy: '', schema })],
        }
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

const unknownType: ValidationError = { reason: 'unknown-type', detail: 'the event type is not known here' }

function eventError(
  { occurredAt, identifiers }: CustomerEvent,
  fields: EventFields,
  type: EventSchema,
  receivedAt: Time,
): ValidationError | null {
  return (
    timeError('happened', occurredAt, receivedAt) ??
    dataTimesError(fields, type, receivedAt) ??
    identifiersError(identifiers) ??
    lengthError(fields) ??
    numberError(fields) ??
    cardNumberError(fields, type.classes.card)
  )
}

const receiptError = ({ receiptId, source, decisionId, personId, occurredAt, value }: Receipt, receivedAt: number) =>
  idError('receipt', receiptId) ??
  sourceError(source) ??
  idError('decision', decisionId) ??
  idError('person', personId) ??
  timeError('happened', occurredAt, receivedAt) ??
  numberError(value)
