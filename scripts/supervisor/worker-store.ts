import { readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { openStore } from '../../state/stores/open-store.ts'
import { type Store, StoreError } from '../../state/stores/store.ts'
import { makeFolder } from '../cli/files.ts'
import type { Config } from '../config/config.ts'

/** Opens the store of a worker; a corrupt one is reported and deleted, and its rows are restored from the changelogs. */
export async function openOwnStore(config: Config, index: number, damaged: (error: unknown) => void): Promise<Store> {
  const folder = workerFolder(config, index)
  const open = () => openStore(config.store, join(folder, 'state'))
  makeFolder(folder)
  try {
    return await open()
  } catch (error) {
    if (!isCorrupt(error)) throw error
    damaged(error)
    rmSync(folder, { recursive: true, force: true })
    makeFolder(folder)
    return open()
  }
}

/** Tells whether an error means that the store must be built anew. */
export const isCorrupt = (error: unknown): boolean => error instanceof StoreError && error.code === 'store-corrupt'

/** Returns the folder of a worker's store, which holds nothing else. */
export const workerFolder = ({ data }: Config, index: number): string => join(data, `worker-${index}`)

/** Returns the size of all files in a folder. */
export function bytesIn(folder: string): number {
  let bytes = 0
  for (const file of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!file.isFile()) continue
    // The store may delete a file at any time.
    bytes += statSync(join(file.parentPath, file.name), { throwIfNoEntry: false })?.size ?? 0
  }
  return bytes
}
