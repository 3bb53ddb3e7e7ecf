import { describe, expect, test } from 'vitest'
import { experimentBreach } from '../audit/laws/experiments.ts'
import { releaseOf } from '../audit/laws/releases.ts'
import { verify } from '../audit/verify.ts'
import { units } from '../operators/deciding/experiment-arms.ts'
import { personOf, tokens } from '../operators/identity/tokens.ts'
import { canonicalJson, releaseHash } from '../operators/release/canonical.ts'
import { parseRelease } from '../operators/release/file/parse.ts'
import type { Control, Decision } from '../schemas/generated.ts'
import type { InputRecord } from '../schemas/input-record.ts'
import { hours } from '../schemas/record.ts'
import { topics } from '../schemas/topics.ts'
import { input, TopologyTest } from '../testing/topology-test.ts'
import { journey } from './journey.ts'

const t0 = Date.UTC(2024, 3, 8, 14)
const secret = 'of the experiments'
const text = `release: shop
version: 1
person: { jurisdiction: US, country: US, timeZone: America/New_York }
identifiers: { types: [{ type: customer_id, priority: 1, limit: 1 }, { type: device_id, priority: 2, limit: 9 }] }
consent: { regimes: { US: opt-out }, exemptPurposes: [service] }
triggers: [page_viewed]
exploration: { epsilon: 0.1, floor: 0.02 }
actions:
  - { id: tea, treatments: [push], value: 9 }
  - { id: jam, treatments: [push], value: 5 }
  - { id: notice, purpose: service, treatments: [sms], value: 2 }
  - { id: credit, treatments: [call], value: 90, approval: required }
  - { id: callback, treatments: [call], value: 80, capacity: { max: 20, window: 1h } }
experiments:
  - { id: everyone, kind: holdout, share: 0.3 }
  - { id: chance, kind: random, share: 0.3 }
  - { id: cart_only, kind: holdout, share: 1, journey: cart }
journeys:
  - id: cart
    trigger: { event: product_added }
    stages: [{ id: remind, wait: 30m, decide: true }]
    goal: { event: order_completed }
    timeout: 2h
`
const { release, problems } = parseRelease(text, 'shop.yaml')
const document = canonicalJson(release!)
const control: Control = { controlId: 'shop', kind: 'release', document, hash: releaseHash(document) }

let count = 0
function happens(
  names: string,
  timestamp: number,
  type: string,
  fields: Readonly<Record<string, unknown>>,
): InputRecord {
  const identifiers = names
    .split(' ')
    .map(value => ({ type: value.startsWith('d') ? 'device_id' : 'customer_id', value }))
  const event = { eventId: `e${count++}`, type, occurredAt: timestamp, identifiers, source: '', schemaVersion: 1 }
  const value = { ...event, data: { 'joai.OpenData': { fields } } }
  return input(topics.events, 'event', value, { key: identifiers[0]!.value, timestamp })
}
const views = (names: string, at: number) => happens(names, at, 'page_viewed', { url: '/', productId: null })
const adds = (names: string, at: number) =>
  happens(names, at, 'product_added', { cartId: 'c', sku: 's', quantity: 1, price: 2 })

const people = Array.from({ length: 120 }, (_, n) => n)
const history: readonly InputRecord[] = [
  input(topics.control, 'control', control, { key: 'shop', timestamp: t0 - 1 }),
  ...people.map(n => views(`d${n}`, t0 + n)),
  ...people.map(n => views(`c${n}`, t0 + hours(1) + n)),
  ...people.map(n => views(`d${n} c${n}`, t0 + hours(3) + n)),
  ...people.map(n => views(`c${n}`, t0 + hours(5) + n)),
  ...people.slice(0, 30).map(n => adds(`c${n}`, t0 + hours(6) + n)),
]

const run = await TopologyTest.open(journey({ secret }), { partitions: 2 })
await run.run(history, { until: { multipleOf: hours(1) } })
const decisions = (await run.read(topics.decisions, 'decision')).map(({ value }) => value)
const variant = ({ experiments }: Decision, id: string) => experiments.find(one => one.id === id)?.variant
const tokenOf = tokens(secret)
const personIs = (type: string, value: string) => personOf(tokenOf({ type, value }).token)

