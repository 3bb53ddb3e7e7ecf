import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { parseRelease } from './parse.ts'

type Parts = Readonly<Record<string, unknown>>

const odd = parse(readFileSync(new URL('../test/odd-but-right.yaml', import.meta.url), 'utf8')) as {
  readonly rules: readonly (string | boolean)[]
  readonly numbers: readonly (string | number)[]
  readonly parts: readonly string[]
}
const action = { id: 'A', treatments: ['email'], value: 1 }
const small = {
  release: 'odd',
  version: 1,
  person: { jurisdiction: 'US', country: 'US', timeZone: 'America/New_York' },
  identifiers: { types: [{ type: 'customer_id', priority: 1, limit: 1 }] },
  consent: { regimes: { US: 'opt-out' } },
  triggers: ['order_completed'],
  actions: [action],
}
const problemsOf = (parts: Parts) =>
  parseRelease(stringify({ ...small, ...parts }), 'odd.yaml').problems.map(({ message }) => message)

describe('lint accepts what is odd but right', () => {
  test.each(odd.rules)('the rule %s', when => {
    expect(problemsOf({ actions: [{ ...action, suitability: [{ id: 'r', when: String(when) }] }] })).toEqual([])
  })
  test.each(odd.numbers)('the value %s', value => {
    expect(problemsOf({ actions: [{ ...action, value }] })).toEqual([])
  })
  test.each(odd.parts)('the part %s', part => {
    expect(problemsOf(parse(part) as Parts)).toEqual([])
  })

  test('of which there are a hundred', () => {
    expect(odd.rules.length + odd.numbers.length + odd.parts.length).toBeGreaterThanOrEqual(100)
  })
})
