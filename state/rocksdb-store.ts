import { mkdirSync } from 'node:fs'
import RocksDB from 'rocksdb-native'
import { engine, type Store } from './store.ts'

/** RocksDB: the store to run with. A batch is atomic, and outlives a kill of the process. */
export async function openRocksdbStore(directory: string): Promise<Store> {
  mkdirSync(directory, { recursive: true })
  const db = new RocksDB(directory, {
    writeBufferSize: 64 << 20,
    maxWriteBufferNumber: 3,
    tableBlockSize: 4096,
    maxBackgroundJobs: 2,
  })
  await engine(directory, () => db.ready())
  return {
    getMany: keys =>
      engine(directory, async () => {
        if (keys.length === 0) return []
        const batch = db.read({ capacity: keys.length })
        try {
          const values = Promise.all(keys.map(key => batch.get(key)))
          const [, found] = await Promise.all([batch.flush(), values])
          return found.map(value => value ?? undefined)
        } finally {
          batch.destroy()
        }
      }),
    write: changes =>
      engine(directory, async () => {
        if (changes.length === 0) return
        const batch = db.write({ capacity: changes.length })
        try {
          for (const { key, value } of changes)
            if (value === null) batch.tryDelete(key)
            else batch.tryPut(key, value)
          await batch.flush()
        } finally {
          batch.destroy()
        }
      }),
    range: ({ from, to, limit }) =>
      engine(directory, async () => {
        const entries = []
        const iterator = db.iterator({
          gte: from,
          lt: to,
          capacity: Math.min(limit ?? 256, 256),
          ...(limit === undefined ? {} : { limit }),
        })
        for await (const { key, value } of iterator) entries.push({ key: key.toString('utf8'), value })
        return entries
      }),
    clear: ({ from, to }) =>
      engine(directory, async () => {
        if (Buffer.compare(Buffer.from(from), Buffer.from(to)) >= 0) return
        const batch = db.write({ capacity: 1 })
        try {
          batch.tryDeleteRange(from, to)
          await batch.flush()
        } finally {
          batch.destroy()
        }
      }),
    close: () => engine(directory, () => db.close()),
  }
}
