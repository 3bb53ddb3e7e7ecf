import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parseRelease } from './parse.ts'

const sound = readFileSync(new URL('../test/sound.yaml', import.meta.url), 'utf8')
const head = `release: x
version: 1
person: { jurisdiction: US, country: US, timeZone: America/New_York }
identifiers: { types: [{ type: household_id, priority: 1, limit: 1 }] }
consent: { regimes: { US: opt-out } }
triggers: [order_completed]
actions:
`
const problemsOf = (text: string) =>
  parseRelease(text, 'x.yaml').problems.map(({ line, message, remedy }) => `${line}: ${message}; ${remedy}`)

describe('a duration that arithmetic does not survive is refused with the greatest one', () => {
  const journey = `journeys:
  - { id: j, trigger: { event: product_added }, goal: { event: order_completed }, timeout: DURATION, stages: [{ id: s, wait: 1h }] }
`
  test.each([
    ['a cap', 'caps: [{ id: ever, max: 5, window: DURATION }]\n'],
    ['a budget', 'budget: { points: 5, window: DURATION, cost: { email: 1 } }\n'],
    ['a timeout', journey],
    ['a wait', journey.replace('DURATION', '3650d').replace('wait: 1h', 'wait: DURATION')],
    ['an identity window', 'dedup: DURATION\n'],
    ['a grace', 'grace: DURATION\n'],
    ['a backfill', 'backfill: DURATION\n'],
    [
      'a pause',
      'suppressions: [{ id: s, outcomes: [bounced], count: 1, within: 1d, pauses: purpose, pause: DURATION }]\n',
    ],
  ])('%s', (_, part) => {
    const action = '  - { id: A, treatments: [email], value: 1 }\n'
    for (const duration of ['9999999999d', '3651d', '87601h', `1${'0'.repeat(400)}s`])
      expect(problemsOf(head + action + part.replace('DURATION', duration)).join()).toContain('write at most 3650d')
    expect(problemsOf(head + action + part.replace('DURATION', '3649d')).join()).not.toContain('at most')
  })
})

describe('a release that can’t be published is refused', () => {
  const actions = (count: number, value: string) =>
    Array.from({ length: count }, (_, n) => `  - { id: A${n}, treatments: [email], value: "${value}" }\n`).join('')

  test('for its size as JSON', () => {
    expect(problemsOf(head + actions(900, `1.0 + event.value * 0.01${' + 1.0'.repeat(90)}`))).toEqual([
      expect.stringMatching(/^1: the release has \d+ bytes as JSON, more than 524288; remove/),
    ])
  })

  test('for its number of candidates', () => {
    const twice = actions(600, '1.0').replaceAll('[email]', '[email, sms]')
    expect(problemsOf(head + twice)).toEqual([expect.stringMatching(/^8: the actions have 1200 treatments in all/)])
  })

  test('for a list, a text and an expression that are too long', () => {
    expect(problemsOf(head + actions(1001, '1.0'))).toEqual([
      "8: a list is too long in 'actions'; write at most 1000 entries",
    ])
    expect(problemsOf(head + actions(1, ' '.repeat(10_001))).join()).toMatch(
      /is too long in 'value'; write at most 10000 ch/,
    )
    expect(problemsOf(sound.replace('US: opt-out', `${'U'.repeat(3)}: opt-out`)).join()).not.toMatch(/too long/)
  })
})
