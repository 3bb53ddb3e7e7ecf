import { expect, test } from 'vitest'
import { hash41 } from './hash41.ts'

test('a hundred thousand texts have a hundred thousand hashes, of six bytes each', () => {
  const hashes = Array.from({ length: 100_000 }, (_, i) => hash41(`category ${i}`))
  expect(new Set(hashes).size).toBe(100_000)
  expect(Math.max(...hashes.slice(0, 10_000))).toBeLessThan(0x20000000000)
  expect(Math.max(...hashes.slice(0, 10_000))).toBeGreaterThan(0x1f000000000)
})
