import fc from 'fast-check'
import { expect, test } from 'vitest'
import { storeContract } from '../test/store-contract.ts'
import { openLevelStore } from './level-store.ts'
import { openMemoryStore } from './memory-store.ts'
import { openRocksdbStore } from './rocksdb-store.ts'
import { compareKeys } from './store.ts'

storeContract('memory', async () => openMemoryStore(), { durable: false })
storeContract('level', openLevelStore, { durable: true })
storeContract('RocksDB', openRocksdbStore, { durable: true })

test('keys compare as their UTF-8 bytes do', () => {
  const unit = fc.constantFrom('a', 'b', '\u0000', 'é', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{1f600}')
  const keys = fc.oneof(fc.string({ unit: 'binary', maxLength: 4 }), fc.string({ unit, maxLength: 4 }))
  fc.assert(
    fc.property(keys, keys, (a, b) => {
      expect(Math.sign(compareKeys(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)))
    }),
    { numRuns: 2000 },
  )
})

test('timers that are set and removed among a hundred thousand rows are found in memory, in order', async () => {
  const store = openMemoryStore()
  const timer = (n: number) => `t${String(n).padStart(7, '0')}`
  const value = new Uint8Array(1)
  await store.write(Array.from({ length: 100_000 }, (_, i) => ({ key: `r${(i * 7919) % 100_000}`, value })))
  const fired: string[] = []
  for (let n = 0; n < 1000; n++) {
    await store.write([10, 30, 20].map(later => ({ key: timer(n * 50 + later), value })))
    const due = await store.range({ from: 't', to: timer(n * 50 + 25) })
    await store.write(due.map(({ key }) => ({ key, value: null })))
    fired.push(...due.map(({ key }) => key))
  }
  expect(fired).toHaveLength(1000 * 3 - 1)
  expect(fired).toEqual([...fired].sort())
  expect(await store.range({ from: 'r', to: 's' })).toHaveLength(100_000)
})
