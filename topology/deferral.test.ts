import { describe, expect, test } from 'vitest'
import { parseRelease } from '../operators/release/file/parse.ts'
import type { Decision } from '../schemas/generated.ts'
import { days, hours, minutes } from '../schemas/record.ts'
import { consents, happens } from '../testing/test/stories.ts'
import { controlRecord, releaseControl } from './replay/control-record.ts'
import { ran, shop } from './test/shop.ts'

/** A Monday, ten in the evening in New York, and eight the next morning. */
const night = Date.UTC(2024, 4, 7, 2)
const morning = Date.UTC(2024, 4, 7, 12)
const quiet = 'quietHours: [{ id: night, channels: [email, sms], from: "21:00", to: "08:00" }]\n'
const told = (decisions: readonly Decision[]) =>
  decisions.map(({ outcome, time }) => {
    const isSend = outcome.kind === 'ACT' || outcome.kind === 'MANDATORY'
    return `${isSend ? outcome.actionId : outcome.kind} at ${(time.decidedAt - night) / minutes(1)}`
  })

describe('what was deferred keeps the event that asked', () => {
  const release = shop(`triggers: [order_completed, page_viewed]
actions:
  - { id: big_thanks, treatments: [email], value: 10, applicability: [{ id: big, when: 'event.value >= 100' }] }
  - { id: small_basket_tip, treatments: [email], value: 5, applicability: [{ id: small, when: 'event.value < 10' }] }
${quiet}`)

  test('an order of 250 at night is thanked for in the morning, as one by day', async () => {
    const order = happens('anna', 'order_completed', night, { value: 250 })
    const { decisions, sends, violations } = await ran(release, [order], morning + 1)
    expect(told(decisions)).toEqual(['DEFER at 0', 'big_thanks at 600'])
    expect(decisions[1]).toMatchObject({
      time: { occurredAt: night, decidedAt: morning },
      trigger: { type: 'agenda', eventId: '', deferred: [decisions[0]!.decisionId] },
    })
    expect(sends.map(({ actionId }) => actionId)).toEqual(['big_thanks'])
    expect(violations).toEqual([])
  })

  test('each of several orders is asked for, and not more than the caps allow is sent', async () => {
    const orders = [250, 5, 120].map((value, n) => happens('anna', 'order_completed', night + n, { value }))
    const each = await ran(release, orders, morning + 1)
    expect(told(each.decisions).slice(3)).toEqual(['big_thanks at 600', 'small_basket_tip at 600', 'big_thanks at 600'])
    expect(each.violations).toEqual([])
    const capped = await ran(`${release}caps: [{ id: daily, max: 1, window: 1d }]\n`, orders, morning + 1)
    expect(told(capped.decisions).slice(3)).toEqual(['big_thanks at 600', 'SILENCE at 600', 'SILENCE at 600'])
    expect(capped.violations).toEqual([])
  })

  test('rules see that a timer asks, and how old the event is', async () => {
    const aged = release.replace(
      'event.value >= 100',
      'event.value >= 100 && (context.trigger == "event" || context.event_age_days < 0.4)',
    )
    const order = happens('anna', 'order_completed', night, { value: 250 })
    const { decisions, violations } = await ran(aged, [order], morning + 1)
    expect(told(decisions)).toEqual(['DEFER at 0', 'SILENCE at 600'])
    expect(decisions[1]!.variables).toEqual([
      { name: 'context.event_age_days', number: 10 / 24, text: null },
      { name: 'context.trigger', number: null, text: 'timer' },
    ])
    expect(violations).toEqual([])
  })

  test('a withdrawal in the night ends all that waited for nothing else', async () => {
    const orders = [250, 5].map((value, n) => happens('anna', 'order_completed', night + n, { value }))
    const no = consents('anna', night + hours(1), { status: 'withdrawn' })
    const { decisions, violations } = await ran(release, [...orders, no], morning + 1)
    expect(told(decisions).slice(2)).toEqual([])
    expect(violations).toEqual([])
  })

  test('more than fifty requests of a night can’t wait: the others are silent at once, and say why', async () => {
    const orders = Array.from({ length: 53 }, (_, n) => happens('anna', 'order_completed', night + n, { value: 250 }))
    const { decisions, violations } = await ran(release, orders, morning + 1)
    const reasons = decisions.map(({ outcome, explanation }) => `${outcome.kind} ${explanation.reasons.slice(0, 2)}`)
    expect(reasons.slice(50, 53)).toEqual(Array(3).fill('SILENCE only-silence-left,too-many-waiting'))
    expect(reasons.filter(reason => reason.startsWith('DEFER'))).toHaveLength(50)
    expect(told(decisions).filter(text => text === 'big_thanks at 600')).toHaveLength(50)
    expect(violations).toEqual([])
  })
})

