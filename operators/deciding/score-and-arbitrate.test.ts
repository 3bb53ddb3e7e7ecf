import { describe, expect, test } from 'vitest'
import { Decision, type FeatureValue } from '../../schemas/generated.ts'
import { person } from '../../state/person.ts'
import { contactPlan } from '../contact-policy/contact-plan.ts'
import { decisionIdOfTimer, draw } from '../hashing/ids.ts'
import { compiled } from '../release/compiled/compiled-release.ts'
import type { Release } from '../release/release.ts'
import type { FilteredRequest, Option } from '../request.ts'
import { action, feature, frozen, recordOf, releaseRow } from '../test/fixtures.ts'
import { scoreAndArbitrate } from './score-and-arbitrate.ts'

const arbiter = scoreAndArbitrate({ topologyVersion: 'topology-1' })
const treatments = [{ id: 'plain', channel: 'email', parameters: {} }] as const
const actions = ['coffee', 'tea', 'notice'].map(id =>
  action({ id, purpose: 'marketing', treatments, group: id === 'notice' ? null : 'drinks' }),
)
const drinks = { id: 'drinks', eligibility: [], applicability: [], suitability: [] }
const models: Release['models'] = [
  {
    id: 'beta',
    version: 7,
    prior: { alpha: 1, beta: 3 },
    groups: { drinks: { alpha: 1, beta: 9 } },
    actions: { coffee: { alpha: 1, beta: 1 } },
  },
]
const greedy: Release['exploration'] = { algorithm: 'epsilon-greedy', epsilon: 0.3, floor: 0.2, model: 'beta' }
const parts: Partial<Release> = { actions, models, groups: [drinks], exploration: greedy }

const option = (actionId: string, change: Partial<Option> = {}): Option => ({
  actionId,
  treatmentId: 'plain',
  channel: 'email',
  removedBy: null,
  context: 1,
  value: 10,
  lever: 1,
  cost: 1,
  purpose: 'marketing',
  mandatory: false,
  opensAt: null,
  ...change,
})
const removed = (reason: string): Partial<Option> => ({
  removedBy: { rule: 'r', version: 1, stage: 'cap', reason },
})
const quietUntil = (opensAt: number): Partial<Option> => ({ ...removed('quiet-hours'), opensAt })
const features: readonly FeatureValue[] = [{ name: 'visits', number: 3, text: null }]

const idFor = (name: string) => decisionIdOfTimer('test', [name], 0)

const requestOf = (options: readonly Option[], eventId = 'order-1', canWait = true): FilteredRequest => ({
  request: {
    decisionId: idFor(eventId),
    trigger: {
      origin: { topic: 'events', partition: 3, offset: 9 },
      source: '',
      begunBy: '',
      eventId,
      type: 'order_completed',
      journey: '',
      stage: '',
      deferred: [],
    },
    occurredAt: 900,
    event: null,
    canWait,
  },
  locale: { jurisdiction: 'US', timeZone: null, timeZoneSource: 'unknown' },
  consent: [],
  options,
  features,
  caps: [{ cap: 'weekly', actionId: '', windowMs: 7, used: 1, limit: 3 }],
  variables: [{ name: 'ledger.contacts_7d', number: 2, text: null }],
  reference: [],
  experiments: [],
  points: 4,
  pointsMax: 10,
})

function decide(
  options: readonly Option[],
  change: Partial<Release> = {},
  eventId = 'order-1',
  canWait = true,
): Decision {
  const reads = { release: releaseRow({ ...parts, ...change }), person: { ...person.empty, version: 2 } }
  const record = recordOf(requestOf(options, eventId, canWait), 1_000)
  const step = arbiter.on.request(frozen(record), undefined, frozen(reads))
  expect(step.emit).toHaveLength(1)
  const [decision] = step.emit!
  expect(Decision.decode(Decision.encode(decision!))).toEqual(decision)
  return decision!
}

const chances = ({ candidates }: Decision) => candidates.map(({ selectionProbability }) => selectionProbability)

test('priority is propensity by context, value and lever, less the cost', () => {
  const { candidates } = decide([option('coffee', { context: 2, lever: 1.5 }), option('tea'), option('notice')])
  expect(candidates.map(({ actionId, propensity, priority }) => [actionId, propensity, priority])).toEqual([
    ['coffee', 0.5, 14],
    ['tea', 0.1, 0],
    ['notice', 0.25, 1.5],
    ['silence', 0, 0],
  ])
})

