import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import type { Identifier, Token } from '../schemas/generated.ts'
import { utf8 } from './utf8.ts'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** Bytes of the HMAC that a token shows: 16 base64url characters. */
const shownBytes = 12

/**
 * Makes tokens of identifiers, so that no log needs to hold a customer's e-mail or telephone as a key: the type, a dot, and the
 * first 16 base64url characters of HMAC-SHA256(secret, type, NUL, trimmed value) (RFC 2104).
 */
export function tokens(secret: string): (identifier: Identifier) => Token {
  const keyed = hmac.create(sha256, utf8(secret))
  const scratch = hmac.create(sha256, utf8(secret))
  const digest = new Uint8Array(sha256.outputLen)
  const tokenOf = (type: string, value: string): string => {
    // The keyed state is copied, not computed anew: this runs for each identifier of each event.
    keyed
      ._cloneInto(scratch)
      .update(utf8(`${type}\u0000${value}`))
      .digestInto(digest)
    return `${type}.${base64url(digest)}`
  }
  return ({ type, value }) => {
    const trimmed = value.trim()
    const folded = trimmed.toLowerCase()
    return { type, token: tokenOf(type, trimmed), folded: folded === trimmed ? '' : tokenOf(type, folded) }
  }
}

function base64url(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < shownBytes; i += 3) {
    const word = (bytes[i]! << 16) | (bytes[i + 1]! << 8) | bytes[i + 2]!
    text += alphabet[word >> 18]! + alphabet[(word >> 12) & 63]! + alphabet[(word >> 6) & 63]! + alphabet[word & 63]!
  }
  return text
}

/** The person that an identifier is born as. */
export const personOf = (token: string): string => `p.${token}`

/** The identifier that a person was born as. */
export function birthOf(personId: string): { readonly token: string; readonly type: string } {
  const token = personId.slice(2)
  return { token, type: token.slice(0, token.lastIndexOf('.')) }
}
