import { type ASTNode, type ParseError, parse } from '@marcbachmann/cel-js'
import type { Release } from '../../operators/release/release.ts'

/** The variables of each part of a scope that every release can name. */
export const variableFields = {
  ledger: ['contacts_24h', 'contacts_7d', 'contacts_30d', 'days_since_contact', 'points_used'],
  person: ['jurisdiction', 'time_zone'],
  context: ['trigger', 'event_age_days', 'hour', 'weekday', 'month', 'journey', 'stage'],
} as const

type VariablePart = keyof typeof variableFields

/** Lists the variables that the expressions of a release name, sorted. A part without a field names all of its own. */
export function variablesNamed(release: Release): readonly string[] {
  const groups = release.groups.filter(({ id }) => release.actions.some(({ group }) => group === id))
  const rules = [...groups, ...release.actions].flatMap(({ eligibility, applicability, suitability }) =>
    [...eligibility, ...applicability, ...suitability].map(({ when }) => when),
  )
  const weights = release.actions.flatMap(({ context, value }) => [context, value])
  const keys = (release.reference ?? []).map(({ key }) => key)
  return [...new Set([...rules, ...weights, ...keys].flatMap(namedBy))].sort()
}

/** An expression that can't be read names nothing; the release that a decision states was linted. */
function namedBy(expression: string): readonly string[] {
  try {
    return namedIn(parse(expression).ast)
  } catch (error) {
    if ((error as ParseError).name === 'ParseError') return []
    throw error
  }
}

/** Reads the syntax tree of the library, so that quotes, comments and parentheses mean what they mean in CEL. */
function namedIn(node: unknown): readonly string[] {
  if (Array.isArray(node)) return node.flatMap(namedIn)
  if (typeof node !== 'object' || node === null || !('op' in node)) return []
  const { op, args } = node as ASTNode
  if (op === 'id') return fieldsOf(args).map(field => `${args}.${field}`)
  if (op !== '.' || args[0].op !== 'id') return namedIn(args)
  const [{ args: part }, field] = args
  return fieldsOf(part)
    .filter(each => each === field)
    .map(each => `${part}.${each}`)
}

const fieldsOf = (part: string): readonly string[] =>
  Object.hasOwn(variableFields, part) ? variableFields[part as VariablePart] : []