test('open candidates and silence share the probability; a removed candidate has a propensity, and probability 0', () => {
  const { candidates } = decide([option('coffee', removed('cap')), option('tea', { value: 90 }), option('notice')])
  expect(candidates[0]).toMatchObject({ propensity: 0.5, selectionProbability: 0, removedBy: { reason: 'cap' } })
  // ε = .3 over three, floor .2: 0.8 · (0.1 | 0.8) + 0.2 / 3.
  const [, tea, notice, silence] = candidates.map(({ selectionProbability }) => selectionProbability)
  expect(tea).toBeCloseTo(0.8 * 0.8 + 0.2 / 3, 14)
  expect(notice).toBeCloseTo(0.8 * 0.1 + 0.2 / 3, 14)
  expect(silence).toBe(notice)
})

test('the logged draw is the hash of the decision id, and falls where the decision says', () => {
  for (let i = 0; i < 200; i++) {
    const decision = decide([option('coffee'), option('tea', removed('cap')), option('notice')], {}, `order-${i}`)
    const { draw: lot, drawId, behaviourProbability } = decision.learning
    expect(lot).toBe(draw('seed', drawId))
    let sum = 0
    const hit = decision.candidates.find(({ selectionProbability }) => {
      sum += selectionProbability
      return sum > lot
    })
    expect(decision.outcome.actionId).toBe(hit!.actionId)
    expect(behaviourProbability).toBe(hit!.selectionProbability)
  }
})

test.each(['epsilon-greedy', 'thompson'] as const)(
  'over 20,000 decisions %s chooses as often as it says',
  algorithm => {
    const options = [option('coffee', { value: 2, cost: 0.2 }), option('tea'), option('notice', { cost: 1.5 })]
    const exploration = { ...greedy, algorithm }
    const p = chances(decide(options, { exploration }))
    expect(p.reduce((sum, each) => sum + each, 0)).toBeCloseTo(1, 12)
    const counts = new Map(['coffee', 'tea', 'notice', 'silence'].map(id => [id, 0]))
    const row = frozen({ release: releaseRow({ ...parts, exploration }), person: person.empty })
    const { value } = recordOf(requestOf(options), 1_000)
    for (let i = 0; i < 20_000; i++) {
      const record = recordOf({ ...value, request: { ...value.request, decisionId: idFor(`order-${i}`) } }, 1_000)
      const { actionId } = arbiter.on.request(record, undefined, row).emit![0]!.outcome
      counts.set(actionId, counts.get(actionId)! + 1)
    }
    const chiSquare = [...counts.values()].reduce((sum, n, i) => sum + (n - 20_000 * p[i]!) ** 2 / (20_000 * p[i]!), 0)
    // Three degrees of freedom: 16.27 is exceeded once in a thousand times.
    expect(chiSquare).toBeLessThan(16.27)
    expect(Math.min(...p)).toBeGreaterThan(0.01)
  },
)

test('a chosen action is sent once, and expires when its release says', () => {
  const sold = actions.map(each => ({ ...each, expiresAfterMs: each.id === 'coffee' ? 500 : null }))
  const exploration = { ...greedy, epsilon: 0, floor: 0 }
  const { decisionId, outcome, time, explanation } = decide([option('coffee')], { actions: sold, exploration })
  expect(outcome).toEqual({
    kind: 'ACT',
    actionId: 'coffee',
    treatmentId: 'plain',
    channel: 'email',
    idempotencyKey: `${decisionId}/0`,
  })
  expect(time).toEqual({ occurredAt: 900, receivedAt: 1_000, decidedAt: 1_000, notBefore: null, expiresAt: 1_500 })
  expect(explanation).toMatchObject({ reasons: ['best-priority'], runnerUp: 'silence', opportunityCost: 0 })
})

test('the best mandatory action wins for certain, the first of those that tie', () => {
  const options = [
    option('coffee', { value: 1_000 }),
    option('notice', { mandatory: true, treatmentId: 'first' }),
    option('notice', { mandatory: true, treatmentId: 'second' }),
    option('tea', { mandatory: true, ...removed('cap') }),
  ]
  const decision = decide(options)
  expect(decision.outcome).toMatchObject({ kind: 'MANDATORY', actionId: 'notice', treatmentId: 'first' })
  expect(decision.outcome.idempotencyKey).toBe(`${decision.decisionId}/0`)
  expect(chances(decision)).toEqual([0, 1, 0, 0, 0])
  expect(decision.learning).toMatchObject({ algorithm: 'mandatory', behaviourProbability: 1, epsilon: 0, floor: 0 })
  expect(decision.explanation).toMatchObject({ reasons: ['mandatory', 'cap:1'], runnerUp: 'coffee' })
})

