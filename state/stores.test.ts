import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openLevelStore } from './level-store.ts'
import { openMemoryStore } from './memory-store.ts'
import { openRocksdbStore } from './rocksdb-store.ts'
import type { Store } from './store.ts'
import { storeContract } from './store-contract.ts'

storeContract('memory', async () => openMemoryStore(), { durable: false })
storeContract('level', openLevelStore, { durable: true })
storeContract('RocksDB', openRocksdbStore, { durable: true })

const engines: [string, (directory: string) => Promise<Store>, string][] = [
  [
    'level',
    openLevelStore,
    "import { Level } from 'level'; const db = new Level(process.argv[1], { valueEncoding: 'utf8' }); await db.open(); const write = puts => db.batch(puts.map(([key, value]) => ({ type: 'put', key, value })))",
  ],
  [
    'RocksDB',
    openRocksdbStore,
    "import RocksDB from 'rocksdb-native'; const db = new RocksDB(process.argv[1]); await db.ready(); const write = async puts => { const batch = db.write({ capacity: puts.length }); for (const [key, value] of puts) batch.tryPut(key, value); await batch.flush(); batch.destroy() }",
  ],
]

for (const [name, open, writer] of engines) {
  test(`a kill in mid-batch leaves the ${name} store with whole batches`, async () => {
    const directory = join(mkdtempSync(join(tmpdir(), 'joai-kill-')), 'store')
    const script = `${writer}; for (let n = 1; ; n++) { await write(Array.from({ length: 300 }, (_, i) => ['key-' + i, n + ' ' + 'x'.repeat(300)])); if (n === 3) console.log('going') }`
    const seen: number[] = []
    for (let kill = 0; kill < 6; kill++) {
      const child = spawn(process.execPath, ['--input-type=module', '-e', script, directory], {
        cwd: join(import.meta.dirname, '..'),
      })
      await new Promise(resolve => child.stdout.once('data', resolve))
      await new Promise(resolve => setTimeout(resolve, 20 + kill * 37))
      child.kill('SIGKILL')
      await new Promise(resolve => child.once('close', resolve))
      const store = await open(directory)
      const values = await store.getMany(Array.from({ length: 300 }, (_, i) => `key-${i}`))
      const numbers = new Set(values.map(value => Buffer.from(value!).toString().split(' ')[0]))
      expect([...numbers]).toHaveLength(1)
      seen.push(Number([...numbers][0]))
      await store.close()
    }
    expect(Math.max(...seen)).toBeGreaterThan(3)
    rmSync(directory, { recursive: true, force: true })
  })

  test(`a second handle on the folder of a ${name} store is told that it is in use`, async () => {
    const directory = join(mkdtempSync(join(tmpdir(), 'joai-lock-')), 'store')
    const store = await open(directory)
    await expect(open(directory)).rejects.toMatchObject({ code: 'store-locked' })
    await store.close()
  })

  test(`flipped bits in a file of the ${name} store are found`, async () => {
    const directory = join(mkdtempSync(join(tmpdir(), 'joai-flip-')), 'store')
    let store = await open(directory)
    const keys = Array.from({ length: 20_000 }, (_, i) => `key-${i}`)
    for (let from = 0; from < keys.length; from += 1000)
      await store.write(
        keys
          .slice(from, from + 1000)
          .map((key, i) => ({ key, value: Buffer.from(`${from + i} ${'abcdefgh'.repeat(500)}${Math.sin(i)}`) })),
      )
    await store.close()
    // What is in the write-ahead log moves into tables when the store is opened and closed again.
    store = await open(directory)
    await store.close()
    const tables = readdirSync(directory).filter(file => /\.(sst|ldb)$/.test(file))
    expect(tables.length).toBeGreaterThan(0)
    for (const file of tables) {
      const content = readFileSync(join(directory, file))
      for (let at = 2000; at < content.length - 2000; at += 1500) content[at]! ^= 0xff
      writeFileSync(join(directory, file), content)
    }
    const damaged = async () => {
      const again = await open(directory)
      try {
        await again.getMany(keys)
      } finally {
        await again.close().catch(() => undefined)
      }
    }
    await expect(damaged()).rejects.toMatchObject({ code: 'store-corrupt' })
    rmSync(directory, { recursive: true, force: true })
  })
}
