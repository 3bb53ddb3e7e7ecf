import type { FeatureSource } from './feature-plan.ts'

type Fields = Readonly<Record<string, unknown>>

/**
 * Extracts the values that an event has for a source: one per line for a path into a list (`lines.category`), else at
 * most one. A source without a field has one value, `true`, for an event that it counts. `where` on a field of the same
 * list selects lines; on any other field it selects the whole event, and on a field of another list the event is
 * selected if any line matches. Nulls, missing fields and numbers that are not finite give no value.
 */
export function valuesOf({ field, where }: Omit<FeatureSource, 'event'>, data: Fields): unknown[] {
  if (where) return valuesWhere(field, where, data)
  if (field === null) return [true]
  if (listOf(field) !== null) return valuesIn(linesOf(field, data), field)
  const value = data[field]
  return isValue(value) ? [value] : []
}

function valuesWhere(field: string | null, where: NonNullable<FeatureSource['where']>, data: Fields): unknown[] {
  const choosesLines = field !== null && listOf(field) !== null && listOf(field) === listOf(where.field)
  const isAgreed = (line: Fields): boolean => agrees(where.field, where.equals, line)
  if (!choosesLines && !linesOf(where.field, data).some(isAgreed)) return []
  if (field === null) return [true]
  const lines = linesOf(field, data)
  return valuesIn(choosesLines ? lines.filter(isAgreed) : lines, field)
}

const valuesIn = (lines: readonly Fields[], field: string): unknown[] =>
  lines.map(line => line[leafOf(field)]).filter(isValue)

const isValue = (value: unknown): boolean =>
  value !== null && value !== undefined && (typeof value !== 'number' || Number.isFinite(value))

/** Returns `lines` for `lines.category`, and null for `value`. */
function listOf(path: string): string | null {
  const dot = path.indexOf('.')
  return dot < 0 ? null : path.slice(0, dot)
}

const leafOf = (path: string): string => path.slice(path.indexOf('.') + 1)

/** Lists the records that have the last name of a path as a field. */
function linesOf(path: string, data: Fields): readonly Fields[] {
  const list = listOf(path)
  if (list === null) return [data]
  const inner = Object.hasOwn(data, list) ? data[list] : null
  return Array.isArray(inner) ? inner : typeof inner === 'object' && inner !== null ? [inner as Fields] : []
}

const agrees = (path: string, equals: string, line: Fields): boolean => {
  const value = line[leafOf(path)]
  return value !== null && value !== undefined && String(value) === equals
}
