import { expect, test } from 'vitest'
import { openMemoryLog } from '../../../connectors/embedded/memory-log.ts'
import type { Candidate, Decision, Removal } from '../../../schemas/generated.ts'
import { topics } from '../../../schemas/topics.ts'
import { encodeValue } from '../../../schemas/wire.ts'
import { explainDecision, findDecision } from './explain.ts'
import { formatExplanation } from './format.ts'

const hour = 3_600_000
/** A Wednesday, 22:00 in New York. */
const evening = Date.UTC(2026, 0, 15, 3)
const sendable = { treatmentId: 'plain', channel: 'email', removedBy: null }

const candidate = (actionId: string, parts: Partial<Candidate> = {}): Candidate => ({
  ...{ actionId, ...sendable, propensity: 0.25, context: 1, value: 12, lever: 1, cost: 0.5, priority: 2.5 },
  selectionProbability: 0,
  ...parts,
})
const removed = (stage: Removal['stage'], rule: string, reason: string): Partial<Candidate> => ({
  removedBy: { stage, rule, reason, version: 4 },
})
const silence = (selectionProbability: number): Candidate => ({
  ...{ actionId: 'silence', treatmentId: '', channel: 'none', removedBy: null, selectionProbability },
  ...{ propensity: 0, context: 0, value: 0, lever: 0, cost: 0, priority: 0 },
})

const decisionId = '3fa85f64571745628b3f2c963f66afa6'
const sent = { actionId: 'coffee_week', treatmentId: 'plain', channel: 'email', idempotencyKey: `${decisionId}/0` }
const act: Decision = {
  decisionId,
  slot: 0,
  subject: {
    ...{ personId: 'p.anna', identityVersion: 1, jurisdiction: 'DE' },
    ...{ timeZone: 'America/New_York', timeZoneSource: 'person' },
  },
  time: {
    occurredAt: evening - 60_000,
    receivedAt: evening,
    decidedAt: evening,
    notBefore: null,
    expiresAt: evening + hour,
  },
  trigger: {
    origin: { topic: 'events', partition: 2, offset: 512 },
    ...{
      source: 'shop',
      begunBy: '',
      eventId: 'basket-77',
      type: 'order_completed',
      journey: '',
      stage: '',
      deferred: [],
    },
  },
  outcome: { kind: 'ACT', ...sent },
  consent: [
    {
      ...{ purpose: 'marketing', channel: 'email', state: 'granted', allowed: true, lawfulBasis: 'consent' },
      records: [{ topic: 'consents', partition: 1, offset: 7 }],
    },
    { purpose: 'marketing', channel: 'push', state: 'unknown', allowed: false, lawfulBasis: '', records: [] },
  ],
  candidates: [
    candidate('coffee_week', { selectionProbability: 0.6 }),
    candidate('tea_week', { priority: 3, selectionProbability: 0.3 }),
    candidate('app_news', { channel: 'push', ...removed('consent', 'marketing/push', 'consent-unknown') }),
    candidate('gift_card', { ...removed('cap', 'same-action-72h', 'cap-reached'), context: 0, value: 0 }),
    silence(0.1),
  ],
  learning: {
    ...{ modelId: 'coupons', modelVersion: 9, algorithm: 'thompson', epsilon: 0.1, floor: 0.02, arm: 'policy' },
    features: [
      { name: 'visits_30d', number: 4, text: null },
      { name: 'last_store', number: null, text: 'S-12' },
    ],
    ...{ behaviourProbability: 0.6, drawId: decisionId, draw: 0.4125 },
  },
  variables: [
    { name: 'context.journey', number: null, text: 'cart' },
    { name: 'ledger.contacts_7d', number: 1, text: null },
  ],
  reference: [
    {
      ...{ name: 'product', key: 'product/12', record: { topic: 'reference', partition: 0, offset: 5 } },
      values: [
        { name: 'onHand', number: 3, text: null },
        { name: 'colour', number: null, text: 'green' },
      ],
    },
    { name: 'cell', key: '', record: null, values: [{ name: 'incidentAt', number: 876_000, text: null }] },
  ],
  experiments: [{ id: 'coffee-or-tea', variant: 'coffee', probability: 0.5, rampStage: '25 %' }],
  fatigue: {
    caps: [
      { cap: 'email-weekly', actionId: '', windowMs: 7 * 24 * hour, used: 1, limit: 2 },
      { cap: 'same-action-72h', actionId: 'gift_card', windowMs: 72 * hour, used: 1, limit: 1 },
    ],
    ...{ points: 3.25, pointsMax: 10, reservation: decisionId },
  },
  content: { templateVersion: 0, promptHash: '', generator: '', approvalId: '', approver: '' },
  explanation: {
    reasons: ['explored', 'cap-reached:1', 'consent-unknown:1'],
    ...{ topFeatures: ['visits_30d', 'last_store'], runnerUp: 'tea_week', opportunityCost: 0 },
  },
  provenance: {
    ...{ release: 'grocery', releaseVersion: 4, releaseHash: 'ab12'.repeat(16), topologyVersion: '0123456789abcdef' },
    ...{ input: { topic: 'people', partition: 3, offset: 9_001 }, previousHash: '', hash: 'cd34'.repeat(16) },
  },
}

