import type { CatalogDeclaration } from '../../schemas/catalog/catalog.ts'

/** A change of a catalog: what it means for what is there, and what it needs if it does not fit. */
export interface CatalogChange {
  /** Such as `events.payment_made.amount`. */
  readonly name: string
  readonly words: string
  /** What to do instead; null for a change that fits. */
  readonly needs: string | null
}

interface Field {
  readonly name: string
  readonly type: unknown
  readonly default?: unknown
  readonly aliases?: readonly string[]
  readonly classes?: readonly string[]
}

/** Compares a catalog with the one before it. Events of both versions are read under releases of both. */
export function catalogChanges(before: CatalogDeclaration, after: CatalogDeclaration): readonly CatalogChange[] {
  return [
    ...eventChanges(before.events, after.events),
    ...identifierChanges(before.identifiers, after.identifiers),
    ...wordChanges('purposes', before, after, 'consents and actions name it: keep it'),
    ...wordChanges('channels', before, after, 'sends wait on its topic: keep it until nothing is sent by it'),
    ...wordChanges('placements', before, after, 'actions name it: keep it until no release does'),
    ...healthChanges(before, after),
    ...sourceChanges(before.sources ?? {}, after.sources ?? {}),
  ]
}

function eventChanges(before: CatalogDeclaration['events'], after: CatalogDeclaration['events']): CatalogChange[] {
  const kept = 'its events would be dead letters: keep it until nothing sends it and no release names it'
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((type): CatalogChange[] => {
    const name = `events.${type}`
    if (!Object.hasOwn(after, type)) return [{ name, words: 'is removed', needs: kept }]
    if (!Object.hasOwn(before, type)) return [{ name, words: 'is new', needs: null }]
    return fieldChanges(fieldsIn(before[type]), fieldsIn(after[type]), name)
  })
}

const fieldsIn = (record: unknown): readonly Field[] => (record as { readonly fields?: readonly Field[] }).fields ?? []

function fieldChanges(before: readonly Field[], after: readonly Field[], of: string): CatalogChange[] {
  const changes: CatalogChange[] = []
  const add = (field: string, words: string, needs: string | null) =>
    changes.push({ name: `${of}.${field}`, words, needs })
  const met = new Set<string>()
  for (const field of after) {
    const earlier = before.find(({ name }) => name === field.name)
    const renamed = earlier ? undefined : before.find(({ name }) => field.aliases?.includes(name))
    const known = earlier ?? renamed
    if (known === undefined) {
      const isFree = field.default !== undefined
      add(
        field.name,
        isFree ? 'is new' : 'is new and required',
        isFree ? null : 'events so far lack it: make it optional, or give it a default',
      )
      continue
    }
    met.add(known.name)
    if (renamed) add(field.name, `was '${renamed.name}'`, null)
    if (known.default !== undefined && field.default === undefined)
      add(field.name, 'becomes required', 'events so far may lack it: leave it optional')
    if (known.default === undefined && field.default !== undefined) add(field.name, 'becomes optional', null)
    changes.push(...typeChanges(known.type, field.type, `${of}.${field.name}`))
    const lost = (known.classes ?? []).filter(one => !field.classes?.includes(one))
    const gained = (field.classes ?? []).filter(one => !known.classes?.includes(one))
    if (lost.length > 0)
      add(field.name, `is no longer ${lost.join(', ')}`, 'what was kept apart would be read by anybody: keep the class')
    if (gained.length > 0) add(field.name, `becomes ${gained.join(', ')}`, null)
  }
  for (const field of before) {
    if (met.has(field.name)) continue
    const isFree = field.default !== undefined
    add(
      field.name,
      isFree ? 'is removed' : 'is removed and was required',
      isFree
        ? null
        : "releases so far count on it: make it optional first, or name it in 'was' of the field that replaces it",
    )
  }
  return changes
}

/** What reads a value of another type without loss. */
const widerTypes: Readonly<Record<string, readonly string[]>> = {
  int: ['long', 'float', 'double'],
  long: ['double'],
  float: ['double'],
}

