import { crc32 } from 'node:zlib'
import { Level } from 'level'
import { callEngine, claimFolder, corruptStore } from './engine.ts'
import { checkLogFiles } from './log-file.ts'
import { isEmptyRange, type Store } from './store.ts'

/**
 * Opens a store on LevelDB: fewer bytes to install than RocksDB, and the fastest batched reads.
 *
 * Its binding can't be asked to verify checksums, and then a flipped bit is a wrong value. So each value carries a
 * checksum of its own, over key and value, and the write-ahead log is checked before it is opened. A flipped bit in a
 * key, an index or a filter of a table file still goes unnoticed and makes a row look absent. RocksDB finds that too.
 */
export async function openLevelStore(directory: string): Promise<Store> {
  const release = claimFolder(directory)
  try {
    await checkLogFiles(directory, { isTornLogSeen: false })
    return await opened(directory, release)
  } catch (error) {
    release()
    throw error
  }
}

async function opened(directory: string, release: () => void): Promise<Store> {
  const db = new Level<string, Uint8Array>(directory, {
    valueEncoding: 'view',
    writeBufferSize: 32 << 20,
    cacheSize: 64 << 20,
    maxFileSize: 16 << 20,
  })
  await callEngine(directory, () => db.open())

  const verified = (key: string, stored: Uint8Array): Uint8Array => {
    const value = unsealed(key, stored)
    if (value === null) throw corruptStore(directory, `checksum mismatch at key ${JSON.stringify(key)}`)
    return value
  }
  return {
    getMany: keys =>
      callEngine(directory, async () => {
        const found = await db.getMany([...keys])
        return found.map((stored, i) => (stored === undefined ? undefined : verified(keys[i]!, stored)))
      }),
    write: changes =>
      callEngine(directory, () =>
        db.batch(
          changes.map(({ key, value }) =>
            value === null ? { type: 'del', key } : { type: 'put', key, value: sealed(key, value) },
          ),
        ),
      ),
    range: range =>
      callEngine(directory, async () => {
        if (isEmptyRange(range)) return []
        const { from, to, limit = -1 } = range
        const entries = await db.iterator({ gte: from, lt: to, limit }).all()
        return entries.map(([key, stored]) => ({ key, value: verified(key, stored) }))
      }),
    clear: range =>
      callEngine(directory, async () => {
        if (!isEmptyRange(range)) await db.clear({ gte: range.from, lt: range.to })
      }),
    close: () => callEngine(directory, () => db.close()).finally(release),
  }
}

const sealBytes = 4

function sealed(key: string, value: Uint8Array): Uint8Array {
  const stored = Buffer.allocUnsafe(value.length + sealBytes)
  stored.set(value)
  stored.writeUInt32BE(crc32(value, crc32(key)), value.length)
  return stored
}

function unsealed(key: string, stored: Uint8Array): Uint8Array | null {
  const end = stored.length - sealBytes
  if (end < 0) return null
  const value = stored.subarray(0, end)
  const seal = new DataView(stored.buffer, stored.byteOffset + end).getUint32(0)
  return seal === crc32(value, crc32(key)) ? value : null
}
