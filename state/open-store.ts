import { openLevelStore } from './level-store.ts'
import { openMemoryStore } from './memory-store.ts'
import { openRocksdbStore } from './rocksdb-store.ts'
import type { Store, StoreKind } from './store.ts'

/** Opens a store of this kind; each kind has a folder of its own, so that one can change between them. */
export async function openStore(kind: StoreKind, directory: string): Promise<Store> {
  if (kind === 'memory') return openMemoryStore()
  return kind === 'level' ? openLevelStore(`${directory}-level`) : openRocksdbStore(`${directory}-rocksdb`)
}
