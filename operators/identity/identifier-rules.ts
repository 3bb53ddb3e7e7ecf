import type { ReleaseRow } from '../../schemas/generated.ts'
import type { IdentifierType, Release } from '../release/release.ts'
import type { IdentifierFolding } from '../words/identifier-folding.ts'
import { identifierTypeOf } from '../words/identifier-types.ts'

/** A release's rules for identifiers. The types are sorted by priority, the most telling type first. */
export interface IdentifierRules {
  readonly types: readonly IdentifierType[]
  readonly blocked: readonly string[]
  /** The folding of each type that declares one; null where none does. */
  readonly foldings: ReadonlyMap<string, IdentifierFolding> | null
  /** Index of a type by priority, from 0. */
  readonly rank: ReadonlyMap<string, number>
}

/** Computes a value once for each release; null before the first one. A few values are cached, because partitions change releases one by one. */
export function oncePerRelease<T>(make: (row: ReleaseRow) => T): (row: ReleaseRow) => T | null {
  const made = new Map<string, T>()
  return row => {
    if (row.document === '') return null
    let value = made.get(row.hash)
    if (value === undefined) {
      if (made.size >= keptMax) made.clear()
      value = make(row)
      made.set(row.hash, value)
    }
    return value
  }
}

const keptMax = 8

/** Returns the rules for identifiers in a partition's release; null before the first one. */
export const identifierRules = oncePerRelease((row): IdentifierRules => {
  const { types: given = [], blocked = [] } = (JSON.parse(row.document) as Partial<Release>).identifiers ?? {}
  // Releases were written with types in any case before.
  const types = given.map(one => ({ ...one, type: identifierTypeOf(one.type) ?? one.type }))
  const ranked = [...types].sort((a, b) => a.priority - b.priority)
  const foldings = new Map(ranked.flatMap(({ type, fold }) => (fold ? [[type, fold] as const] : [])))
  return {
    types: ranked,
    blocked,
    foldings: foldings.size === 0 ? null : foldings,
    rank: new Map(ranked.map(({ type }, index) => [type, index])),
  }
})
