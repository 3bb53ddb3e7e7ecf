import type { Words } from './sha256.ts'

const base64urlAlphabet = codesOf('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_')
const hexAlphabet = codesOf('0123456789abcdef')

/** Returns the first `length` characters of a digest in base64url (RFC 4648); at most 42, so that no character needs padding bits. */
export const base64urlOf = (digest: Words, length: number): string => spelled(digest, base64urlAlphabet, 6, length)

/** Returns the first `length` hex digits of a digest. */
export const hexOf = (digest: Words, length: number): string => spelled(digest, hexAlphabet, 4, length)

function codesOf(alphabet: string): readonly number[] {
  return [...alphabet].map(character => character.charCodeAt(0))
}

/** PERF: makes the text from all characters at once; appending would leave every intermediate text to the garbage collector. */
function spelled(digest: Words, alphabet: readonly number[], bits: number, length: number): string {
  const codes: number[] = []
  for (let at = 0; codes.length < length; at += bits) {
    const missing = (at & 31) + bits - 32
    const word = digest[at >> 5]!
    const index = missing <= 0 ? word >>> -missing : (word << missing) | (digest[(at >> 5) + 1]! >>> (32 - missing))
    codes.push(alphabet[index & (alphabet.length - 1)]!)
  }
  return String.fromCharCode(...codes)
}
