import avro from 'avsc'
import { asBuffer } from '../codec/bytes.ts'
import { ConsentChange, type Identifier, type UnreadableConsent } from '../generated.ts'
import { headerLength, isFramed, schemaIdOf } from '../wire.ts'
import { salvagedConsent } from './salvaged-consent.ts'

/** The fields of a consent up to its identifiers. Avro can be decoded up to there, whatever follows. */
const beginning = avro.Type.forSchema({
  type: 'record',
  name: 'BeginningOfConsent',
  fields: (ConsentChange.type as avro.types.RecordType).fields
    .slice(0, 2)
    .map(({ name, type }) => ({ name, type: type.schema() as avro.Schema })),
})

/** Reads what can still be read of a record on `consents` that is no consent; null where not even an identifier can. */
export const unreadableConsent = (bytes: Uint8Array): UnreadableConsent | null =>
  isFramed(bytes) ? salvagedAvro(bytes) : salvagedConsent(bytes)

function salvagedAvro(bytes: Uint8Array): UnreadableConsent | null {
  if (schemaIdOf(bytes) !== ConsentChange.id) return null
  try {
    const { value, offset } = beginning.decode(asBuffer(bytes), headerLength)
    const { identifiers } = value as { readonly identifiers: readonly Identifier[] }
    if (offset < 0 || identifiers.length === 0) return null
    return { identifiers, purpose: '', channel: '', status: '', effectiveAt: null }
  } catch {
    return null
  }
}
