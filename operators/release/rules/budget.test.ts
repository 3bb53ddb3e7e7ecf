import { describe, expect, test } from 'vitest'
import { firstCatalog } from '../../../schemas/catalog/first-catalog.ts'
import { ruleScope } from '../../test/fixtures.ts'
import { typesNamed } from '../release-catalog.ts'
import { ruleLanguage } from './rules.ts'
import { decisionStepsMax, ruleStepsMax } from './step-meter.ts'

const features = [
  { name: 'orders_7d', type: 'number' },
  { name: 'note', type: 'text' },
] as const
const languageOf = () => ruleLanguage(features, typesNamed(firstCatalog, ['order_completed']))
const line = { productId: 'p', category: 'CHEESE', quantity: 1, value: 4, discount: 1 }
const scopeOf = (language: ReturnType<typeof languageOf>, lines: number, note = '') =>
  ruleScope({
    event: language.eventPart('order_completed', { value: 1, orderId: 'o', lines: Array(lines).fill(line) }),
    features: { orders_7d: 2, note },
  })

describe('a rule that takes more steps than its budget throws', () => {
  const text = 'x'.repeat(2000)
  test.each([
    ['rounds within rounds', 'event.lines.all(a, event.lines.all(b, a.value == b.value))'],
    [
      'rounds within rounds whose other half decides',
      'event.lines.exists(a, event.lines.all(b, event.lines.all(c, c.value == 4.0))) || true',
    ],
    [
      'lists that double',
      'cel.bind(a, event.lines + event.lines, cel.bind(b, a + a, cel.bind(c, b + b, cel.bind(d, c + c, cel.bind(e, d + d, cel.bind(f, e + e, size(f + f) > 0))))))',
    ],
    ['lists of lists that are compared', 'event.lines.map(a, event.lines) == event.lines.map(a, event.lines)'],
    ['a text joined with itself', 'event.lines.map(a, features.note).join("").size() > 0'],
    ['a text split into letters', 'event.lines.all(a, features.note.split("").size() > 0)'],
    ['a text searched from behind', 'event.lines.all(a, features.note.lastIndexOf(features.note + "y") < 0)'],
    ['a pattern and long texts', 'event.lines.all(a, features.note.matches("(a?){50}b"))'],
  ])('%s', (_, rule) => {
    const language = languageOf()
    expect(language.fault(rule, 'bool')).toBeNull()
    expect(() => language.test(rule)(scopeOf(language, 400, text))).toThrow(/steps/)
  })

  test('and the same rule answers for a smaller event', () => {
    const language = languageOf()
    const rule = language.test('event.lines.all(a, event.lines.all(b, a.value == b.value))')
    expect(() => rule(scopeOf(language, 400))).toThrow(`more than ${ruleStepsMax} steps`)
    expect(rule(scopeOf(language, 10))).toBe(true)
    expect(language.steps()).toBeLessThan(1000)
  })
})

test('the rules of a decision share a budget, and those of the next have it anew', () => {
  const language = languageOf()
  const rules = Array.from({ length: 40 }, (_, n) =>
    language.test(`event.lines.all(a, event.lines.all(b, a.value + b.value > ${n}.0 - 100.0))`),
  )
  const scope = scopeOf(language, 25)
  const answers = rules.map(rule => {
    try {
      return rule(scope)
    } catch {
      return 'rule-error'
    }
  })
  expect(answers[0]).toBe(true)
  expect(answers.at(-1)).toBe('rule-error')
  expect(language.steps()).toBeLessThan(decisionStepsMax + ruleStepsMax)
  expect(rules.at(-1)!(scopeOf(language, 25))).toBe(true)
})

describe('a pattern matches in linear time', () => {
  test.each([
    ['^([a-z0-9]+)+$', `${'a'.repeat(54)}!`, false],
    ['^(a+)+$', 'a'.repeat(1000), true],
    ['(a|aa)+$', `${'a'.repeat(1000)}b`, false],
    ['^(?:.*a){12}$', 'a'.repeat(1000), true],
    ['^[A-Z]{2}-\\\\d+$', 'AB-12', true],
    ['[(?i)]', 'i', true],
    ['\\\\(?i', 'i', true],
    ['(?s)a.b', 'a\nb', true],
    ['^.$', '😀', true],
  ])('%s', (pattern, note, answer) => {
    const language = languageOf()
    const rule = `features.note.matches("${pattern}")`
    expect(language.fault(rule, 'bool')).toBeNull()
    expect(language.test(rule)(scopeOf(language, 1, note))).toBe(answer)
  })
})

describe('a pattern that can’t be matched in linear time is refused with its place, and throws in a release of before', () => {
  test.each([
    ['"(?=a)b"', /invalid or unsupported/],
    ['"(?!a)b"', /invalid or unsupported/],
    ['"(?<=a)b"', /invalid/],
    ['"(a)\\\\1"', /invalid escape/],
    ['"["', /missing closing/],
    ['"(?i)a"', /can’t ignore case/],
    ['"(?sim:a)"', /can’t ignore case/],
    ['"(a{1000}){1000}"', /repeat/],
    ['"(a?){200}a{200}"', /parts, more than/],
    [`"${'a'.repeat(1001)}"`, /more than 1000 characters/],
    ['features.note', /is computed/],
    ['"a" + "b"', /is computed/],
  ])('%s', (pattern, message) => {
    const language = languageOf()
    const rule = `features.orders_7d > 0 && features.note.matches(${pattern})`
    expect(language.fault(rule, 'bool')).toMatchObject({
      message: expect.stringMatching(message),
      offset: expect.any(Number),
      remedy: expect.stringContaining('pattern'),
    })
    expect(language.fault(rule, 'bool')!.offset).toBeGreaterThan(40)
    expect(() => language.test(rule)(scopeOf(language, 1))).toThrow(Error)
  })
})

test('an expression of too many parts is refused', () => {
  const many = Array(400).fill('features.orders_7d > 1').join(' || ')
  expect(languageOf().fault(many, 'bool')).toMatchObject({ message: expect.stringMatching(/parts, more than 1000/) })
})

test('upper and lower case are those of ASCII on every runtime', () => {
  const language = languageOf()
  expect(language.text('features.note.lowerAscii()')(scopeOf(language, 1, 'ÄBİ'))).toBe('Äbİ')
  expect(language.text('features.note.upperAscii()')(scopeOf(language, 1, 'äbß'))).toBe('äBß')
})
