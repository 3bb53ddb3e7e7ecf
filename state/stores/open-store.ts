import { openReopeningStore } from './reopening-store.ts'
import type { Store, StoreKind } from './store.ts'

/**
 * Opens a store of this kind and loads only its engine. Each kind has a folder of its own, so an application can change
 * from one to another. One that fails is opened again with the next call.
 */
export async function openStore(kind: StoreKind, directory: string): Promise<Store> {
  switch (kind) {
    case 'memory':
      return (await import('./memory-store.ts')).openMemoryStore()
    case 'level': {
      const { openLevelStore } = await import('./level-store.ts')
      return openReopeningStore(() => openLevelStore(`${directory}-level`))
    }
    case 'rocksdb': {
      const { openRocksdbStore } = await import('./rocksdb-store.ts')
      return openReopeningStore(() => openRocksdbStore(`${directory}-rocksdb`))
    }
  }
}
