import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sha256Of } from './sha256.ts'

test('one text after the other gives the hash that Node gives, of any length', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme', maxLength: 200 })), texts => {
      for (const text of texts)
        expect(Buffer.from(sha256Of(text)).toString('hex')).toBe(createHash('sha256').update(text).digest('hex'))
    }),
  )
})
