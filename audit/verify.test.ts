import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Action, Cap, Release } from '../operators/release/release.ts'
import { schema } from '../schemas/codec/schema.ts'
import type { Decision, Send } from '../schemas/generated.ts'
import type { Law, VerifyReport } from './laws/report.ts'
import { ReferenceDecider } from './test/reference-decider.ts'
import { verify } from './verify.ts'

const hour = 3_600_000
const day = 24 * hour
/** Wednesday noon in New York, without daylight saving time. */
const noon = Date.UTC(2026, 0, 14, 17)

const tiers = { eligibility: [], applicability: [], suitability: [] }
const plain = {
  ...tiers,
  group: null,
  tags: [],
  placement: null,
  validFromMs: null,
  validToMs: null,
  expiresAfterMs: null,
}
const action = (id: string, channel: 'email' | 'push' | 'sms', parts: Partial<Action> = {}): Action => ({
  ...plain,
  ...{
    id,
    purpose: 'marketing',
    treatments: [{ id: 'plain', channel, parameters: {} }],
    mandatory: false,
    unsupported: null,
  },
  ...{ context: '1.0', value: '10.0', lever: 1, cost: 0.1 },
  ...parts,
})
const cap = (id: string, max: number, windowMs: number, parts: Partial<Cap> = {}): Cap => ({
  ...{ id, max, windowMs, purpose: 'marketing', channel: null, tag: null, group: null, placement: null, per: null },
  ...{ countsImported: true, exempt: ['service'], countsExempt: true },
  ...parts,
})
const rested = {
  id: 'rested',
  when: 'ledger.contacts_7d < 99 && ledger.days_since_contact >= 0 && context.hour < 24',
}
const quiet = { id: 'night', fromMinute: 21 * 60, toMinute: 8 * 60, closedDays: [], exempt: ['service'] }

const release: Release = {
  ...{ release: 'test', version: 3, seed: 'secret', dedupMs: 30 * day, graceMs: day },
  person: {
    jurisdiction: 'DE',
    country: 'US',
    timeZone: 'America/New_York',
    jurisdictionFeature: null,
    timeZoneFeature: null,
  },
  identifiers: { types: [], blocked: [] },
  consent: { regimes: { US: 'opt-out' }, exemptPurposes: ['service'] },
  triggers: ['order_completed', 'page_viewed'],
  ...{ features: [], groups: [], suppressions: [] },
  actions: [
    action('coffee', 'email', { suitability: [rested] }),
    action('tea', 'push', { cost: 0.2 }),
    action('notice', 'sms', { purpose: 'service', mandatory: true }),
  ],
  caps: [
    cap('daily', 1, day),
    cap('weekly-email', 2, 7 * day, { channel: 'email' }),
    cap('again', 1, 3 * day, { per: 'action' }),
  ],
  budget: { points: 5, windowMs: 7 * day, cost: { email: 2, push: 1, sms: 1 }, exempt: ['service'] },
  quietHours: [{ ...quiet, channels: ['email', 'push', 'sms'] }],
  models: [
    { id: 'model', version: 1, prior: { alpha: 1, beta: 3 }, groups: {}, actions: { coffee: { alpha: 3, beta: 5 } } },
  ],
  exploration: { algorithm: 'epsilon-greedy', epsilon: 0.2, floor: 0.1, model: 'model' },
}

