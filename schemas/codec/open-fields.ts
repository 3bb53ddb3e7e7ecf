import type avro from 'avsc'
import { BoundedArray, BoundedMap, type Tap } from './bounded-types.ts'

/** The fields of an event by name, as plain values, lists and objects. */
type Fields = Readonly<Record<string, unknown>>

/** The parts of the library's types that are needed here. */
interface Type {
  readonly typeName: string
  readonly name?: string | undefined
  readonly types: readonly Type[]
  readonly itemsType: Type
  readonly valuesType: Type
  readonly fields: readonly { readonly name: string; readonly type: Type }[]
  _read(tap: Tap): unknown
  _write?(tap: WriteTap, value: unknown): void
}

interface WriteTap {
  writeLong(value: number): void
  writeString(text: string): void
}

/** The name of the record of a field and its value. */
const fieldName = 'joai.OpenField'
/** The most levels that the fields of an event may have. More are refused before the stack of this machine ends. */
const levelsMax = 32

/** Tells whether a schema is that of a list of fields whose values may be of any kind. */
export const isOpenFields = (schema: { readonly items?: unknown }): boolean => {
  const { items } = schema
  if (typeof items === 'string') return items === fieldName
  const { name, namespace } = Object(items) as { readonly name?: string; readonly namespace?: string }
  return name === fieldName || (name === 'OpenField' && (namespace === undefined || namespace === 'joai'))
}

/**
 * The fields of an event, each a name and a value: null, a boolean, a number, a text, a list of these, or further such fields. Here
 * they are plain values: neither the branches of Avro's unions nor the records around fields can be seen. Their bytes are those of a map.
 */
export class OpenFields extends BoundedArray {
  /** The type of a field's value, known once the record of a field is. */
  get valuesType(): Type {
    return (this.itemsType as unknown as Type).fields[1]!.type
  }

  override _read(tap: Tap): never {
    const self = { valuesType: plainly(this.valuesType) }
    return deeper(() => BoundedMap.prototype._read.call(self as never, tap)) as never
  }

  _write(tap: WriteTap, value: unknown): void {
    const entries = Object.entries(value as Fields).filter(([, one]) => one !== undefined)
    if (entries.length > 0) {
      tap.writeLong(entries.length)
      for (const [name, one] of entries) {
        tap.writeString(name)
        writePlain(this.valuesType, tap, one)
      }
    }
    tap.writeLong(0)
  }

  _check(value: unknown, _flags: unknown, hook?: (value: unknown, type: avro.Type) => void): boolean {
    const isOpen = isObject(value) && Object.values(value).every(one => isPlain(one, 1))
    if (!isOpen) hook?.(value, this)
    return isOpen
  }
}

let levels = 0

function deeper<T>(read: () => T): T {
  if (levels >= levelsMax) throw new RangeError(`more than ${levelsMax} levels`)
  levels++
  try {
    return read()
  } finally {
    levels--
  }
}

/** Tells whether a type is the record around fields, or around a map of them, whatever its namespace. */
export const isOpenRecord = ({ name, fields }: Pick<Type, 'name' | 'fields'>): boolean =>
  name !== undefined && /(^|\.)OpenData$/.test(name) && fields.length === 1 && isFields(fields[0]!.type)

/** Tells whether a type is that of fields, or of a map of them. */
export const isFields = ({ typeName, itemsType }: Type): boolean =>
  typeName === 'map' || (typeName === 'array' && isField(itemsType))

/** Whether a type is the record of a name and a value. */
const isField = ({ typeName, fields = [] }: Type): boolean =>
  typeName === 'record' && fields.length === 2 && fields[0]!.name === 'name' && fields[1]!.name === 'value'

/** Reads a value of any type to a plain one: records and maps become objects, symbols of enums texts. */
export function readPlain(type: Type, tap: Tap): unknown {
  const { typeName } = type
  if (typeName.startsWith('union:')) {
    const index = tap.readLong()
    const branch = type.types[index]
    if (branch === undefined) throw new Error(`a union has no branch ${index}`)
    return readPlain(branch, tap)
  }
  if (typeName === 'record' || typeName === 'error') {
    const { fields } = type
    if (isOpenRecord(type)) return readOpenFields(fields[0]!.type, tap)
    return deeper(() => Object.fromEntries(fields.map(field => [field.name, readPlain(field.type, tap)])))
  }
  if (type instanceof OpenFields) return type._read(tap)
  if (typeName === 'array') return type._read.call({ itemsType: plainly(type.itemsType) }, tap)
  if (typeName === 'map') return deeper(() => type._read.call({ valuesType: plainly(type.valuesType) }, tap))
  return type._read(tap)
}

/** Reads fields, or a map of them, which have the same bytes. */
export function readOpenFields(type: Type, tap: Tap): unknown {
  const valuesType = type.typeName === 'map' ? type.valuesType : type.itemsType.fields[1]!.type
  return deeper(() => BoundedMap.prototype._read.call({ valuesType: plainly(valuesType) } as never, tap))
}

/** Stands for a type whose values are read as plain ones, where the bounded reader of a list or a map asks for its items. */
const plainly = (type: Type) => ({ _read: (tap: Tap) => readPlain(type, tap) })

function writePlain({ types }: Type, tap: WriteTap, value: unknown): void {
  const kind = kindOf(value)
  const index = types.findIndex(({ typeName }) => typeName === kind)
  if (index < 0) throw new Error(`a value of an event can't be of type ${typeof value}`)
  const branch = types[index]!
  tap.writeLong(index)
  if (kind === 'array') {
    const items = value as readonly unknown[]
    if (items.length > 0) tap.writeLong(items.length)
    for (const item of items) writePlain(branch.itemsType, tap, item)
    tap.writeLong(0)
  } else if (kind === 'record') branch.fields[0]!.type._write!(tap, value)
  else branch._write!(tap, value)
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (typeof value === 'number') return isLong(value) ? 'long' : 'double'
  if (Array.isArray(value)) return 'array'
  return isObject(value) ? 'record' : typeof value
}

/** The library writes no longs beyond these, and no long is the zero below zero. */
const isLong = (value: number): boolean =>
  Number.isInteger(value) && Math.abs(value) < Number.MAX_SAFE_INTEGER && !Object.is(value, -0)

function isPlain(value: unknown, level: number): boolean {
  if (value === null || value === undefined || ['boolean', 'number', 'string'].includes(typeof value)) return true
  if (Array.isArray(value)) return value.every(one => !Array.isArray(one) && isPlain(one, level))
  return isObject(value) && level < levelsMax && Object.values(value).every(one => isPlain(one, level + 1))
}

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)
