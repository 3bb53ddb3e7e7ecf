import type { FeatureValue, ReferenceRead, ReferenceRow } from '../../../schemas/generated.ts'
import { days, hours, type Time } from '../../../schemas/record.ts'
import type { ReferenceJoin } from '../release.ts'
import type { RuleLanguage } from '../rules/rules.ts'
import { joinClass, partOf, type RuleScope } from '../rules/scope-parts.ts'

/** The hours that `hours-since` serves for an unknown time: a hundred years. */
export const neverHours = days(36_500) / hours(1)

/** A compiled join. */
export interface CompiledJoin<Scope> {
  readonly join: ReferenceJoin
  /** Computes the part of the reference key after the slash; empty if there is nothing to look up. */
  idOf(scope: Scope, decision?: object): string
}

/** Compiles joins in a language that knows no joins. Throws an Error on a key that can't be compiled. */
export const compileJoins = <Scope>(
  joins: readonly ReferenceJoin[],
  language: RuleLanguage<Scope>,
): readonly CompiledJoin<Scope>[] => joins.map(join => ({ join, idOf: language.text(join.key) }))

/** The reference data looked up for a scope, as rules see it and as decisions record it. */
export interface Joined {
  readonly part: RuleScope['reference']
  readonly reads: readonly ReferenceRead[]
}

const nothing: Joined = { part: partOf('reference', {}), reads: [] }

/**
 * Looks up the reference data of every join for a scope. A key that can't be evaluated counts as empty. Unless told, the
 * scope is the decision whose budget of steps the keys share.
 */
export function joinedFor<Scope>(
  joins: readonly CompiledJoin<Scope>[],
  scope: Scope,
  rowOf: (key: string) => ReferenceRow | undefined,
  now: Time,
  decision?: object,
): Joined {
  if (joins.length === 0) return nothing
  const looked: Record<string, object> = {}
  const reads = joins.map((compiled): ReferenceRead => {
    const { join } = compiled
    const id = idIn(compiled, scope, decision)
    const key = id === '' ? '' : `${join.kind}/${id}`
    const row = key === '' ? undefined : rowOf(key)
    const served = join.attributes.map(attribute => servedOf(attribute, row, now))
    const values = new (joinClass(join.name))() as Record<string, number | string | boolean | null>
    values.known = row !== undefined
    for (const { name, number, text } of served) values[name] = number ?? text
    looked[join.name] = values
    return { name: join.name, key, values: served, record: row?.origin ?? null }
  })
  return { part: partOf('reference', looked), reads }
}

function idIn<Scope>({ idOf }: CompiledJoin<Scope>, scope: Scope, decision?: object): string {
  try {
    return idOf(scope, decision)
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