/** A log of two partitions with every kind of decision and every kind of record. */
function honestLog(): ReferenceDecider {
  const log = new ReferenceDecider(release, personId => (personId < 'm' ? 0 : 1), 2)
  const grant = {
    purpose: 'marketing',
    channel: null,
    status: 'granted',
    effectiveAt: noon - day,
    recordedAt: noon - day,
  }
  for (const personId of ['anna', 'zoe']) log.event(personId, 'consent_changed', grant, noon - day, `yes-${personId}`)
  // Anna: a send that bounces, one that arrives, a full daily cap, a mandatory send, a night, and then a withdrawal.
  const bounced = log.trigger('anna', noon, { want: 'coffee' })
  log.receipt('anna', bounced.decisionId, 'bounced', noon + 1)
  log.trigger('anna', noon + hour, { want: 'tea' })
  log.trigger('anna', noon + 2 * hour, { want: 'silence' })
  log.trigger('anna', noon + 3 * hour, { type: 'page_viewed', want: 'notice', name: 'page' })
  log.trigger('anna', noon + day + 11 * hour, { want: '' })
  log.tick(noon + 2 * day)
  log.event('anna', 'consent_changed', { ...grant, status: 'withdrawn' }, noon + 2 * day + 1, 'no-anna')
  log.trigger('anna', noon + 5 * day, { want: 'silence' })
  // Zoe: an imported contact fills her daily cap; then she merges into Ben.
  const exposed = { actionId: 'coffee', channel: 'email', until: null }
  const campaign = log.event('zoe', 'exposure', exposed, noon, 'campaign-zoe')
  log.trigger('zoe', noon + hour, { want: 'silence' })
  log.event('zoe', 'redemption', { actionId: 'coffee', couponId: 'c', value: 0 }, noon + 2 * hour, 'redeemed')
  const sent = log.trigger('zoe', noon + 3 * day + 4 * hour, { want: 'coffee' })
  log.trigger('ben', noon + 3 * day + 4 * hour, { want: 'silence' })
  log.merge('zoe', 'ben', noon + 4 * day, { eventId: 'late-exposure', actionId: 'tea' })
  log.event('ben', 'consent_changed', { ...grant, effectiveAt: noon }, noon + 4 * day, 'yes-ben')
  log.trigger('ben', noon + 4 * day + 1, { want: 'silence' })
  log.trigger('ben', noon + 8 * day, { want: 'coffee' })
  const reward = { modelId: 'model', kind: 'converted', value: 1, at: noon + 5 * day, imported: false } as const
  log.rewards.push({ ...reward, personId: 'ben', actionId: 'coffee', decisionId: sent.decisionId })
  log.rewards.push({ ...reward, personId: 'zoe', actionId: 'coffee', decisionId: campaign, imported: true })
  return log
}

const broken = ({ laws }: VerifyReport): Law[] => laws.filter(law => law.violationCount > 0).map(({ law }) => law)
const details = ({ laws }: VerifyReport): string[] =>
  laws.flatMap(({ violations }) => violations.map(({ detail }) => detail))

test('an honest log obeys every law, and every law is checked', async () => {
  const log = honestLog()
  const kinds = log.decisions.map(({ value }) => value.outcome.kind)
  expect(new Set(kinds)).toEqual(new Set(['ACT', 'SILENCE', 'MANDATORY', 'DEFER']))
  const report = await verify(await log.log())
  expect(details(report)).toEqual([])
  expect(report.ok).toBe(true)
  expect(Object.fromEntries(report.laws.map(({ law, checked }) => [law, checked]))).toEqual({
    'one-decision-per-trigger': 12,
    ids: 30,
    caps: 66,
    budget: 18,
    'quiet-hours': 7,
    consent: 10,
    probabilities: 12,
    draws: 12,
    sends: 8,
    chain: 12,
    rewards: 2,
    experiments: 0,
    reference: 0,
    variables: 12,
  })
})

type Tampering = readonly [law: Law, what: string, tamper: (log: ReferenceDecider) => void, message: RegExp]

/** Returns the only decision that fits. */
function one(log: ReferenceDecider, fits: (decision: Decision) => boolean): { value: Decision } {
  const found = log.decisions.filter(({ value }) => fits(value))
  expect(found).toHaveLength(1)
  return found[0]!
}
const at = (personId: string, since: number) => (decision: Decision) =>
  decision.subject.personId === personId && decision.time.decidedAt === noon + since
const kind = (of: Decision['outcome']['kind']) => (decision: Decision) => decision.outcome.kind === of

function alter(
  log: ReferenceDecider,
  fits: (decision: Decision) => boolean,
  change: (decision: Decision) => Partial<Decision>,
): void {
  const found = one(log, fits)
  found.value = { ...found.value, ...change(found.value) }
}