test('when only quiet hours are in the way, it waits for the best candidate, not for the first that opens', () => {
  const options = [
    option('coffee', quietUntil(7_000)),
    option('tea', quietUntil(5_000)),
    option('notice', removed('cap')),
  ]
  const { outcome, time, learning, explanation, candidates } = decide(options)
  expect(outcome).toEqual({ kind: 'DEFER', actionId: '', treatmentId: '', channel: 'none', idempotencyKey: '' })
  expect(time).toMatchObject({ notBefore: 7_000, expiresAt: null })
  expect(learning).toMatchObject({ algorithm: 'none', behaviourProbability: 1 })
  expect(candidates.every(({ selectionProbability }) => selectionProbability === 0)).toBe(true)
  expect(explanation).toMatchObject({ reasons: ['quiet-hours', 'cap:1', 'quiet-hours:2'], runnerUp: '' })
})

describe('while another action is open', () => {
  const kindOf = (options: readonly Option[]) => decide(options).outcome.kind

  test('it waits for a better one that only quiet hours close, and not for a worse one', () => {
    expect(decide([option('coffee', quietUntil(7_000)), option('notice')])).toMatchObject({
      outcome: { kind: 'DEFER' },
      time: { notBefore: 7_000 },
      explanation: { reasons: ['quiet-hours', 'quiet-hours:1'] },
    })
    expect(['ACT', 'SILENCE']).toContain(kindOf([option('coffee'), option('notice', quietUntil(7_000))]))
  })

  test('of equals, it takes an open one now, and waits for the one that opens first', () => {
    expect(['ACT', 'SILENCE']).toContain(kindOf([option('coffee', quietUntil(7_000)), option('coffee')]))
    const both = [option('coffee', quietUntil(7_000)), option('coffee', quietUntil(6_000))]
    expect(decide(both).time.notBefore).toBe(6_000)
  })

  test('a mandatory one waits for its own hour, whatever else is open or opens before', () => {
    const warning = option('notice', { ...quietUntil(7_000), mandatory: true, value: 0.1 })
    expect(decide([option('coffee'), option('tea', quietUntil(5_000)), warning])).toMatchObject({
      outcome: { kind: 'DEFER' },
      time: { notBefore: 7_000 },
    })
  })

  test('a mandatory one is sent by the channel that is open', () => {
    const warning = (change: Partial<Option>) => option('notice', { mandatory: true, ...change })
    const { outcome } = decide([option('coffee'), warning(quietUntil(7_000)), warning({ treatmentId: 'push' })])
    expect(outcome).toMatchObject({ kind: 'MANDATORY', treatmentId: 'push' })
  })

  test('a better mandatory one is waited for, even if another mandatory one is open', () => {
    const mandatory = { mandatory: true }
    const open = option('notice', mandatory)
    expect(kindOf([open, option('coffee', { ...quietUntil(7_000), ...mandatory })])).toBe('DEFER')
    expect(kindOf([open, option('coffee', { ...quietUntil(7_000), ...mandatory, value: 0.1 })])).toBe('MANDATORY')
  })
})

test('a request that can’t wait is decided now, and says that too many wait', () => {
  const { outcome, explanation } = decide([option('coffee', quietUntil(7_000))], {}, 'order-1', false)
  expect(outcome.kind).toBe('SILENCE')
  expect(explanation.reasons).toEqual(['only-silence-left', 'too-many-waiting', 'quiet-hours:1'])
  const open = decide([option('coffee', quietUntil(7_000)), option('notice')], {}, 'order-1', false)
  expect(['ACT', 'SILENCE']).toContain(open.outcome.kind)
  expect(open.explanation.reasons).toContain('too-many-waiting')
  expect(decide([option('notice')], {}, 'order-1', false).explanation.reasons).not.toContain('too-many-waiting')
})

