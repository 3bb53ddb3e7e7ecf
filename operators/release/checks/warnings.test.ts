import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parseRelease } from '../file/parse.ts'

const sound = readFileSync(new URL('../test/sound.yaml', import.meta.url), 'utf8')
const bank = readFileSync(new URL('test/bank.yaml', import.meta.url), 'utf8')
const firstTry = readFileSync(new URL('test/bank-first-try.yaml', import.meta.url), 'utf8')

/** What lint warns of, each with its line. */
function warningsOf(text: string): readonly string[] {
  const { problems, warnings } = parseRelease(text, 'a.yaml')
  expect(problems).toEqual([])
  return warnings.map(({ line, message }) => `${line}: ${message}`)
}

describe('the release of a bank', () => {
  test('as a newcomer wrote it is refused with remedies that can be followed', () => {
    const { problems } = parseRelease(firstTry, 'first-try.yaml')
    expect(problems.map(({ line, remedy }) => `${line}: ${remedy}`)).toEqual([
      '32: write one of: email, sms, push, inapp, web, call',
      '43: write true or false',
      '49: write a duration such as 30m, 72h or 7d',
      '54: write a number from 0 to 1',
      '59: write a duration of at least 1s, such as 30m',
    ])
  })

  test('is sound if its fraud warning is exempt from all that could hold it back', () => {
    expect(warningsOf(bank)).toEqual([])
  })

  test('gets a warning for each limit that could hold the fraud warning back', () => {
    const strict = bank
      .replaceAll(', exempt: [service] }', ' }')
      .replace('exemptPurposes: [service]', 'exemptPurposes: []')
    expect(warningsOf(strict)).toEqual([
      "14: missing consent can hold back 'fraud_warning', which is mandatory",
      "48: cap 'weekly' can hold back 'fraud_warning', which is mandatory",
      "51: quiet hours 'night' can hold back 'fraud_warning', which is mandatory",
    ])
  })

  test('gets a warning for a capacity, which is not built', () => {
    const capped = bank.replace('    cost: 6\n', '    cost: 6\n    capacity: { max: 200, window: 1d }\n')
    expect(warningsOf(capped)).toEqual(["40: 'callback' is never sent: 'capacity' is not built yet"])
  })
})

test('a grace of nothing gets a warning, unless old events may trigger all the same', () => {
  const late = (keys: string) => warningsOf(sound.replace('triggers:', `${keys}triggers:`))
  const said = 'an event that comes a millisecond after it happened triggers nothing'
  expect(late('grace: 0s\n')).toEqual([`12: ${said}`])
  expect(late('grace: 1d\nbackfill: 0s\n')).toEqual([`13: ${said}`])
  expect(late('grace: 0s\nbackfill: 1d\n')).toEqual([])
})

test('an action whose last day is over gets a warning, and only then', () => {
  const messages = (now: number) => parseRelease(sound, 'a.yaml', { now }).warnings.map(({ message }) => message)
  expect(messages(Date.UTC(2017, 3, 9))).toEqual([])
  expect(messages(Date.UTC(2017, 3, 11))).toEqual(["'spring' is never sent any more: its last day was 2017-04-09"])
})

describe('a rule that can never hold gets a warning', () => {
  const when = 'features.orders_7d > 0'
  const withRule = (rule: string) => warningsOf(sound.replace(when, `'${rule}'`))

  test.each([
    'false',
    '1 > 2',
    'features.orders_7d < 0',
    'features.orders_7d > 3 && features.orders_7d < 3',
    'features.orders_7d == 1 && features.orders_7d != 1',
    '2 > features.orders_7d && features.orders_7d >= 2',
    'context.hour > 23',
    'context.hour == 24.0',
    'context.month < 1',
    'context.weekday == -1',
    'event.type == "order_complete"',
    'event.type in ["a", "b"]',
    'event.type == "order_completed" && event.type == "page_viewed"',
    'context.trigger == "tick"',
    'context.journey == "nowhere"',
    'false || context.hour > 30',
  ])('%s', rule => {
    expect(sound).toContain(when)
    expect(withRule(rule)).toEqual([expect.stringMatching(/rule 'bought' never holds/)])
  })

  test.each([
    'features.orders_7d >= 0',
    'features.orders_7d > 3 || features.orders_7d < 3',
    'context.hour >= 23',
    '!(features.orders_7d < 0)',
    'event.type == "order_completed"',
    'features.orders_7d >= 2 && features.orders_7d <= 2',
    'context.trigger in ["timer"]',
    'context.journey != ""|| context.stage == ""',
  ])('%s can hold', rule => {
    expect(withRule(rule)).toEqual([])
  })
})