const altered =
  (name: string, change: (number: number) => number) =>
  ({ variables }: Decision): Partial<Decision> => ({
    variables: variables.map(one => (one.name === name ? { ...one, number: change(one.number!) } : one)),
  })

const probability = (decision: Decision, changes: Readonly<Record<string, number>>): Partial<Decision> => ({
  candidates: decision.candidates.map(candidate => ({
    ...candidate,
    selectionProbability: candidate.selectionProbability + (changes[candidate.actionId] ?? 0),
  })),
})

const sendOf = (log: ReferenceDecider, fits: (decision: Decision) => boolean) =>
  log.sends.find(({ value }) => value.decisionId === one(log, fits).value.decisionId)!

const idsOf = ({ decisionId }: Decision) => ({ decisionId, idempotencyKey: `${decisionId}/0` })

const lastSend = at('ben', 8 * day)
const tamperings: readonly Tampering[] = [
  [
    'experiments',
    'a part in an experiment that the release does not have',
    log =>
      alter(log, lastSend, () => ({
        experiments: [{ id: 'all', variant: 'policy', probability: 0.95, rampStage: '' }],
      })),
    /in 1 experiments, the release says 0/,
  ],
  [
    'reference',
    'reference data that the release does not join',
    log =>
      alter(log, lastSend, () => ({ reference: [{ name: 'product', key: 'product/1', values: [], record: null }] })),
    /not what its release joins/,
  ],
  [
    'one-decision-per-trigger',
    'an order without a decision',
    log => {
      log.decisions.splice(log.decisions.indexOf(one(log, at('ben', 4 * day + 1)) as never), 1)
    },
    /led to no decision/,
  ],
  [
    'one-decision-per-trigger',
    'two decisions on one order',
    log => {
      const at2 = log.decisions.findIndex(({ value }) => at('anna', 2 * hour)(value))
      log.decisions.splice(at2, 0, { ...log.decisions[at2]! })
    },
    /already/,
  ],
  [
    'one-decision-per-trigger',
    'a decision on an event that does not ask for one',
    log => {
      const silent = one(log, at('ben', 4 * day + 1)).value
      const offset = silent.provenance.input.offset - 1
      alter(log, at('ben', 4 * day + 1), () => ({
        provenance: { ...silent.provenance, input: { ...silent.provenance.input, offset } },
      }))
    },
    /did not ask for it/,
  ],
  [
    'one-decision-per-trigger',
    'a decision on an order that came too late to ask for one',
    log => {
      log.trigger('ben', noon + 12 * day, { want: 'silence', age: day + 1 })
    },
    /did not ask for it/,
  ],
  [
    'one-decision-per-trigger',
    'an order that came just in time, without a decision',
    log => {
      log.trigger('ben', noon + 12 * day, { want: 'silence', age: day })
      log.decisions.pop()
    },
    /led to no decision/,
  ],
  [
    'one-decision-per-trigger',
    'a decision that states another time of its event',
    log => alter(log, at('ben', 4 * day + 1), ({ time }) => ({ time: { ...time, occurredAt: time.occurredAt - 1 } })),
    /the event happened at/,
  ],
  [
    'one-decision-per-trigger',
    'a timer that repeats what was never deferred',
    log =>
      alter(log, at('anna', 44 * hour), ({ trigger }) => ({ trigger: { ...trigger, deferred: ['0'.repeat(32)] } })),
    /its id is not that of its timer/,
  ],
  [
    'one-decision-per-trigger',
    'a deferred decision that is never taken again',
    log => {
      log.trigger('ben', noon + 15 * day + 11 * hour, { want: '' })
      log.trigger('ben', noon + 16 * day, { want: 'silence' })
    },
    /and not taken again/,
  ],
  [
    'one-decision-per-trigger',
    'a deferred decision that is taken again twice',
    log => log.repeat('anna', one(log, kind('DEFER')).value.decisionId, noon + 11 * day),
    /which was not deferred before/,
  ],
  [
    'one-decision-per-trigger',
    'a decision that is taken again for another event',
    log => alter(log, at('anna', 44 * hour), ({ time }) => ({ time: { ...time, occurredAt: time.occurredAt + 1 } })),
    /the event that asks happened at/,
  ],
  [
    'one-decision-per-trigger',
    'an order that a merged person forwards and that never arrives',
    log => log.event('zoe', 'order_completed', { orderId: 'lost', value: 1, lines: [] }, noon + 9 * day, 'lost'),
    /never arrived/,
  ],
  [
    'one-decision-per-trigger',
    'a decision by a release that was not in force',
    log =>
      alter(log, at('anna', 2 * hour), ({ provenance }) => ({ provenance: { ...provenance, releaseHash: 'other' } })),
    /was in force/,
  ],
  [
    'ids',
    'a decision that names another source than its event has',
    log => alter(log, at('anna', 2 * hour), ({ trigger }) => ({ trigger: { ...trigger, source: 'till' } })),
    /it names the event 'order-anna-.*' of 'till', not 'order-anna-.*' of ''/,
  ],
  [
    'ids',
    'a decision that calls its event another',
    log => alter(log, at('anna', 2 * hour), ({ trigger }) => ({ trigger: { ...trigger, eventId: 'another' } })),
    /it names the event 'another'/,
  ],
  [
    'caps',
    'a send over the cap',
    log => {
      log.trigger('ben', noon + 8 * day + hour, { want: 'tea', ignore: ['caps'] })
    },
    /'daily' was full: 1 of 1/,
  ],
  [
    'caps',
    'a contact that counts no more because its send was cancelled',
    log => {
      const said = (status: string, at: number) =>
        log.event(
          'dora',
          'consent_changed',
          { purpose: 'marketing', channel: null, status, effectiveAt: at, recordedAt: at },
          at,
          `dora-${at}`,
        )
      said('granted', noon)
      log.trigger('dora', noon + 20 * day, { want: 'coffee' })
      said('withdrawn', noon + 20 * day + hour)
      said('granted', noon + 20 * day + 2 * hour)
      log.trigger('dora', noon + 20 * day + 3 * hour, { want: 'tea', ignore: ['caps'] })
    },
    /'daily' was full: 1 of 1/,
  ],
  [
    'caps',
    'a cap logged as less used than it was',
    log =>
      alter(log, at('anna', 2 * hour), ({ fatigue }) => ({
        fatigue: { ...fatigue, caps: fatigue.caps.map((one, i) => (i === 0 ? { ...one, used: 0 } : one)) },
      })),
    /states 0 used, the log shows 1/,
  ],
  [
    'budget',
    'a send beyond the budget',
    log => {
      for (const i of [1, 2, 3])
        log.trigger('ben', noon + 9 * day + i, { type: 'page_viewed', want: 'notice', name: `page${i}` })
      log.trigger('ben', noon + 9 * day + hour, { want: 'tea', ignore: ['budget'] })
    },
    /of 5 points/,
  ],
  [
    'budget',
    'points logged as fewer than they were',
    log =>
      alter(log, at('anna', 2 * hour), ({ fatigue }) => ({ fatigue: { ...fatigue, points: fatigue.points - 0.001 } })),
    /states .* points used/,
  ],
  [
    'variables',
    'a ledger count logged as less than it was',
    log =>
      alter(
        log,
        at('anna', 2 * hour),
        altered('ledger.contacts_7d', number => number - 1),
      ),
    /ledger.contacts_7d states 0, the log shows 1/,
  ],
  [
    'variables',
    'a latest contact logged as longer ago than it was',
    log =>
      alter(
        log,
        at('anna', 2 * hour),
        altered('ledger.days_since_contact', number => number + 1),
      ),
    /ledger.days_since_contact states 1.04\d+, the log shows 0.04/,
  ],
  [
    'variables',
    'a latest contact where the log has none',
    log =>
      alter(
        log,
        at('ben', 3 * day + 4 * hour),
        altered('ledger.days_since_contact', () => 2),
      ),
    /states 2, the log shows none so late/,
  ],
  [
    'variables',
    'an hour that is not that of the wall clock',
    log =>
      alter(
        log,
        at('anna', 2 * hour),
        altered('context.hour', number => number + 1),
      ),
    /context.hour states 15, the log shows 14/,
  ],
  [
    'variables',
    'a variable that rules saw and the decision leaves out',
    log => alter(log, at('anna', 2 * hour), ({ variables }) => ({ variables: variables.slice(1) })),
    /it states the variables 'ledger.contacts_7d,ledger.days_since_contact', its release names/,
  ],
  [
    'variables',
    'a text beside the right number',
    log =>
      alter(log, at('anna', 2 * hour), ({ variables }) => ({
        variables: variables.map(one => ({ ...one, text: 'none' })),
      })),
    /context.hour has both a number and a text/,
  ],
  [
    'quiet-hours',
    'a send at 23:00',
    log => {
      log.trigger('ben', noon + 9 * day + 11 * hour, { want: 'tea', ignore: ['quiet-hours'] })
    },
    /'night': .* 23:00 in America\/New_York/,
  ],
  [
    'quiet-hours',
    'a deferral into the night',
    log => alter(log, kind('DEFER'), ({ time }) => ({ time: { ...time, notBefore: time.notBefore! - 1 } })),
    /is the best one and opens at the time/,
  ],
  [
    'quiet-hours',
    'a deferral to no later time',
    log => alter(log, kind('DEFER'), ({ time }) => ({ time: { ...time, notBefore: null } })),
    /no later time/,
  ],
  [
    'consent',
    'a send after the withdrawal',
    log => {
      log.trigger('anna', noon + 10 * day, { want: 'tea', ignore: ['consent'] })
    },
    /was withdrawn/,
  ],
  [
    'consent',
    'a send after a consent that could not be read',
    log => {
      const unread = { purpose: null, channel: null, effectiveAt: noon + 9 * day }
      log.event('ben', 'consent_unreadable', unread, noon + 9 * day, 'consents/0/0')
      log.trigger('ben', noon + 10 * day, { want: 'tea' })
    },
    /was withdrawn/,
  ],
  [
    'consent',
    'a send to a person who never consented',
    log => {
      log.trigger('carl', noon + 10 * day, { want: 'tea', ignore: ['consent'] })
    },
    /was ever given/,
  ],
  [
    'consent',
    'a consent that names another record',
    log =>
      alter(log, lastSend, ({ consent }) => ({
        consent: consent.map(one => ({ ...one, records: one.records.map(record => ({ ...record, offset: 7 })) })),
      })),
    /no such consent/,
  ],
  [
    'consent',
    'a consent without its record',
    log => {
      log.consents.pop()
    },
    /which is not there/,
  ],
  [
    'probabilities',
    'a probability off by 0.001',
    log => alter(log, lastSend, decision => probability(decision, { tea: 0.001, silence: -0.001 })),
    /recomputed/,
  ],
  [
    'probabilities',
    'a probability for a removed candidate',
    log => alter(log, at('anna', 44 * hour), decision => probability(decision, { tea: 1e-7 })),
    /was removed/,
  ],
  [
    'probabilities',
    'a priority off by a millionth',
    log =>
      alter(log, lastSend, ({ candidates }) => ({
        candidates: candidates.map(one => (one.actionId === 'tea' ? { ...one, priority: one.priority + 1e-6 } : one)),
      })),
    /its factors give/,
  ],
  [
    'probabilities',
    'a propensity that the model does not have',
    log =>
      alter(log, lastSend, ({ candidates }) => ({
        candidates: candidates.map(one => (one.actionId === 'tea' ? { ...one, propensity: 0.5, priority: 4.8 } : one)),
      })),
    /the model says/,
  ],
  [
    'probabilities',
    'a candidate left out',
    log => alter(log, at('anna', 2 * hour), ({ candidates }) => ({ candidates: candidates.slice(1) })),
    /candidate 0 is tea/,
  ],
  [
    'probabilities',
    'the behaviour probability of another candidate',
    log => alter(log, lastSend, ({ learning }) => ({ learning: { ...learning, behaviourProbability: 0.5 } })),
    /chose with 0.5/,
  ],
  [
    'probabilities',
    'a mandatory action that was passed over',
    log =>
      alter(log, at('anna', 2 * hour), ({ candidates }) => ({
        candidates: candidates.map(one => (one.actionId === 'notice' ? { ...one, removedBy: null } : one)),
      })),
    /passed over/,
  ],
  [
    'draws',
    'a draw that the seed does not give',
    log => alter(log, lastSend, ({ learning }) => ({ learning: { ...learning, draw: learning.draw + 2 ** -53 } })),
    /the seed gives/,
  ],
  [
    'draws',
    'a draw of another decision',
    log => alter(log, lastSend, ({ learning }) => ({ learning: { ...learning, drawId: 'other' } })),
    /not by its own id/,
  ],
  [
    'draws',
    'a choice that the draw does not give',
    log => {
      log.sends.splice(log.sends.indexOf(sendOf(log, lastSend)), 1)
      alter(log, lastSend, ({ learning, candidates }) => ({
        outcome: { kind: 'SILENCE', actionId: 'silence', treatmentId: '', channel: 'none', idempotencyKey: '' },
        learning: { ...learning, behaviourProbability: candidates.at(-1)!.selectionProbability },
      }))
    },
    /the draw fell on coffee/,
  ],
  [
    'sends',
    'a decision whose send is missing',
    log => {
      log.sends.splice(log.sends.indexOf(sendOf(log, lastSend)), 1)
    },
    /nothing was sent/,
  ],
  [
    'sends',
    'the same send twice',
    log => {
      log.sends.push(sendOf(log, lastSend))
    },
    /second time/,
  ],
  [
    'sends',
    'a send without a decision',
    log => {
      const send = sendOf(log, lastSend)
      log.sends.push({ ...send, value: { ...send.value, ...idsOf(one(log, at('anna', 2 * hour)).value) } })
    },
    /no decision asked/,
  ],
  [
    'sends',
    'a send to a person other than the decided one',
    log => {
      const send = sendOf(log, lastSend)
      send.value = { ...send.value, personId: 'anna' }
    },
    /differs from the decision/,
  ],
  [
    'sends',
    'a send on the topic of another channel',
    log => {
      sendOf(log, lastSend).topic = 'sends.call'
    },
    /on the topic of call/,
  ],
  [
    'sends',
    'a cancellation of a send that was never made',
    log => {
      const send = sendOf(log, lastSend)
      const cancel: Send = {
        ...send.value,
        kind: 'cancel',
        decisionId: one(log, at('anna', 2 * hour)).value.decisionId,
      }
      log.sends.push({ ...send, value: cancel })
    },
    /a send that was not made/,
  ],
  [
    'sends',
    'a cancellation without a withdrawal',
    log => {
      const send = sendOf(log, lastSend)
      log.sends.push({ ...send, value: { ...send.value, kind: 'cancel' } })
    },
    /no consent for it was withdrawn/,
  ],
  [
    'rewards',
    'a reward without a contact',
    log => {
      log.rewards[0] = { ...log.rewards[0]!, decisionId: 'unknown' }
    },
    /no send and no exposure/,
  ],
  [
    'rewards',
    'a reward earlier than its contact',
    log => {
      log.rewards[0] = { ...log.rewards[0]!, at: noon }
    },
    /before the contact/,
  ],
  [
    'rewards',
    'a reward for another person’s contact',
    log => {
      log.rewards[0] = { ...log.rewards[0]!, personId: 'anna' }
    },
    /the contact was zoe's/,
  ],
  [
    'rewards',
    'a reward for another action',
    log => {
      log.rewards[1] = { ...log.rewards[1]!, actionId: 'tea' }
    },
    /rewards tea/,
  ],
]

