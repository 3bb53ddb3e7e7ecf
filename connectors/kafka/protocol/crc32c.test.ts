import fc from 'fast-check'
import { expect, test } from 'vitest'
import { crc32c } from './crc32c.ts'

test('the checksum of a batch is that of the standard (RFC 3720, B.4)', () => {
  const bytes = (length: number, of: (index: number) => number) => Uint8Array.from({ length }, (_, index) => of(index))
  const examples: [Uint8Array, number][] = [
    [bytes(0, () => 0), 0],
    [Buffer.from('123456789'), 0xe306_9283],
    [bytes(32, () => 0), 0x8a91_36aa],
    [bytes(32, () => 0xff), 0x62a8_ab43],
    [bytes(32, index => index), 0x46dd_794e],
    [bytes(32, index => 31 - index), 0x113f_db5c],
  ]
  for (const [given, told] of examples) expect(crc32c(given)).toBe(told)
})

test('eight bytes at a time come to the same as one bit at a time', () => {
  const slow = (bytes: Uint8Array) => {
    let crc = -1
    for (const byte of bytes) {
      crc ^= byte
      for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f6_3b78 : 0)
    }
    return ~crc >>> 0
  }
  fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), bytes => crc32c(bytes) === slow(bytes)))
})
