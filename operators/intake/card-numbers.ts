import cardValidator from 'card-validator'
import type { ValidationError } from '../validation-error.ts'

const digitsMin = 12
const digitsMax = 19
/** Groups of digits that blanks or hyphens separate, as people write the numbers of cards. */
const groupsOfDigits = /\d+(?:[ -]\d+)*/g
const shownBefore = 6
const shownAfter = 4

/**
 * Refuses data with the number of a payment card in a text, at any depth: one of a card scheme, of a length that the scheme
 * uses, and valid by Luhn. `cards` are the fields that may hold one. The detail shows it masked, as PCI DSS 3.4 allows.
 */
export function cardNumberError(data: unknown, cards: readonly string[] = [], path = ''): ValidationError | null {
  if (path !== '' && cards.includes(path)) return null
  if (typeof data === 'string') {
    const number = data.length < digitsMin ? null : cardNumberIn(data)
    return number === null
      ? null
      : { reason: 'card-number', detail: `${path || 'a text'} holds a card number, ${masked(number)}` }
  }
  if (typeof data !== 'object' || data === null || ArrayBuffer.isView(data)) return null
  const isList = Array.isArray(data)
  for (const [name, value] of Object.entries(data)) {
    const error = cardNumberError(value, cards, isList ? path : path === '' ? name : `${path}.${name}`)
    if (error) return error
  }
  return null
}

/** Returns the digits of the first card number of a text; null where there is none. */
export function cardNumberIn(text: string): string | null {
  for (const [run] of text.matchAll(groupsOfDigits)) {
    const groups = run.split(/[ -]/)
    for (let from = 0; from < groups.length; from++)
      for (let to = from, digits = ''; to < groups.length && digits.length <= digitsMax; to++) {
        digits += groups[to]
        if (digits.length >= digitsMin && cardValidator.number(digits).isValid) return digits
      }
  }
  return null
}

const masked = (number: string): string =>
  number.slice(0, shownBefore) + '*'.repeat(number.length - shownBefore - shownAfter) + number.slice(-shownAfter)
