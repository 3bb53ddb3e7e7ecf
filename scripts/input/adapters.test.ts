import { expect, test } from 'vitest'
import { adapterNamed, adapterNames } from './adapters.ts'

test('an adapter is found by its name', () => {
  expect(adapterNames).toEqual(['complete-journey', 'json-lines', 'sample'])
  for (const name of adapterNames) expect(adapterNamed(name).name).toBe(name)
})

test('an unknown name is refused with the list of names', () => {
  expect(() => adapterNamed('csv')).toThrow("no adapter 'csv': choose one of complete-journey, json-lines, sample")
})
