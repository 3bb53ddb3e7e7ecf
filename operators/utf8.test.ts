import fc from 'fast-check'
import { expect, test } from 'vitest'
import { utf8 } from './utf8.ts'

test('any text gives the bytes that the platform gives', () => {
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('', 'é', 'plain', 'half \ud800 a pair'),
  )
  fc.assert(
    fc.property(text, given => {
      expect([...utf8(given)]).toEqual([...new TextEncoder().encode(given)])
    }),
  )
})
