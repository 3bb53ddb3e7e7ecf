import { expect, test } from 'vitest'
import type { Release } from '../../operators/release/release.ts'
import type { Decision, ReferenceRead, ReferenceUpdate } from '../../schemas/generated.ts'
import { KnownThings } from './reference.ts'
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
  const known = new KnownThings()
  known.tell(update(1, { isWhole: true, attributes: [number('onHand', 9)] }))
  known.tell(update(2, { attributes: [number('onHand', 4)] }))
  known.tell(update(3, { key: 'cell/1', attributes: [number('onHand', 4)] }))
  const decision = { reference: [{ ...honest, ...read }], time: { decidedAt: now } } as unknown as Decision
  return known.breach(decision, active)
}

test('what was known then is what a decision may have looked up', () => {
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
  ['a thing of another kind', { key: 'cell/1', record: at(3) }, /is no product/],
  ['a thing that nobody spoke of', { key: 'product/2' }, /the log has none/],
  ['an attribute too few', { values: [honest.values[0]!] }, /1 attributes of 2/],
  ['a time that never was', { values: [honest.values[0]!, number('soldOutAt', 3)] }, /soldOutAt is 3/],
])('%s is found', (_, read, sees) => {
  expect(breach(read)).toMatch(sees)
})
