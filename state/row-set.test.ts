import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Schema, schema } from '../schemas/codec/schema.ts'
import { RowSet } from './row-set.ts'
import { RowVersionError } from './row-versions.ts'
import { type Table, table } from './table.ts'

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
const reread = (rows: RowSet) => RowSet.decode(rows.key, rows.encode()!)

/** A table that counts how often its rows are decoded and encoded. */
function counting(name: string) {
  const done = { decoded: 0, encoded: 0 }
  const counted: Schema<Tally> = {
    ...Tally,
    decode(bytes) {
      done.decoded++
      return Tally.decode(bytes)
    },
    encode(row) {
      done.encoded++
      return Tally.encode(row)
    },
  }
  return { done, table: table(name, { schema: counted, empty: { count: 0 } }) }
}

test('rows are read as they were written, and an absent row is the empty one', () => {
  const rows = new RowSet('ann')
  rows.set(visits, { count: 7 })
  const again = reread(rows)
  expect(again.key).toBe('ann')
  expect(again.get(visits)).toEqual({ count: 7 })
  expect(again.get(orders)).toBe(orders.empty)
  expect([again.has(visits), again.has(orders)]).toEqual([true, false])
})

test('a row is decoded when it is first asked for, and once', () => {
  const [one, other] = [counting('one'), counting('other')]
  const rows = new RowSet('ann')
  rows.set(one.table, { count: 1 })
  rows.set(other.table, { count: 2 })
  const again = reread(rows)
  expect(one.done.decoded).toBe(0)
  expect(again.get(one.table)).toBe(again.get(one.table))
  expect([one.done.decoded, other.done.decoded]).toEqual([1, 0])
})

test('only rows that were set are encoded, and once', () => {
  const [one, other] = [counting('one'), counting('other')]
  const rows = new RowSet('ann')
  rows.set(one.table, { count: 1 })
  rows.set(other.table, { count: 2 })
  const again = reread(rows)
  expect([one.done.encoded, other.done.encoded]).toEqual([1, 1])
  again.get(one.table)
  again.setDue(one.table, 9)
  again.set(other.table, { count: 3 })
  expect(again.encode()).toEqual(again.encode())
  expect([one.done.encoded, other.done.encoded]).toEqual([1, 2])
  expect(reread(again).get(other.table)).toEqual({ count: 3 })
})

test('a set without rows is stored as nothing', () => {
  const rows = new RowSet('ann')
  expect(rows.encode()).toBeNull()
  rows.set(visits, { count: 1 })
  rows.set(visits, null)
  rows.set(orders, null)
  expect(rows.encode()).toBeNull()
})

test('the earliest timer is the next one; of equals, the table whose name comes first', () => {
  const rows = new RowSet('ann')
  expect(rows.nextDue()).toBeNull()
  rows.setDue(visits, 20)
  expect(rows.nextDue()).toEqual({ table: 'visits', due: 20 })
  rows.setDue(orders, 20)
  expect(rows.nextDue()).toEqual({ table: 'orders', due: 20 })
  rows.setDue(visits, 19)
  expect(reread(rows).nextDue()).toEqual({ table: 'visits', due: 19 })
  rows.cancel('visits')
  rows.setDue(orders, null)
  expect([rows.nextDue(), rows.due('orders'), reread(rows).due('visits')]).toEqual([null, null, null])
})

test('a timer without a row keeps the empty row, and removing a row leaves its timer', () => {
  const rows = new RowSet('ann')
  rows.setDue(visits, 20)
  rows.set(orders, { count: 5 })
  rows.setDue(orders, 30)
  rows.set(orders, null)
  const again = reread(rows)
  expect(again.rows().map(({ table, due }) => [table, due])).toEqual([
    ['orders', 30],
    ['visits', 20],
  ])
  expect([again.get(visits), again.get(orders)]).toEqual([visits.empty, orders.empty])
  again.forget('orders')
  expect(again.nextDue()).toEqual({ table: 'visits', due: 20 })
})

test('a timer at no valid time is refused, and a timer before the epoch is due at the epoch', () => {
  const rows = new RowSet('ann')
  for (const due of [Number.NaN, Number.POSITIVE_INFINITY, 1.5, 2 ** 48])
    expect(() => rows.setDue(visits, due)).toThrow(RangeError)
  rows.setDue(visits, -5)
  expect([rows.due('visits'), reread(rows).due('visits')]).toEqual([0, 0])
})

test('a row of an older version is read as the current one, and keeps its timer', () => {
  const rows = new RowSet('ann')
  rows.set(visits, { count: 3 })
  rows.setDue(visits, 5)
  const empty = { count: 0, name: '' }
  const named = table('visits', { schema: NamedTally, version: 2, previous: { 1: Tally }, empty })
  const again = reread(rows)
  expect(again.get(named)).toEqual({ count: 3, name: 'nobody' })
  // Reading does not write: the old bytes stay until the row is set.
  expect(again.encode()).toEqual(rows.encode())
  again.set(named, { count: 4, name: 'ann' })
  expect(again.rows()).toMatchObject([{ table: 'visits', version: 2, due: 5 }])
  expect(reread(again).get(named)).toEqual({ count: 4, name: 'ann' })
})

