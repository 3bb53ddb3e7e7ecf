import { expect, test } from 'vitest'
import type { InputRecord } from '../schemas/input-record.ts'
import { hours } from '../schemas/record.ts'
import { consent, event } from '../testing/builders.ts'
import { ran, shop } from './test/shop.ts'

/** A Monday, eleven in the morning in New York. */
const t0 = Date.UTC(2024, 4, 6, 15)
const release = (types: string) =>
  shop('triggers: [order_completed]\nactions: [{ id: mail, treatments: [email], value: 10 }]\n').replace(
    /identifiers: .*\n/,
    `identifiers: { types: [${types}, { type: customer_id, priority: 9, limit: 1 }], blocked: [Nobody@example.com] }\n`,
  )
const folding = (fold: string) => release(`{ type: address, priority: 1, limit: 1, fold: ${fold} }`)

/** Whether an order by one spelling is answered after a withdrawal by another. */
async function isSent(text: string, withdrawn: string, ordered: string): Promise<boolean> {
  const by = (value: string) => ({ identifiers: [{ type: 'address', value }] })
  const history: InputRecord[] = [
    consent({ status: 'withdrawn', effectiveAt: t0, recordedAt: t0 }, { at: t0, ...by(withdrawn) }),
    event('order_completed', {}, { at: t0 + 1, ...by(ordered) }),
  ]
  const { sends, violations, decisions } = await ran(text, history, t0 + hours(1))
  expect(violations).toEqual([])
  expect(decisions).toHaveLength(1)
  return sends.length > 0
}

test.each([
  ['email', 'User@Example.com', 'user@example.com'],
  ['email', 'user@example.com ', ' USER@EXAMPLE.COM'],
  ['lower-case', 'u\u200bser@example.com', 'user@example.com'],
  ['lower-case', 'jose\u0301@example.com', 'jos\u00e9@example.com'],
  ['phone', '+49 (0)171 234-5678', '+491712345678'],
  ['phone', '0049 171 2345678', 'tel:+49-171-2345678'],
])('with fold: %s, a no of %s holds for %s', async (fold, withdrawn, ordered) => {
  expect(await isSent(folding(fold), withdrawn, ordered)).toBe(false)
  expect(await isSent(release('{ type: address, priority: 1, limit: 1 }'), withdrawn, ordered)).toBe(
    withdrawn.trim() !== ordered.trim(),
  )
})

test('different values stay different persons', async () => {
  expect(await isSent(folding('email'), 'user@example.com', 'user2@example.com')).toBe(true)
  expect(await isSent(folding('phone'), '+491712345678', '+491712345679')).toBe(true)
})

test('two spellings in one event are one identifier, and a blocked one is blocked in any spelling', async () => {
  const by = (...values: readonly string[]) => ({ identifiers: values.map(value => ({ type: 'address', value })) })
  const { decisions, letters, violations } = await ran(
    folding('email'),
    [
      event('order_completed', {}, { at: t0, eventId: 'a', ...by('A@example.com', 'a@example.com') }),
      event('order_completed', {}, { at: t0 + 1, eventId: 'b', ...by('a@EXAMPLE.com') }),
      event('order_completed', {}, { at: t0 + 2, eventId: 'c', ...by('nobody@Example.com') }),
    ],
    t0 + hours(1),
  )
  expect(new Set(decisions.map(({ subject }) => subject.personId)).size).toBe(1)
  expect(letters.map(({ reason }) => reason)).toEqual(['only-blocked-identifiers'])
  expect(violations).toEqual([])
})
