import { expect, test } from 'vitest'
import { AuditRow } from '../../schemas/generated.ts'
import { openMemoryStore } from '../../state/stores/memory-store.ts'
import { compareKeys } from '../../state/stores/store.ts'
import { table } from '../../state/table.ts'
import { RowCache } from './row-cache.ts'

const wanted = table('wanted', { schema: AuditRow, empty: { hash: '', length: 0 } })
const other = table('other', { schema: AuditRow, empty: { hash: '', length: 0 } })
// More rows than fit a page, with keys whose order as text differs from their order as bytes.
const keys = Array.from({ length: 2500 }, (_, n) => `${['a', 'z', '\ufffd', '\u{1f600}'][n % 4]}${n}`)

test('all keys with a row are found once and in order, stored, changed since, or both, and no others', async () => {
  const store = openMemoryStore()
  const before = new RowCache(store, 'task', 0)
  await before.prefetch(keys)
  before.partition.set(wanted, { hash: 'of the partition', length: 1 })
  before.markChanged(null)
  before.changeShared('thing', shared => shared.set(wanted, { hash: 'of all', length: 1 }))
  keys.forEach((key, n) => {
    before.of(key).set(n % 5 === 0 ? other : wanted, { hash: key, length: 1 })
    before.markChanged(key)
  })
  await store.write(before.takeChanges().changes)

  const rows = new RowCache(store, 'task', 0)
  await rows.loadPinned()
  expect(rows.shared('thing')?.get(wanted).hash).toBe('of all')
  rows.changeShared('other thing', shared => shared.set(wanted, { hash: 'of all', length: 2 }))
  const [forgotten, gained, brandNew] = [keys[1]!, keys[0]!, 'm']
  await rows.prefetch([forgotten, gained, brandNew, keys[2]!])
  rows.of(forgotten).forget(wanted.name)
  for (const key of [gained, brandNew]) rows.of(key).set(wanted, { hash: key, length: 2 })
  for (const key of [forgotten, gained, brandNew]) rows.markChanged(key)

  const expected = [...keys.filter((_, n) => n % 5 !== 0 && n !== 1), gained, brandNew].sort(compareKeys)
  const found: string[] = []
  const touched = keys[7]!
  for await (const page of rows.keysWithRow(wanted))
    for (const key of page) {
      expect(rows.of(key).get(wanted).hash).toBe(key)
      found.push(key)
      if (key !== touched) continue
      rows.of(key).set(wanted, { hash: 'changed', length: 3 })
      rows.markChanged(key)
    }
  expect(found).toEqual(expected)
  expect(found.length).toBeGreaterThan(1998)
  // Rows that were changed, or were there before, stay in memory; rows that were only listed do not.
  expect(rows.of(touched).get(wanted).length).toBe(3)
  expect(rows.of(keys[2]!).get(wanted).hash).toBe(keys[2])
  expect(() => rows.of(keys[3]!)).toThrow('were not prefetched')
})

test('a full cache first drops keys that were not used again, and keeps uncommitted rows', async () => {
  const store = openMemoryStore()
  const rows = new RowCache(store, 'task', 3)
  const settle = async () => {
    rows.trackWrite(Promise.resolve())
    await rows.settled()
  }
  await rows.prefetch(['a', 'b', 'c', 'b', 'a'])
  expect(rows.cached).toBe(3)
  rows.of('b').set(wanted, { hash: 'b', length: 1 })
  rows.markChanged('b')
  await rows.prefetch(['a'])
  await rows.prefetch(['d', 'e'])
  await settle()
  expect(rows.cached).toBe(3)
  for (const gone of ['c', 'd']) expect(() => rows.of(gone)).toThrow('were not prefetched')
  expect(rows.of('b').get(wanted).hash).toBe('b')
  rows.of('a')
  await store.write(rows.takeChanges().changes)
  await rows.prefetch(['f'])
  await settle()
  expect(rows.cached).toBe(3)
  expect(() => rows.of('b')).toThrow('were not prefetched')
  await rows.prefetch(['b'])
  expect(rows.of('b').get(wanted).hash).toBe('b')
})

test('rows keep their changes however the batches that use them overlap', async () => {
  const store = openMemoryStore()
  const rows = new RowCache(store, 'task', 10)
  const coming = [rows.prefetch(['a', 'b']), rows.prefetch(['b', 'a'])]
  await coming[0]
  rows.of('a').set(wanted, { hash: 'a', length: 1 })
  rows.markChanged('a')
  await coming[1]
  for (let n = 0; n < 4; n++) await rows.prefetch([`other ${n}`])
  expect(rows.of('a').get(wanted).hash).toBe('a')
  expect(rows.takeChanges().changelog.map(({ key }) => key)).toEqual(['a'])
  expect(rows.takeChanges().changelog).toEqual([])
})
