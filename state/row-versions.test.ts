import { expect, test } from 'vitest'
import { schema } from '../schemas/codec/schema.ts'
import { RowSet } from './row-set.ts'
import { learnVersion, RowVersionError, readsVersion, rowsOfOtherVersions } from './row-versions.ts'
import { table } from './table.ts'

interface Points {
  readonly points: number
}
interface Level extends Points {
  readonly level: 'silver' | 'gold'
}
const points = { name: 'points', type: 'long' } as const
const level = { name: 'level', type: { type: 'enum', name: 'Kind', symbols: ['silver', 'gold'] }, default: 'silver' }
const Points = schema<Points>({ type: 'record', name: 'Row', fields: [points] })
const Level = schema<Level>({ type: 'record', name: 'Row', fields: [points, level] })
const Text = schema<{ points: string }>({
  type: 'record',
  name: 'Row',
  fields: [{ name: 'points', type: 'string' }],
})

const before = () => table('loyalty', { schema: Points, empty: { points: 0 } })
const after = () =>
  table('loyalty', { schema: Level, version: 2, previous: { 1: Points }, empty: { points: 0, level: 'silver' } })

/** Makes the rows of a person as the store returns them, with one row that this table wrote. */
function written(by: ReturnType<typeof before> | ReturnType<typeof after>, row: Level): RowSet {
  const rows = new RowSet('ann')
  rows.set<any>(by, row)
  return RowSet.decode('ann', rows.encode()!)
}

test('after a rollback the rows of the later version are read once its schema is learnt, without what is new in it', () => {
  const old = before()
  const rows = written(after(), { points: 7, level: 'gold' })
  expect(readsVersion(old, 2)).toBe(false)
  expect(() => rows.get(old)).toThrow(RowVersionError)
  learnVersion(old, 2, Level.json)
  expect(readsVersion(old, 2)).toBe(true)
  expect(rows.get(old)).toEqual({ points: 7 })
  expect(rowsOfOtherVersions(old)).toEqual(new Map([[2, 1]]))
})

test('a later version with data that this version cannot hold is not learnt', () => {
  const old = before()
  expect(() => learnVersion(old, 2, Text.json)).toThrow(/cannot read/)
  expect(readsVersion(old, 2)).toBe(false)
})

test('rows of older versions are counted each time one is read, and rows of the current version are not', () => {
  const now = after()
  const old = written(before(), { points: 3, level: 'silver' })
  expect(old.get(now)).toEqual({ points: 3, level: 'silver' })
  expect(written(before(), { points: 4, level: 'silver' }).get(now).points).toBe(4)
  expect(written(now, { points: 5, level: 'gold' }).get(now).level).toBe('gold')
  expect(rowsOfOtherVersions(now)).toEqual(new Map([[1, 2]]))
})
