import { expect, test } from 'vitest'
import { schema } from '../schemas/schema.ts'
import { RowSet, RowVersionError } from './row-set.ts'
import { table } from './table.ts'

interface Tally {
  readonly count: number
}
interface NamedTally extends Tally {
  readonly name: string
}
const count = { name: 'count', type: 'long' } as const
const Tally = schema<Tally>({ type: 'record', name: 'Tally', fields: [count] })
const NamedTally = schema<NamedTally>({
  type: 'record',
  name: 'Tally',
  fields: [count, { name: 'name', type: 'string', default: 'nobody' }],
})

const visits = table('visits', { schema: Tally, empty: { count: 0 } })
const orders = table('orders', { schema: Tally, empty: { count: 0 } })

test('rows come back as they were, and an absent row is the empty one', () => {
  const rows = new RowSet('ann')
  rows.set(visits, { count: 7 })
  const again = RowSet.decode('ann', rows.encode()!)
  expect(again.get(visits)).toEqual({ count: 7 })
  expect(again.get(orders)).toBe(orders.empty)
  expect([again.has(visits), again.has(orders)]).toEqual([true, false])
})

test('the bytes do not depend on the order in which rows were set', () => {
  const one = new RowSet('ann')
  one.set(visits, { count: 1 })
  one.set(orders, { count: 2 })
  const other = new RowSet('ann')
  other.set(orders, { count: 9 })
  other.set(orders, { count: 2 })
  other.set(visits, { count: 1 })
  expect(other.encode()).toEqual(one.encode())
})

test('a set without rows is stored as nothing', () => {
  const rows = new RowSet('ann')
  rows.set(visits, { count: 1 })
  rows.set(visits, null)
  expect(rows.encode()).toBeNull()
})

test('the earliest timer is the next one; of equals, the table whose name comes first', () => {
  const rows = new RowSet('ann')
  rows.setDue(visits, 20)
  expect(rows.nextDue()).toEqual({ table: 'visits', due: 20 })
  rows.setDue(orders, 20)
  expect(rows.nextDue()).toEqual({ table: 'orders', due: 20 })
  rows.cancel('orders')
  expect(RowSet.decode('ann', rows.encode()!).nextDue()).toEqual({ table: 'visits', due: 20 })
  expect(rows.get(orders)).toEqual(orders.empty)
})

test('a row of an older version is read as the current one, and keeps its timer', () => {
  const rows = new RowSet('ann')
  rows.set(visits, { count: 3 })
  rows.setDue(visits, 5)
  const named = table('visits', {
    schema: NamedTally,
    version: 2,
    previous: { 1: Tally },
    empty: { count: 0, name: '' },
  })
  const again = RowSet.decode('ann', rows.encode()!)
  expect(again.get(named)).toEqual({ count: 3, name: 'nobody' })
  again.set(named, { count: 4, name: 'ann' })
  expect(again.rows()).toMatchObject([{ table: 'visits', version: 2, due: 5 }])
})

test('a row of a version that this code does not know is refused, by name', () => {
  const rows = new RowSet('ann')
  rows.set(table('visits', { schema: Tally, version: 3, empty: { count: 0 } }), { count: 1 })
  expect(() => RowSet.decode('ann', rows.encode()!).get(visits)).toThrow(RowVersionError)
})

test('rows that were not touched are copied, not encoded again', () => {
  const rows = new RowSet('ann')
  rows.set(visits, { count: 1 })
  rows.set(orders, { count: 2 })
  const again = RowSet.decode('ann', rows.encode()!)
  const stored = again.rows().find(({ table }) => table === 'orders')!.bytes
  again.get(orders)
  again.set(visits, { count: 5 })
  expect(again.rows().find(({ table }) => table === 'orders')!.bytes).toBe(stored)
})
