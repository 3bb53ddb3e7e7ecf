import { expect, test } from 'vitest'
import { cardNumberError, cardNumberIn } from './card-numbers.ts'

// The numbers that schemes publish for tests.
test.each([
  ['4111111111111111', '4111111111111111'],
  ['paid by 4111 1111 1111 1111, thanks', '4111111111111111'],
  ['5555-5555-5555-4444', '5555555555554444'],
  ['order 12 2223003122003222', '2223003122003222'],
  ['order 1234 5105 1051 0510 5100', '5105105105105100'],
  ['3782 822463 10005', '378282246310005'],
  ['6011111111111117', '6011111111111117'],
  ['3530111333300000', '3530111333300000'],
  ['30569309025904', '30569309025904'],
  ['6200000000000005', '6200000000000005'],
])('the card number in %j is found', (text, number) => {
  expect(cardNumberIn(text)).toBe(number)
})

test.each([
  ['a number that Luhn refuses', '4111111111111112'],
  ['a longer number', '941111111111111119999'],
  ['a number of no scheme', '9999999999999995'],
  ['an EAN of a product', '4006381333931'],
  ['a telephone number', '+49 151 23456789'],
  ['an account number', 'DE89370400440532013000'],
  ['a hash', '5a105e8b9d40e1329780d62ea2265d8a'],
  ['a time', '2026-12-01 05:09:17.123456'],
  ['milliseconds', '1764565757123'],
])('%s is no card number', (_, text) => {
  expect(cardNumberIn(text)).toBeNull()
})

test('a card number is refused in any text of an event, and its middle is not shown', () => {
  const data = { orderId: 'o-1', lines: [{ sku: 'tea' }, { sku: 'tea', note: 'card 4111 1111 1111 1111' }], total: 5 }
  expect(cardNumberError(data)).toEqual({
    reason: 'card-number',
    detail: 'lines.note holds a card number, 411111******1111',
  })
  expect(cardNumberError({ orderId: 'o-1', lines: [], total: 4111111111111111, none: null })).toBeNull()
})

test('a field that is declared to hold a card number may hold one, and no other field may', () => {
  const data = { paidWith: '4111 1111 1111 1111', lines: [{ card: '5555555555554444', note: 'none' }] }
  expect(cardNumberError(data, ['paidWith', 'lines.card'])).toBeNull()
  expect(cardNumberError(data, ['paidWith'])?.detail).toBe('lines.card holds a card number, 555555******4444')
  expect(cardNumberError({ ...data, note: '4111111111111111' }, ['paidWith', 'lines.card'])?.detail).toMatch(
    /^note holds/,
  )
})