/** The same decision in two places, or for two triggers, breaks the law on ids too. */
const alsoBroken: Readonly<Record<string, readonly Law[]>> = {
  'two decisions on one order': ['ids'],
  'a timer that repeats what was never deferred': ['ids'],
}

test.each(tamperings)('%s: %s is found, by that law alone', async (law, what, tamper, message) => {
  const log = honestLog()
  tamper(log)
  const report = await verify(await log.log())
  expect(details(report).join('\n')).toMatch(message)
  expect(broken(report)).toEqual([law, ...(alsoBroken[what] ?? [])])
  expect(report.ok).toBe(false)
})

test.each([
  [
    'edited',
    (chained: readonly Decision[]) =>
      chained.map((one, i) => (i === 2 ? { ...one, content: { ...one.content, generator: 'x' } } : one)),
  ],
  ['moved', (chained: readonly Decision[]) => chained.toSpliced(1, 2, ...chained.slice(1, 3).reverse())],
  ['dropped', (chained: readonly Decision[]) => chained.toSpliced(2, 1)],
  ['slipped in', (chained: readonly Decision[]) => chained.toSpliced(2, 0, chained[0]!)],
])('chain: a decision %s afterwards is found', async (_, edit) => {
  const report = await verify(await honestLog().log(edit))
  expect(broken(report)).toContain('chain')
})

