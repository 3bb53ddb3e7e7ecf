import { crc32 } from 'node:zlib'
import { ConnectorError } from '../../topology/log/log.ts'
import { roomy } from './packing.ts'

const length = 4

/** A value with its checksum behind it. The key is part of it: a value in another's place is as wrong as a damaged one. */
export function checked(key: string, value: Uint8Array): Uint8Array {
  const bytes = roomy(value, length)
  bytes.writeUInt32LE(checksum(key, value), value.length)
  return bytes
}

/** The value that was stored under this key, without a copy; throws `log-corrupt` when it is not what was written. */
export function unchecked(key: string, stored: Uint8Array): Uint8Array {
  const end = stored.length - length
  const value = stored.subarray(0, Math.max(0, end))
  const written = end < 0 ? null : Buffer.from(stored.buffer, stored.byteOffset + end, length).readUInt32LE()
  if (written !== checksum(key, value))
    throw new ConnectorError('log-corrupt', `what the log holds under '${key}' is not what was written`)
  return value
}

const checksum = (key: string, value: Uint8Array): number => crc32(value, crc32(key))
