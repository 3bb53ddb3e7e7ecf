import { builtInEvents } from '../../schemas/catalog/built-in-events.ts'
import type { CatalogDeclaration } from '../../schemas/catalog/catalog.ts'
import { ofLanguages } from '../release/checks/check-names.ts'
import { mustBeKnown, mustBeUnique, type Path, type Report } from '../release/problem.ts'
import type { CatalogFile } from './catalog-file.ts'

/** An Avro record as far as names go. */
interface Named {
  readonly fields?: readonly { readonly name: string; readonly aliases?: readonly string[]; readonly type: unknown }[]
  readonly items?: unknown
  readonly type?: unknown
}

/** The names that rules give to something else of an event. */
const ofEvents: ReadonlySet<string> = new Set(['type'])

/** Checks that no word of a catalog means something else already, or stands there twice. */
export function checkCatalogNames(file: CatalogFile, declaration: CatalogDeclaration, report: Report): void {
  const own = new Set(builtInEvents.map(({ name }) => name))
  for (const [name, record] of Object.entries(declaration.events)) {
    const path = ['events', name]
    if (own.has(name) || ofLanguages.has(name))
      report(path, `'${name}' can't be declared: it is built in`, `write another name, such as '${name}_2'`, {
        key: true,
      })
    checkFields(record, [...path, 'fields'], true, report)
  }
  for (const key of ['purposes', 'channels', 'placements'] as const)
    mustBeUnique(report, key.slice(0, -1), file[key] ?? [], n => [key, n])
  for (const [n, channel] of file.channels.entries())
    if (channel === 'none')
      report(['channels', n], "'none' can't be a channel: decisions name silence by it", 'rename it')
  for (const [n, purpose] of (file.classes?.health?.purposes ?? []).entries())
    mustBeKnown(report, ['classes', 'health', 'purposes', n], 'purpose', purpose, file.purposes)
}

function checkFields(type: unknown, path: Path, isTop: boolean, report: Report): void {
  if (Array.isArray(type)) {
    for (const branch of type) checkFields(branch, path, isTop, report)
    return
  }
  if (typeof type !== 'object' || type === null) return
  const { fields, items, type: inner } = type as Named
  const names = (fields ?? []).flatMap(({ name, aliases = [] }) => [name, ...aliases])
  const twice = names.find((name, n) => names.indexOf(name) < n)
  if (twice !== undefined)
    report(path, `'${twice}' is the name of two fields, now or before`, 'give each name to one field')
  for (const field of fields ?? []) {
    if (ofLanguages.has(field.name) || (isTop && ofEvents.has(field.name)))
      report(
        [...path, field.name],
        `'${field.name}' can't be the name of a field: rules mean something else by it`,
        `write '${field.name}_1'`,
        {
          key: true,
        },
      )
    checkFields(field.type, [...path, field.name, 'fields'], false, report)
  }
  checkFields(items, [...path], false, report)
  if (typeof inner === 'object') checkFields(inner, path, false, report)
}
