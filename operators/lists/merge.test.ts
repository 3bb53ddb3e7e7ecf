import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareText } from './compare.ts'
import { mergedById } from './merge.ts'

interface Entry {
  readonly id: string
  readonly at: number
}

const byId = {
  id: ({ id }: Entry) => id,
  join: (a: Entry, b: Entry) => (a.at >= b.at ? a : b),
  compare: (a: Entry, b: Entry) => compareText(a.id, b.id),
}
const list = fc
  .uniqueArray(fc.record({ id: fc.string({ maxLength: 2 }), at: fc.nat(9) }), { selector: ({ id }) => id })
  .map(entries => entries.sort(byId.compare))

test('a merge of two lists is sorted, holds each id once, and does not depend on which list came first', () => {
  fc.assert(
    fc.property(list, list, list, (a, b, c) => {
      const merged = mergedById(a, b, byId)
      const latest = new Map<string, number>()
      for (const { id, at } of [...a, ...b]) latest.set(id, Math.max(at, latest.get(id) ?? at))
      const expected = [...latest].map(([id, at]) => ({ id, at })).sort(byId.compare)
      expect(merged).toEqual(expected)
      expect(mergedById(b, a, byId)).toEqual(merged)
      expect(mergedById(merged, c, byId)).toEqual(mergedById(a, mergedById(b, c, byId), byId))
    }),
  )
})

test('texts are ordered by code unit, as sort does without a comparison', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' })), texts => {
      expect([...texts].sort(compareText)).toEqual([...texts].sort())
      for (const text of texts) expect(compareText(text, text)).toBe(0)
    }),
  )
})
