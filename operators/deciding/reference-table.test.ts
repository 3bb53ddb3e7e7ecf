import { expect, test } from 'vitest'
import { firstCatalog } from '../../schemas/catalog/first-catalog.ts'
import type { ReferenceChange, ReferenceRow } from '../../schemas/generated.ts'
import { parseJson } from '../../schemas/json/json-input.ts'
import { topics } from '../../schemas/topics.ts'
import { admission } from '../intake/admission.ts'
import { frozen, recordOf } from '../test/fixtures.ts'
import { reference, referenceTable } from './reference-table.ts'

const now = Date.UTC(2024, 3, 8)
const door = admission({ catalog: firstCatalog, secret: 's' })

/** A line that someone writes, as intake reads it. */
function change(type: string, data: object, parts: object = {}): ReferenceChange {
  const json = JSON.stringify({ changeId: 'c', type, occurredAt: now, data, ...parts })
  return parseJson(topics.reference, Buffer.from(json)).value as ReferenceChange
}
const answer = (given: ReferenceChange) => door.on.reference(recordOf(given, now), undefined, {})

/** The row after these changes, and the key that they share. */
function known(...changes: readonly ReferenceChange[]): { readonly key: string; readonly row: ReferenceRow } {
  let row = reference.empty
  let key = ''
  for (const given of changes) {
    const emitted = answer(given).emit![0]!
    if (emitted.to !== 'reference') throw new Error('it is not let in')
    key = emitted.value.key
    row = referenceTable.on.update(frozen(recordOf(emitted.value, now)), frozen(row), {}).row!
  }
  return { key, row }
}

const attributes = ({ row }: ReturnType<typeof known>) =>
  Object.fromEntries(row.attributes.map(({ name, number, text }) => [name, number ?? text]))

test('stock and prices change their attributes of a product, and leave the rest', () => {
  const product = known(
    change('reference_set', {
      key: 'product/12',
      attributes: [
        { name: 'name', text: 'Tea' },
        { name: 'onHand', number: 9 },
      ],
    }),
    change('stock_changed', { sku: '12', onHand: 3 }),
    change('price_changed', { sku: '12', old: 2, new: 2.5 }),
  )
  expect(product.key).toBe('product/12')
  expect(attributes(product)).toEqual({ name: 'Tea', onHand: 3, price: 2.5, priceBefore: 2 })
  expect(product.row.origin).toEqual(recordOf(null, now).position)
})

test('a whole record replaces every attribute, and an empty one deletes the row', () => {
  const stock = change('stock_changed', { sku: '12', onHand: 3 })
  const whole = change('reference_set', { key: 'product/12', attributes: [{ name: 'name', text: 'Tea' }] })
  expect(attributes(known(stock, whole))).toEqual({ name: 'Tea' })
  const nothing = change('reference_set', { key: 'product/12', attributes: [] })
  expect(reference.expires!(known(stock, nothing).row, now)).toBe(true)
})

test('an incident sets its severity and time on its cell', () => {
  const cell = known(change('network_incident', { cellId: 'B7', severity: 2 }))
  expect(cell.key).toBe('cell/B7')
  expect(attributes(cell)).toEqual({ severity: 2, incidentAt: now })
})

test.each([
  ['missing-change-id', change('stock_changed', { sku: '1', onHand: 1 }, { changeId: ' ' })],
  ['absurd-timestamp', change('stock_changed', { sku: '1', onHand: 1 }, { occurredAt: 5 })],
  ['bad-reference-key', change('stock_changed', { sku: '', onHand: 1 })],
  ['bad-reference-key', change('reference_set', { key: 'product', attributes: [] })],
  ['bad-attribute', change('reference_set', { key: 'p/1', attributes: [{ name: 'a' }] })],
  ['bad-attribute-name', change('reference_set', { key: 'p/1', attributes: [{ name: 'a b', number: 1 }] })],
  [
    'attribute-twice',
    change('reference_set', { key: 'p/1', attributes: ['a', 'a'].map(name => ({ name, number: 1 })) }),
  ],
  ['type-mismatch', { ...change('stock_changed', { sku: '1', onHand: 1 }), type: 'price_changed' }],
  ['unknown-type', { ...change('stock_changed', { sku: '1', onHand: 1 }), type: 'sold_out' }],
] as const)('what can not be used is refused: %s', (reason, given) => {
  expect(answer(given).reject?.reason).toBe(reason)
})

test('a type of change that nobody knows is refused where it is read', () => {
  expect(() => change('sold_out', { sku: '1' })).toThrow('type is not known')
})
