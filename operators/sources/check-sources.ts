import type avro from 'avsc'
import type { Catalog, CatalogDeclaration } from '../../schemas/catalog/catalog.ts'
import type { SourceDeclaration, SourceTarget } from '../../schemas/catalog/source-declaration.ts'
import { referenceTypes } from '../../schemas/reference-data.ts'
import { insteadOf, mustBeKnown, type Path, type Report } from '../release/problem.ts'
import { isTypeName } from './mapping.ts'
import { type SourceLanguage, sourceLanguage } from './source-language.ts'

/** What consents and receipts need besides id, time and identifiers, and what they may have. */
const fieldsOf: Readonly<
  Record<'consents' | 'receipts', { readonly needed: readonly string[]; readonly known: readonly string[] }>
> = {
  consents: {
    needed: ['purpose', 'status'],
    known: [
      'purpose',
      'status',
      'channel',
      'lawfulBasis',
      'jurisdiction',
      'wordingVersion',
      'effectiveAt',
      'recordedAt',
    ],
  },
  receipts: { needed: ['decisionId', 'personId', 'kind'], known: ['decisionId', 'personId', 'kind', 'value'] },
}

/** The topics that a source must not name: they are ours. */
const ownTopics =
  /^(events|consents|receipts|reference|control|ticks|identities|people|decisions|rewards|journeys|identity-changes|dead-letters|sends\..*|.*-changelog)$/

/** Checks the sources of a catalog: their expressions, and that they give what their target needs. */
export function checkSources(declaration: CatalogDeclaration, catalog: Catalog, report: Report): void {
  for (const [name, source] of Object.entries(declaration.sources ?? {})) {
    const path = ['sources', name]
    const language = sourceLanguage(source.from.format)
    if (ownTopics.test(source.from.topic))
      report([...path, 'from', 'topic'], `'${source.from.topic}' is a log of our own`, "name a topic of the company's")
    checkExpressions(source, path, language, report)
    checkTarget(source, path, declaration, catalog, report)
  }
}

function checkExpressions(source: SourceDeclaration, path: Path, language: SourceLanguage, report: Report): void {
  const check = (key: Path, expression: string, wanted?: 'bool') => {
    const fault = language.fault(expression, wanted)
    if (fault) report([...path, ...key], fault.message, fault.remedy, { offset: fault.offset })
  }
  const { when, id, time, source: system, identifiers = {}, data } = source
  if (when !== undefined) check(['when'], when, 'bool')
  check(['id'], id)
  if (time !== undefined) check(['time'], time)
  if (system !== undefined) check(['source'], system)
  for (const [type, expression] of Object.entries(identifiers)) check(['identifiers', type], expression)
  if (typeof data === 'string') check(['data'], data)
  else for (const [field, expression] of Object.entries(data)) check(['data', field], expression)
}

function checkTarget(
  { to, type, identifiers, data }: SourceDeclaration,
  path: Path,
  declaration: CatalogDeclaration,
  catalog: Catalog,
  report: Report,
): void {
  const hasType = to === 'events' || to === 'reference'
  if (hasType && type === undefined)
    report(path, `a source of ${to} needs 'type'`, "add 'type:', the name of a type or an expression")
  if (!hasType && type !== undefined) report([...path, 'type'], `${to} have no type`, 'remove it')
  const hasIdentifiers = to === 'events' || to === 'consents'
  if (hasIdentifiers && Object.keys(identifiers ?? {}).length === 0)
    report(
      path,
      `a source of ${to} needs 'identifiers'`,
      `add 'identifiers:', by type: ${Object.keys(declaration.identifiers).join(', ')}`,
    )
  if (!hasIdentifiers && identifiers !== undefined)
    report([...path, 'identifiers'], `${to} have no identifiers`, 'remove it')
  for (const name of Object.keys(identifiers ?? {}))
    mustBeKnownKey(
      [...path, 'identifiers', name],
      'type of identifier',
      name,
      Object.keys(declaration.identifiers),
      report,
    )
  if (to === 'consents' || to === 'receipts') checkFields(data, path, `a source of ${to}`, fieldsOf[to], report)
  else if (type !== undefined) checkTypeAndData(type, to, data, path, declaration, catalog, report)
}

function checkTypeAndData(
  type: string,
  to: SourceTarget,
  data: SourceDeclaration['data'],
  path: Path,
  declaration: CatalogDeclaration,
  catalog: Catalog,
  report: Report,
): void {
  if (!isTypeName(type, to, declaration.events)) {
    const fault = sourceLanguageFault(type, path, declaration)
    if (fault) report([...path, 'type'], fault, insteadOf(type, [...catalog.events.keys()]))
    return
  }
  if (to === 'reference')
    mustBeKnown(report, [...path, 'type'], 'type of reference data', type, Object.keys(referenceTypes))
  if (to !== 'events') return
  const { fields } = catalog.events.get(type)!.schema.type as unknown as avro.types.RecordType
  const known = fields.map(({ name }) => name)
  const needed = fields.filter(field => field.defaultValue() === undefined).map(({ name }) => name)
  checkFields(data, path, type, { known, needed }, report)
}

/** Whether a text that is no name of a type is an expression. */
function sourceLanguageFault(type: string, path: Path, { sources }: CatalogDeclaration): string | null {
  const { format } = sources![String(path[1])]!.from
  return sourceLanguage(format).fault(type) === null ? null : `'${type}' is neither an event type nor an expression`
}

function checkFields(
  data: SourceDeclaration['data'],
  path: Path,
  what: string,
  { needed, known }: { readonly needed: readonly string[]; readonly known: readonly string[] },
  report: Report,
): void {
  if (typeof data === 'string') return
  for (const name of Object.keys(data)) mustBeKnownKey([...path, 'data', name], `field of ${what}`, name, known, report)
  for (const name of needed)
    if (!Object.hasOwn(data, name))
      report([...path, 'data'], `'${name}' of ${what} is required and not mapped`, `add '${name}:'`)
}

function mustBeKnownKey(path: Path, what: string, name: string, known: readonly string[], report: Report): void {
  if (!known.includes(name)) report(path, `${what} '${name}' is not known`, insteadOf(name, known), { key: true })
}
