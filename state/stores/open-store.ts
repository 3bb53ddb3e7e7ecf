import type { Store, StoreKind } from './store.ts'

/**
 * Opens a store of this kind and loads only its engine. Each kind has a folder of its own, so an application can change
 * from one to another.
 */
export async function openStore(kind: StoreKind, directory: string): Promise<Store> {
  switch (kind) {
    case 'memory':
      return (await import('./memory-store.ts')).openMemoryStore()
    case 'level':
      return (await import('./level-store.ts')).openLevelStore(`${directory}-level`)
    case 'rocksdb':
      return (await import('./rocksdb-store.ts')).openRocksdbStore(`${directory}-rocksdb`)
  }
}