const nothing = { treatmentId: '', channel: 'none', idempotencyKey: '' }
const quiet = removed('quiet_hours', 'night', 'quiet-hours')
const deferred: Decision = {
  ...act,
  outcome: { kind: 'DEFER', actionId: '', ...nothing },
  time: { ...act.time, notBefore: evening + 10 * hour },
  candidates: [candidate('coffee_week', quiet), candidate('tea_week', quiet), silence(0)],
  learning: { ...act.learning, algorithm: 'none', behaviourProbability: 1 },
  explanation: { reasons: ['quiet-hours', 'quiet-hours:2'], topFeatures: [], runnerUp: '', opportunityCost: 0 },
}
const silent: Decision = {
  ...act,
  outcome: { kind: 'SILENCE', actionId: 'silence', ...nothing },
  trigger: {
    ...{ origin: { topic: '', partition: -1, offset: -1 }, type: 'agenda', journey: '', stage: '' },
    ...{ source: '', begunBy: '', eventId: '' },
    deferred: ['aaaa1111', 'bbbb2222'],
  },
  subject: { ...act.subject, timeZone: '', timeZoneSource: 'unknown' },
  learning: { ...act.learning, draw: 0.95, behaviourProbability: 0.1 },
  explanation: { reasons: ['explored'], topFeatures: [], runnerUp: 'tea_week', opportunityCost: 3 },
}
const mandatory: Decision = {
  ...act,
  outcome: { kind: 'MANDATORY', ...sent },
  candidates: [
    candidate('coffee_week', { selectionProbability: 1 }),
    candidate('tea_week', removed('budget', 'budget', 'budget-spent')),
    silence(0),
  ],
  learning: { ...act.learning, algorithm: 'mandatory', behaviourProbability: 1 },
  explanation: { reasons: ['mandatory', 'budget-spent:1'], topFeatures: [], runnerUp: 'silence', opportunityCost: 0 },
  variables: [],
  reference: [],
  experiments: [],
}

/** The text without its line breaks. */
const textOf = (decision: Decision): string => formatExplanation(explainDecision(decision)).replace(/\s+/g, ' ')

test('an explanation shows the stage and the score of each candidate', () => {
  const { candidates, runnerUp, draw, caps, points, outcome } = explainDecision(act)
  expect(candidates.map(({ actionId, result, stage }) => [actionId, result, stage])).toEqual([
    ['coffee_week', 'chosen', 'draw'],
    ['tea_week', 'open', 'draw'],
    ['app_news', 'removed', 'consent'],
    ['gift_card', 'removed', 'cap'],
    ['silence', 'open', 'draw'],
  ])
  expect(candidates[3]!.removedBy).toEqual({ rule: 'same-action-72h', version: 4, reason: 'cap-reached' })
  expect(candidates[1]).toMatchObject({ propensity: 0.25, value: 12, cost: 0.5, priority: 3, probability: 0.3 })
  expect(candidates.map(({ share }) => share.map(edge => Number(edge.toFixed(9))))).toEqual([
    [0, 0.6],
    [0.6, 0.9],
    [0.9, 0.9],
    [0.9, 0.9],
    [0.9, 1],
  ])
  expect(draw).toMatchObject({ draw: 0.4125, wasDrawn: true, probability: 0.6, modelId: 'coupons', modelVersion: 9 })
  expect(caps.map(({ cap, isFull }) => [cap, isFull])).toEqual([
    ['email-weekly', false],
    ['same-action-72h', true],
  ])
  expect(points).toEqual({ used: 3.25, limit: 10 })
  expect([runnerUp, outcome.actionId]).toEqual(['tea_week', 'coffee_week'])
})

