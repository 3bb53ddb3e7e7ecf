import type avro from 'avsc'
import type { Tap as OpenTap } from './bounded-types.ts'
import { isFields, isOpenRecord, OpenFields, readOpenFields, readPlain } from './open-fields.ts'

/** A value that its writer's schema allows and ours does not: a branch, a symbol or a type that our schema lacks. */
export class Unresolvable extends Error {
  constructor(detail: string) {
    super(detail)
    this.name = 'Unresolvable'
  }
}

/**
 * Makes a function that reads what another version of a record wrote, field by field: one that has no equal there, by name or
 * by an alias on either side, or whose value does not fit, has its default or is absent. Records and enums may have any name.
 */
export function lenientReader(reader: avro.Type, writer: avro.Type): object {
  const { read } = new Resolution(true).resolve(reader as unknown as Type, writer as unknown as Type, '')
  return { _readerType: reader, _read: read }
}

/**
 * Makes a resolver for what a writer's schema wrote, by Avro's rules of schema resolution. The library's own resolver
 * refuses two schemas as a whole where any value might not fit; this one refuses the value that does not. Throws
 * Unresolvable when no value of the writer fits, unless `isByValue`: then reading each of them throws it.
 */
export function resolverOf(reader: avro.Type, writer: avro.Type, isByValue = false): object {
  const { read, refusal } = new Resolution().resolve(reader as unknown as Type, writer as unknown as Type, '')
  if (refusal !== null && !isByValue) throw new Unresolvable(refusal)
  return { _readerType: reader, _read: read }
}

type Tap = { readLong(): number; pos: number }
type Read = (tap: Tap) => unknown

/** How one type reads another. A refusal says why no value of it can be read; `read` then throws it. */
interface Resolved {
  read: Read
  refusal: string | null
}

/** The parts of the library's types that are needed here. */
interface Type {
  readonly typeName: string
  readonly name?: string
  readonly aliases?: readonly string[]
  readonly types: readonly Type[]
  readonly itemsType: Type
  readonly valuesType: Type
  readonly symbols: readonly string[]
  readonly default?: string
  readonly size: number
  readonly fields: readonly Field[]
  readonly recordConstructor: new (...values: readonly unknown[]) => unknown
  /** Wraps a value of a union whose branches can't be told apart by their values. */
  readonly _branchConstructor: (new (value: unknown) => unknown) | null
  readonly _read: Read
  readonly _skip: (tap: Tap) => void
}

interface Field {
  readonly name: string
  readonly aliases: readonly string[]
  readonly type: Type
  defaultValue(): unknown
}

/** Which types of a reader a type of a writer may be promoted to. */
const promotions: Readonly<Record<string, readonly string[]>> = {
  int: ['long', 'float', 'double'],
  long: ['float', 'double'],
  float: ['double'],
  string: ['bytes'],
  bytes: ['string'],
}

class Resolution {
  /** Records that are resolved or under way, since a type may contain itself. */
  readonly #records = new Map<Type, Map<Type, Resolved>>()
  readonly #isLenient: boolean

  constructor(isLenient = false) {
    this.#isLenient = isLenient
  }

  resolve(reader: Type, writer: Type, path: string): Resolved {
    if (isUnion(writer)) return this.#fromUnion(reader, writer, path)
    if (isUnion(reader)) return this.#intoUnion(reader, writer, path)
    const kind = kindOf(reader)
    if (reader instanceof OpenFields && isFields(writer as never))
      return readable(tap => readOpenFields(writer as never, tap as OpenTap))
    if (kind !== kindOf(writer)) return promoted(reader, writer, path)
    if (!this.#isLenient && !isNamedAlike(reader, writer))
      return refused(path, `${told(writer)} is not ${told(reader)}`)
    if (kind === 'record') return this.#record(reader, writer, path)
    if (kind === 'enum') return symbols(reader, writer, path)
    if (kind === 'array' || kind === 'map') return this.#items(reader, writer, path)
    if (kind === 'fixed' && reader.size !== writer.size)
      return refused(path, `'${writer.name}' has ${writer.size} bytes, not ${reader.size}`)
    return readable(tap => reader._read(tap))
  }

  #fromUnion(reader: Type, writer: Type, path: string): Resolved {
    const branches = writer.types.map(branch => this.resolve(reader, branch, path))
    const refusals = branches.flatMap(({ refusal }) => (refusal === null ? [] : [refusal]))
    if (refusals.length === branches.length) return refused('', refusals[0]!)
    return readable(tap => {
      const index = tap.readLong()
      const branch = branches[index]
      if (branch === undefined) throw new Error(`a union has no branch ${index}`)
      return branch.read(tap)
    })
  }

