import { expect, test } from 'vitest'
import type { Release } from '../../operators/release/release.ts'
import type { Decision, ReferenceRead, ReferenceUpdate } from '../../schemas/generated.ts'
import { KnownReferenceData } from './reference-data.ts'
import type { ActiveRelease } from './releases.ts'

const now = Date.UTC(2024, 3, 8)
const at = (offset: number) => ({ topic: 'reference', partition: 0, offset })
const number = (name: string, value: number) => ({ name, number: value, text: null })
const update = (offset: number, parts: Partial<ReferenceUpdate>): ReferenceUpdate => ({
  ...{ key: 'product/1', isWhole: false, attributes: [], at: now, origin: at(offset) },
  ...parts,
})
const reference: NonNullable<Release['reference']> = [
  {
    ...{ name: 'product', kind: 'product', key: 'features.sku' },
    attributes: [
      { name: 'onHand', type: 'number' },
      { name: 'soldOutAt', type: 'hours-since' },
    ],
  },
]
const active = { release: { reference } } as unknown as ActiveRelease
const honest: ReferenceRead = {
  ...{ name: 'product', key: 'product/1', record: at(2) },
  values: [number('onHand', 4), number('soldOutAt', 876_000)],
}

function breach(read: Partial<ReferenceRead>): string | null {
  const known = new KnownReferenceData()
  known.update(update(1, { isWhole: true, attributes: [number('onHand', 9)] }))
  known.update(update(2, { attributes: [number('onHand', 4)] }))
  known.update(update(3, { key: 'cell/1', attributes: [number('onHand', 4)] }))
  const decision = { reference: [{ ...honest, ...read }], time: { decidedAt: now } } as unknown as Decision
  return known.breach(decision, active)
}

test('a decision may have looked up what was known at its time', () => {
  expect(breach({})).toBeNull()
  const nothing = { key: '', record: null, values: [number('onHand', 0), number('soldOutAt', 876_000)] }
  expect(breach(nothing)).toBeNull()
  expect(breach({ ...nothing, key: 'product/2' })).toBeNull()
})

test.each([
  [
    'stock that was sold',
    { values: [number('onHand', 9), honest.values[1]!] },
    /onHand is 9, the log says onHand is 4/,
  ],
  ['an older record', { record: at(1) }, /names reference\/0\/1/],
  ['an entry of another kind', { key: 'cell/1', record: at(3) }, /is no product/],
  ['an unknown entry', { key: 'product/2' }, /the log has none/],
  ['a missing attribute', { values: [honest.values[0]!] }, /1 attributes of 2/],
  ['a time that was never recorded', { values: [honest.values[0]!, number('soldOutAt', 3)] }, /soldOutAt is 3/],
])('%s is found', (_, read, message) => {
  expect(breach(read)).toMatch(message)
})
