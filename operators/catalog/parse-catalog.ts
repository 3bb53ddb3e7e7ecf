import { utf8ToBytes } from '@noble/hashes/utils.js'
import { Ajv, type ValidateFunction } from 'ajv'
import { builtInEvents } from '../../schemas/catalog/built-in-events.ts'
import { type CatalogDeclaration, catalogOf } from '../../schemas/catalog/catalog.ts'
import type { AvroSchema } from '../../schemas/codec/schema.ts'
import { reportShape } from '../release/file/shape-problems.ts'
import { readSource, type Source } from '../release/file/source.ts'
import type { Problem, Report } from '../release/problem.ts'
import { checkSources } from '../sources/check-sources.ts'
import { avroFileRecord } from './avro-file.ts'
import type { CatalogFile } from './catalog-file.ts'
import { catalogSchema } from './catalog-schema.ts'
import { checkCatalogNames } from './check-catalog-names.ts'
import { capitalized, declaredRecord } from './declared-fields.ts'
import { jsonSchemaRecord } from './json-schema-file.ts'

/** A catalog that was read from a file, with what is wrong about it. */
export interface ParsedCatalog {
  /** Null if there are problems. */
  readonly declaration: CatalogDeclaration | null
  readonly problems: readonly Problem[]
}

/** Reads a file that a catalog names, by its path; a text says why it can't be read. */
export type ReadOther = (path: string) => { readonly text: string } | string

/** The most bytes of a catalog as it travels with a release, as JSON. */
const declarationBytesMax = 262_144

let validator: ValidateFunction<CatalogFile> | undefined

/** Reads a catalog file. A file with problems gives no catalog; each problem has a place and a remedy. */
export function parseCatalog(text: string, file: string, readOther: ReadOther): ParsedCatalog {
  const source = readSource(text)
  const problems: Problem[] = source.faults.map(({ place, message, remedy }) => ({ file, ...place, message, remedy }))
  const failed = () => ({ declaration: null, problems: [...problems].sort(byPlace) })
  if (problems.length > 0) return failed()
  const report = reporterOf(source, file, problems)
  const { value } = source
  if (!isCatalogFile(value, report)) return failed()

  /** Reads a file of an event type by its own reader, which reports with places in that file. */
  function other(
    name: string,
    key: 'avro' | 'jsonSchema',
    path: string,
    read: (content: unknown, report: Report) => AvroSchema | null,
  ): AvroSchema | null {
    const found = readOther(path)
    if (typeof found === 'string') {
      report(['events', name, key], found, 'write the path of a file, from the folder of this one')
      return null
    }
    const own = readSource(found.text)
    problems.push(...own.faults.map(({ place, message, remedy }) => ({ file: path, ...place, message, remedy })))
    return own.faults.length > 0 ? null : read(own.value, reporterOf(own, path, problems))
  }

  const events: Record<string, AvroSchema> = {}
  for (const [name, event] of Object.entries(value.events)) {
    const path = ['events', name]
    const forms = (['fields', 'avro', 'jsonSchema'] as const).filter(form => event[form] !== undefined)
    if (forms.length !== 1) {
      report(path, `'${name}' must have one of 'fields', 'avro' and 'jsonSchema'`, "write 'fields: {}' if it has none")
      continue
    }
    const record =
      event.fields !== undefined
        ? declaredRecord(capitalized(name), event.fields, [...path, 'fields'], report)
        : event.avro !== undefined
          ? other(name, 'avro', event.avro, avroFileRecord)
          : other(name, 'jsonSchema', event.jsonSchema!, (content, into) =>
              jsonSchemaRecord(capitalized(name), content, into),
            )
    if (record !== null)
      events[name] = event.doc === undefined ? record : ({ ...Object(record), doc: event.doc } as AvroSchema)
  }
  const declaration: CatalogDeclaration = {
    events,
    identifiers: Object.fromEntries(
      Object.entries(value.identifiers).map(([type, entry]) => [type, entry?.fold ? { fold: entry.fold } : {}]),
    ),
    purposes: value.purposes,
    channels: value.channels,
    placements: value.placements ?? [],
    ...(value.classes ? { classes: value.classes } : {}),
    ...(value.sources ? { sources: readSources(value.sources) } : {}),
  }
  checkCatalogNames(value, declaration, report)
  const { length } = utf8ToBytes(JSON.stringify(declaration))
  if (length > declarationBytesMax)
    report(
      [],
      `the catalog has ${length} bytes as JSON, more than ${declarationBytesMax}`,
      'remove what no release reads',
    )
  if (problems.length > 0) return failed()
  // Whatever the readers let through by mistake fails here, before it is deployed.
  checkSources(declaration, catalogOf(declaration, builtInEvents), report)
  if (problems.length > 0) return failed()
  return { declaration, problems }
}

/** Writes constants as CEL. */
const readSources = (sources: NonNullable<CatalogFile['sources']>): NonNullable<CatalogDeclaration['sources']> =>
  Object.fromEntries(
    Object.entries(sources).map(([name, { doc: _, data, ...source }]) => [
      name,
      {
        ...source,
        data:
          typeof data === 'string'
            ? data
            : Object.fromEntries(Object.entries(data).map(([field, text]) => [field, String(text)])),
      },
    ]),
  )

function isCatalogFile(value: unknown, report: Report): value is CatalogFile {
  const options = { allErrors: true, verbose: true, strict: false, code: { optimize: false } }
  validator ??= new Ajv(options).compile<CatalogFile>(catalogSchema)
  const validate = validator
  if (validate(value)) return true
  // A field may be read by two branches of the schema, which find the same.
  const told = new Set<string>()
  for (const error of validate.errors ?? []) {
    const known = `${error.instancePath} ${error.keyword} ${JSON.stringify(error.params)}`
    if (!told.has(known)) reportShape(error, 'a catalog', report)
    told.add(known)
  }
  return false
}

function reporterOf(source: Source, file: string, problems: Problem[]): Report {
  return (path, message, remedy, { key = false, offset } = {}) => {
    const place = key ? source.atKey(path) : offset === undefined ? source.at(path) : source.inside(path, offset)
    problems.push({ file, ...place, message, remedy })
  }
}

const byPlace = (a: Problem, b: Problem): number =>
  a.file === b.file ? a.line - b.line || a.column - b.column : a.file < b.file ? -1 : 1