  #intoUnion(reader: Type, writer: Type, path: string): Resolved {
    const branch = this.#branchFor(reader.types, writer)
    if (branch === undefined && kindOf(writer) === 'record') {
      const open = reader.types.find(isOpen)
      if (open) return readable(openReader(open, writer))
    }
    if (branch === undefined) return refused(path, `there is no branch for ${told(writer)}`)
    const resolved = this.resolve(branch, writer, path)
    if (resolved.refusal !== null || reader.typeName !== 'union:wrapped') return resolved
    const Branch = branch._branchConstructor
    return readable(Branch === null ? () => null : tap => new Branch(resolved.read(tap)))
  }

  #branchFor(branches: readonly Type[], writer: Type): Type | undefined {
    const alike = branchFor(branches, writer)
    return alike ?? (this.#isLenient ? branches.find(branch => kindOf(branch) === kindOf(writer)) : undefined)
  }

  /** Reads arrays and maps by the reader's own code, which bounds them. An empty one fits whatever its items are. */
  #items(reader: Type, writer: Type, path: string): Resolved {
    const [itemsType, valuesType] = [reader.itemsType ?? null, reader.valuesType ?? null]
    const item = this.resolve(itemsType ?? valuesType, writer.itemsType ?? writer.valuesType, `${path}[]`)
    const items = { _read: item.read }
    const self = { itemsType: items, valuesType: items }
    const { _read } = reader
    return readable(tap => _read.call(self, tap))
  }

  #record(reader: Type, writer: Type, path: string): Resolved {
    const known = this.#records.get(reader) ?? new Map<Type, Resolved>()
    this.#records.set(reader, known)
    const before = known.get(writer)
    if (before !== undefined) return { read: tap => before.read(tap), refusal: before.refusal }
    const resolved: Resolved = readable(() => undefined)
    known.set(writer, resolved)
    Object.assign(resolved, this.#fields(reader, writer, path))
    return resolved
  }

  #fields(reader: Type, writer: Type, path: string): Resolved {
    const places = reader.fields.map(
      field => placeOf(field, writer) ?? (this.#isLenient ? aliasedIn(writer, field) : undefined),
    )
    const missing = reader.fields.find(
      (field, index) => places[index] === undefined && field.defaultValue() === undefined,
    )
    if (missing !== undefined && !this.#isLenient)
      return refused(path, `'${missing.name}' is missing and has no default`)
    const steps = writer.fields.map(({ name, type }, place): Step => {
      const index = places.indexOf(place)
      if (index < 0) return { index, read: skipping(name, type) }
      const resolved = this.resolve(reader.fields[index]!.type, type, path === '' ? name : `${path}.${name}`)
      return this.#isLenient ? { index, read: absentUnlessFitting(resolved.read, type) } : { index, ...resolved }
    })
    const bad = steps.find(({ refusal }) => typeof refusal === 'string')
    return bad ? refused('', bad.refusal!) : readable(recordReader(reader, steps))
  }
}

/** One field of a writer's record: its place in the reader's, or less than 0 if it is skipped. */
interface Step {
  readonly index: number
  readonly read: Read
  readonly refusal?: string | null
}

/** Reads a field, or skips a value of it that does not fit. */
function absentUnlessFitting(read: Read, type: Type): Read {
  return tap => {
    const before = tap.pos
    try {
      return read(tap)
    } catch (error) {
      if (!(error instanceof Unresolvable)) throw error
      tap.pos = before
      type._skip(tap)
      return undefined
    }
  }
}

/** Finds a reader's field in a writer's record that was renamed since: by the aliases of the writer's fields. */
function aliasedIn({ fields }: Type, { name }: Field): number | undefined {
  const place = fields.findIndex(({ aliases }) => aliases.includes(name))
  return place < 0 ? undefined : place
}

