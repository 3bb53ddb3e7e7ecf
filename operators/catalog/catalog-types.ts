import type { CatalogDeclaration } from '../../schemas/catalog/catalog.ts'
import { capitalized } from './declared-fields.ts'

interface AvroField {
  readonly name: string
  readonly doc?: string
  readonly type: unknown
  readonly default?: unknown
}

/** Writes a catalog as TypeScript: an interface for each event type, and a union for each list of words. */
export function catalogTypes({ events, identifiers, purposes, channels, placements }: CatalogDeclaration): string {
  const names = interfaceNames(Object.keys(events))
  const interfaces = Object.entries(events).map(([type, record]) => {
    const { doc, fields } = record as unknown as { readonly doc?: string; readonly fields: readonly AvroField[] }
    return `${comment(doc, '')}export interface ${names.get(type)} ${fieldsOf(fields, '')}`
  })
  return [
    '// Written by `joai types`. Do not edit: write it again when the catalog changes.',
    ...interfaces,
    [
      '/** The fields of each event type. */',
      'export interface EventTypes {',
      ...Object.keys(events).map(type => `  readonly ${type}: ${names.get(type)}`),
      '}',
    ].join('\n'),
    union('EventType', Object.keys(events)),
    union('IdentifierType', Object.keys(identifiers)),
    union('Purpose', purposes),
    union('Channel', channels),
    union('Placement', placements),
    '',
  ].join('\n\n')
}

/** Names of the module that no event type may have. */
const taken: ReadonlySet<string> = new Set([
  'EventTypes',
  'EventType',
  'IdentifierType',
  'Purpose',
  'Channel',
  'Placement',
])

function interfaceNames(types: readonly string[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>()
  const used = new Set(taken)
  for (const type of types) {
    let name = capitalized(type)
    while (used.has(name)) name += '_'
    used.add(name)
    names.set(type, name)
  }
  return names
}

const union = (name: string, words: readonly string[]): string =>
  `export type ${name} = ${words.length === 0 ? 'string' : words.map(word => `'${word}'`).join(' | ')}`

/** Comments must not end early. */
const comment = (doc: string | undefined, indent: string): string =>
  doc === undefined ? '' : `${indent}/** ${doc.replaceAll('*/', '*\\/').replaceAll(/\s+/g, ' ')} */\n`

function fieldsOf(fields: readonly AvroField[], indent: string): string {
  if (fields.length === 0) return '{}'
  const inner = `${indent}  `
  const lines = fields.map(field => {
    const isOptional = field.default !== undefined
    return `${comment(field.doc, inner)}${inner}readonly ${field.name}${isOptional ? '?' : ''}: ${typeOf(field.type, inner)}`
  })
  return `{\n${lines.join('\n')}\n${indent}}`
}

const simple: Readonly<Record<string, string>> = {
  ...{
    boolean: 'boolean',
    int: 'number',
    long: 'number',
    float: 'number',
    double: 'number',
    string: 'string',
    null: 'null',
  },
}

function typeOf(type: unknown, indent: string): string {
  if (Array.isArray(type))
    return type
      .map(branch => typeOf(branch, indent))
      .sort(nullLast)
      .join(' | ')
  if (typeof type === 'string') return simple[type] ?? 'unknown'
  const {
    type: own,
    fields,
    items,
    values,
    symbols,
    logicalType,
  } = type as {
    readonly type: unknown
    readonly fields?: readonly AvroField[]
    readonly items?: unknown
    readonly values?: unknown
    readonly symbols?: readonly string[]
    readonly logicalType?: string
  }
  if (own === 'record') return fieldsOf(fields ?? [], indent)
  if (own === 'array') return `readonly (${typeOf(items, indent)})[]`
  if (own === 'map') return `Readonly<Record<string, ${typeOf(values, indent)}>>`
  if (own === 'enum') return (symbols ?? []).map(symbol => `'${symbol}'`).join(' | ')
  // A time may be written as text, too.
  if (logicalType === 'timestamp-millis') return 'number | string'
  return typeOf(own, indent)
}

const nullLast = (a: string, b: string): number => Number(a === 'null') - Number(b === 'null')
