const polynomial = 0x82f63b78

/** For each byte: what it does to the remainder this many bytes later, from 0 to 7. */
const tables = Array.from({ length: 8 }, () => new Int32Array(256))
for (let byte = 0; byte < 256; byte++) {
  let remainder = byte
  for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? polynomial : 0)
  tables[0]![byte] = remainder
}
for (let n = 1; n < tables.length; n++)
  for (let byte = 0; byte < 256; byte++) {
    const before = tables[n - 1]![byte]!
    tables[n]![byte] = (before >>> 8) ^ tables[0]![before & 0xff]!
  }
const [t0, t1, t2, t3, t4, t5, t6, t7] = tables as [
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
]

/**
 * The checksum CRC-32C (RFC 3720, B.4) of `from` to `to` of these bytes. Kafka's record batches and the logs of LevelDB
 * and RocksDB carry it; `crc32` of Node's zlib has another polynomial.
 *
 * PERF: eight bytes at a time take half of the time of one at a time.
 */
export function crc32c(bytes: Uint8Array, from = 0, to = bytes.length): number {
  let crc = -1
  let at = from
  for (const whole = to - 7; at < whole; at += 8)
    crc =
      t7[(crc ^ bytes[at]!) & 0xff]! ^
      t6[((crc >>> 8) ^ bytes[at + 1]!) & 0xff]! ^
      t5[((crc >>> 16) ^ bytes[at + 2]!) & 0xff]! ^
      t4[(crc >>> 24) ^ bytes[at + 3]!]! ^
      t3[bytes[at + 4]!]! ^
      t2[bytes[at + 5]!]! ^
      t1[bytes[at + 6]!]! ^
      t0[bytes[at + 7]!]!
  for (; at < to; at++) crc = (crc >>> 8) ^ t0[(crc ^ bytes[at]!) & 0xff]!
  return ~crc >>> 0
}
