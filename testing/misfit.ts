import type { Schema } from '../schemas/codec/schema.ts'

/** The most problems that one message names; the rest are counted. */
const namedMax = 3
/** The most names that one message lists. */
const branchesMax = 6

/** The part of the Avro library's type objects that is used here. The library's own types need Node's, which this package must not. */
interface AvroType {
  readonly typeName: string
  readonly name?: string
  readonly types?: readonly AvroType[]
  readonly symbols?: readonly string[]
  readonly fields?: readonly { readonly name: string }[]
}

/** Throws a TypeError that names each field that is unknown or does not fit the schema, and the type that it must have. */
export function assertFits<T>(schema: Schema<T>, value: T): void {
  const problems: string[] = []
  schema.type.isValid(value, {
    noUndeclaredFields: true,
    errorHook(path, found, type) {
      problems.push(problemAt(path, found, type as unknown as AvroType))
    },
  })
  if (problems.length === 0) return
  const more = problems.length > namedMax ? `; and ${problems.length - namedMax} more` : ''
  throw new TypeError(`not a ${schema.name}: ${problems.slice(0, namedMax).join('; ')}${more}`)
}

function problemAt(path: readonly string[], found: unknown, type: AvroType): string {
  const place = path.length === 0 ? 'the value' : `'${path.join('.')}'`
  if (found === undefined) return `${place} is missing: it must be ${wordsFor(type)}`
  if (type.fields && typeof found === 'object' && found !== null) return fieldProblem(place, found, type)
  const branches = type.types?.filter(({ typeName }) => typeName !== 'null') ?? []
  const isOfRecords = branches.length > 0 && branches.every(({ typeName }) => typeName === 'record')
  if (isOfRecords && typeof found === 'object' && found !== null) return branchProblem(place, found, branches)
  return `${place} is ${inShort(found)}: it must be ${wordsFor(type)}`
}

/** Describes the fields of a record that its schema does not have. */
function fieldProblem(place: string, found: object, { fields = [], name }: AvroType): string {
  const known = new Set(fields.map(field => field.name))
  const unknown = Object.keys(found).filter(key => !known.has(key))
  return unknown.length === 0
    ? `${place} is no ${name}`
    : `${place} has '${unknown.join("', '")}', which ${name} does not have: it has ${listed([...known])}`
}

/** Describes a value of a union of records, which must hold one of them under its name. */
function branchProblem(place: string, found: object, branches: readonly AvroType[]): string {
  const keys = Object.keys(found)
  const fitting = branches.find(({ fields = [] }) => {
    const names = new Set(fields.map(({ name }) => name))
    return keys.length > 0 && keys.every(key => names.has(key))
  })
  if (fitting) return `${place} has the fields of ${fitting.name}: put them under that name, { '${fitting.name}': {…} }`
  const names = branches.map(({ name }) => name!)
  const nearest = names.find(name => keys.some(key => isLike(key, name)))
  const known = nearest ?? listed(names)
  return `${place} has no branch '${keys.join("', '")}': it must be { '<name>': {…} } with ${nearest ? 'the name' : 'one of'} ${known}`
}

/** Tells whether two names differ only in namespace, case and separators. */
const isLike = (key: string, name: string): boolean => bare(key) === bare(name)
const bare = (name: string): string =>
  name
    .slice(name.lastIndexOf('.') + 1)
    .replaceAll(/[-_]/g, '')
    .toLowerCase()

const listed = (names: readonly string[]): string =>
  names.length <= branchesMax
    ? names.join(', ')
    : `${names.slice(0, branchesMax).join(', ')} and ${names.length - branchesMax} more`

function wordsFor({ typeName, name, types, symbols }: AvroType): string {
  if (types) return types.map(wordsFor).join(' or ')
  if (symbols) return `one of ${symbols.map(symbol => `'${symbol}'`).join(', ')}`
  return name ?? typeName
}

const textMax = 60

function inShort(value: unknown): string {
  const text = typeof value === 'bigint' ? `${value}n` : (JSON.stringify(value) ?? String(value))
  return text.length <= textMax ? text : `${text.slice(0, textMax)}…`
}
