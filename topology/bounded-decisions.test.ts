import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { stringify } from 'yaml'
import { contactsMax } from '../operators/contact-policy/ledger-rows.ts'
import { otherStepsMax } from '../operators/release/checks/check-cost.ts'
import { compiled } from '../operators/release/compiled/compiled-release.ts'
import { parseRelease } from '../operators/release/file/parse.ts'
import type { Release } from '../operators/release/release.ts'
import { decisionStepsMax } from '../operators/release/rules/step-meter.ts'
import { decisionSteps, stepsInAll } from '../operators/steps/decision-steps.ts'
import { mostSteps } from '../operators/steps/most-steps.ts'
import { topics } from '../schemas/topics.ts'
import { happens } from '../testing/test/stories.ts'
import { TopologyTest } from '../testing/topology-test.ts'
import { journey } from './journey.ts'
import { controlRecord, releaseControl } from './replay/control-record.ts'
import { shop } from './test/shop.ts'

const t0 = Date.UTC(2024, 4, 6, 15)
const topology = journey({ secret: 'the secret of what is bounded' })
const compiledOf = (release: Release) => {
  const { document, hash } = releaseControl(release)
  return compiled({ document, hash, stopped: [] })!
}

/** A part of a release that can be made larger and larger. */
type Part = (size: number) => Readonly<Record<string, unknown>>

const numbers = (count: number) => Array.from({ length: count }, (_, n) => n)
const rounds = (n: number) => `event.lines.all(a, event.lines.all(b, a.value + b.value > -${n + 1}.0))`
const action = { treatments: ['inapp'], value: 1 }
const parts: Readonly<Record<string, Part>> = {
  candidates: size => ({ actions: numbers(size).map(n => ({ ...action, id: `a${n}` })) }),
  features: size => ({
    features: numbers(size).map(n => ({
      name: `f${n}`,
      event: 'order_completed',
      kind: 'distinct',
      field: 'lines.productId',
      window: '90d',
      where: { field: 'lines.category', equals: `c${n}` },
    })),
  }),
  caps: size => ({ caps: numbers(size).map(n => ({ id: `c${n}`, max: 100 + n, window: `${n + 1}d`, per: 'action' })) }),
  suppressions: size => ({
    suppressions: numbers(size).map(n => ({
      id: `s${n}`,
      outcomes: ['opened'],
      count: n + 1,
      within: '30d',
      pauses: 'action',
      pause: '1d',
    })),
  }),
  quietHours: size => ({
    quietHours: numbers(size).map(n => ({ id: `q${n}`, from: '21:00', to: '08:00', channels: ['inapp'] })),
  }),
  journeys: size => ({
    journeys: numbers(size).map(n => ({
      id: `j${n}`,
      trigger: { event: 'order_completed', ...(size < 50 && { when: rounds(n) }) },
      stages: [{ id: 's', wait: '1h' }],
      goal: { event: 'page_viewed' },
      timeout: '2d',
    })),
  }),
}
const textOf = (more: Readonly<Record<string, unknown>>) =>
  shop(
    stringify(
      { triggers: ['order_completed'], actions: [{ ...action, id: 'a' }], ...more },
      { aliasDuplicateObjects: false },
    ),
  )
const accepted = (more: Readonly<Record<string, unknown>>) => parseRelease(textOf(more), 'worst.yaml')

/** No decision of the demo takes fewer, and so the median one does not. */
function leastOfDemo(): number {
  const { release } = parseRelease(
    readFileSync(new URL('../examples/retail.yaml', import.meta.url), 'utf8'),
    'retail.yaml',
  )
  const nothing = { contacts: 0, outcomes: 0, consents: 0, elements: 0, characters: 0, journeys: 0 }
  return stepsInAll(decisionSteps(compiledOf(release!), { ...nothing, isZoned: true, entries: () => 0 }))
}

test.each([
  ['caps', 30, 40],
  ['features', 10, 30],
  ['suppressions', 100, 400],
  ['quietHours', 20, 100],
  ['journeys', 100, 600],
])('lint bounds the %s of a release by the steps that they take: %i are accepted, %i are not', (name, some, many) => {
  const { release } = accepted(parts[name]!(some))
  expect(stepsInAll(mostSteps(compiledOf(release!)))).toBeLessThanOrEqual(otherStepsMax)
  const { problems } = accepted(parts[name]!(many))
  expect(problems.map(({ message }) => message)).toEqual([
    expect.stringMatching(/may take \d+ steps besides its rules/),
  ])
  expect(problems[0]!.remedy).not.toBe('')
})

test('no record and no release costs fifty times the median decision of the demo', async () => {
  const rules = numbers(40).map(n => ({ id: `r${n}`, when: rounds(n) }))
  const actions = rules.map((rule, n) => ({ ...action, id: `a${n}`, suitability: [rule] }))
  const others = { actions, ...parts.features!(8), ...parts.suppressions!(5), ...parts.journeys!(12) }
  const left = otherStepsMax - stepsInAll(mostSteps(compiledOf(accepted(others).release!)))
  const caps = Math.floor(left / (contactsMax + 1 + actions.length))
  const { release, problems } = accepted({ ...others, ...parts.caps!(caps) })
  expect(problems).toEqual([])
  const lines = numbers(500).map(n => ({
    productId: `p${n}`.padEnd(50, 'p'),
    category: 'c1',
    quantity: 1,
    value: 4,
    discount: 0,
  }))
  const bench = await TopologyTest.open(topology)
  const first = controlRecord(releaseControl(release!), t0 - 1)
  await bench.run([first, happens('c', 'order_completed', t0, { value: 5, lines })], { until: t0 + 1 })
  const [decision] = await bench.read(topics.decisions, 'decision')
  expect(decision!.value.candidates.map(({ removedBy }) => removedBy?.reason)).toContain('rule-error')
  const active = compiledOf(release!)
  const spent = { rules: active.steps(), conditions: active.journeys.steps(), rest: stepsInAll(mostSteps(active)) }
  expect(spent.rules).toBeGreaterThan(decisionStepsMax * 0.9)
  expect(spent.conditions).toBeGreaterThan(decisionStepsMax * 0.9)
  expect(spent.rest).toBeGreaterThan(otherStepsMax * 0.9)
  // A budget that an expression would exceed is not spent, so this is the most of each.
  const worstSteps = 2 * decisionStepsMax + otherStepsMax
  expect(spent.rules + spent.conditions + spent.rest).toBeLessThan(worstSteps + 2)
  expect(worstSteps).toBeLessThan(50 * leastOfDemo())
})

test('an event with a longer list or with longer texts never comes in', async () => {
  const bench = await TopologyTest.open(topology)
  const line = { productId: 'p', category: 'c', quantity: 1, value: 4, discount: 0 }
  await bench.run(
    [
      happens('c', 'order_completed', t0, { lines: Array(500).fill(line) }),
      happens('c', 'order_completed', t0 + 1, { lines: Array(501).fill(line) }),
      happens('c', 'page_viewed', t0 + 2, { url: 'u'.repeat(32_768), productId: null }),
      happens('c', 'page_viewed', t0 + 3, { url: 'u'.repeat(32_769), productId: null }),
    ],
    { until: t0 + 4 },
  )
  const letters = await bench.read(topics.deadLetters, 'letter')
  expect(letters.map(({ value }) => value.reason)).toEqual(['oversize-list', 'oversize-text'])
})
