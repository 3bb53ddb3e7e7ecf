import type { Identifier, Token } from '../../schemas/generated.ts'
import { base64urlOf } from '../hashing/digest-text.ts'
import { hmacKeyOf, hmacOf } from '../hashing/sha256.ts'
import { foldPhone, foldValue, type IdentifierFolding } from '../words/identifier-folding.ts'
import { identifierTypeOf } from '../words/identifier-types.ts'

/** PERF: values of these characters, which most are, stay as they are when they are folded. */
const plain = /^[a-z0-9_-]+$/
/** Number of characters of the HMAC in a token. */
const shownLength = 16

/**
 * Makes tokens of identifiers, so that no log needs to hold a customer's e-mail or telephone as a key. A token is the
 * type, a dot, and the first 16 base64url characters of HMAC-SHA256(secret, type, NUL, trimmed value) (RFC 2104).
 */
export function tokens(secret: string): (identifier: Identifier) => Token {
  const key = hmacKeyOf(secret)
  const tokenOf = (type: string, value: string): string =>
    `${type}.${base64urlOf(hmacOf(key, `${type}\u0000${value}`), shownLength)}`
  return ({ type: given, value }) => {
    const type = identifierTypeOf(given) ?? given
    const trimmed = value.trim()
    const folded = plain.test(value) ? trimmed : foldValue(value)
    const phone = folded === '' ? null : foldPhone(value)
    return {
      type,
      token: tokenOf(type, trimmed),
      folded: folded === trimmed || folded === '' ? '' : tokenOf(type, folded),
      phone: phone === null || phone === trimmed ? '' : tokenOf(type, phone),
    }
  }
}

/** Returns the token under which a release's folding knows an identifier; the same one if the folding changes nothing. */
export function foldedToken(given: Token, folding: IdentifierFolding | undefined): Token {
  if (folding === undefined) return given
  const token = (folding === 'phone' && given.phone) || given.folded
  return token === '' ? given : { type: given.type, token, folded: '', phone: '' }
}

/** Makes the id of the initial person of an identifier's token. */
export const personOf = (token: string): string => `p.${token}`

/** Makes the id of the initial person of an identifier. */
export function personIds(secret: string): (identifier: Identifier) => string {
  const tokenOf = tokens(secret)
  return identifier => personOf(tokenOf(identifier).token)
}

/** Returns the original identifier of a person, from which its id is derived. */
export function originalIdentifier(personId: string): { readonly token: string; readonly type: string } {
  const token = personId.slice(2)
  return { token, type: token.slice(0, token.lastIndexOf('.')) }
}
