import { expect, test } from 'vitest'
import { eventTypes } from '../schemas/event-data.ts'
import type { CustomerEvent } from '../schemas/generated.ts'
import { topics } from '../schemas/topics.ts'
import { consent } from './builders.ts'
import { input } from './topology-test.ts'

const order = { orderId: 'o', storeId: '', value: 20, discount: 0, cartId: null, margin: null, lines: [] }
const head = { eventId: 'e', type: 'order_completed', occurredAt: 1, identifiers: [], source: '', schemaVersion: 1 }

/** Returns the message that a wrong event gets. */
function messageFor(parts: object): string {
  try {
    const wrong = { ...head, ...parts } as unknown as CustomerEvent
    input(topics.events, 'event', wrong, { key: 'k', timestamp: 1 })
  } catch (error) {
    return (error as Error).message
  }
  return 'it was taken'
}

const inOrder = (parts: object) => ({ data: { 'joai.OrderCompleted': { ...order, ...parts } } })

test.each([
  ['a value of another type', inOrder({ value: '20' }), `'data.joai.OrderCompleted.value' is "20": it must be double`],
  [
    'a missing field',
    inOrder({ orderId: undefined }),
    `'data.joai.OrderCompleted.orderId' is missing: it must be string`,
  ],
  [
    'a field that may be null',
    inOrder({ cartId: 5 }),
    `'data.joai.OrderCompleted.cartId' is 5: it must be null or string`,
  ],
  [
    'a field inside a list',
    inOrder({ lines: [{ productId: 'p', category: '', quantity: 'one', value: 1, discount: 0 }] }),
    `'data.joai.OrderCompleted.lines.0.quantity' is "one": it must be double`,
  ],
  [
    'a misspelt field',
    inOrder({ worth: 3 }),
    `'data.joai.OrderCompleted' has 'worth', which joai.OrderCompleted does not have: it has orderId, storeId, value, discount, cartId, margin and 1 more`,
  ],
  [
    'fields without their branch',
    { data: order },
    `'data' has the fields of joai.OrderCompleted: put them under that name, { 'joai.OrderCompleted': {…} }`,
  ],
  [
    'a branch by the name of its type',
    { data: { order_completed: order } },
    `'data' has no branch 'order_completed': it must be { '<name>': {…} } with the name joai.OrderCompleted`,
  ],
  [
    'an unknown branch',
    { data: { 'joai.Parcel': {} } },
    `'data' has no branch 'joai.Parcel': it must be { '<name>': {…} } with one of joai.OrderCompleted, joai.Exposure, joai.Redemption, joai.PageViewed, joai.ProductAdded, joai.ProfileChanged and ${Object.keys(eventTypes).length - 8} more`,
  ],
])('%s is named with its place and what must stand there', (_, parts, problem) => {
  expect(messageFor(parts)).toBe(`not a joai.CustomerEvent: ${problem}`)
})

test('several problems are named in one message, and the rest are counted', () => {
  const message = messageFor(inOrder({ orderId: 1, storeId: 2, value: '3', discount: '4', lines: null }))
  expect(message.match(/it must be/g)).toHaveLength(3)
  expect(message).toMatch(/; and 2 more$/)
  expect(message.length).toBeLessThan(300)
})

test('a symbol that an enumeration does not have is named with those that it has', () => {
  expect(() => consent({ status: 'maybe' as 'granted' })).toThrow(
    `not a joai.ConsentChange: 'change.status' is "maybe": it must be one of 'granted', 'withdrawn'`,
  )
})
