import { encodedData } from '../schemas/catalog/first-data.ts'
import type { InputRecord } from '../schemas/input-record.ts'
import { hours } from '../schemas/record.ts'
import { topics } from '../schemas/topics.ts'
import { encodeValue } from '../schemas/wire.ts'

/** The events of a benchmark: one of each person first, then `events` more of persons at random. */
export interface Customers {
  readonly persons: number
  readonly events: number
  /** Makes event number `n`; the first `persons` events introduce one person each. */
  record(n: number, timestamp: number): InputRecord
  readonly startedAt: number
  /** Time between two events. */
  readonly everyMs: number
}

/** Generates events, one in four of which is an order and asks for a decision. */
export function benchCustomers({
  persons,
  events,
  seed,
}: {
  readonly persons: number
  readonly events: number
  readonly seed: number
}): Customers {
  const startedAt = Date.UTC(2024, 2, 4, 14)
  return {
    persons,
    events,
    startedAt,
    everyMs: hours(24 * 14) / (persons + events),
    record(n, timestamp) {
      const chance = hash(n, seed)
      const person = n < persons ? n : chance % persons
      const isOrder = n % 4 === 0
      const value = 500 + (chance % 8000)
      const event = {
        eventId: `${seed}-${n}`,
        type: isOrder ? 'order_completed' : 'page_viewed',
        occurredAt: timestamp,
        identifiers: [{ type: 'customer_id', value: String(person) }],
        source: 'bench',
        schemaVersion: 1,
        data: encodedData(
          isOrder
            ? {
                'joai.OrderCompleted': {
                  orderId: `o${n}`,
                  storeId: '',
                  value: value / 100,
                  discount: 0,
                  cartId: null,
                  margin: null,
                  lines: [],
                },
              }
            : { 'joai.PageViewed': { url: `/p/${chance % 1000}`, productId: null } },
        ),
      }
      return {
        topic: topics.events.name,
        key: String(person),
        timestamp,
        value: encodeValue(topics.events.types.event, event),
      }
    },
  }
}

function hash(n: number, seed: number): number {
  let h = Math.imul(n ^ (seed * 0x9e3779b1), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}
