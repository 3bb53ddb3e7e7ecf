import { Level } from 'level'
import { engine, type Store } from './store.ts'

/** LevelDB: fewer dependencies than RocksDB, and the fastest batched reads. */
export async function openLevelStore(directory: string): Promise<Store> {
  const db = new Level<string, Uint8Array>(directory, {
    valueEncoding: 'view',
    writeBufferSize: 32 << 20,
    cacheSize: 64 << 20,
  })
  await engine(directory, () => db.open())
  return {
    getMany: keys => engine(directory, () => db.getMany([...keys])),
    write: changes =>
      engine(directory, () =>
        db.batch(
          changes.map(({ key, value }) => (value === null ? { type: 'del', key } : { type: 'put', key, value })),
        ),
      ),
    range: ({ from, to, limit }) =>
      engine(directory, async () => {
        const entries = await db.iterator({ gte: from, lt: to, ...(limit === undefined ? {} : { limit }) }).all()
        return entries.map(([key, value]) => ({ key, value }))
      }),
    clear: ({ from, to }) => engine(directory, () => db.clear({ gte: from, lt: to })),
    close: () => engine(directory, () => db.close()),
  }
}
