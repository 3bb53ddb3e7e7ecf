import { expect, test } from 'vitest'
import { adapterNames, adapters } from './adapters.ts'

test('an adapter is found by its name', () => {
  expect(adapterNames).toEqual(['complete-journey', 'json-lines', 'sample'])
  for (const name of adapterNames) expect(adapters(name).name).toBe(name)
})

test('a wrong name is answered with the right ones', () => {
  expect(() => adapters('csv')).toThrow("no adapter 'csv': choose one of complete-journey, json-lines, sample")
})
