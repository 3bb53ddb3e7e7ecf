import { expect, test } from 'vitest'
import { lineOrder } from './line-order.ts'

const order = (...times: readonly number[]) => {
  const found = lineOrder(Float64Array.from(times))
  return 'ahead' in found ? [...found.ahead].sort((a, b) => a - b) : `back at ${found.back}`
}

test('lines whose clock is ahead of what follows are the fault, where few of them are', () => {
  expect(order()).toEqual([])
  expect(order(1, 1, 2)).toEqual([])
  expect(order(1, 9, 2)).toEqual([1])
  expect(order(1, 9, 2, 3)).toEqual([1])
  expect(order(9, 1, 2)).toEqual([0])
  expect(order(1, 2, 9, 9, 3)).toBe('back at 4')
  expect(order(1, 2, 1)).toEqual([1])
})

test('lines that are behind are no fault of a clock: the file is not in order', () => {
  expect(order(5, 6, 7, 1)).toBe('back at 3')
  expect(order(5, 4, 3, 2)).toBe('back at 1')
  const many = Array.from({ length: 5000 }, (_, n) => n)
  expect(order(...many, 17)).toBe('back at 5000')
  expect(order(...many.slice(0, 100), 9e9, 9e9, 9e9, 9e9, 9e9, ...many.slice(100))).toEqual([100, 101, 102, 103, 104])
  expect(order(...many.slice(0, 100), ...Array(6).fill(9e9), ...many.slice(100))).toBe('back at 106')
})
