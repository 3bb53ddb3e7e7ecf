import type { FeatureValue, ReferenceRead, ReferenceRow } from '../../../schemas/generated.ts'
import { days, hours, type Time } from '../../../schemas/record.ts'
import type { ReferenceJoin } from '../release.ts'
import type { RuleScope } from '../rules/rule-scope.ts'
import type { RuleLanguage } from '../rules/rules.ts'

/** What `hours-since` says of what never was: a hundred years. */
export const neverHours = days(36_500) / hours(1)

/** A join of a release, ready to be made. */
export interface CompiledJoin {
  readonly join: ReferenceJoin
  /** The id of the thing; empty when there is none. */
  idOf(scope: RuleScope): string
}

/** Makes joins ready in a language that knows no joins. Throws an Error on a key that can't be compiled. */
export const compileJoins = (joins: readonly ReferenceJoin[], language: RuleLanguage): readonly CompiledJoin[] =>
  joins.map(join => ({ join, idOf: language.text(join.key) }))

/** What was looked up for a scope: as rules ask for it, and as decisions tell it. */
export interface Joined {
  readonly values: RuleScope['reference']
  readonly reads: readonly ReferenceRead[]
}

const nothing: Joined = { values: {}, reads: [] }

/** Looks up, for every join, the thing that this scope is about. A key that can't be evaluated names nothing. */
export function joinedFor(
  joins: readonly CompiledJoin[],
  scope: RuleScope,
  rowOf: (key: string) => ReferenceRow | undefined,
  now: Time,
): Joined {
  if (joins.length === 0) return nothing
  const values: Record<string, RuleScope['reference'][string]> = {}
  const reads = joins.map(({ join, idOf }): ReferenceRead => {
    const id = idIn(idOf, scope)
    const key = id === '' ? '' : `${join.kind}/${id}`
    const row = key === '' ? undefined : rowOf(key)
    const served = join.attributes.map(attribute => servedOf(attribute, row, now))
    values[join.name] = Object.fromEntries([
      ['known', row !== undefined],
      ...served.map(({ name, number, text }) => [name, number ?? text]),
    ])
    return { name: join.name, key, values: served, record: row?.origin ?? null }
  })
  return { values, reads }
}

function idIn(idOf: CompiledJoin['idOf'], scope: RuleScope): string {
  try {
    return idOf(scope)
  } catch {
    return ''
  }
}

function servedOf(
  { name, type }: ReferenceJoin['attributes'][number],
  row: ReferenceRow | undefined,
  now: Time,
): FeatureValue {
  const found = row?.attributes.find(attribute => attribute.name === name)
  if (type === 'text') return { name, number: null, text: found?.text ?? '' }
  const number = found?.number ?? null
  if (type === 'number') return { name, number: number ?? 0, text: null }
  return { name, number: number === null ? neverHours : Math.max(0, now - number) / hours(1), text: null }
}
