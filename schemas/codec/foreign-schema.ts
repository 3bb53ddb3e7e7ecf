import avro from 'avsc'
import { asBuffer } from './bytes.ts'
import { strictly } from './strict-text.ts'
import { boundedTypes } from './type-hook.ts'

/** Decodes what someone else's schema wrote. */
export interface ForeignSchema {
  /**
   * Decodes bytes behind a header to plain values: records and maps are objects, symbols are texts, unions are the value
   * itself, bytes are texts in base64. A decimal is a number, a date a text, a time in microseconds one in milliseconds.
   * Throws an Error on bytes that are no such value.
   */
  decode(bytes: Uint8Array, headerLength: number): unknown
}

const microsecond = 1000
const dayMs = 86_400_000

class Micros extends avro.types.LogicalType {
  override _fromValue(micros: number): number {
    return Math.floor(micros / microsecond)
  }
}

class Day extends avro.types.LogicalType {
  override _fromValue(days: number): string {
    return new Date(days * dayMs).toISOString().slice(0, 10)
  }
}

class Decimal extends avro.types.LogicalType {
  readonly #scale: number
  constructor(json: avro.Schema, options?: object) {
    super(json as never, options as never)
    this.#scale = (json as { readonly scale?: number }).scale ?? 0
  }

  override _fromValue(bytes: Uint8Array): number {
    let unscaled = 0n
    for (const byte of bytes) unscaled = (unscaled << 8n) | BigInt(byte)
    return Number(`${BigInt.asIntN(8 * bytes.length, unscaled)}e-${this.#scale}`)
  }
}

const logicalTypes = {
  'timestamp-micros': Micros,
  'local-timestamp-micros': Micros,
  'time-micros': Micros,
  date: Day,
  decimal: Decimal,
} as unknown as NonNullable<avro.ForSchemaOptions['logicalTypes']>

/** Makes the decoder of a schema that is not ours; throws an Error where the text is no Avro schema. */
export function foreignSchema(json: string): ForeignSchema {
  const type = avro.Type.forSchema(JSON.parse(json) as avro.Schema, {
    typeHook: boundedTypes,
    wrapUnions: true,
    logicalTypes,
  })
  return {
    decode(bytes, headerLength) {
      const { value, offset } = strictly(() => type.decode(asBuffer(bytes), headerLength))
      if (offset !== bytes.length) throw new RangeError('bytes of another length')
      return plain(type, value)
    },
  }
}

function plain(type: avro.Type, value: unknown): unknown {
  if (value === null || value === undefined) return null
  if (ArrayBuffer.isView(value)) return base64(value as Uint8Array)
  switch (type.typeName) {
    case 'union:wrapped': {
      const [branch, inner] = Object.entries(value as object)[0]!
      const { types } = type as unknown as { readonly types: readonly avro.Type[] }
      return plain(types.find(one => (one.branchName ?? one.typeName) === branch)!, inner)
    }
    case 'record':
      return Object.fromEntries(
        (type as avro.types.RecordType).fields.map(field => [
          field.name,
          plain(field.type, (value as Readonly<Record<string, unknown>>)[field.name]),
        ]),
      )
    case 'array':
      return (value as readonly unknown[]).map(one => plain((type as avro.types.ArrayType).itemsType, one))
    case 'map': {
      const { valuesType } = type as avro.types.MapType
      return Object.fromEntries(Object.entries(value as object).map(([name, one]) => [name, plain(valuesType, one)]))
    }
    default:
      return value
  }
}

const base64 = (bytes: Uint8Array): string => btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join(''))