test('with nothing left silence is certain, and the reasons are counted in order', () => {
  const options = [
    option('coffee', removed('consent')),
    option('tea', removed('cap')),
    option('notice', removed('cap')),
  ]
  const decision = decide(options)
  expect(decision.outcome).toEqual({
    kind: 'SILENCE',
    actionId: 'silence',
    treatmentId: '',
    channel: 'none',
    idempotencyKey: '',
  })
  expect(chances(decision)).toEqual([0, 0, 0, 1])
  expect(decision.learning).toMatchObject({ algorithm: 'none', behaviourProbability: 1 })
  expect(decision.explanation).toEqual({
    reasons: ['only-silence-left', 'cap:2', 'consent:1'],
    topFeatures: [],
    runnerUp: '',
    opportunityCost: 0,
  })
})

test('a silence that was drawn says what it forgoes', () => {
  const found = new Map<string, Decision>()
  for (let i = 0; i < 60; i++) {
    const decision = decide([option('coffee'), option('notice')], {}, `order-${i}`)
    found.set(decision.outcome.actionId, decision)
  }
  expect(found.get('silence')!.explanation).toMatchObject({
    reasons: ['explored'],
    runnerUp: 'coffee',
    opportunityCost: 4,
  })
  expect(found.get('coffee')!.explanation).toMatchObject({ reasons: ['best-priority'], opportunityCost: 0 })
  expect(found.get('notice')!.explanation).toMatchObject({ reasons: ['explored'], runnerUp: 'coffee' })
})

test('silence is best if every action costs more than it is worth', () => {
  const exploration = { ...greedy, epsilon: 0, floor: 0 }
  const { outcome, explanation } = decide([option('coffee', { cost: 8 }), option('tea', { cost: 8 })], { exploration })
  expect(outcome.kind).toBe('SILENCE')
  expect(explanation).toMatchObject({ reasons: ['best-priority'], runnerUp: 'coffee', opportunityCost: 0 })
})

test('the explanation names the features that the chosen action asks about, in the order of the release', () => {
  const declared = ['visits', 'visits_30d', 'spend', 'recency'].map(name =>
    feature({ name, kind: 'count', windowMs: 86_400_000 }),
  )
  const asking = actions.map(each => ({
    ...each,
    context: '1.0 + features.recency',
    eligibility: [{ id: 'some', when: 'features.visits_30d > 2.0' }],
  }))
  const exploration = { ...greedy, epsilon: 0, floor: 0 }
  const { explanation } = decide([option('coffee')], { features: declared, actions: asking, exploration })
  expect(explanation.topFeatures).toEqual(['visits_30d', 'recency'])
})

test('the decision rests on its release, its model, its person and its input', () => {
  const row = releaseRow(parts)
  const { provenance, learning, subject, fatigue, experiments, variables, content } = decide([option('coffee')])
  expect(provenance).toEqual({
    release: 'test',
    releaseVersion: 1,
    releaseHash: row.hash,
    topologyVersion: 'topology-1',
    input: { topic: 'people', partition: 0, offset: 0 },
    previousHash: '',
    hash: '',
  })
  expect(learning).toMatchObject({
    modelId: 'beta',
    modelVersion: 7,
    algorithm: 'epsilon-greedy',
    epsilon: 0.3,
    floor: 0.2,
    arm: 'policy',
    drawId: idFor('order-1'),
    features,
  })
  expect(subject).toEqual({
    personId: 'p',
    identityVersion: 2,
    jurisdiction: 'US',
    timeZone: '',
    timeZoneSource: 'unknown',
  })
  expect(fatigue).toMatchObject({ points: 4, pointsMax: 10, reservation: null, caps: [{ cap: 'weekly' }] })
  expect(experiments).toEqual([])
  expect(variables).toEqual([{ name: 'ledger.contacts_7d', number: 2, text: null }])
  expect(content).toEqual({ templateVersion: 0, promptHash: '', generator: '', approvalId: '', approver: '' })
})

test('a candidate that the plan of a release removes is recorded like any other', () => {
  const { removed } = contactPlan(compiled(releaseRow(parts))!)
  expect(removed.length).toBeGreaterThan(actions.length)
  for (const one of removed) {
    const options = [one, option('tea')]
    const copies = options.map(option => ({ ...option }))
    expect(decide(options)).toEqual(decide(copies))
    expect(decide(options).candidates[0]!.removedBy).toEqual(one.removedBy)
  }
})
