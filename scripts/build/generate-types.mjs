// Writes schemas/generated.ts from the .avsc files: one interface and one schema per named type.
// Plain JavaScript, because it runs before anything is compiled. `node scripts/build/generate-types.mjs`

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import avro from 'avsc'
import { schemaId, withoutDocs } from './schema-id.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'schemas')
const fixtures = join(root, 'test', 'fixtures')
const primitives = {
  null: 'null',
  boolean: 'boolean',
  int: 'number',
  long: 'number',
  float: 'number',
  double: 'number',
  string: 'string',
  bytes: 'Uint8Array',
}

/** Reads the schemas of all .avsc files, in an order in which each stands before those that use it. */
export function schemas() {
  const files = readdirSync(root, { recursive: true })
    .filter(file => file.endsWith('.avsc'))
    .sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1))
  const named = new Map()
  for (const file of files) collect(JSON.parse(readFileSync(join(root, file), 'utf8')), named)
  const read = files.map(file => JSON.parse(readFileSync(join(root, file), 'utf8')))
  return { ordered: inOrder(read, named), named }
}

/** Orders files by top folder and name; folders in between do not count. */
const sortKey = file => join(file.split(sep)[0], basename(file))

/** Generates the text of schemas/generated.ts. */
export function generate() {
  const { ordered, named } = schemas()
  // Fields of any kind are plain values in code.
  const types = [...named.values()]
    .filter(({ name }) => name !== 'OpenField')
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(declare)
  const consts = ordered
    .filter(schema => schema.type === 'record')
    .map(schema => schema.name)
    .sort()
    .map(name => `export const ${name}: Schema<${name}> = schemaOf<${name}>('joai.${name}')`)
  return `// Generated from the .avsc files by scripts/build/generate-types.mjs. Do not edit.
import { define, type Schema } from './codec/schema.ts'

${types.join('\n\n')}

const schemaOf = define(${JSON.stringify(JSON.stringify(ordered))}, ${earlierVersions(ordered)})

${consts.join('\n')}
`
}

/**
 * Writes the earlier versions of the schemas, as the fixtures hold them: the id alone where a version differs in its docs
 * only, else the id and the schema.
 */
function earlierVersions(ordered) {
  const registry = {}
  const current = new Map()
  for (const schema of ordered) {
    const type = avro.Type.forSchema(schema, { registry })
    current.set(type.name, type.schema({ exportAttrs: true }))
  }
  const earlier = new Map()
  for (const file of readdirSync(fixtures).sort()) {
    const [, id] = /-(\d+)\.json$/.exec(file)
    const written = JSON.parse(readFileSync(join(fixtures, file), 'utf8')).schema
    const now = current.get(written.name)
    if (now === undefined || Number(id) === schemaId(now)) continue
    const [before, after] = [written, now].map(schema => JSON.stringify(withoutDocs(schema)))
    const version = before === after ? id : `[${id}, ${JSON.stringify(before)}]`
    earlier.set(written.name, [...(earlier.get(written.name) ?? []), version])
  }
  return `{\n${[...earlier].map(([name, versions]) => `  '${name}': [${versions.join(', ')}],`).join('\n')}\n}`
}

function collect(schema, named) {
  if (Array.isArray(schema)) {
    for (const branch of schema) collect(branch, named)
    return
  }
  if (schema === null || typeof schema !== 'object') return
  if (schema.type === 'record' || schema.type === 'enum' || schema.type === 'fixed') {
    if (named.has(schema.name)) throw new Error(`the type ${schema.name} is defined twice`)
    named.set(schema.name, schema)
  }
  for (const field of schema.fields ?? []) collect(field.type, named)
  if (typeof schema.type === 'object') collect(schema.type, named)
  collect(schema.items ?? schema.values ?? null, named)
}

/** Puts each schema after those whose types it uses. */
function inOrder(schemas, named) {
  const home = new Map()
  for (const schema of schemas) collect(schema, { has: () => false, set: name => home.set(name, schema) })
  const done = []
  const visit = schema => {
    if (done.includes(schema)) return
    for (const name of mentions(schema)) {
      if (!named.has(name)) throw new Error(`${schema.name} uses ${name}, which no .avsc defines`)
      if (home.get(name) !== schema) visit(home.get(name))
    }
    done.push(schema)
  }
  for (const schema of schemas) visit(schema)
  return done
}

function mentions(schema) {
  if (typeof schema === 'string') return schema.startsWith('joai.') ? [schema.slice(5)] : []
  if (Array.isArray(schema)) return schema.flatMap(mentions)
  if (schema === null || typeof schema !== 'object') return []
  return [
    ...mentions(schema.type),
    ...mentions(schema.items),
    ...mentions(schema.values),
    ...(schema.fields ?? []).flatMap(field => mentions(field.type)),
  ]
}

function declare(schema) {
  const doc = schema.doc ? `/** ${schema.doc} */\n` : ''
  if (schema.type === 'enum')
    return `${doc}export type ${schema.name} = ${schema.symbols.map(symbol => `'${symbol}'`).join(' | ')}`
  const fields = schema.fields.map(field => {
    const note = field.doc
      ? `  /** ${field.doc}${field.personal ? ' Personal.' : ''} */\n`
      : field.personal
        ? '  /** Personal. */\n'
        : ''
    return `${note}  readonly ${field.name}: ${typeOf(field.type)}`
  })
  return `${doc}export interface ${schema.name} {\n${fields.join('\n')}\n}`
}

function typeOf(type) {
  if (typeof type === 'string') return primitives[type] ?? type.replace(/^joai\./, '')
  if (Array.isArray(type)) {
    const records = type.filter(branch => branch !== 'null')
    if (records.length === 1) return `${typeOf(records[0])} | null`
    return type
      .map(branch =>
        typeof branch === 'string' && branch.startsWith('joai.')
          ? `{ readonly '${branch}': ${typeOf(branch)} }`
          : typeOf(branch),
      )
      .join(' | ')
  }
  if (type.type === 'array' && /^(joai\.)?OpenField$/.test(type.items.name ?? type.items))
    return 'Readonly<Record<string, unknown>>'
  if (type.type === 'array') return `readonly ${wrapped(typeOf(type.items))}[]`
  if (type.type === 'map') return `Readonly<Record<string, ${typeOf(type.values)}>>`
  if (type.type === 'record' || type.type === 'enum') return type.name
  return typeOf(type.type)
}

const wrapped = type => (type.includes('|') || type.startsWith('readonly ') ? `(${type})` : type)

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(join(root, 'generated.ts'), generate())
