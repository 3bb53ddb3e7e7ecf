import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { originalIdentifier, personOf, tokens } from './tokens.ts'

const token = tokens('a secret')

test('a token is the type and the start of the HMAC of type and value', () => {
  for (const [type, value] of [
    ['customer_id', '42'],
    ['email_hash', 'äöü'],
    ['device_id', 'x'.repeat(5000)],
  ] as const) {
    const mac = createHmac('sha256', 'a secret').update(`${type}\0${value}`).digest('base64url')
    expect(token({ type, value })).toEqual({ type, token: `${type}.${mac.slice(0, 16)}`, folded: '', phone: '' })
  }
})

test('spaces around a value do not make another token, capitals do', () => {
  const plain = token({ type: 'cookie_id', value: 'abc' })
  expect(token({ type: 'cookie_id', value: '  abc\n' })).toEqual(plain)
  const capital = token({ type: 'cookie_id', value: 'aBc' })
  expect(capital.token).not.toBe(plain.token)
  expect(capital.folded).toBe(plain.token)
})

test('the same value under another type or another secret has another token', () => {
  const one = token({ type: 'a', value: 'v' }).token
  expect(token({ type: 'b', value: 'v' }).token.slice(2)).not.toBe(one.slice(2))
  expect(tokens('another')({ type: 'a', value: 'v' }).token).not.toBe(one)
})

test('the id of a person names its original identifier', () => {
  const made = token({ type: 'email_hash', value: 'v' })
  expect(originalIdentifier(personOf(made.token))).toEqual({ token: made.token, type: 'email_hash' })
})
