import RocksDB from 'rocksdb-native'
import { callEngine, claimFolder } from './engine.ts'
import { checkLogFiles } from './log-file.ts'
import { isEmptyRange, type Store, type StoreEntry } from './store.ts'

/**
 * Opens a store on RocksDB, the one to run with. A batch is atomic and survives a kill of the process. Every block is
 * checked when it is read, and every log when it is opened. A log that is torn at its end leaves a store that lacks the
 * latest batches, never one that lacks an earlier batch.
 */
export async function openRocksdbStore(directory: string): Promise<Store> {
  const release = claimFolder(directory)
  try {
    await checkLogFiles(directory, { isTornLogSeen: true })
    return await opened(directory, release)
  } catch (error) {
    release()
    throw error
  }
}

async function opened(directory: string, release: () => void): Promise<Store> {
  const db = new RocksDB(directory, {
    writeBufferSize: 64 << 20,
    maxWriteBufferNumber: 3,
    tableBlockSize: 4096,
    maxBackgroundJobs: 2,
  })
  await callEngine(directory, () => db.ready())

  const writing = (capacity: number, fill: (batch: RocksDB.WriteBatch) => void): Promise<void> =>
    callEngine(directory, async () => {
      const batch = db.write({ capacity })
      try {
        fill(batch)
        await batch.flush()
      } finally {
        // Closing waits for every batch to be destroyed.
        batch.destroy()
      }
    })

  return {
    getMany: keys =>
      callEngine(directory, async () => {
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
    async write(changes) {
      if (changes.length === 0) return
      await writing(changes.length, batch => {
        for (const { key, value } of changes)
          if (value === null) batch.tryDelete(key)
          else batch.tryPut(key, value)
      })
    },
    range: range =>
      callEngine(directory, async () => {
        const entries: StoreEntry[] = []
        // The engine takes an empty bound for none at all.
        if (isEmptyRange(range)) return entries
        const { from, to, limit = Number.POSITIVE_INFINITY } = range
        const iterator = db.iterator({ gte: from, lt: to, limit, capacity: Math.min(limit, 256) })
        for await (const { key, value } of iterator) entries.push({ key: key.toString(), value })
        return entries
      }),
    async clear(range) {
      if (!isEmptyRange(range)) await writing(1, batch => batch.tryDeleteRange(range.from, range.to))
    },
    close: () => callEngine(directory, () => db.close()).finally(release),
  }
}