test('the text of a send says what was sent and why, in the time of the person', () => {
  const words = textOf(act)
  expect(words).toContain('Sent coffee_week (plain) by email, because the draw picked it to learn from')
  expect(words).toContain('the event order_completed, id basket-77 of shop')
  expect(words).toContain('record 512 of events/2')
  expect(words).toContain('decided Wed 14 Jan 2026 22:00:00 (America/New_York)')
  expect(words).toContain('> coffee_week (plain) by email: chosen')
  expect(words).toContain('25.0 % likely × context 1 × value 12 × lever 1 − cost 0.5 = priority 2.5')
  expect(words).toContain(
    'fell out at consent: no consent for it × app_news (plain) by push: consent-unknown, rule marketing/push',
  )
  expect(words).toContain('× gift_card (plain) by email: cap-reached, rule same-action-72h of version 4')
  // The latest stage comes first; a candidate that was never scored shows no formula.
  expect(words).toContain(
    'a contact limit is reached × gift_card (plain) by email: cap-reached, rule same-action-72h of version 4 fell out at consent',
  )
  expect(words).toContain('0.4125 of seed and id')
  expect(words).toContain('whose share runs from 0 to 0.6')
  expect(words).toContain('runner-up tea_week')
  expect(words).toContain('visits_30d = 4')
  expect(words).toContain("last_store = 'S-12'")
  expect(words).toContain('email-weekly: 1 of 2 used in 7 days')
  expect(words).toContain('same-action-72h for gift_card: 1 of 1 used in 3 days, full')
  expect(words).toContain('budget 3.25 of 10 points used')
  expect(words).toContain("VARIABLES · context.journey = 'cart' · ledger.contacts_7d = 1")
  expect(words).toContain('marketing by email: granted, so yes, lawful basis consent, by record 7 of consents/1')
  expect(words).toContain('marketing by push: unknown, so no, no record of it')
  expect(words).toContain('coffee-or-tea: variant coffee, assigned with 50.0 %, ramp stage 25 %')
  expect(words).toContain('grocery, version 4')
  expect(words).toContain('record 9001 of people/3')
  expect(words).toContain('none: the first of its partition')
})

test('the text of others can neither add a line nor act on a terminal', () => {
  const eventId = 'basket-77\u001b[2J\n\nSent gift_card by nobody\r'
  const text = formatExplanation(explainDecision({ ...act, trigger: { ...act.trigger, eventId } }))
  expect(text).not.toMatch(/^Sent gift_card/m)
  expect(text).not.toMatch(/(?!\n)\p{Cc}/u)
})

test('the text of a deferral says what quiet hours closed, and when it is decided again', () => {
  const words = textOf(deferred)
  expect(words).toContain('Put off until Thu 15 Jan 2026 08:00:00 (America/New_York), because only quiet hours')
  expect(words).toContain('tea_week by email: closed by night')
  expect(words).toContain('none was needed: only one outcome was possible')
  expect(words).not.toContain('fell on')
  expect(textOf({ ...deferred, variables: [] })).not.toContain('VARIABLES')
  expect(explainDecision(deferred).quietHours.closed).toHaveLength(2)
})

test('the text names the stage of the journey that triggered the decision', () => {
  const trigger = { ...silent.trigger, type: 'journeys', journey: 'cart-recovery', stage: 'remind', deferred: [] }
  const words = textOf({ ...silent, trigger })
  expect(words).toContain("the timer 'journeys' was due")
  expect(words).toContain('journey cart-recovery, stage remind')
  expect(textOf(silent)).not.toContain('stage remind')
})

