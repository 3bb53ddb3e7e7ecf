import type { Identifier, UnreadableConsent } from '../generated.ts'
import { parseTime } from './json-time.ts'

/** The most bytes that are searched for identifiers. */
const searchedMax = 1 << 20
/** The innermost objects of a JSON text. */
const innermost = /\{[^{}]*\}/g

/**
 * Reads what can be read of JSON that is no consent: it may be cut off, of wrong types, or no JSON at all. Null where
 * not even an identifier can be read.
 */
export function salvagedConsent(bytes: Uint8Array): UnreadableConsent | null {
  const text = new TextDecoder().decode(bytes.subarray(0, searchedMax))
  const whole = objectIn(text)
  const given = whole === null ? (text.match(innermost) ?? []).map(objectIn) : [whole.identifiers].flat()
  const identifiers = given.map(identifierIn).filter(one => one !== null)
  if (identifiers.length === 0) return null
  const change = fieldsOf(whole?.change)
  const effectiveAt = parseTime(change.effectiveAt)
  return {
    identifiers,
    purpose: textOf(change.purpose),
    channel: textOf(change.channel),
    status: textOf(change.status),
    effectiveAt: Number.isSafeInteger(effectiveAt) ? (effectiveAt as number) : null,
  }
}

type Fields = Readonly<Record<string, unknown>>

const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

function objectIn(text: string): Fields | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null
  } catch {
    return null
  }
}

/** A value may be a number, and must hold no character that could not be decoded. */
function identifierIn(given: unknown): Identifier | null {
  const { type, value } = fieldsOf(given)
  const text = typeof value === 'number' ? String(value) : textOf(value)
  if (typeof type !== 'string' || text.trim() === '' || !text.isWellFormed() || text.includes('\ufffd')) return null
  return { type, value: text }
}