test('a row of a version that this code does not know is refused by the name of its table; the others are read', () => {
  const rows = new RowSet('ann')
  rows.set(table('visits', { schema: Tally, version: 3, empty: { count: 0 } }), { count: 1 })
  rows.set(orders, { count: 2 })
  const again = reread(rows)
  expect(() => again.get(visits)).toThrow(RowVersionError)
  expect(() => again.get(visits)).toThrow("table 'visits' has version 3")
  const named = table('visits', {
    schema: NamedTally,
    version: 5,
    previous: { 1: Tally },
    empty: { count: 0, name: '' },
  })
  expect(() => again.get(named)).toThrow(RowVersionError)
  expect(again.get(orders)).toEqual({ count: 2 })
  expect(again.encode()).toEqual(rows.encode())
})

test('rows that travelled with a merged person are the same rows', () => {
  const rows = new RowSet('ann')
  rows.set(visits, { count: 3 })
  rows.set(orders, { count: 4 })
  rows.setDue(orders, 5)
  const moved = RowSet.of('bob', [...reread(rows).rows()].reverse())
  expect(moved.encode()).toEqual(rows.encode())
  expect(moved.get(visits)).toEqual({ count: 3 })
})

test('tables whose names differ in a letter in the middle, or by their order, are not mixed up', () => {
  const tables = ['a-b-c', 'a-c-c', 'abc', 'acb', 'bac'].map(name =>
    table(name, { schema: Tally, empty: { count: 0 } }),
  )
  const rows = new RowSet('ann')
  tables.forEach((at, n) => {
    rows.set(at, { count: n })
  })
  for (let n = 0; n < 3; n++) {
    const again = reread(rows)
    expect(again.rows().map(({ table }) => table)).toEqual(['a-b-c', 'a-c-c', 'abc', 'acb', 'bac'])
    expect(tables.map(at => again.get(at).count)).toEqual([0, 1, 2, 3, 4])
  }
})

test('truncated bytes are refused, or hold the rows up to there', () => {
  const rows = new RowSet('ann')
  rows.set(orders, { count: 2 })
  const one = rows.encode()!.length
  rows.set(visits, { count: 1 })
  rows.setDue(visits, 77)
  const bytes = rows.encode()!
  const readable = Array.from(bytes.keys()).filter(length => {
    try {
      RowSet.decode('ann', bytes.subarray(0, length))
      return true
    } catch (error) {
      expect(error).toBeInstanceOf(RangeError)
      return false
    }
  })
  expect(readable).toEqual([0, one])
})

test('in whatever order rows are set, the bytes depend only on the final rows', () => {
  const tables = ['a', 'ab', 'b', 'visits'].map(name => table(name, { schema: Tally, empty: { count: 0 } }))
  const change = fc.record({
    which: fc.nat({ max: 3 }),
    count: fc.option(fc.nat({ max: 1000 }), { nil: null }),
    due: fc.option(fc.nat(), { nil: null }),
    reread: fc.boolean(),
  })
  let stored = 0
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 20 }), changes => {
      let rows = new RowSet('ann')
      const model = new Map<Table<Tally>, { row: Tally; due: number | null }>()
      for (const { which, count, due, reread } of changes) {
        const at = tables[which]!
        rows.setDue(at, due)
        rows.set(at, count === null ? null : { count })
        if (count === null && due === null) model.delete(at)
        else model.set(at, { row: { count: count ?? 0 }, due })
        const bytes = rows.encode()
        if (reread) rows = bytes === null ? new RowSet('ann') : RowSet.decode('ann', bytes)
      }
      const direct = new RowSet('ann')
      for (const [at, { row, due }] of [...model].reverse()) {
        direct.set(at, row)
        direct.setDue(at, due)
      }
      expect(rows.encode()).toEqual(direct.encode())
      for (const at of tables) {
        expect(rows.get(at)).toEqual(model.get(at)?.row ?? at.empty)
        expect(rows.due(at.name)).toBe(model.get(at)?.due ?? null)
      }
      stored += model.size
    }),
    { numRuns: 500 },
  )
  expect(stored).toBeGreaterThan(500)
})

test('packing changes no row: not its bytes, not its timer, not what is changed afterwards', () => {
  const rows = new RowSet('ann')
  rows.set(visits, { count: 7 })
  rows.setDue(visits, 50)
  const bytes = Buffer.from(rows.encode()!)
  rows.pack()
  expect([rows.isEmpty, rows.nextDue(), Buffer.from(rows.encode()!)]).toEqual([
    false,
    { table: 'visits', due: 50 },
    bytes,
  ])
  rows.set(orders, { count: 2 })
  expect([rows.get(visits), rows.get(orders)]).toEqual([{ count: 7 }, { count: 2 }])
  rows.pack()
  rows.cancel('visits')
  rows.pack()
  expect([rows.nextDue(), reread(rows).get(orders)]).toEqual([null, { count: 2 }])
  rows.forget('visits')
  rows.forget('orders')
  rows.pack()
  expect([rows.isEmpty, rows.encode()]).toEqual([true, null])
})

test('a row that is read again and again between changes is packed once', () => {
  const { done, table: own } = counting('own')
  const rows = new RowSet('ann')
  rows.set(own, { count: 1 })
  for (let n = 0; n < 3; n++) {
    rows.pack()
    expect(rows.get(own)).toEqual({ count: 1 })
  }
  expect(done).toEqual({ decoded: 3, encoded: 1 })
})
