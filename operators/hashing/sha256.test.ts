import { createHash, createHmac } from 'node:crypto'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { base64urlOf, hexOf } from './digest-text.ts'
import { hmacKeyOf, hmacOf, sha256Of } from './sha256.ts'

const texts = fc.array(
  fc.oneof(
    fc.string({ maxLength: 300 }),
    fc.string({ unit: 'grapheme', maxLength: 200 }),
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.string({ unit: 'binary-ascii', minLength: 480, maxLength: 600 }),
    fc.constant('half \ud800 a pair'),
  ),
)

test('one text after the other gives the hash that the library and Node give, of any length', () => {
  for (let length = 0; length <= 200; length++)
    expect(hexOf(sha256Of('x'.repeat(length)), 64)).toBe(nodes('x'.repeat(length)))
  fc.assert(
    fc.property(texts, given => {
      for (const text of given) {
        expect(hexOf(sha256Of(text), 64)).toBe(bytesToHex(sha256(utf8ToBytes(text))))
        expect(hexOf(sha256Of(text), 64)).toBe(nodes(text))
      }
    }),
  )
})

test('one text after the other gives the HMAC that the library and Node give, for keys of any length', () => {
  fc.assert(
    fc.property(texts, texts, (secrets, given) => {
      for (const secret of secrets) {
        const key = hmacKeyOf(secret)
        for (const text of given) {
          const expected = hmac(sha256, utf8ToBytes(secret), utf8ToBytes(text))
          expect(hexOf(hmacOf(key, text), 64)).toBe(bytesToHex(expected))
          expect(hexOf(hmacOf(key, text), 64)).toBe(
            createHmac('sha256', utf8ToBytes(secret)).update(utf8ToBytes(text)).digest('hex'),
          )
        }
      }
    }),
  )
})

test('a text that needs two blocks, and one of a million characters, hash as the standard says', () => {
  const two = 'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq'
  expect(hexOf(sha256Of(two), 64)).toBe('248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1')
  expect(hexOf(sha256Of('a'.repeat(1_000_000)), 64)).toBe(
    'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0',
  )
})

test('the first characters of a digest in base64url and hex are those that Node gives', () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 0, max: 42 }), (text, length) => {
      const digest = createHash('sha256').update(utf8ToBytes(text))
      expect(hexOf(sha256Of(text), length)).toBe(nodes(text).slice(0, length))
      expect(base64urlOf(sha256Of(text), length)).toBe(digest.digest('base64url').slice(0, length))
    }),
  )
})

const nodes = (text: string): string => createHash('sha256').update(utf8ToBytes(text)).digest('hex')
