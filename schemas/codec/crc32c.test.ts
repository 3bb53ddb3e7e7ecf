import fc from 'fast-check'
import { expect, test } from 'vitest'
import { crc32c } from './crc32c.ts'

test('the checksum is that of the standard (RFC 3720, B.4)', () => {
  const bytes = (length: number, of: (index: number) => number) => Uint8Array.from({ length }, (_, index) => of(index))
  const examples: [Uint8Array, number][] = [
    [bytes(0, () => 0), 0],
    [Buffer.from('123456789'), 0xe306_9283],
    [bytes(32, () => 0), 0x8a91_36aa],
    [bytes(32, () => 0xff), 0x62a8_ab43],
    [bytes(32, index => index), 0x46dd_794e],
    [bytes(32, index => 31 - index), 0x113f_db5c],
  ]
  for (const [bytes, checksum] of examples) expect(crc32c(bytes)).toBe(checksum)
  expect(crc32c(Buffer.from('..123456789.'), 2, 11)).toBe(0xe306_9283)
})

test('eight bytes at a time come to the same as one bit at a time, wherever in the bytes they begin and end', () => {
  const slow = (bytes: Uint8Array) => {
    let crc = -1
    for (const byte of bytes) {
      crc ^= byte
      for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f6_3b78 : 0)
    }
    return ~crc >>> 0
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), fc.nat(100), (bytes, a, b) => {
      const [from, to] = [Math.min(a, b, bytes.length), Math.min(Math.max(a, b), bytes.length)]
      expect(crc32c(bytes, from, to)).toBe(slow(bytes.subarray(from, to)))
      expect(crc32c(bytes)).toBe(slow(bytes))
    }),
  )
})