describe('two customers have an event of one id', () => {
  const both = (idOf?: (parts: readonly unknown[]) => string) => {
    const log = new ReferenceDecider(release, personId => (personId < 'm' ? 0 : 1), 2, idOf)
    const grant = { purpose: 'marketing', channel: null, status: 'granted', effectiveAt: noon, recordedAt: noon }
    for (const personId of ['anna', 'zoe']) {
      log.event(personId, 'consent_changed', grant, noon - day, '1')
      log.trigger(personId, noon, { want: 'coffee', eventId: '1' })
    }
    log.trigger('anna', noon + 1, { want: 'silence', eventId: '1', source: 'till' })
    return log
  }

  test('and are decided for by themselves', async () => {
    const log = both()
    expect(new Set(log.sends.map(({ value }) => value.idempotencyKey)).size).toBe(2)
    expect(details(await verify(await log.log()))).toEqual([])
  })

  test('ids that are made of the event id alone are found', async () => {
    const log = both(([kind, ...rest]) => createHash('sha256').update(`${kind}${rest[1]}`).digest('hex').slice(0, 32))
    const report = await verify(await log.log())
    expect(broken(report)).toContain('ids')
    expect(details(report)).toEqual(
      expect.arrayContaining(['its id is not that of its event', 'another decision has this id', 'sent a second time']),
    )
  })

  test('an idempotency key of another send is found', async () => {
    const log = both()
    const [anna, zoe] = log.sends
    zoe!.value = { ...zoe!.value, idempotencyKey: anna!.value.idempotencyKey }
    const report = await verify(await log.log())
    expect(broken(report)).toEqual(['ids', 'sends'])
    expect(details(report).join()).toContain(`its idempotency key is '${anna!.value.idempotencyKey}'`)
  })
})

