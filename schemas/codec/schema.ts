import avro from 'avsc'
import { asBuffer } from './bytes.ts'
import { lenientReader, resolverOf } from './resolution.ts'
import { boundedTypes } from './type-hook.ts'

/** Types a value for the compiler only: for streams that never leave a sub-topology. */
export interface Shape<T> {
  readonly name: string
  readonly _type?: T
}

/** Encodes and decodes a value as Avro, for a log or a store. */
export interface Schema<T> extends Shape<T> {
  /** Identifies exactly this version of the schema, whatever its docs say. It stands in front of a record's bytes. */
  readonly id: number
  /** The Avro schema, self-contained, as JSON. */
  readonly json: string
  /** @internal The types of this package must not need those of the Avro library, which need Node's. */
  readonly type: avro.Type
  /** Leaves this many bytes free in front and behind, for the caller to fill in. */
  encode(value: T, headerLength?: number, trailerLength?: number): Uint8Array
  /**
   * `writtenBy` is the id of the version that wrote the bytes, if it is another one; `headerLength` counts the bytes in
   * front that do not belong to the value. Throws Unresolvable on a value that its writer's schema allows and this one
   * does not, a RangeError or an Error on bytes that are no such value.
   */
  decode(bytes: Uint8Array, writtenBy?: number, headerLength?: number): T
  /** Tells whether this schema reads the values that the version with this id wrote. */
  reads(id: number): boolean
  /**
   * Makes this schema also read what another version of it wrote, under its id and under the id that it had while docs
   * counted; returns its id. Throws an Error if it can't read any value of that version, unless `isByValue`: then
   * `decode` throws Unresolvable for each.
   */
  alsoRead(json: string, isByValue?: boolean): number
  /** Returns another version that this schema was told to read, by its id, as JSON. */
  otherVersion(id: number): string | undefined
}

/** Names a value that only travels between operators of one sub-topology. */
export const shape = <T>(name: string): Shape<T> => ({ name })

/** An Avro schema as JSON: a name, a union, or a type with attributes. */
export type AvroSchema =
  | string
  | readonly AvroSchema[]
  | { readonly type: AvroSchema; readonly [attribute: string]: unknown }

/** Makes a schema from Avro JSON in code: for your own topologies and for examples. */
export function schema<T>(json: AvroSchema): Schema<T> {
  return wrap<T>(avro.Type.forSchema(json as avro.Schema, { typeHook: boundedTypes }))
}

/**
 * Earlier ids of a schema. An id alone is one from the time when docs counted, of a version that differs in nothing
 * else; the others come with the JSON of their version.
 */
export type EarlierVersions = readonly (number | readonly [id: number, json: string])[]

/**
 * Parses schemas that may refer to earlier ones by name; returns a function that gets one by its full name. A schema
 * also reads what its `earlier` versions wrote.
 */
export function define(
  schemas: string,
  earlier: Readonly<Record<string, EarlierVersions>> = {},
): <T>(name: string) => Schema<T> {
  const registry: { [name: string]: avro.Type } = {}
  for (const json of JSON.parse(schemas) as avro.Schema[])
    avro.Type.forSchema(json, { registry, typeHook: boundedTypes })
  return <T>(name: string) => wrap<T>(registry[name]!, earlier[name])
}

/** Makes a reader of rows that an older version of a schema wrote. */
export function resolving<T>(current: Schema<T>, written: Schema<unknown>): (bytes: Uint8Array) => T {
  const resolver = current.type.createResolver(written.type)
  return bytes => current.type.fromBuffer(asBuffer(bytes), resolver) as T
}

/**
 * Makes a reader of records that another version of a schema wrote, field by field: one that has no equal there, by name or by an
 * alias on either side, or whose value does not fit, has its default or is absent.
 */
export function readingFields<T>(current: Schema<T>, written: Schema<unknown>): (bytes: Uint8Array) => T {
  const reader = lenientReader(current.type, written.type)
  return bytes => current.type.fromBuffer(asBuffer(bytes), reader) as T
}