function typeChanges(before: unknown, after: unknown, name: string): CatalogChange[] {
  const [was, is] = [plain(before), plain(after)]
  if (was.kind === 'record' && is.kind === 'record') return fieldChanges(fieldsIn(was.type), fieldsIn(is.type), name)
  if (was.kind === 'array' && is.kind === 'array')
    return typeChanges((was.type as Items).items, (is.type as Items).items, name)
  if (was.kind === is.kind) {
    const lost = was.symbols.filter(symbol => !is.symbols.includes(symbol))
    return lost.length === 0
      ? []
      : [{ name, words: `loses ${lost.join(', ')}`, needs: 'events so far have them: keep them' }]
  }
  if (widerTypes[was.kind]?.includes(is.kind)) return [{ name, words: `becomes ${is.kind}`, needs: null }]
  return [
    {
      name,
      words: `was ${was.kind} and becomes ${is.kind}`,
      needs: 'events so far have the other type: declare a new field beside it',
    },
  ]
}

interface Items {
  readonly items: unknown
}

/** The type itself, without null; times and dates are kinds of their own. */
function plain(type: unknown): { readonly kind: string; readonly type: unknown; readonly symbols: readonly string[] } {
  if (Array.isArray(type)) return plain(type.find(branch => branch !== 'null'))
  if (typeof type === 'string') return { kind: type, type, symbols: [] }
  const {
    type: own,
    logicalType,
    symbols = [],
  } = type as {
    readonly type: unknown
    readonly logicalType?: string
    readonly symbols?: readonly string[]
  }
  if (logicalType !== undefined) return { kind: logicalType, type, symbols }
  return typeof own === 'string' ? { kind: own, type, symbols } : plain(own)
}

function identifierChanges(
  before: CatalogDeclaration['identifiers'],
  after: CatalogDeclaration['identifiers'],
): CatalogChange[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((type): CatalogChange[] => {
    const name = `identifiers.${type}`
    const [was, is] = [before[type], after[type]]
    if (is === undefined) return [{ name, words: 'is removed', needs: 'persons are known by it: keep it' }]
    if (was === undefined) return [{ name, words: 'is new', needs: null }]
    if (was.fold === is.fold) return []
    const words = `was folded as ${was.fold ?? 'it stands'} and becomes ${is.fold ?? 'as it stands'}`
    return [{ name, words, needs: 'persons so far would not be found again: declare a new type beside it' }]
  })
}

function wordChanges(
  key: 'purposes' | 'channels' | 'placements',
  before: CatalogDeclaration,
  after: CatalogDeclaration,
  needs: string,
): CatalogChange[] {
  const lost = before[key].filter(word => !after[key].includes(word))
  const gained = after[key].filter(word => !before[key].includes(word))
  return [
    ...lost.map(word => ({ name: `${key}.${word}`, words: 'is removed', needs })),
    ...gained.map(word => ({ name: `${key}.${word}`, words: 'is new', needs: null })),
  ]
}

function healthChanges(before: CatalogDeclaration, after: CatalogDeclaration): CatalogChange[] {
  const was = before.classes?.health?.purposes ?? []
  const is = after.classes?.health?.purposes ?? []
  const name = 'classes.health'
  return [
    ...is.filter(one => !was.includes(one)).map(one => ({ name, words: `may be read for ${one}`, needs: null })),
    ...was
      .filter(one => !is.includes(one))
      .map(one => ({
        name,
        words: `may not be read for ${one} any more`,
        needs: 'a release in force may read it: publish one that does not, first',
      })),
  ]
}

function sourceChanges(
  before: NonNullable<CatalogDeclaration['sources']>,
  after: NonNullable<CatalogDeclaration['sources']>,
): CatalogChange[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((source): CatalogChange[] => {
    const name = `sources.${source}`
    const [was, is] = [before[source], after[source]]
    if (was === undefined) return [{ name, words: 'is new', needs: null }]
    if (is === undefined) return [{ name, words: 'is removed', needs: null }]
    return JSON.stringify(was) === JSON.stringify(is) ? [] : [{ name, words: 'maps otherwise', needs: null }]
  })
}
