import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32c } from '../../schemas/codec/crc32c.ts'
import { corruptStore } from './engine.ts'

const blockBytes = 32 * 1024
const headerBytes = 7

/**
 * Checks the logs and manifests of a LevelDB or RocksDB folder before the engine opens it. LevelDB drops a damaged
 * record of its write-ahead log in silence and applies those after it; RocksDB spins for ever on one wrong bit in a
 * record's type. A log may be torn at its end, because a crash leaves it so. RocksDB notices when another log follows a
 * torn one, LevelDB does not: `isTornLogSeen` says which. A manifest may not be torn: the engine deletes the files that
 * a record of the manifest replaces as soon as that record is there, so without the record older rows would be missing.
 * Format: https://github.com/google/leveldb/blob/main/doc/log_format.md.
 */
export async function checkLogFiles(directory: string, { isTornLogSeen }: { isTornLogSeen: boolean }): Promise<void> {
  const files = readdirSync(directory)
    .filter(name => /^MANIFEST-|\.log$/.test(name))
    .sort((a, b) => numberOf(b) - numberOf(a))
  let isContinued = false
  for (const file of files) {
    // If another process works here, the file may be gone by now; the engine will report that process.
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
      // Zeros to the end count as a torn end: some file systems leave them when power fails.
      return bytes.subarray(at).every(byte => byte === 0) ? torn : `checksum mismatch at byte ${at}`
    at += size
  }
  return null
}

/** Both engines rotate a checksum before they store it, because checksums of bytes that contain checksums are weak. */
const masked = (crc: number): number => (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0