describe('an experiment', () => {
  test('is on every decision that it covers, and on no other', () => {
    expect(problems).toEqual([])
    const ofJourney = decisions.filter(({ trigger }) => trigger.journey === 'cart')
    expect(ofJourney).toHaveLength(30)
    for (const decision of decisions) {
      const ids = decision.experiments.map(({ id }) => id)
      expect(ids).toEqual(
        decision.trigger.journey === 'cart' ? ['everyone', 'chance', 'cart_only'] : ['everyone', 'chance'],
      )
    }
  })

  test('that holds a person out allows nothing but service messages', () => {
    const held = decisions.filter(
      decision => variant(decision, 'everyone') === 'holdout' || variant(decision, 'cart_only'),
    )
    expect(held.length).toBeGreaterThan(100)
    for (const { candidates, outcome } of held) {
      expect(['silence', 'notice']).toContain(outcome.actionId)
      const tea = candidates.find(({ actionId }) => actionId === 'tea')!
      expect(tea.removedBy).toMatchObject({ stage: 'experiment', reason: 'held-out' })
    }
    expect(held.some(({ outcome }) => outcome.actionId === 'notice')).toBe(true)
  })

  test('that leaves the choice to chance makes all open candidates equally likely, and records it', () => {
    const random = decisions.filter(decision => variant(decision, 'chance') === 'random')
    expect(random.length).toBeGreaterThan(100)
    for (const { learning, candidates } of random) {
      const open = candidates.filter(({ removedBy }) => removedBy === null)
      expect(learning).toMatchObject({ arm: 'random', algorithm: 'uniform', behaviourProbability: 1 / open.length })
    }
    expect(new Set(random.map(({ outcome }) => outcome.actionId))).toEqual(new Set(['tea', 'jam', 'notice', 'silence']))
  })

  test('keeps the first variant of a person when persons merge', () => {
    let changed = 0
    for (const n of people) {
      const mine = [personIs('device_id', `d${n}`), personIs('customer_id', `c${n}`)]
      const own = decisions.filter(({ subject }) => mine.includes(subject.personId))
      const device = own.find(({ time }) => time.decidedAt === t0 + n)!
      const customer = own.find(({ time }) => time.decidedAt === t0 + hours(1) + n)!
      const late = own.filter(({ time }) => time.decidedAt >= t0 + hours(5))
      expect(late.length).toBeGreaterThan(0)
      for (const id of ['everyone', 'chance']) {
        for (const decision of late) expect(variant(decision, id)).toBe(variant(device, id))
        const isWinnersOwn = device.subject.personId < customer.subject.personId
        if (!isWinnersOwn && variant(customer, id) !== variant(device, id)) changed++
      }
    }
    // The merges in which the remaining id would have had another variant.
    expect(changed).toBeGreaterThan(10)
  })
})

test('a treatment that waits for approvals or slots is removed until there are any', () => {
  for (const { candidates } of decisions)
    for (const id of ['credit', 'callback'])
      expect(candidates.find(({ actionId }) => actionId === id)!.removedBy!.reason).toBe('not-supported-yet')
})

test('when two persons merge, the earlier assignment stays, whichever person had it', () => {
  const [early, late] = [
    { unit: 'z', since: 1 },
    { unit: 'a', since: 2 },
  ]
  const alike = { unit: 'b', since: 1 }
  for (const [a, b, stays] of [
    [early, late, early],
    [early, alike, alike],
    [units.empty, late, late],
  ] as const) {
    expect(units.merge!(a, b)).toEqual(stays)
    expect(units.merge!(b, a)).toEqual(stays)
  }
})

describe('the verifier', () => {
  test('repeats the draw of every assignment, from the log alone', async () => {
    const { laws } = await verify(run.log)
    expect(laws.flatMap(({ violations }) => violations)).toEqual([])
    expect(laws.find(({ law }) => law === 'experiments')?.checked).toBe(decisions.length)
  })

  const active = releaseOf(control)!
  const held = decisions.find(one => variant(one, 'everyone') === 'holdout' && one.time.decidedAt < t0 + 200)!
  const unit = { id: held.subject.personId, since: held.time.decidedAt }
  const [first, second] = held.experiments
  test.each<[string, Partial<Decision>, RegExp]>([
    ['a person let in', { experiments: [{ ...first!, variant: 'policy' }, second!] }, /has variant policy/],
    ['another share', { experiments: [{ ...first!, probability: 0.5 }, second!] }, /says 0.5/],
    ['an experiment left out', { experiments: [second!] }, /in 1 experiments/],
    ['something sent', { outcome: { ...held.outcome, actionId: 'tea' } }, /tea was chosen/],
    ['another arm', { learning: { ...held.learning, arm: 'other' } }, /its arm is other/],
  ])('finds %s', (_, change, sees) => {
    expect(experimentBreach(held, active, unit)).toBeNull()
    expect(experimentBreach({ ...held, ...change }, active, unit)).toMatch(sees)
  })

  test('detects the assignment of another person', () => {
    const breaches = decisions.filter(({ subject }) =>
      experimentBreach(held, active, { ...unit, id: subject.personId }),
    )
    expect(breaches.length).toBeGreaterThan(100)
  })
})
