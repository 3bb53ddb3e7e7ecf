import { expect, test } from 'vitest'
import { days, hours, minutes } from '../../schemas/record.ts'
import { tileStep } from './feature-plan.ts'

test('a tile fits its window 28 times, and lasts between a minute and a day', () => {
  const found = [minutes(5), hours(1), hours(24), days(7), days(30), days(90), days(400)].map(tileStep)
  expect(found).toEqual([minutes(1), minutes(2), minutes(30), hours(6), days(1), days(1), days(1)])
})