test('the text of a silence says what it forgoes, and that of a timer which decisions it repeats', () => {
  const words = textOf(silent)
  expect(words).toContain('Stayed silent')
  expect(words).toContain('silence forgoes 3')
  expect(words).toContain("the timer 'agenda' was due")
  expect(words).toContain('decides afresh aaaa1111, bbbb2222')
  expect(words).toContain('unknown: the strictest of the country counts')
  expect(words).toContain('(UTC)')
  expect(explainDecision(silent).trigger.origin).toBeNull()
  expect(explainDecision(silent).candidates.find(({ result }) => result === 'chosen')!.actionId).toBe('silence')
})

test('the text of a mandatory action says that it precedes all others, and that nothing was drawn', () => {
  const words = textOf(mandatory)
  expect(words).toContain('Sent coffee_week (plain) by email: mandatory, because it is mandatory')
  expect(words).toContain('none was needed')
  expect(words).toContain('the contact budget is used up')
  expect(words).not.toContain('EXPERIMENTS')
})

test('the name of an action follows its id, and the ids stay unchanged', () => {
  const names = new Map([
    ['coffee_week', 'bean_season'],
    ['tea_week', 'leaf_season'],
  ])
  const explanation = explainDecision(act, names)
  expect(explanation.outcome.actionId).toBe('coffee_week')
  const words = formatExplanation(explanation).replace(/\s+/g, ' ')
  expect(words).toContain('Sent coffee_week bean_season (plain) by email')
  expect(words).toContain('fell on coffee_week bean_season, whose share')
  expect(words).toContain('tea_week leaf_season (plain) by email: could have been drawn')
  expect(words).toContain('gift_card (plain) by email: cap-reached')
})

test.each([act, deferred, silent, mandatory])('the text fits a terminal: $outcome.kind', decision => {
  for (const line of formatExplanation(explainDecision(decision)).split('\n'))
    expect(line.length).toBeLessThanOrEqual(96)
})

test('a decision is found by its id, or by a unique beginning of it', async () => {
  const log = openMemoryLog()
  await log.createTopic(topics.decisions.name, 2)
  const ids = ['aaaa00001111', 'aaaa00002222', 'bbbb00001111']
  const value = (id: string) => encodeValue(topics.decisions.types.decision, { ...act, decisionId: id })
  await log.append(
    ids.map((id, i) => ({ topic: topics.decisions.name, partition: i % 2, key: '', value: value(id), timestamp: 0 })),
  )
  for (const id of ids) expect((await findDecision(log, id))?.decisionId).toBe(id)
  expect((await findDecision(log, 'bbbb00'))?.decisionId).toBe('bbbb00001111')
  expect(await findDecision(log, 'cccc00001111')).toBeNull()
  await expect(findDecision(log, 'aaaa00')).rejects.toThrow(/several/)
  await expect(findDecision(log, 'bbbb0')).rejects.toThrow(/at least 6/)
})

test('a decision is found by its event, and all of them are named where there are several', async () => {
  const log = openMemoryLog()
  await log.createTopic(topics.decisions.name, 2)
  const on = (decisionId: string, personId: string, trigger: Partial<Decision['trigger']>): Decision => ({
    ...act,
    ...{ decisionId, subject: { ...act.subject, personId }, trigger: { ...act.trigger, ...trigger } },
  })
  const decisions = [
    on('aaaa00001111', 'p.a', { eventId: '1' }),
    on('bbbb00001111', 'p.b', { eventId: '1', source: 'till' }),
    on('cccc00001111', 'p.a', { ...silent.trigger, deferred: ['aaaa00001111'] }),
    on('dddd00001111', 'p.a', { eventId: '2' }),
  ]
  const { decision } = topics.decisions.types
  const where = { topic: topics.decisions.name, key: '', timestamp: 0 }
  await log.append(decisions.map((one, i) => ({ ...where, partition: i % 2, value: encodeValue(decision, one) })))
  expect((await findDecision(log, '2'))?.decisionId).toBe('dddd00001111')
  const named = await findDecision(log, '1').catch(error => String(error))
  expect(named).toContain("the event '1' led to 3 decisions")
  expect(named).toMatch(/aaaa00001111.* for p.a: order_completed from shop/)
  expect(named).toMatch(/bbbb00001111.* for p.b: order_completed from till/)
  expect(named).toMatch(/cccc00001111.* for p.a: agenda/)
  await expect(findDecision(log, '3')).rejects.toThrow(/no event with a decision/)
})
