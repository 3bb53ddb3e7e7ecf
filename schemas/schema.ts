import avro from 'avsc'
import { boundedArrays } from './bounded-array.ts'

/** What a value looks like, known to the compiler only: for streams that never leave a sub-topology. */
export interface Shape<T> {
  readonly name: string
  readonly _type?: T
}

/** What a value looks like in a log or a store: Avro. */
export interface Schema<T> extends Shape<T> {
  /** Identifies exactly this version of the schema in front of a record's bytes. */
  readonly id: number
  /** The Avro schema, self-contained, as JSON. */
  readonly json: string
  /** @internal The package's types must not need those of the Avro library, which need Node's. */
  readonly type: avro.Type
  /** Leaves room for a header of this many bytes in front, for the caller to fill. */
  encode(value: T, headerLength?: number): Uint8Array
  /** Throws a RangeError or an Error on bytes that are not of this schema. */
  decode(bytes: Uint8Array): T
}

/** Names a value that only travels between operators of one sub-topology. */
export const shape = <T>(name: string): Shape<T> => ({ name })

/** An Avro schema as JSON: a name, a union, or a type with its attributes. */
export type AvroSchema =
  | string
  | readonly AvroSchema[]
  | { readonly type: AvroSchema; readonly [attribute: string]: unknown }

/** An Avro schema given in code: for one's own topologies and examples. */
export function schema<T>(json: AvroSchema): Schema<T> {
  return wrap<T>(avro.Type.forSchema(json as avro.Schema, { typeHook: boundedArrays }))
}

/** Parses schemas that may name each other, in order; answers how to get one by its full name. */
export function define(schemas: string): <T>(name: string) => Schema<T> {
  const registry: { [name: string]: avro.Type } = {}
  for (const json of JSON.parse(schemas) as avro.Schema[])
    avro.Type.forSchema(json, { registry, typeHook: boundedArrays })
  return <T>(name: string) => wrap<T>(registry[name]!)
}

/** The older versions of a row's schema can still be read: `decode` with what was written then. */
export function resolving<T>(current: Schema<T>, written: Schema<unknown>): (bytes: Uint8Array) => T {
  const resolver = current.type.createResolver(written.type)
  return bytes => current.type.fromBuffer(asBuffer(bytes), resolver) as T
}

let scratch = Buffer.allocUnsafe(64 * 1024)

function wrap<T>(type: avro.Type): Schema<T> {
  const json = JSON.stringify(type.schema({ exportAttrs: true }))
  return {
    name: type.name ?? type.typeName,
    id: fingerprint(json),
    json,
    type,
    encode(value, headerLength = 0) {
      let end = type.encode(value, scratch, headerLength)
      if (end < 0) {
        // What was missing is known now; the scratch stays that long.
        scratch = Buffer.allocUnsafe(2 * (scratch.length - end))
        end = type.encode(value, scratch, headerLength)
      }
      const bytes = Buffer.allocUnsafe(end)
      scratch.copy(bytes, headerLength, headerLength, end)
      return bytes
    },
    decode: bytes => type.fromBuffer(asBuffer(bytes)) as T,
  }
}

const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** FNV-1a over the schema's text, 31 bits: fits the four bytes that Confluent's wire format leaves for an id. */
function fingerprint(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash & 0x7fffffff
}
