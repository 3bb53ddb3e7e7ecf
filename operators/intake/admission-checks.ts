import type { Identifier } from '../../schemas/generated.ts'
import { minutes, type Time } from '../../schemas/record.ts'
import type { Flaw } from '../flaw.ts'

const year2000: Time = 946_684_800_000
const aheadMaxMs = minutes(5)
const idLengthMax = 200
const identifiersMax = 32
const identifierLengthMax = 1024
const typeName = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/

const flaw = (reason: string, detail: string): Flaw => ({ reason, detail })

/** An id must be there and of a bearable length. `name` is event, receipt, decision, person or control. */
export function idFlaw(name: string, id: string): Flaw | null {
  if (id.trim() === '') return flaw(`missing-${name}-id`, `the ${name} id is empty`)
  if (id.length > idLengthMax)
    return flaw(`oversize-${name}-id`, `the ${name} id has more than ${idLengthMax} characters`)
  return null
}

/** A time must be a time, of this century, and not of the future: clocks may differ by five minutes. */
export function timeFlaw(at: Time, receivedAt: Time): Flaw | null {
  if (at > receivedAt + aheadMaxMs)
    return flaw('absurd-timestamp', 'a time is more than 5 minutes after it was received')
  return pastFlaw(at)
}

/** The same for a time that may lie ahead, such as when a consent takes effect. */
export function pastFlaw(at: Time): Flaw | null {
  if (Number.isFinite(at) && at >= year2000) return null
  return flaw('absurd-timestamp', 'a time is no number, or before the year 2000')
}

/** There must be someone, by names that can be used. */
export function identifiersFlaw(identifiers: readonly Identifier[]): Flaw | null {
  if (identifiers.length === 0) return flaw('no-identifier', 'there is no identifier')
  if (identifiers.length > identifiersMax)
    return flaw('too-many-identifiers', `there are more than ${identifiersMax} identifiers`)
  for (const [index, { type, value }] of identifiers.entries()) {
    if (!typeName.test(type)) return flaw('bad-identifier-type', `the type of identifier ${index} is not a name`)
    if (value.trim() === '') return flaw('blank-identifier', `identifier ${index} is empty`)
    if (value.length > identifierLengthMax)
      return flaw('oversize-identifier', `identifier ${index} has more than ${identifierLengthMax} characters`)
  }
  return null
}

/** A number that is none would stay in a person's sums for ever. */
export const numberFlaw = (data: unknown): Flaw | null =>
  hasNoNumber(data) ? flaw('not-a-number', 'a number is infinite or not a number') : null

function hasNoNumber(value: unknown): boolean {
  if (typeof value === 'number') return !Number.isFinite(value)
  if (Array.isArray(value)) return value.some(hasNoNumber)
  return typeof value === 'object' && value !== null && Object.values(value).some(hasNoNumber)
}