test('a rule that no person can meet who meets the rules of its group gets a warning', () => {
  const rule = '    suitability: [{ id: new, when: context.hour < 12 || features.orders_7d <= 0 }]\n'
  expect(warningsOf(sound.replace('    value: 2', `${rule}    value: 2`))).toEqual([])
  const alone = rule.replace('context.hour < 12 || ', '')
  expect(warningsOf(sound.replace('    value: 2', `${alone}    value: 2`))).toEqual([
    "25: rule 'new' never holds where the rules before it do",
  ])
})

test.each(['silence', 'Silence', 'none', 'constructor', 'toString', 'null'])('an action can’t be called %s', id => {
  const { problems } = parseRelease(sound.replace('id: spring', `id: "${id}"`), 'a.yaml')
  expect(problems).toMatchObject([{ line: 21, message: expect.stringContaining(`'${id}' can't be the name of`) }])
})

test.each(['constructor', 'in', 'true', 'while'])('a feature can’t be called %s', name => {
  const { problems } = parseRelease(
    sound.replace('name: spend_30d', `name: ${name}`).replace('features.spend_30d', '1'),
    'a.yaml',
  )
  expect(problems.map(({ line }) => line)).toContain(15)
})

describe('odd YAML is understood, or is a problem with a line and a remedy', () => {
  const odd: readonly (readonly [what: string, text: string, line: number, message: RegExp])[] = [
    ['an alias of nothing', 'release: *nope\n', 1, /no anchor 'nope'/],
    ['an alias of itself', 'release: a\ntriggers: &a [*a]\n', 2, /alias 'a' stands for itself/],
    [
      'a bomb of aliases',
      `a0: &a0 [x, x]\n${Array.from({ length: 20 }, (_, n) => `a${n + 1}: &a${n + 1} [${`*a${n}, `.repeat(9)}x]\n`).join('')}`,
      2,
      /too much/,
    ],
    ['a key twice', 'release: a\nrelease: b\n', 2, /unique/i],
    ['a tab', 'person:\n\tcountry: DE\n', 2, /[Tt]abs/],
    ['two documents', 'release: a\n---\nrelease: b\n', 2, /multiple documents/],
    ['a tag', 'release: !!js/function a\n', 1, /tag/],
    ['a merge key', sound.replace('release:', '<<: { seed: a }\nrelease:'), 1, /'<<' is not known/],
    ['a key that is a list', sound.replace('release:', '? [a]\n: b\nrelease:'), 1, /is not known/],
    [
      'a number beyond all numbers',
      sound.replace('value: 2 + features.spend_30d * 0.1', 'value: 1e400'),
      25,
      /Infinity|1e400/i,
    ],
    ['no number', sound.replace('epsilon: 0.1', 'epsilon: .nan'), 30, /NaN/],
    ['yes for true', sound.replace('    value: 2', '    mandatory: yes\n    value: 2'), 25, /'yes'/],
    ['brackets without end', '['.repeat(100_000), 1, /deeper than/],
    ['dashes without end', '- '.repeat(100_000), 1, /deeper than/],
    [
      'indentation without end',
      Array.from({ length: 1100 }, (_, n) => `${' '.repeat(n)}a:\n`).join(''),
      1000,
      /deeper than/,
    ],
    ['a file without end', '#'.repeat(2_000_000), 1, /more than 1048576 characters/],
    ['nothing', '', 1, /null/],
  ]
  test.each(odd)('%s', (_, text, line, message) => {
    const { release, problems } = parseRelease(text, 'a.yaml')
    expect(release).toBe(null)
    expect(problems[0]).toMatchObject({ line: expect.any(Number), message: expect.stringMatching(message) })
    expect(Math.abs(problems[0]!.line - line)).toBeLessThanOrEqual(1)
    expect(problems[0]!.remedy).not.toBe('')
  })

  test('Norway is a jurisdiction, in any case, and a number with a leading zero is decimal', () => {
    const { release } = parseRelease(
      sound.replace('{ US: opt-out }', '{ US: opt-out, no: opt-in }').replace('version: 1', 'version: 010'),
      'a.yaml',
    )
    expect(release?.consent.regimes).toEqual({ NO: 'opt-in', US: 'opt-out' })
    expect(release?.version).toBe(10)
  })
})

test('zones, countries and jurisdictions of a release may be in any case, and each must be one', () => {
  const { release } = parseRelease(
    sound
      .replace('jurisdiction: US', 'jurisdiction: us')
      .replace('country: US', 'country: us')
      .replace('America/New_York', 'america/new_york'),
    'a.yaml',
  )
  expect(release?.person).toMatchObject({ jurisdiction: 'US', country: 'US', timeZone: 'America/New_York' })
  const messages = (text: string) => parseRelease(text, 'a.yaml').problems.map(({ message }) => message)
  expect(messages(sound.replace('jurisdiction: US', 'jurisdiction: Germany'))).toEqual(["'Germany' is no jurisdiction"])
  expect(messages(sound.replace('{ US: opt-out }', '{ US: opt-out, us: opt-in }'))).toEqual([
    "jurisdiction 'US' is there twice",
  ])
})
