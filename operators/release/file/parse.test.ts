import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { Receipt } from '../../../schemas/generated.ts'
import { days } from '../../../schemas/record.ts'
import { parseRelease } from './parse.ts'
import { outcomes } from './release-schema.ts'

const fixture = (name: string): string => readFileSync(new URL(`../test/${name}.yaml`, import.meta.url), 'utf8')
const sound = fixture('sound')

/** The problems of the sound release with one text in it replaced. */
function problemsWith(from: string, to: string) {
  expect(sound).toContain(from)
  return parseRelease(sound.replace(from, to), 'changed.yaml').problems
}

/** The line of each problem, its text, its message and its remedy. */
const broken: Readonly<Record<string, { line: number; text: string; message: RegExp; remedy: string | RegExp }>> = {
  'unknown-key': { line: 28, text: 'quiethours:', message: /'quiethours' is not known/, remedy: "write 'quietHours'" },
  'not-yaml': { line: 22, text: '\tgroup', message: /[Tt]abs/, remedy: /^write YAML: two spaces a level, no tabs/ },
  'unknown-event': {
    line: 15,
    text: 'order_complete,',
    message: /'order_complete'/,
    remedy: "write 'order_completed'",
  },
  'unknown-field': { line: 15, text: 'lines.valeu', message: /'lines.valeu'/, remedy: "write 'lines.value'" },
  'text-summed': {
    line: 15,
    text: 'lines.category',
    message: /not a number/,
    remedy: /^write one of: value, discount, margin, lines.q/,
  },
  'unknown-feature': {
    line: 19,
    text: 'orders_7 >',
    message: /'orders_7' is not in features/,
    remedy: "write 'orders_7d'",
  },
  'rule-not-a-question': {
    line: 19,
    text: 'features.orders_7d + 1',
    message: /double, not a bool/,
    remedy: /^write a comparison/,
  },
  'backwards-validity': {
    line: 23,
    text: '2017-04-30',
    message: /'spring' is never valid/,
    remedy: 'write from: 2017-04-09 and to: 2017-04-30',
  },
  'idle-cap': {
    line: 28,
    text: '5, window: 1d',
    message: /'daily' can never bind: 'weekly' is as tight/,
    remedy: 'remove it, or write less than 3',
  },
  'no-quiet-hours': {
    line: 29,
    text: '"21:00" }',
    message: /last no time/,
    remedy: /^write another 'to', such as "08:00"/,
  },
  'unknown-zone': {
    line: 6,
    text: 'America/NewYork',
    message: /'America\/NewYork'/,
    remedy: "write 'America/New_York'",
  },
  'journey-too-short': {
    line: 34,
    text: '1d',
    message: /'cart' ends at its timeout before stage 'last-call' is over/,
    remedy: 'write a longer timeout than the stages wait in all, 1470m',
  },
  'journey-condition': {
    line: 32,
    text: 'ledger.contacts_7d',
    message: /'ledger' is not known/,
    remedy: 'write one of: features, event',
  },
  'epsilon-too-large': { line: 30, text: '1.5', message: /'1.5' can't stand/, remedy: 'write a number from 0 to 1' },
}

describe('a broken release file', () => {
  test('there are fourteen, and each is expected', () => {
    const files = readdirSync(new URL('../test', import.meta.url)).filter(name => name.endsWith('.yaml'))
    const names = files.map(name => name.replace('.yaml', ''))
    expect(names.filter(name => name !== 'sound' && name !== 'odd-but-right').sort()).toEqual(
      Object.keys(broken).sort(),
    )
    expect(Object.keys(broken)).toHaveLength(14)
  })

  test.each(Object.entries(broken))('%s: file, line, column and remedy', (name, { line, text, message, remedy }) => {
    const file = `test/${name}.yaml`
    const { release, problems } = parseRelease(fixture(name), file)
    expect(release).toBeNull()
    expect(problems[0]).toMatchObject({ file, line, message: expect.stringMatching(message) })
    expect(
      fixture(name)
        .split('\n')
        [line - 1]!.slice(problems[0]!.column - 1)
        .startsWith(text),
    ).toBe(true)
    if (typeof remedy === 'string') expect(problems[0]!.remedy).toBe(remedy)
    else expect(problems[0]!.remedy).toMatch(remedy)
    if (name !== 'not-yaml') expect(problems).toHaveLength(1)
  })
})

describe('what names mean', () => {
  const group = '    group: coupons'
  test.each([
    ['a group that is not there', group, '    group: coupon', 22, "write 'coupons'"],
    ['a purpose that is not there', group, `${group}\n    purpose: marketting`, 23, "write 'marketing'"],
    ['a channel that is not there', '[email, push]\n    value', '[e-mail, push]\n    value', 24, "write 'email'"],
    ['a model that is not there', 'floor: 0.02', 'floor: 0.02, model: uniforme', 30, "write 'uniform'"],
    [
      'a change of consent as a trigger',
      '[order_completed]',
      '[consent_changed]',
      12,
      'remove it: what people say of contacts is no occasion for one',
    ],
    ['a trigger that is not there', '[order_completed]', '[orders_completed]', 12, "write 'order_completed'"],
    [
      'a treatment twice',
      '[email, push]\n    value',
      '[email, email]\n    value',
      24,
      "rename one, for instance 'email_2'",
    ],
    ['a country that is not there', 'country: US', 'country: XX', 5, /^write/],
    ['a sum without a field', ', field: value', '', 15, /^add 'field:', one of: value, discount/],
    ['a count of a field', 'kind: count', 'kind: count, field: value', 14, /^remove 'field'/],
    ['a rate of a field', 'kind: count', 'kind: decayed-rate, halfLife: 7d, field: value', 14, /^remove 'field'/],
    ['a rate without a half-life', 'kind: count', 'kind: decayed-rate', 14, /^add 'halfLife:'/],
    ['a quantile that is not said', 'kind: sum', 'kind: quantile', 15, /^add 'q:'/],
    ['a window longer than features can have', 'window: 30d', 'window: 200d', 15, 'write 1h to 90d'],
    [
      'a cap that counts nothing',
      'max: 3, window: 7d',
      'max: 3, window: 7d, channel: sms',
      27,
      /^remove it, or change/,
    ],
    ['a cap on a tag that nobody has', 'max: 3, window: 7d', 'max: 3, window: 7d, tag: vip', 27, /^remove it/],
    ['a day that does not exist', 'to: 2017-04-09', 'to: 2017-02-30', 23, 'write a day such as 2017-03-03'],
    ['a zero duration', 'max: 3, window: 7d', 'max: 3, window: 0d', 27, 'write a duration such as 30m, 72h or 7d'],
    ['a time without quotes or sense', 'to: "08:00"', 'to: 8', 29, 'write a local time such as "21:00"'],
    [
      'a value that asks the runtime’s calendar',
      '2 + features',
      'timestamp(1).getHours() + features',
      25,
      /^ask 'context.hour'/,
    ],
    [
      'a text that is compared with a number',
      'orders_7d > 0',
      'orders_7d > 0 && person.time_zone > 1',
      19,
      /^compare like/,
    ],
    ['a rule about nothing known', 'features.orders_7d', 'feature.orders_7d', 19, "write 'features'"],
    [
      'a missing value',
      '    value: 2 + features.spend_30d * 0.1\n',
      '',
      21,
      "add 'value:', write a number, or CEL that gives one",
    ],
  ] as const)('%s is a problem, with a line and a remedy', (_, from, to, line, remedy) => {
    const problems = problemsWith(from, to)
    expect(problems.map(problem => problem.line)).toEqual([line])
    if (typeof remedy === 'string') expect(problems[0]!.remedy).toBe(remedy)
    else expect(problems[0]!.remedy).toMatch(remedy)
  })

  test('an action may have a name, which must mean no other action', () => {
    const spring = '  - id: spring\n    group: coupons'
    const autumn = (name: string) => `  - { id: A2, name: ${name}, treatments: [email], value: 1 }`
    const two = (own: string, other: string) =>
      problemsWith(spring, `${autumn(other)}\n${spring.replace('spring', `spring\n    name: ${own}`)}`)
    expect(two('blossom', 'leaves')).toEqual([])
    expect(two('blossom', 'A2')).toEqual([])
    expect(two('leaves', 'leaves')).toMatchObject([{ line: 23, message: "action name 'leaves' is there twice" }])
    expect(two('A2', 'leaves')).toMatchObject([{ line: 23, message: "'A2' is the id of another action" }])
  })

  test('a name is part of its release, and no release has one that its file does not give', () => {
    const named = sound.replace('  - id: spring', '  - id: spring\n    name: blossom')
    const actions = (text: string) => parseRelease(text, 'named.yaml').release!.actions
    expect(actions(named).map(({ name }) => name)).toEqual(['blossom'])
    expect(actions(sound).flatMap(Object.keys)).not.toContain('name')
  })

  test('an id that is there twice is a problem where it comes again', () => {
    const twice = '  - { id: night, channels: [email], from: "09:00", to: "10:00" }\nexploration'
    expect(problemsWith('exploration', twice)).toMatchObject([
      { line: 30, message: "quiet hours 'night' is there twice" },
    ])
    const rule = '      - { id: bought, when: features.orders_7d > 0 }\n'
    expect(problemsWith(rule, rule + rule)).toMatchObject([{ line: 20, message: "rule 'bought' is there twice" }])
  })

  test('a model that names an unknown action is a problem at its key', () => {
    const model = 'models:\n  - { id: m, version: 1, actions: { sprung: { alpha: 1, beta: 2 } } }\nexploration'
    expect(problemsWith('exploration', model)).toMatchObject([{ line: 31, column: 37, remedy: "write 'spring'" }])
  })

  test('a fault in a rule of several lines is found on its line', () => {
    const rule = 'when: >-\n            features.orders_7d > 0 &&\n            features.spend > 1 }'
    const folded = problemsWith(
      '{ id: bought, when: features.orders_7d > 0 }',
      `id: bought\n        ${rule.slice(0, -2)}`,
    )
    expect(folded).toMatchObject([{ line: 22, column: 22, remedy: "write 'spend_30d'" }])
  })

  test('all problems of a file are reported at once, in the order of the file', () => {
    const text = sound
      .replace('orders_7d > 0', 'orders_9d > 0')
      .replace('America/New_York', 'Mars/Olympus')
      .replace('"08:00"', '"21:00"')
    expect(parseRelease(text, 'f').problems.map(({ line }) => line)).toEqual([6, 19, 29])
  })
})

describe('a journey', () => {
  const journey = fixture('journey-too-short').split('journeys:\n')[1]!.split('caps:')[0]!.replace('1d\n', '3d\n')
  const withJourney = (from = '', to = '') => {
    expect(journey).toContain(from)
    return parseRelease(sound.replace('caps:', `journeys:\n${journey.replace(from, to)}caps:`), 'f')
  }

  test('is read with its defaults', () => {
    const { release, problems } = withJourney()
    expect(problems).toEqual([])
    expect(release!.journeys).toEqual([
      {
        id: 'cart',
        trigger: { event: 'product_added', when: null },
        stages: [
          { id: 'remind', waitMs: 30 * 60_000, holdUntil: null, reset: null, decide: true },
          {
            id: 'last-call',
            waitMs: days(1),
            holdUntil: { event: 'page_viewed', when: null },
            reset: { event: 'product_added', when: null },
            decide: true,
          },
        ],
        goal: { event: 'order_completed', when: 'event.value > 20' },
        exit: [{ event: 'product_removed', when: null }],
        timeoutMs: days(3),
        reentryAfterMs: days(7),
      },
    ])
    const reentry = (text: string) => withJourney('reentry: { after: 7d }', text).release!.journeys![0]!.reentryAfterMs
    expect(reentry('reentry: always')).toBe(0)
    expect(reentry('reentry: never')).toBe(null)
    expect(reentry('')).toBe(null)
  })

  test.each([
    ['an event that is not there', 'page_viewed, within', 'page_view, within', 31, "write 'page_viewed'"],
    ['a field that its event does not have', 'event.value', 'event.price', 32, /^write/],
    ['a stage that does not say how long', 'wait: 30m, ', '', 30, "add 'wait:', such as 30m"],
    ['a stage that waits and holds', 'last-call, ', 'last-call, wait: 1h, ', 31, /^remove 'wait'/],
    ['a stage twice', 'last-call', 'remind', 31, "rename one, for instance 'remind_2'"],
    ['a condition that is no question', 'event.value > 20', 'event.value', 32, /^write a comparison/],
  ] as const)('with %s is a problem, with a line and a remedy', (_, from, to, line, remedy) => {
    const { problems } = withJourney(from, to)
    expect(problems.map(problem => problem.line)).toEqual([line])
    if (typeof remedy === 'string') expect(problems[0]!.remedy).toBe(remedy)
    else expect(problems[0]!.remedy).toMatch(remedy)
  })
})

describe('caps that can never bind', () => {
  const cap = '  - { id: weekly, max: 3, window: 7d }'
  const capsWith = (...lines: string[]) => problemsWith(cap, [cap, ...lines.map(line => `  - { ${line} }`)].join('\n'))
  const idle = (...lines: string[]) => capsWith(...lines).map(({ line }) => line)

  test('a cap on a week that a daily cap already implies is one', () => {
    expect(idle('id: daily, max: 1, window: 1d', 'id: ten, max: 10, window: 10d')).toEqual([29])
    expect(idle('id: daily, max: 1, window: 1d', 'id: five, max: 5, window: 10d, channel: email')).toEqual([])
  })
  test('the second of two equal ones is one', () => expect(idle('id: again, max: 3, window: 7d')).toEqual([28]))
  test('a narrower cap is not implied by one that lets a purpose pass', () => {
    expect(idle('id: emails, max: 3, window: 7d, channel: email')).toEqual([28])
    expect(idle('id: emails, max: 2, window: 7d, channel: email')).toEqual([])
    expect(idle('id: imported, max: 3, window: 7d, countsImported: true')).toEqual([27])
  })
})

describe('a sound release file', () => {
  const { release, problems } = parseRelease(sound, 'sound.yaml')
  test('has no problems, and defaults for what it leaves out', () => {
    expect(problems).toEqual([])
    expect(release).toMatchObject({
      seed: 'corner-shop',
      dedupMs: days(7),
      graceMs: days(1),
      budget: null,
      suppressions: [],
      models: [{ id: 'uniform', prior: { alpha: 1, beta: 1 } }],
      exploration: { model: 'uniform' },
      actions: [{ purpose: 'marketing', context: '1.0', lever: 1, cost: 0, mandatory: false, unsupported: null }],
      quietHours: [{ fromMinute: 21 * 60, toMinute: 8 * 60 }],
    })
    expect(release!.actions[0]!.treatments.map(({ id }) => id)).toEqual(['email', 'push'])
  })
  test('may count the lines of events', () => {
    expect(problemsWith('kind: count', 'kind: count, field: lines.value')).toEqual([])
  })

  test('is valid from the first to the last moment of its days, in its zone', () => {
    const { validFromMs, validToMs } = release!.actions[0]!
    expect(new Date(validFromMs!).toISOString()).toBe('2017-03-03T05:00:00.000Z')
    expect(new Date(validToMs!).toISOString()).toBe('2017-04-10T03:59:59.999Z')
  })
  test('may hold an action that is not supported yet', () => {
    const text = sound.replace('    group: coupons', '    unsupported: needs a stock feed')
    expect(parseRelease(text, 'f').release!.actions[0]!.unsupported).toBe('needs a stock feed')
  })
  test('knows every outcome that a receipt can have', () => {
    const receipt = JSON.parse(Receipt.json) as { fields: { name: string; type: { symbols?: string[] } }[] }
    expect([...outcomes].sort()).toEqual(receipt.fields.find(({ name }) => name === 'kind')!.type.symbols!.sort())
  })
})
