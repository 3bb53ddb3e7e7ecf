import type { Identifier } from '../../schemas/generated.ts'
import { minutes, type Time } from '../../schemas/record.ts'
import type { ValidationError } from '../validation-error.ts'

const year2000: Time = 946_684_800_000
const aheadMaxMs = minutes(5)
const idLengthMax = 200
const identifiersMax = 32
const identifierLengthMax = 1024
const typeName = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/

const invalid = (reason: string, detail: string): ValidationError => ({ reason, detail })

/** Checks that an id is not empty and not too long. `name` is event, change, receipt, decision, person or control. */
export function idError(name: string, id: string): ValidationError | null {
  if (id.trim() === '') return invalid(`missing-${name}-id`, `the ${name} id is empty`)
  if (id.length > idLengthMax)
    return invalid(`oversize-${name}-id`, `the ${name} id has more than ${idLengthMax} characters`)
  return null
}

/** Checks that a source is not too long; it may be empty. */
export const sourceError = (source: string): ValidationError | null =>
  source.length > idLengthMax ? invalid('oversize-source', `the source has more than ${idLengthMax} characters`) : null

/** Checks that a time is a number, in this century, and not in the future; clocks may differ by five minutes. */
export function timeError(at: Time, receivedAt: Time): ValidationError | null {
  if (at > receivedAt + aheadMaxMs)
    return invalid('absurd-timestamp', 'a time is more than 5 minutes after it was received')
  return pastTimeError(at)
}

/** Checks a time that may lie in the future, such as when a consent takes effect. */
export function pastTimeError(at: Time): ValidationError | null {
  if (Number.isFinite(at) && at >= year2000) return null
  return invalid('absurd-timestamp', 'a time is no number, or before the year 2000')
}

/** Checks that there is at least one identifier, and that all of them can be used. */
export function identifiersError(identifiers: readonly Identifier[]): ValidationError | null {
  if (identifiers.length === 0) return invalid('no-identifier', 'there is no identifier')
  if (identifiers.length > identifiersMax)
    return invalid('too-many-identifiers', `there are more than ${identifiersMax} identifiers`)
  for (const [index, { type, value }] of identifiers.entries()) {
    if (!typeName.test(type)) return invalid('bad-identifier-type', `the type of identifier ${index} is not a name`)
    if (value.trim() === '') return invalid('blank-identifier', `identifier ${index} is empty`)
    if (value.length > identifierLengthMax)
      return invalid('oversize-identifier', `identifier ${index} has more than ${identifierLengthMax} characters`)
  }
  return null
}

/** Checks that all numbers are finite: any other number would stay in a person's sums for ever. */
export const numberError = (data: unknown): ValidationError | null =>
  hasNoNumber(data) ? invalid('not-a-number', 'a number is infinite or not a number') : null

function hasNoNumber(value: unknown): boolean {
  if (typeof value === 'number') return !Number.isFinite(value)
  if (Array.isArray(value)) return value.some(hasNoNumber)
  return typeof value === 'object' && value !== null && Object.values(value).some(hasNoNumber)
}
