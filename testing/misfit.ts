import type { Schema } from '../schemas/codec/schema.ts'

/** Problems named in one message; the rest are counted. */
const namedMax = 3
/** Branches of a union named in one message. */
const branchesMax = 6

/** What the Avro library tells of a place in a value. Its own types need Node's, which the package must not. */
interface AvroType {
  readonly typeName: string
  readonly name?: string
  readonly types?: readonly AvroType[]
  readonly symbols?: readonly string[]
  readonly fields?: readonly { readonly name: string }[]
}

/** Throws a TypeError that names each field that does not fit the schema or that it does not have, and what must stand there. */
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

/** A record that is none for its own sake has a field that the schema does not know. */
function fieldProblem(place: string, found: object, { fields = [], name }: AvroType): string {
  const known = new Set(fields.map(field => field.name))
  const unknown = Object.keys(found).filter(key => !known.has(key))
  return unknown.length === 0
    ? `${place} is no ${name}`
    : `${place} has '${unknown.join("', '")}', which ${name} does not have: it has ${listed([...known])}`
}

/** A union of records holds one of them under its name. */
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

/** Whether two names say the same but for namespace, case and separators. */
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
