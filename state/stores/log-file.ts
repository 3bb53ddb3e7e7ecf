import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32c } from '../../schemas/codec/crc32c.ts'
import { corruptStore } from './engine.ts'

const blockBytes = 32 * 1024
const headerBytes = 7

/**
 * Checks the logs and manifests of a LevelDB or RocksDB folder before the engine opens it. LevelDB drops a damaged record
 * of its write-ahead log in silence and applies those after it; RocksDB spins for ever on one wrong bit in a record's type.
 * A log may be torn at its end, for that is what a crash leaves. That another log goes on after a torn one is seen by
 * RocksDB, not by LevelDB, whence `isTornLogSeen`. A manifest may not: the engine acts on a record of it, and deletes what
 * that replaced, only when it is there; without the record, rows would be missing under those that are newer.
 * Format: https://github.com/google/leveldb/blob/main/doc/log_format.md.
 */
export async function checkLogFiles(directory: string, { isTornLogSeen }: { isTornLogSeen: boolean }): Promise<void> {
  const files = readdirSync(directory)
    .filter(name => /^MANIFEST-|\.log$/.test(name))
    .sort((a, b) => numberOf(b) - numberOf(a))
  let isContinued = false
  for (const file of files) {
    // Gone by now when another process works here: the engine will say so.
    const bytes = await readFile(join(directory, file)).catch(() => Buffer.alloc(0))
    const isLog = file.endsWith('.log')
    const fault = faultIn(bytes, isLog && (isTornLogSeen || !isContinued))
    if (fault !== null) throw corruptStore(directory, `${file}: ${fault}`)
    isContinued ||= isLog && bytes.length > 0
  }
}

const numberOf = (file: string): number => Number(/\d+/.exec(file)?.[0])

function faultIn(bytes: Buffer, mayBeTorn: boolean): string | null {
  for (let at = 0; at < bytes.length; ) {
    const left = blockBytes - (at % blockBytes)
    if (left < headerBytes) {
      at += left
      continue
    }
    const torn = mayBeTorn ? null : `torn at byte ${at}`
    if (at + headerBytes > bytes.length) return torn
    const size = headerBytes + bytes.readUInt16LE(at + 4)
    if (size > left) return `bad length at byte ${at}`
    if (at + size > bytes.length) return torn
    // The checksum covers the type and what follows.
    if (bytes.readUInt32LE(at) !== masked(crc32c(bytes, at + 6, at + size)))
      // Zeros to the end are a torn end too: some file systems leave them when power fails.
      return bytes.subarray(at).every(byte => byte === 0) ? torn : `checksum mismatch at byte ${at}`
    at += size
  }
  return null
}

/** The engines store no checksum as it is, lest it be taken over bytes that hold checksums. */
const masked = (crc: number): number => (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0
