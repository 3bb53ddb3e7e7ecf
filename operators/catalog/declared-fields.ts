import type { AvroSchema } from '../../schemas/codec/schema.ts'
import { insteadOf, type Path, type Report } from '../release/problem.ts'
import { avroOf, fieldTypes, type SimpleType } from './field-types.ts'

/** What a catalog file says of a field: its type, or more. */
export type FieldFile = string | FieldEntry

interface FieldEntry {
  readonly type: string
  readonly doc?: string
  readonly required?: boolean
  readonly default?: unknown
  /** The names that it had before. */
  readonly was?: readonly string[]
  readonly personal?: boolean
  readonly card?: boolean
  readonly health?: boolean
  readonly fields?: FieldsFile
  readonly of?: FieldFile
}

/** The fields of an event type or of a record, by name. */
export type FieldsFile = Readonly<Record<string, FieldFile>>

/** The classes of data that a field may be of. */
const fieldClasses = ['personal', 'card', 'health'] as const
const levelsMax = 8

/** Makes the Avro record of declared fields; `name` is the record's, in words joined by capitals. */
export function declaredRecord(name: string, fields: FieldsFile, path: Path, report: Report): AvroSchema {
  return {
    type: 'record',
    name,
    fields: Object.entries(fields).map(([key, field]) => avroField(name, key, field, [...path, key], report)),
  }
}

function avroField(record: string, name: string, file: FieldFile, path: Path, report: Report) {
  const field = entryOf(file)
  const type = avroType(`${record}${capitalized(name)}`, field, path, report)
  const classes = fieldClasses.filter(one => field[one])
  const isGiven = field.default !== undefined && field.default !== null
  if (field.required && field.default !== undefined)
    report([...path, 'default'], `'${name}' is required and has a default`, "remove 'required' or 'default'")
  else if (isGiven && !fits(field.default, field.type))
    report([...path, 'default'], `the default of '${name}' is no ${field.type}`, defaultRemedy(field.type))
  return {
    name,
    ...(field.doc ? { doc: field.doc } : {}),
    ...(isGiven
      ? { type, default: field.default as AvroSchema }
      : field.required
        ? { type }
        : { type: ['null', type], default: null }),
    ...(field.was ? { aliases: field.was } : {}),
    ...(classes.length > 0 ? { classes } : {}),
  }
}

function avroType(name: string, field: FieldEntry, path: Path, report: Report): AvroSchema {
  const { type } = field
  for (const [key, of] of [
    ['fields', 'record'],
    ['of', 'list'],
  ] as const) {
    if (field[key] !== undefined && type !== of)
      report([...path, key], `a ${type} has no '${key}'`, `remove it, or write type: ${of}`)
    if (field[key] === undefined && type === of)
      report(path, `a ${of} needs '${key}'`, key === 'of' ? "add 'of:', the type of its elements" : "add 'fields:'")
  }
  if (path.length > 2 * levelsMax + 2) report(path, `fields nest deeper than ${levelsMax} levels`, 'write fewer levels')
  if (type === 'record') return declaredRecord(name, field.fields ?? {}, [...path, 'fields'], report)
  if (type === 'list')
    return { type: 'array', items: avroType(name, entryOf(field.of ?? 'text'), [...path, 'of'], report) }
  if ((fieldTypes as readonly string[]).includes(type)) return avroOf(type as SimpleType)
  report(path, `'${type}' is no type of a field`, insteadOf(type, fieldTypes))
  return 'string'
}

const entryOf = (file: FieldFile): FieldEntry => (typeof file === 'string' ? { type: file } : file)

/** The JavaScript type of the values of a simple type. */
const kinds: Readonly<Record<string, string>> = {
  number: 'number',
  whole: 'number',
  text: 'string',
  date: 'string',
  flag: 'boolean',
}

function fits(value: unknown, type: string): boolean {
  if (type === 'list') return Array.isArray(value) && value.length === 0
  if (type === 'date') return typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value)
  return typeof value === kinds[type] && (type !== 'whole' || Number.isSafeInteger(value))
}

const defaultRemedy = (type: string): string =>
  type === 'list' ? 'write []' : type in kinds ? `write a ${type}` : 'remove it: it is absent where it is not given'

/** Writes a name with a capital at the start of each word, and without what is between words. */
export const capitalized = (name: string): string =>
  name.replace(/(^|[_-])([a-z0-9])/gi, (_, __, letter: string) => letter.toUpperCase())
