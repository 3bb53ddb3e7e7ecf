import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { compilePattern } from './patterns.ts'

const faultOf = (pattern: string): string | null => {
  try {
    compilePattern(pattern)
    return null
  } catch (error) {
    return (error as Error).message
  }
}

describe('a pattern that sets the flag of ignoring case is refused, wherever the flag stands', () => {
  test.each([
    '(?i)a',
    '(?i:a)',
    '(?ii)a',
    '(?Ui)a',
    '(?i-s)a',
    '(?sim-U:a)',
    'a(b(?i)c)',
    '(?P<n>(?i)a)',
    '(?<i>(?i)a)',
    '\\Q[\\E(?i)a',
    '\\Q\\\\E(?i)a',
    '\\Q\\E(?i)a',
    '\\Q(?i)\\E(?i)a',
    '\\\\(?i)a',
    '\\[(?i)a',
    '\\p{Greek}(?i)a',
    '[\\\\](?i)a',
    '[[](?i)a',
    '[]](?i)a',
    '[^]](?i)a',
    '[[:alpha:]](?i)a',
    '[](?i)](?i)a',
    '[(?i-k](?i)a',
    '(?-i)(?i)a',
  ])('%s', pattern => {
    expect(faultOf(pattern)).toBe('a pattern can’t ignore case')
  })
})

describe('a pattern in which the flag is only text, or is taken away, is accepted', () => {
  test.each([
    ['\\Q(?i)\\E', 'x(?i)x', 'i'],
    ['\\Q(?i)', '(?i)', 'I'],
    ['[](?i)]', 'i', 'I'],
    ['[^](?i)]', 'I', 'i'],
    ['[\\](?i)]', 'i', 'I'],
    ['[[:digit:](?i)]', 'i', 'I'],
    ['[(?i-k]', 'j', 'J'],
    ['\\(?i', 'i', 'I'],
    ['(?-i)a', 'a', 'A'],
    ['(?s-i:a)', 'a', 'A'],
    ['(?i-i)a', 'a', 'A'],
    ['(?P<i>a)', 'a', 'A'],
    ['(?<i>a)', 'a', 'A'],
  ])('%s', (pattern, matched, other) => {
    const { test: matches } = compilePattern(pattern)
    expect([matches(matched), matches(other)]).toEqual([true, false])
  })
})

test('the engine is never asked for the case of a letter by what is accepted', () => {
  const parts = [
    '\\Q',
    '\\E',
    '\\',
    '[',
    ']',
    '^',
    '(?i)',
    '(?i:',
    '(?-i)',
    '(?',
    'i',
    ':',
    '(',
    '|',
    ')',
    '-k',
    '[:alpha:]',
  ]
  const asked = [vi.spyOn(String.prototype, 'toLowerCase'), vi.spyOn(String.prototype, 'toUpperCase')]
  const seen = { accepted: 0, ignoring: 0 }
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...parts), { maxLength: 8 }), pieces => {
      const pattern = `${pieces.join('')}q`
      for (const spy of asked) spy.mockClear()
      const fault = faultOf(pattern)
      if (fault === null) {
        seen.accepted += 1
        expect(asked.map(spy => spy.mock.calls.length)).toEqual([0, 0])
      } else if (/ignore case/.test(fault)) seen.ignoring += 1
    }),
    { numRuns: 3000 },
  )
  for (const spy of asked) spy.mockRestore()
  expect(seen.accepted).toBeGreaterThan(200)
  expect(seen.ignoring).toBeGreaterThan(50)
})
