import avro from 'avsc'
import { asBuffer } from '../codec/bytes.ts'
import { type AvroSchema, schema } from '../codec/schema.ts'
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
}) as avro.types.RecordType

interface Addressed {
  readonly identifiers: readonly Identifier[]
}

/** Of a consent in another version of its schema only the identifiers: a value elsewhere may be one that ours lacks. */
const addressed = schema<Addressed>({
  type: 'record',
  name: 'joai.ConsentChange',
  fields: beginning.fields.slice(1).map(({ name, type }) => ({ name, type: type.schema() })),
} as unknown as AvroSchema)

/** Reads what can still be read of a record on `consents` that is no consent; null where not even an identifier can. */
export const unreadableConsent = (bytes: Uint8Array): UnreadableConsent | null =>
  isFramed(bytes) ? salvagedAvro(bytes) : salvagedConsent(bytes)

function salvagedAvro(bytes: Uint8Array): UnreadableConsent | null {
  try {
    const { identifiers } = schemaIdOf(bytes) === ConsentChange.id ? begun(bytes) : ofOtherVersion(bytes)
    if (identifiers.length === 0) return null
    return { identifiers, purpose: '', channel: '', status: '', effectiveAt: null }
  } catch {
    return null
  }
}

const nobody: Addressed = { identifiers: [] }

function begun(bytes: Uint8Array): Addressed {
  const { value, offset } = beginning.decode(asBuffer(bytes), headerLength)
  return offset < 0 ? nobody : (value as Addressed)
}

function ofOtherVersion(bytes: Uint8Array): Addressed {
  const id = schemaIdOf(bytes)
  const written = ConsentChange.otherVersion(id)
  if (written === undefined) return nobody
  if (!addressed.reads(id)) addressed.alsoRead(written, true)
  return addressed.decode(bytes, id, headerLength)
}