const slabSize = 64 * 1024
/**
 * PERF: module-level scratch. Values are encoded one behind the other into a slab and returned as views of it, so none
 * is copied or allocated by itself. No byte of a slab is written twice.
 */
let slab = Buffer.allocUnsafeSlow(slabSize)
let slabUsed = 0

/** Gives the resolver for what a version wrote; undefined where its bytes are laid out as ours. */
type Reader = () => object | undefined
const sameLayout: Reader = () => undefined

function wrap<T>(type: avro.Type, earlier: EarlierVersions = []): Schema<T> {
  const json = textOf(type)
  const id = idOf(type)
  const readers = new Map<number, Reader>(
    earlier.map(version => (typeof version === 'number' ? [version, sameLayout] : [version[0], readerOf(version[1])])),
  )

  const others = new Map(earlier.filter(version => typeof version !== 'number'))

  /** Makes the resolver of a version when it is first needed, since most never are. */
  function readerOf(written: string): Reader {
    let resolver: object | undefined
    return () => {
      resolver ??= resolverOf(type, parsed(written))
      return resolver
    }
  }

  return {
    name: type.name ?? type.typeName,
    id,
    json,
    type,
    encode(value, headerLength = 0, trailerLength = 0) {
      let start = slabUsed + headerLength
      // If the value does not fit, `end` is negative and says how many bytes are missing.
      let end = type.encode(value, slab, start)
      const size = (end < 0 ? slab.length - end : end) - start
      if (start + size + trailerLength > slab.length) {
        slab = Buffer.allocUnsafeSlow(Math.max(slabSize, headerLength + size + trailerLength))
        slabUsed = 0
        start = headerLength
        end = type.encode(value, slab, start)
      }
      const bytes = slab.subarray(slabUsed, end + trailerLength)
      slabUsed = end + trailerLength
      return bytes
    },
    decode(bytes, writtenBy = id, headerLength = 0) {
      const { value, offset } = type.decode(
        asBuffer(bytes),
        headerLength,
        writtenBy === id ? undefined : readers.get(writtenBy)?.(),
      )
      if (offset < 0) throw new RangeError('truncated bytes')
      if (offset < bytes.length) throw new RangeError(`${bytes.length - offset} bytes too many`)
      return value as T
    },
    reads: other => other === id || readers.has(other),
    alsoRead(written, isByValue = false) {
      const writer = parsed(written)
      const other = idOf(writer)
      const ids = [other, fingerprint(textOf(writer))].filter(one => one !== id && !readers.has(one))
      if (ids.length > 0) {
        const resolver = other === id ? undefined : resolverOf(type, writer, isByValue)
        for (const one of ids) {
          readers.set(one, () => resolver)
          others.set(one, written)
        }
      }
      return other
    },
    otherVersion: other => others.get(other),
  }
}

/** Tells the name and the id of a schema, however its text is laid out. Throws an Error when it is no Avro schema. */
export function identify(json: string): { readonly name: string; readonly id: number } {
  const type = parsed(json)
  return { name: type.name ?? type.typeName, id: idOf(type) }
}

const parsed = (json: string): avro.Type => avro.Type.forSchema(JSON.parse(json), { typeHook: boundedTypes })
const textOf = (type: avro.Type): string => JSON.stringify(type.schema({ exportAttrs: true }))
const idOf = (type: avro.Type): number => fingerprint(JSON.stringify(withoutDocs(type.schema({ exportAttrs: true }))))

/** Copies a schema without its docs, which may be rewritten at any time. Defaults are values, and stay as they are. */
function withoutDocs(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(withoutDocs)
  if (part === null || typeof part !== 'object') return part
  const kept = Object.entries(part).filter(([key]) => key !== 'doc')
  return Object.fromEntries(kept.map(([key, value]) => [key, key === 'default' ? value : withoutDocs(value)]))
}

/** Hashes the schema's text (FNV-1a, 31 bits) to an id that fits the four bytes of Confluent's wire format. */
function fingerprint(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash & 0x7fffffff
}
