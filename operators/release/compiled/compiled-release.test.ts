import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { ReleaseRow } from '../../../schemas/generated.ts'
import { ruleScope } from '../../test/fixtures.ts'
import { canonicalJson, releaseHash } from '../canonical.ts'
import { parseRelease } from '../file/parse.ts'
import { type CompiledRelease, compiled } from './compiled-release.ts'

const text = readFileSync(new URL('../test/sound.yaml', import.meta.url), 'utf8')
const rules = `    applicability:
      - { id: spends, when: features.spend_30d >= 10 }
    suitability:
      - { id: rested, when: ledger.contacts_7d < 2 }
    eligibility:
      - { id: large, when: event.value > 5 }
`

function row(change: (yaml: string) => string = yaml => yaml, stopped: readonly string[] = []): ReleaseRow {
  const { release, problems } = parseRelease(change(text.replace('caps:', `${rules}caps:`)), 'sound.yaml')
  expect(problems).toEqual([])
  const document = canonicalJson(release!)
  return { document, hash: releaseHash(document), stopped }
}

const scopeOf = (release: CompiledRelease, spend: number, value: number) =>
  ruleScope({
    features: { orders_7d: 1, spend_30d: spend },
    event: release.eventPart('order_completed', { orderId: 'o', storeId: '', value, discount: 0, lines: [] }),
  })

test('before the first release there is nothing to decide', () => {
  expect(compiled({ document: '', hash: '', stopped: [] })).toBeNull()
})

test('each treatment is a candidate, with eligibility before applicability before suitability, the group’s first', () => {
  const release = compiled(row())!
  expect(release.candidates.map(({ treatment }) => treatment.id)).toEqual(['email', 'push'])
  const [email] = release.candidates
  expect(email!.group!.id).toBe('coupons')
  expect(email!.rules.map(({ rule, stage }) => `${stage}/${rule.id}`)).toEqual([
    'eligibility/bought',
    'eligibility/large',
    'applicability/spends',
    'suitability/rested',
  ])
})

test('compiled rules, context and value say what the file says', () => {
  const release = compiled(row())!
  const [email] = release.candidates
  const answers = (spend: number, value: number) => email!.rules.map(rule => rule.test(scopeOf(release, spend, value)))
  expect(answers(20, 6)).toEqual([true, true, true, true])
  expect(answers(9.99, 5)).toEqual([true, false, false, true])
  expect(email!.context(scopeOf(release, 1, 1))).toBe(1)
  expect(email!.value(scopeOf(release, 20, 1))).toBe(4)
})

test('a release is compiled once, and again when an action of it was stopped', () => {
  const first = compiled(row())!
  expect(compiled(row())).toBe(first)
  const after = compiled(row(yaml => yaml, ['spring']))!
  expect(after).not.toBe(first)
  expect([...after.stopped]).toEqual(['spring'])
  expect(first.stopped.size).toBe(0)
})

test('twenty releases in turn are each themselves, though only a few are kept', () => {
  const releases = Array.from({ length: 20 }, (_, n) => row(yaml => yaml.replace('version: 1', `version: ${n + 1}`)))
  for (const turn of [releases, [...releases].reverse()])
    expect(turn.map(each => compiled(each)!.release.version)).toEqual(
      turn.map(each => JSON.parse(each.document).version),
    )
})

test('two documents with the same hash are compiled separately', () => {
  const other = row(yaml => yaml.replace('version: 1', 'version: 9'))
  expect(compiled({ ...row(), hash: 'same' })!.release.version).toBe(1)
  expect(compiled({ ...other, hash: 'same' })!.release.version).toBe(9)
})

test('features are found by the event that they are made of, triggers and actions by name', () => {
  const release = compiled(row())!
  expect(release.featuresByEvent.get('order_completed')!.map(({ name }) => name)).toEqual(['orders_7d', 'spend_30d'])
  expect([...release.triggers]).toEqual(['order_completed'])
  expect(release.actions.get('spring')!.group).toBe('coupons')
})

test('a document with a rule that does not compile is refused', () => {
  const { document } = row()
  const bad = document.replace('features.orders_7d > 0', 'features.orders > 0')
  expect(() => compiled({ document: bad, hash: 'bad', stopped: [] })).toThrow(/'orders' is not in features/)
})
