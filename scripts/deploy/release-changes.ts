import type { Release } from '../../operators/release/release.ts'

/** One difference between two releases. */
export interface ReleaseChange {
  /** The kind of entry: `action`, `cap`, `rule` …; `release` for settings without a name. */
  readonly about: string
  readonly name: string
  readonly words: string
}

/** The lists of a release whose entries have names, and the word for one entry. */
const named = {
  features: 'feature',
  groups: 'group',
  actions: 'action',
  caps: 'cap',
  quietHours: 'quiet hours',
  suppressions: 'suppression',
  journeys: 'journey',
  models: 'model',
} as const

type Entry = Readonly<Record<string, unknown>>

/** Describes what a release changes: new entries, removed entries, and changed values. A null `before`: there was no release. */
export function releaseChanges(before: Release | null, after: Release): ReleaseChange[] {
  if (before === null)
    return [{ about: 'release', name: after.release, words: `the first one: ${after.actions.length} actions` }]
  const lists = new Set<string>(Object.keys(named))
  const [was, is] = [before, after].map(release => {
    const rest = Object.entries(release).filter(([key]) => !lists.has(key))
    return Object.fromEntries(rest) as Entry
  })
  return [
    ...differences(was!, is!).map(words => ({ about: 'release', name: after.release, words })),
    ...Object.entries(named).flatMap(([list, about]) =>
      entryChanges(about, entries(before, list), entries(after, list)),
    ),
  ]
}

const entries = (release: Release, list: string): readonly Entry[] =>
  ((release as unknown as Record<string, unknown>)[list] as readonly Entry[] | undefined) ?? []

const nameOf = (entry: Entry): string => String(entry.id ?? entry.name ?? entry.type)

const byName = (list: readonly Entry[]): ReadonlyMap<string, Entry> =>
  new Map(list.map(entry => [nameOf(entry), entry]))

function entryChanges(about: string, before: readonly Entry[], after: readonly Entry[]): ReleaseChange[] {
  const was = byName(before)
  const is = byName(after)
  return [
    ...[...is.keys()].filter(name => !was.has(name)).map(name => ({ about, name, words: 'new' })),
    ...[...was.keys()].filter(name => !is.has(name)).map(name => ({ about, name, words: 'gone' })),
    ...[...is].flatMap(([name, entry]) => {
      const old = was.get(name)
      return old === undefined ? [] : differences(old, entry).map(words => ({ about, name, words }))
    }),
  ]
}

/** Describes each value that differs, with its path. */
function differences(before: unknown, after: unknown, path = ''): string[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return []
  if (isNamedList(before) && isNamedList(after)) return listDifferences(before, after, path)
  if (isEntry(before) && isEntry(after))
    return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap(key =>
      differences(before[key], after[key], path === '' ? key : `${path}.${key}`),
    )
  const name = /Ms$/.test(path) ? path.slice(0, -2) : path
  return [`${name}: ${value(before, path)} → ${value(after, path)}`]
}

function listDifferences(before: readonly Entry[], after: readonly Entry[], path: string): string[] {
  const was = byName(before)
  const is = byName(after)
  return [
    ...[...is].filter(([name]) => !was.has(name)).map(([name, entry]) => `${path}: new ${name}${condition(entry)}`),
    ...[...was.keys()].filter(name => !is.has(name)).map(name => `${path}: ${name} is gone`),
    ...[...is].flatMap(([name, entry]) =>
      was.has(name) ? differences(was.get(name), entry, path === '' ? name : `${path}.${name}`) : [],
    ),
  ]
}

const condition = ({ when }: Entry): string => (when === undefined ? '' : ` (${when})`)

const isEntry = (value: unknown): value is Entry => typeof value === 'object' && value !== null && !Array.isArray(value)

const isNamedList = (value: unknown): value is readonly Entry[] =>
  Array.isArray(value) && value.every(entry => isEntry(entry) && ('id' in entry || 'name' in entry || 'type' in entry))

const spans = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
] as const

/** Formats spans of time as people write them in a release. */
function value(given: unknown, path: string): string {
  if (given === undefined || given === null) return 'none'
  if (typeof given === 'number' && /Ms$/.test(path) && !/valid(From|To)Ms$/.test(path)) {
    const [unit, ms] = spans.find(([, ms]) => given % ms === 0) ?? ['ms', 1]
    return `${given / ms}${unit}`
  }
  if (typeof given === 'number' && /Ms$/.test(path)) return new Date(given).toISOString()
  return typeof given === 'string' ? given : JSON.stringify(given)
}