describe('an order that comes again', () => {
  const twice = (after: number, isDecided: boolean) => {
    const log = new ReferenceDecider(release)
    log.trigger('anna', noon, { want: 'silence', eventId: '1' })
    log.trigger('anna', noon + after, { want: 'silence', eventId: '1' })
    if (!isDecided) log.decisions.pop()
    return log
  }

  test('within the time of the release is not decided again', async () => {
    expect(details(await verify(await twice(30 * day - 1, false).log()))).toEqual([])
    const report = await verify(await twice(30 * day - 1, true).log())
    expect(broken(report)).toEqual(['one-decision-per-trigger'])
  })

  test('after that time is another, with an id of its own', async () => {
    expect(details(await verify(await twice(30 * day, true).log()))).toEqual([])
    const report = await verify(await twice(30 * day, false).log())
    expect(details(report)).toEqual(["order_completed '1' led to no decision"])
  })
})

test('a log with a decision of another version is not verified by halves: it names the decision', async () => {
  const folder = new URL('../schemas/test/fixtures/', import.meta.url)
  const written = JSON.parse(readFileSync(new URL('Decision-211425852.json', folder), 'utf8')).schema
  const log = await honestLog().log(chained => chained, schema<Decision>(written), 211_425_852)
  await expect(verify(log)).rejects.toThrow(/^decisions\/0 offset 0: another version of JOAI wrote this decision/)
})