describe('the best candidate decides whether to wait', () => {
  const bank = (parts = '') =>
    shop(`triggers: [payment_failed]
actions:
  - { id: fraud_warning, purpose: service, mandatory: true, treatments: [sms], value: 1 }
  - { id: card_offer, treatments: [inapp], value: 5 }
${parts}${quiet}`)
  const failed = happens('n', 'payment_failed', night)

  test('a mandatory warning at night comes in the morning, and no offer takes its place', async () => {
    const { decisions, sends, violations } = await ran(bank(), [failed], morning + 1)
    expect(told(decisions)).toEqual(['DEFER at 0', 'fraud_warning at 600'])
    expect(decisions[1]!.outcome.kind).toBe('MANDATORY')
    expect(sends.map(({ actionId }) => actionId)).toEqual(['fraud_warning'])
    expect(violations).toEqual([])
  })

  test('it is sent at night by a channel that is open, or if quiet hours exempt it', async () => {
    const byApp = bank().replace('treatments: [sms]', 'treatments: [sms, push]')
    const exempt = bank().replace('to: "08:00" }', 'to: "08:00", exempt: [service] }')
    for (const release of [byApp, exempt]) {
      const { decisions, violations } = await ran(release, [failed], morning + 1)
      expect(told(decisions)).toEqual(['fraud_warning at 0'])
      expect(violations).toEqual([])
    }
  })

  test('an offer that is worth more is waited for, one that is worth less is not', async () => {
    const offers = (mail: number) =>
      bank(`  - { id: mail_offer, treatments: [email], value: ${mail} }\n`).replace('mandatory: true, ', '')
    const better = await ran(offers(9), [failed], morning + 1)
    expect(told(better.decisions)).toEqual(['DEFER at 0', 'mail_offer at 600'])
    const worse = await ran(offers(4), [failed], morning + 1)
    expect(told(worse.decisions)).toEqual(['card_offer at 0'])
    expect([...better.violations, ...worse.violations]).toEqual([])
  })

  test('an action that is over by the morning is not waited for', async () => {
    const { decisions, violations } = await ran(
      bank().replace('value: 1 }', 'value: 1, valid: { from: 2024-05-01, to: 2024-05-06 } }'),
      [failed],
      morning + 1,
    )
    expect(told(decisions)).toEqual(['card_offer at 0'])
    expect(violations).toEqual([])
  })
})

test('a request whose best candidate is always closed waits for fourteen days at most', async () => {
  const shifting = shop(`triggers: [order_completed]
actions:
  - { id: mail, treatments: [email], value: 'context.hour >= 8 && context.hour < 21 ? 1.0 : 9.0' }
  - { id: text, treatments: [sms], value: 'context.hour >= 8 && context.hour < 21 ? 9.0 : 1.0' }
quietHours:
  - { id: night, channels: [email], from: "21:00", to: "08:00" }
  - { id: day, channels: [sms], from: "08:00", to: "21:00" }
`)
  const order = happens('anna', 'order_completed', night)
  const { decisions, violations } = await ran(shifting, [order], night + days(20))
  expect(decisions.slice(0, -1).every(({ outcome }) => outcome.kind === 'DEFER')).toBe(true)
  const last = decisions.at(-1)!
  expect(last.outcome.kind).toBe('ACT')
  expect(last.explanation.reasons).toContain('waited-too-long')
  expect(last.time.decidedAt - night).toBe(days(14) + hours(10))
  expect(violations).toEqual([])
})

test('a contact that was cancelled after it may have been delivered is not given back', async () => {
  const at = Date.UTC(2024, 4, 6, 14)
  const release = shop(`triggers: [order_completed]
actions:
  - { id: cart_mail, treatments: [email], value: 10, applicability: [{ id: st, when: 'context.journey == "cart"' }] }
  - { id: thanks, treatments: [email], value: 10, applicability: [{ id: st, when: 'event.type == "order_completed"' }] }
journeys:
  - { id: cart, trigger: { event: product_added }, stages: [{ id: remind, wait: 1h, decide: true }], goal: { event: order_completed }, timeout: 5d }
caps: [{ id: weekly, max: 1, window: 7d }]
`)
  const added = happens('p', 'product_added', at)
  const bought = await ran(release, [added, happens('p', 'order_completed', at + days(2))], at + days(3))
  expect(bought.decisions.map(({ outcome }) => outcome.actionId)).toEqual(['cart_mail', 'silence'])
  expect(bought.sends.map(({ kind, actionId }) => `${kind} ${actionId}`)).toEqual([
    'send cart_mail',
    'cancel cart_mail',
  ])
  expect(bought.violations).toEqual([])
  const changed = [
    consents('p', at + days(1), { status: 'withdrawn' }),
    consents('p', at + days(1) + 1, { status: 'granted' }),
  ]
  const regretted = await ran(
    release.replace('goal: { event: order_completed }', 'goal: { event: plan_changed }'),
    [added, ...changed, happens('p', 'order_completed', at + days(2))],
    at + days(3),
  )
  expect(regretted.decisions.map(({ outcome }) => outcome.actionId)).toEqual(['cart_mail', 'silence'])
  expect(regretted.violations).toEqual([])
})

test('what is due in the very millisecond of a release is decided by the one before, and verify agrees', async () => {
  const text = shop(`triggers: [order_completed]
actions:
  - { id: thanks, treatments: [email], value: 10 }
${quiet}`)
  const { release } = parseRelease(text.replace('version: 1', 'version: 2'), 'next.yaml')
  const next = controlRecord(releaseControl(release!), morning)
  const order = happens('anna', 'order_completed', night)
  const { decisions, violations } = await ran(text, [order, next], morning + 1)
  expect(decisions.map(({ time, provenance }) => [time.decidedAt, provenance.releaseVersion])).toEqual([
    [night, 1],
    [morning, 1],
  ])
  expect(violations).toEqual([])
})
