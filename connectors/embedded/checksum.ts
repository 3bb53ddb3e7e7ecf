import { crc32 } from 'node:zlib'
import { ConnectorError } from '../../topology/log/log.ts'
import { withTrailingSpace } from './packing.ts'

const length = 4

/** Appends a checksum to a value. It covers the key as well, so that a value under a wrong key is found. */
export function withChecksum(key: string, value: Uint8Array): Uint8Array {
  const bytes = withTrailingSpace(value, length)
  bytes.writeUInt32LE(checksum(key, value), value.length)
  return bytes
}

/** Returns the value that was stored under this key, as a view. Throws `log-corrupt` when its checksum is wrong. */
export function verifiedValue(key: string, stored: Uint8Array): Uint8Array {
  const end = stored.length - length
  const value = stored.subarray(0, Math.max(0, end))
  const written = end < 0 ? null : Buffer.from(stored.buffer, stored.byteOffset + end, length).readUInt32LE()
  if (written !== checksum(key, value))
    throw new ConnectorError('log-corrupt', `what the log holds under '${key}' is not what was written`)
  return value
}

const checksum = (key: string, value: Uint8Array): number => crc32(value, crc32(key))
