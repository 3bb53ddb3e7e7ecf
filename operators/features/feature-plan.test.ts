import { expect, test } from 'vitest'
import { days, hours, minutes } from '../../schemas/record.ts'
import { hash41, tileStep } from './feature-plan.ts'

test('tiles fit a window 28 times, between a minute and a day', () => {
  const found = [minutes(5), hours(1), hours(24), days(7), days(30), days(90), days(400)].map(tileStep)
  expect(found).toEqual([minutes(1), minutes(2), minutes(30), hours(6), days(1), days(1), days(1)])
})

test('a hundred thousand texts have a hundred thousand hashes, of six bytes each', () => {
  const hashes = Array.from({ length: 100_000 }, (_, i) => hash41(`category ${i}`))
  expect(new Set(hashes).size).toBe(100_000)
  expect(Math.max(...hashes.slice(0, 10_000))).toBeLessThan(0x20000000000)
  expect(Math.max(...hashes.slice(0, 10_000))).toBeGreaterThan(0x1f000000000)
})
