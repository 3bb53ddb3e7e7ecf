import { parsePhoneNumberFromString } from 'libphonenumber-js/min'

/** How a release may fold the values of a type of identifier. Without folding, only surrounding blanks mean nothing. */
export const identifierFoldings = ['lower-case', 'email', 'phone'] as const
/** The name of a folding. */
export type IdentifierFolding = (typeof identifierFoldings)[number]

/** Characters that nobody sees. */
const invisible = /[\u00ad\u200b-\u200d\u2060\ufeff]/g
/** PERF: most values are no telephone numbers, and need not be folded to see it. */
const mayBePhone = /^\s*(tel:)?\s*(\+|00|\uff0b)/i
/** A number with its country code. Others can't be told from numbers of customers. */
const international = /^(\+|00)[0-9 ()./-]{6,}$/

/** Folds a value so that case, surrounding blanks, invisible characters and ways of writing an accent mean nothing. */
export const foldValue = (value: string): string => value.normalize('NFKC').replace(invisible, '').trim().toLowerCase()

/** Folds a telephone number with its country code (`+49 171 …`, `0049 171 …`) to E.164; null for any other value. */
export function foldPhone(value: string): string | null {
  if (!mayBePhone.test(value)) return null
  const folded = foldValue(value.replace(/^\s*tel:/i, ''))
  if (!international.test(folded)) return null
  const number = parsePhoneNumberFromString(folded.replace(/^00/, '+').replace('(0)', ''))
  return number?.isPossible() ? number.number : null
}
