import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseRelease } from '../../operators/release/file/parse.ts'
import { releaseChanges } from './release-changes.ts'

const grocery = readFileSync(join(import.meta.dirname, '../../examples/grocery.yaml'), 'utf8')
const release = (text: string) => {
  const { release, problems } = parseRelease(text, 'test.yaml')
  expect(problems).toEqual([])
  return release!
}
const before = release(grocery)
const changed = (from: string | RegExp, to: string) => {
  expect(grocery).toMatch(from)
  return releaseChanges(before, release(grocery.replace(from, to)))
}

test('the same release changes nothing, however it is written', () => {
  expect(releaseChanges(before, release(`# A remark.\n${grocery}\n`))).toEqual([])
})

test('the first release is said to be the first', () => {
  expect(releaseChanges(null, before)).toMatchObject([{ about: 'release', words: /the first one: \d+ actions/ }])
})

test('a rule of a group that got stricter is shown with both conditions', () => {
  expect(changed('when: features.orders_90d >= 2 }', 'when: features.orders_90d >= 5 }')).toEqual([
    {
      about: 'group',
      name: 'type_a',
      words: 'eligibility.regular.when: features.orders_90d >= 2 → features.orders_90d >= 5',
    },
  ])
})

test('a new rule is shown with its condition, and one that is gone by its name', () => {
  const ruled = changed(
    '      - { id: not-pressed, when: ledger.contacts_7d < 3 }',
    '      - { id: calm, when: "true" }',
  )
  expect(ruled.map(({ words }) => words)).toEqual(['suitability: new calm (true)', 'suitability: not-pressed is gone'])
})

test('spans of time are shown as people write them', () => {
  expect(changed('dedup: 7d', 'dedup: 36h')).toEqual([{ about: 'release', name: 'grocery', words: 'dedup: 7d → 36h' }])
})

test('an action that is new, one that is gone, and a cap that is wider are shown by their names', () => {
  const { actions, caps, ...rest } = before
  const [first, ...others] = actions
  const [cap, ...otherCaps] = caps
  const after = {
    ...rest,
    actions: [...others, { ...first!, id: 'brand_new' }],
    caps: [{ ...cap!, max: cap!.max + 1 }, ...otherCaps],
  }
  expect(releaseChanges(before, after)).toEqual([
    { about: 'action', name: 'brand_new', words: 'new' },
    { about: 'action', name: first!.id, words: 'gone' },
    { about: 'cap', name: cap!.id, words: `max: ${cap!.max} → ${cap!.max + 1}` },
  ])
})
