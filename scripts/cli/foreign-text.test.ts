import { expect, test } from 'vitest'
import { visibleLine, visibleText } from './foreign-text.ts'

test('what others wrote can not act on a terminal', () => {
  const hostile = 'a\u001b[2J\u001b]0;title\u0007b\rc\u009b31md\u202ee\u2028f\u007fg\ufeff\u0000'
  const shown = visibleText(hostile)
  expect(shown).toBe('a\\u001b[2J\\u001b]0;title\\u0007b\\u000dc\\u009b31md\\u202ee\\u2028f\\u007fg\\ufeff\\u0000')
  expect(visibleLine('17\nSent R1 by nobody\tx')).toBe('17\\u000aSent R1 by nobody\\u0009x')
})

test('JSON stays the same JSON, and ordinary text of any script stays as it is', () => {
  const value = { id: 'a\u009b31m\u202e\u2028"\\\n', name: 'Zoë 日本語 👩‍🚀' }
  expect(JSON.parse(visibleText(JSON.stringify(value)))).toEqual(value)
  expect(visibleText(value.name)).toBe(value.name)
  expect(visibleText('one\ntwo\tthree')).toBe('one\ntwo\tthree')
})
