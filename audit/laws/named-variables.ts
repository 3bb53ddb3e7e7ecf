import type { Release } from '../../operators/release/release.ts'

/** The variables of each part of a scope that every release can name. */
export const variableFields = {
  ledger: ['contacts_24h', 'contacts_7d', 'contacts_30d', 'days_since_contact', 'points_used'],
  person: ['jurisdiction', 'time_zone'],
  context: ['trigger', 'event_age_days', 'hour', 'weekday', 'month', 'journey', 'stage'],
} as const

type VariablePart = keyof typeof variableFields

/** Text and comments in CEL, which name nothing. */
const quoted = /"""[\s\S]*?"""|'''[\s\S]*?'''|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\/\/[^\n]*/g
/** A part of a scope that is not a field of something else, and the field that follows. */
const named = /(?<!\w)(?<!\.\s*)(ledger|person|context)\b(?:\s*\.\s*(\w+))?/g

/** Lists the variables that the expressions of a release name, sorted. A part without a field names all of its own. */
export function variablesNamed(release: Release): readonly string[] {
  const groups = release.groups.filter(({ id }) => release.actions.some(({ group }) => group === id))
  const rules = [...groups, ...release.actions].flatMap(({ eligibility, applicability, suitability }) =>
    [...eligibility, ...applicability, ...suitability].map(({ when }) => when),
  )
  const weights = release.actions.flatMap(({ context, value }) => [context, value])
  const keys = (release.reference ?? []).map(({ key }) => key)
  const names = [...rules, ...weights, ...keys].flatMap(expression =>
    [...expression.replace(quoted, "''").matchAll(named)].flatMap(([, part, field]) =>
      variableFields[part as VariablePart]
        .filter(each => field === undefined || each === field)
        .map(each => `${part}.${each}`),
    ),
  )
  return [...new Set(names)].sort()
}