test('a log whose first records were deleted is not verified by halves: it names where it begins', async () => {
  const log = await honestLog().log()
  log.start = async topic => (topic === 'sends.email' ? 5 : 0)
  await expect(verify(log)).rejects.toThrow(/^sends.email\/0 begins at offset 5/)
})

test('chain: a record that cannot be read as a decision is found', async () => {
  const log = await honestLog().log()
  const unreadable = { topic: 'decisions', partition: 0, key: '', timestamp: 0 }
  await log.append([Buffer.from('scrap'), Buffer.alloc(40)].map(value => ({ ...unreadable, value })))
  const report = await verify(log)
  expect(broken(report)).toEqual(['chain'])
  expect(details(report).join()).toMatch(/can't be read.*can't be read/)
})

test('the audit takes nothing from the operators but the types of a release', () => {
  const importsIn = (folder: string) => {
    const place = new URL(folder, import.meta.url)
    const files = readdirSync(place).filter(name => /(?<!\.test)\.ts$/.test(name))
    return files.flatMap(name => readFileSync(new URL(name, place), 'utf8').match(/^import [\s\S]*?'$/gm) ?? [])
  }
  const shared = ['.', './laws/'].flatMap(importsIn).filter(line => /'(\.\.\/)+(operators|state|topology)\//.test(line))
  expect(shared.length).toBeGreaterThan(10)
  for (const line of shared)
    expect(line).toMatch(
      /^import type [^;]*(operators\/release\/release|topology\/log\/log)\.ts'$|^import { ConnectorError, type LogRecord } from '..\/topology\/log\/log\.ts'$|^import .* '.*topology\/log\/log-reader\.ts'$/,
    )
  // The audit shares the reader of records with other readers of a log. Tasks read their logs without it, so a fault in
  // the reader can't cause the same error on both sides.
  const deciding = ['../topology/task/', '../topology/runtime/'].flatMap(importsIn)
  expect(deciding.length).toBeGreaterThan(20)
  for (const line of deciding) expect(line).not.toContain('log-reader')
})

test('probabilities of Thompson sampling are integrated independently', async () => {
  const sampled: Release = { ...release, exploration: { ...release.exploration, algorithm: 'thompson' } }
  const drawn = () => {
    const log = new ReferenceDecider(sampled)
    const grant = { purpose: 'marketing', channel: null, status: 'granted', effectiveAt: 0, recordedAt: 0 }
    log.event('anna', 'consent_changed', grant, noon - day, 'yes')
    log.trigger('anna', noon, { want: 'tea' })
    return log
  }
  expect(details(await verify(await drawn().log()))).toEqual([])
  const log = drawn()
  alter(log, kind('ACT'), decision => probability(decision, { coffee: 2e-6, silence: -2e-6 }))
  expect(broken(await verify(await log.log()))).toEqual(['probabilities'])
})

test('a law without a single check fails, except that rewards need an outcome', async () => {
  const silent = new ReferenceDecider(release)
  silent.trigger('anna', noon, { want: 'silence' })
  const report = await verify(await silent.log())
  expect(details(report)).toEqual([])
  expect(report.ok).toBe(false)
  expect(report.laws.filter(({ checked }) => checked === 0).map(({ law }) => law)).toEqual([
    'quiet-hours',
    'consent',
    'sends',
    'rewards',
    'experiments',
    'reference',
  ])

  const withoutRewards = honestLog()
  withoutRewards.rewards.splice(0)
  expect((await verify(await withoutRewards.log())).ok).toBe(false)

  const noOutcome = new ReferenceDecider(release)
  noOutcome.trigger('anna', noon, { type: 'page_viewed', want: 'notice' })
  const { ok, laws } = await verify(await noOutcome.log())
  expect(laws.find(({ law }) => law === 'rewards')!.checked).toBe(0)
  expect(ok).toBe(true)
})

test('twenty violations of a law are kept, and all are counted', async () => {
  const log = honestLog()
  for (let i = 0; i < 25; i++) log.sends.push(sendOf(log, lastSend))
  const { laws } = await verify(await log.log())
  const { violations, violationCount } = laws.find(({ law }) => law === 'sends')!
  expect(violations).toHaveLength(20)
  expect(violationCount).toBe(25)
})
