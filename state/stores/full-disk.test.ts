// @module-tag process

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { canMountDisks, fillDisk, mountedDisk, unmountDisk } from '../../testing/test/small-disk.ts'
import { openStore } from './open-store.ts'
import type { Store } from './store.ts'

const nothing = new Uint8Array()
const bytes = 2000
const rowOf = (n: number) => Buffer.alloc(bytes, n % 251)
const write = (store: Store, n: number): Promise<string> =>
  store.write(Array.from({ length: 50 }, (_, i) => ({ key: `${n}.${i}`, value: rowOf(n) }))).then(
    () => 'ok',
    error => error.code,
  )

test.skipIf(!canMountDisks).each(['rocksdb', 'level'] as const)(
  'a %s store goes on when a full disk has room again, and lacks nothing that it took',
  async kind => {
    const disk = mountedDisk()
    const taken: number[] = []
    try {
      const store = await openStore(kind, join(disk, 'store'))
      for (let round = 0; round < 3; round++) {
        fillDisk(join(disk, 'other'))
        const before = round * 1000
        let n = before
        for (; (await write(store, n)) === 'ok'; n++) taken.push(n)
        rmSync(join(disk, 'other'))
        // What others ask meanwhile, and all at once.
        const asked = [7, 8, 9].map(more => write(store, before + 900 + more))
        expect(await Promise.all(asked)).toEqual(['ok', 'ok', 'ok'])
        taken.push(before + 907, before + 908)
        await store.clear({ from: `${before + 909}.`, to: `${before + 909}/` })
      }
      expect(taken.length).toBeGreaterThan(5)
      const found = async (from: Store) =>
        (await from.getMany(taken.map(n => `${n}.49`))).every((value, at) => rowOf(taken[at]!).equals(value ?? nothing))
      expect(await found(store)).toBe(true)
      await store.close()
      const again = await openStore(kind, join(disk, 'store'))
      expect(await found(again)).toBe(true)
      await again.close()
    } finally {
      unmountDisk(disk)
    }
  },
)