/** The branch for the data of events of any type. */
const isOpen = (type: Type): boolean => kindOf(type) === 'record' && isOpenRecord(type)

/** Reads a record of any type as the fields of an event. */
function openReader({ recordConstructor: Open, _branchConstructor: Branch }: Type, writer: Type): Read {
  const read: Read = tap => new Open(readPlain(writer as never, tap as OpenTap))
  return Branch === null ? read : tap => new Branch(read(tap))
}

/** A value that is left undefined gets its default from the constructor. */
function recordReader({ recordConstructor: Record, fields }: Type, steps: readonly Step[]): Read {
  return tap => {
    const values = new Array<unknown>(fields.length)
    for (const { index, read } of steps) {
      const value = read(tap)
      if (index >= 0) values[index] = value
    }
    return new Record(...values)
  }
}

const isUnion = ({ typeName }: Type): boolean => typeName.startsWith('union:')

/** An error is a record that one may throw. */
const kindOf = ({ typeName }: Type): string => (typeName === 'error' ? 'record' : typeName)

const told = (type: Type): string => (type.name === undefined ? `a value of type ${type.typeName}` : `'${type.name}'`)

const readable = (read: Read): Resolved => ({ read, refusal: null })

function refused(path: string, reason: string): Resolved {
  const refusal = path === '' ? reason : `${path}: ${reason}`
  const read = (): never => {
    throw new Unresolvable(refusal)
  }
  return { read, refusal }
}

function promoted(reader: Type, writer: Type, path: string): Resolved {
  if (!isPromotable(reader, writer)) return refused(path, `${told(writer)} is not ${told(reader)}`)
  if (reader.typeName === 'string' || reader.typeName === 'bytes') return readable(tap => reader._read(tap))
  // A long is read in full where it becomes a number of less precision, which rounds it.
  const read: Read = writer.typeName === 'long' ? tap => tap.readLong() : tap => writer._read(tap)
  return readable(reader.typeName === 'float' ? tap => Math.fround(read(tap) as number) : read)
}

const isPromotable = (reader: Type, writer: Type): boolean =>
  promotions[writer.typeName]?.includes(reader.typeName) === true

/** Avro compares names without their namespaces; an alias of the reader counts in full. */
const isNamedAlike = (reader: Type, writer: Type): boolean =>
  isNamedExactly(reader, writer) || lastPart(reader.name!) === lastPart(writer.name!)

const isNamedExactly = (reader: Type, writer: Type): boolean =>
  reader.name === writer.name || writer.name === undefined || reader.aliases?.includes(writer.name) === true

const lastPart = (name: string): string => name.slice(name.lastIndexOf('.') + 1)

/** Finds the branch of a reader's union for a type: of the same name, else of the same kind, else one to promote it to. */
const branchFor = (branches: readonly Type[], writer: Type): Type | undefined =>
  branches.find(branch => kindOf(branch) === kindOf(writer) && isNamedExactly(branch, writer)) ??
  branches.find(branch => kindOf(branch) === kindOf(writer) && isNamedAlike(branch, writer)) ??
  branches.find(branch => isPromotable(branch, writer))

/** Finds a reader's field in a writer's record, by its name or else by an alias. */
function placeOf(field: Field, { fields }: Type): number | undefined {
  for (const name of [field.name, ...field.aliases]) {
    const place = fields.findIndex(one => one.name === name)
    if (place >= 0) return place
  }
  return undefined
}

function symbols(reader: Type, writer: Type, path: string): Resolved {
  const known = writer.symbols.map(symbol => (reader.symbols.includes(symbol) ? symbol : reader.default))
  return readable(tap => {
    const index = tap.readLong()
    const symbol = known[index]
    if (symbol !== undefined) return symbol
    const written = writer.symbols[index]
    if (written === undefined) throw new Error(`'${writer.name}' has no symbol ${index}`)
    throw new Unresolvable(`${path}: '${reader.name}' has no symbol '${written}'`)
  })
}

/** Skips a field that the reader does not have. The library does not check the branch of a union there. */
function skipping(name: string, type: Type): Read {
  return tap => {
    try {
      type._skip(tap)
    } catch (error) {
      if (error instanceof TypeError) throw new Error(`'${name}' has a union without such a branch`)
      throw error
    }
  }
}
