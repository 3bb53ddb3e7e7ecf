import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { openMemoryLog } from '../connectors/memory-log.ts'
import { decisionIdOfTimer } from '../operators/ids.ts'
import { canonicalJson, releaseHash } from '../operators/release/canonical.ts'
import { parseRelease } from '../operators/release/parse.ts'
import { personOf, tokens } from '../operators/tokens.ts'
import { type EventType, eventTypes } from '../schemas/event-data.ts'
import type { CustomerEvent, Decision, Receipt } from '../schemas/generated.ts'
import { days, hours, minutes, type Topic } from '../schemas/record.ts'
import { channels, sends, topics } from '../schemas/topics.ts'
import { decodeValue, encodeValue } from '../schemas/wire.ts'
import { input, TopologyTest } from '../scripts/testing.ts'
import { verify } from '../scripts/verify/verify.ts'
import { Interrupted } from './epochs.ts'
import { chance } from './fixtures/random-history.ts'
import type { InputRecord } from './history.ts'
import { journey } from './journey.ts'
import type { LogRecord, NewRecord } from './ports.ts'

const secret = 'the secret of the journeys'
const topology = journey({ secret })
/** A Monday, ten in the morning in Berlin. */
const t0 = Date.UTC(2024, 3, 8, 8)

const text = readFileSync(new URL('fixtures/journeys.yaml', import.meta.url), 'utf8')
const { release, problems } = parseRelease(text, 'journeys.yaml')
const document = canonicalJson(release!)
const control = { controlId: 'journeys', kind: 'release', document, hash: releaseHash(document) } as const
const started = input(topics.control, 'control', control, { key: 'journeys', timestamp: t0 - 1 })

const fields = {
  product_added: { cartId: 'c', sku: 's', quantity: 1, price: 20 },
  product_removed: { cartId: 'c', sku: 's', quantity: 1, price: 20 },
  order_completed: { orderId: 'o', storeId: '', value: 20, discount: 0, cartId: null, margin: null, lines: [] },
  page_viewed: { url: '/', productId: null },
  bill_issued: { amount: 50, delta: 0.2, dueAt: 0 },
  contract_end_near: { days: 30 },
  plan_changed: { from: 'l', to: 'm' },
  ticket_opened: { topic: 'bill' },
  port_out_requested: { operator: 'other' },
  identity_linked: { reason: '' },
} as const satisfies Partial<Record<EventType, object>>

let events = 0
/** An event of a customer, known by these names: `anna` is a customer's, `d-1` a device's. */
function happens(names: string, type: keyof typeof fields, timestamp: number, parts: object = {}): InputRecord {
  const identifiers = names
    .split(' ')
    .map(value => ({ type: value.startsWith('d-') ? 'device_id' : 'customer_id', value }))
  const data = { [eventTypes[type].name]: { ...fields[type], ...parts } }
  const event = {
    eventId: `e${events++}`,
    type,
    occurredAt: timestamp,
    identifiers,
    source: '',
    schemaVersion: 1,
    data,
  }
  return input(topics.events, 'event', event as unknown as CustomerEvent, { key: identifiers[0]!.value, timestamp })
}

const tokenOf = tokens(secret)
const personIs = (name: string): string =>
  personOf(tokenOf({ type: name.startsWith('d-') ? 'device_id' : 'customer_id', value: name }).token)
const stageDecision = (name: string, stage: string, due: number): string =>
  decisionIdOfTimer('journeys', `${personIs(name)}/${stage}`, due)

function receipt(name: string, decisionId: string, timestamp: number): InputRecord {
  const personId = personIs(name)
  const parts = { receiptId: `r-${decisionId}`, kind: 'delivered', value: 0, source: '' } as const
  const value: Receipt = { ...parts, decisionId, personId, occurredAt: timestamp }
  return input(topics.receipts, 'receipt', value, { key: personId, timestamp })
}

interface Options {
  readonly partitions?: number
  readonly batch?: number
}

/** How finely time passes, and until when. Within a tick, records that take more hops come later. */
interface Span {
  readonly tickMs: number
  readonly last: InputRecord
}
const fewDays: Span = { tickMs: minutes(5), last: happens('nobody', 'identity_linked', t0 + days(3)) }
const someWeeks: Span = { tickMs: hours(6), last: happens('nobody', 'identity_linked', t0 + days(60)) }

async function ran(history: readonly InputRecord[], span: Span, options: Options = {}): Promise<TopologyTest> {
  const bench = await TopologyTest.open(topology, options)
  await bench.run([started, ...history, span.last], span)
  return bench
}

async function storyOf(bench: TopologyTest) {
  const decisions = (await bench.read(topics.decisions, 'decision')).map(({ value }) => value)
  const ended = (await bench.read(topics.journeys, 'ended')).map(({ value }) => value)
  const sent = (
    await Promise.all(
      channels.map(async channel => (await bench.read(sends[channel], 'send')).map(({ value }) => value)),
    )
  ).flat()
  const report = await verify(bench.log)
  return {
    decided: decisions.map(({ time, outcome, trigger }) => {
      const what = outcome.kind === 'ACT' ? outcome.actionId : outcome.kind
      return `${trigger.journey}/${trigger.stage}: ${what} at ${(time.decidedAt - t0) / minutes(1)}`
    }),
    ended: ended.map(({ journeyId, stage, how, at }) => `${journeyId}/${stage}: ${how} at ${(at - t0) / minutes(1)}`),
    cancelled: sent.filter(({ kind }) => kind === 'cancel').map(({ actionId, reason }) => `${actionId}: ${reason}`),
    sent: sent.filter(({ kind }) => kind === 'send').map(({ actionId }) => actionId),
    violations: report.laws.flatMap(({ violations }) => violations),
    decisions,
  }
}

/** From the entry, minutes later: what happens, and what comes of it. */
const cart = 'cart-recovery'
const churn = 'churn-save'
const stories: Readonly<Record<string, readonly [InputRecord[], Partial<Awaited<ReturnType<typeof storyOf>>>]>> = {
  'a cart that is bought is not reminded of any more': [
    [happens('anna', 'product_added', t0), happens('anna', 'order_completed', t0 + minutes(40))],
    {
      decided: [`${cart}/remind: cart_reminder at 30`],
      ended: [`${cart}/offer: goal at 40`],
      cancelled: ['cart_reminder: journey-ended'],
    },
  ],
  'what was delivered before is not taken back': [
    [
      happens('anna', 'product_added', t0),
      receipt('anna', stageDecision('anna', `${cart}/remind`, t0 + minutes(30)), t0 + minutes(35)),
      happens('anna', 'order_completed', t0 + minutes(40)),
    ],
    { sent: ['cart_reminder'], ended: [`${cart}/offer: goal at 40`], cancelled: [] },
  ],
  'a cart that is emptied is left alone': [
    [happens('anna', 'product_added', t0), happens('anna', 'product_removed', t0 + minutes(10))],
    { decided: [], ended: [`${cart}/remind: exit at 10`], cancelled: [] },
  ],
  'a cart that is forgotten is reminded of, then offered shipping, then given up': [
    [happens('anna', 'product_added', t0), happens('anna', 'product_added', t0 + minutes(20))],
    {
      decided: [`${cart}/remind: cart_reminder at 50`, `${cart}/offer: free_shipping at 110`],
      ended: [`${cart}/offer: timeout at 2880`],
      cancelled: [],
    },
  ],
  'a cart of small things begins nothing': [
    [happens('anna', 'product_added', t0, { price: 5 })],
    { decided: [], ended: [] },
  ],
  'a cart that is forgotten at night is reminded of in the morning, for its stage': [
    [happens('anna', 'product_added', t0 + hours(12)), happens('anna', 'product_removed', t0 + hours(23))],
    {
      decided: [`${cart}/remind: DEFER at 750`, `${cart}/offer: DEFER at 810`, `${cart}/offer: free_shipping at 1320`],
      ended: [`${cart}/offer: exit at 1380`],
      cancelled: ['free_shipping: journey-ended'],
    },
  ],
  'and is not when it was bought in the night': [
    [happens('anna', 'product_added', t0 + hours(12)), happens('anna', 'order_completed', t0 + hours(20))],
    { decided: [`${cart}/remind: DEFER at 750`, `${cart}/offer: DEFER at 810`], sent: [] },
  ],
  'a high bill is explained to whoever does not ask, and the end of the contract brings an offer': [
    [
      happens('bert', 'bill_issued', t0),
      happens('bert', 'contract_end_near', t0 + days(2), { days: 90 }),
      happens('bert', 'contract_end_near', t0 + days(3)),
      happens('bert', 'plan_changed', t0 + days(3) + hours(1)),
    ],
    {
      decided: [`${churn}/explain: bill_explainer at 1440`, `${churn}/retain: retention_discount at 4320`],
      ended: [`${churn}/retain: goal at 4380`],
      cancelled: ['bill_explainer: journey-ended', 'retention_discount: journey-ended'].reverse(),
    },
  ],
  'whoever asks about the bill in time needs no explanation': [
    [
      happens('bert', 'bill_issued', t0),
      happens('bert', 'ticket_opened', t0 + hours(1), { topic: 'roaming' }),
      happens('bert', 'ticket_opened', t0 + hours(23)),
    ],
    { decided: [], ended: [`${churn}/explain: exit at 1380`] },
  ],
  'whoever leaves gets no offer': [
    [happens('bert', 'bill_issued', t0), happens('bert', 'port_out_requested', t0 + days(2))],
    { ended: [`${churn}/retain: exit at 2880`], cancelled: ['bill_explainer: journey-ended'] },
  ],
  'whose contract does not end is made an offer all the same, in the end': [
    [happens('bert', 'bill_issued', t0)],
    {
      decided: [`${churn}/explain: bill_explainer at 1440`, `${churn}/retain: retention_discount at 15840`],
      ended: [`${churn}/retain: timeout at 43200`],
    },
  ],
  'an order of another day begins a cart anew': [
    [
      happens('anna', 'product_added', t0),
      happens('anna', 'order_completed', t0 + minutes(1)),
      happens('anna', 'product_added', t0 + hours(20)),
      happens('anna', 'product_added', t0 + hours(25)),
      happens('anna', 'product_removed', t0 + hours(26)),
    ],
    {
      decided: [`${cart}/remind: cart_reminder at 1530`],
      ended: [`${cart}/remind: goal at 1`, `${cart}/offer: exit at 1560`],
    },
  ],
}

test('the release is sound', () => expect(problems).toEqual([]))

describe('from entry to each exit', () => {
  test.each(Object.entries(stories))('%s', async (_, [history, expected]) => {
    const story = await storyOf(await ran(history, history[0]!.key === 'bert' ? someWeeks : fewDays))
    expect(story).toMatchObject(expected)
    expect(story.violations).toEqual([])
    const own = story.decisions.filter(({ trigger }) => trigger.type === 'journeys')
    for (const { decisionId, trigger, time, subject } of own)
      expect(decisionId).toBe(
        decisionIdOfTimer('journeys', `${subject.personId}/${trigger.journey}/${trigger.stage}`, time.decidedAt),
      )
  })
})

describe('when persons merge in mid-wait', () => {
  test('two carts of one person are one journey, with one decision a stage', async () => {
    const story = await storyOf(
      await ran(
        [
          happens('anna', 'product_added', t0),
          happens('d-1', 'product_added', t0 + minutes(10)),
          happens('anna d-1', 'identity_linked', t0 + minutes(20)),
        ],
        fewDays,
        { partitions: 4 },
      ),
    )
    expect(story).toMatchObject({
      decided: [`${cart}/remind: cart_reminder at 30`, `${cart}/offer: free_shipping at 90`],
      ended: [`${cart}/offer: timeout at 2880`],
      violations: [],
    })
  })

  test('what was sent to one of them is cancelled by the goal of both', async () => {
    const story = await storyOf(
      await ran(
        [
          happens('d-1', 'product_added', t0),
          happens('anna d-1', 'identity_linked', t0 + minutes(40)),
          happens('anna', 'order_completed', t0 + minutes(50)),
        ],
        fewDays,
      ),
    )
    expect(story).toMatchObject({
      sent: ['cart_reminder'],
      ended: [`${cart}/offer: goal at 50`],
      cancelled: ['cart_reminder: journey-ended'],
      violations: [],
    })
  })

  test('what one of them bought ends the cart of the other', async () => {
    const story = await storyOf(
      await ran(
        [
          happens('d-1', 'product_added', t0),
          happens('anna', 'product_added', t0 + minutes(1)),
          happens('anna', 'order_completed', t0 + minutes(20)),
          happens('anna d-1', 'identity_linked', t0 + minutes(25)),
        ],
        fewDays,
      ),
    )
    expect(story).toMatchObject({
      decided: [],
      ended: [`${cart}/remind: goal at 20`, `${cart}/remind: goal at 30`],
      violations: [],
    })
  })
})

describe('verify finds', () => {
  const bought = [happens('anna', 'product_added', t0), happens('anna', 'order_completed', t0 + minutes(40))]

  /** What verify says of the log of a bought cart, with the records of one topic changed. */
  async function foundWith(topic: Topic, change: (record: LogRecord) => NewRecord): Promise<string[]> {
    const { log } = await ran(bought, fewDays)
    const forged = openMemoryLog()
    for (const [name, partitions] of log.topics()) {
      await forged.createTopic(name, partitions)
      const records = await log.read(name, 0, 0, await log.end(name, 0))
      const kept = records.map(record => (name === topic.name ? change(record) : record))
      await forged.append(kept.map(record => ({ ...record, topic: name, partition: 0 })))
    }
    const { laws } = await verify(forged)
    return laws
      .filter(({ law }) => law === 'sends' || law === 'one-decision-per-trigger')
      .flatMap(({ violations }) => violations.map(({ detail }) => detail))
  }
  const asStage = (parts: Partial<Decision['trigger']>, named: string) => (record: LogRecord) => {
    const decision = decodeValue(topics.decisions.types.decision, record.value)
    const decisionId = stageDecision('anna', named, decision.time.decidedAt)
    const forged = { ...decision, decisionId, trigger: { ...decision.trigger, ...parts } }
    return { ...record, value: encodeValue(topics.decisions.types.decision, forged) }
  }

  test('nothing, where nothing is changed', async () => {
    expect(await foundWith(topics.decisions, record => record)).toEqual([])
  })

  test('a cancellation before the journey ended', async () => {
    const early = (record: LogRecord) => {
      const isCancel = decodeValue(sends.push.types.send, record.value).kind === 'cancel'
      // The release, then the product, then the order: as if the product had caused it.
      return isCancel ? { ...record, cause: { ...record.cause!, position: 1 } } : record
    }
    expect(await foundWith(sends.push, early)).toEqual([
      'it was cancelled, though no consent for it was withdrawn, and no journey of it ended',
    ])
  })

  test('a decision of a stage whose id is another’s', async () => {
    expect(await foundWith(topics.decisions, asStage({}, `${cart}/offer`))).toContain('its id is not that of its timer')
  })

  test('a decision of a stage that the release does not have', async () => {
    const details = await foundWith(topics.decisions, asStage({ stage: 'beg' }, `${cart}/beg`))
    expect(details).toContain('no stage of the release asks for it')
  })

  test('a decision of a journey that nothing began', async () => {
    const parts = { journey: churn, stage: 'explain' }
    const details = await foundWith(topics.decisions, asStage(parts, `${churn}/explain`))
    expect(details).toContain(`nothing began its journey '${churn}'`)
  })
})

/** A month of customers and devices on both journeys at once. */
function crowd(seed: number): InputRecord[] {
  const random = chance(seed)
  const one = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!
  const types = Object.keys(fields).filter(type => type !== 'identity_linked') as (keyof typeof fields)[]
  const likely = [...types, ...Array<keyof typeof fields>(6).fill('product_added'), 'bill_issued' as const]
  let now = t0
  return Array.from({ length: 500 }, () => {
    now += Math.floor(random() * minutes(170))
    const [customer, device] = [`c${Math.floor(random() * 9)}`, `d-${Math.floor(random() * 14)}`]
    const names = one([customer, customer, device, device, random() < 0.3 ? `${customer} ${device}` : customer])
    return happens(names, one(likely), now)
  })
}

describe('a crowd on both journeys', () => {
  const history = crowd(2024)

  test('puts the hard cases to the test, and verify finds nothing', async () => {
    const bench = await ran(history, someWeeks, { partitions: 4 })
    const { ended, cancelled, decisions, violations } = await storyOf(bench)
    expect(violations).toEqual([])
    const merges = (await bench.read(topics.identityChanges, 'change')).filter(({ value }) => value.kind === 'merged')
    const count = (how: string) => ended.filter(line => line.includes(`: ${how} at`)).length
    const counts = {
      goals: count('goal'),
      exits: count('exit'),
      timeouts: count('timeout'),
      cancelled: cancelled.length,
      merges: merges.length,
      staged: decisions.filter(({ trigger }) => trigger.type === 'journeys').length,
      afresh: decisions.filter(({ trigger }) => trigger.type === 'agenda' && trigger.journey !== '').length,
    }
    for (const [name, value] of Object.entries(counts)) expect(value, name).toBeGreaterThan(2)
    expect(new Set(decisions.map(({ decisionId }) => decisionId)).size).toBe(decisions.length)
  })

  test('is decided alike in batches of 1, 7 and 500, and across restarts', async () => {
    const whole = await (await ran(history, someWeeks, { partitions: 3 })).hashes()
    for (const batch of [1, 7])
      expect(await (await ran(history, someWeeks, { partitions: 3, batch })).hashes()).toEqual(whole)
    const bench = await TopologyTest.open(topology, { partitions: 3, batch: 5 })
    const all = [started, ...history, someWeeks.last]
    const killed = (life: number) => ({ interrupt: (records: number) => records >= life })
    const wasKilled = (error: unknown): boolean => {
      if (!(error instanceof Interrupted)) throw error
      return true
    }
    let alive = await bench.run(all, { tickMs: hours(6), ...killed(50) }).then(() => false, wasKilled)
    let restarts = 0
    for (let life = 60; alive; life += 173) {
      restarts++
      alive = await bench.resume(killed(life)).then(() => false, wasKilled)
    }
    expect(restarts).toBeGreaterThan(5)
    expect(await bench.hashes()).toEqual(whole)
  })

  test('is decided alike on any number of partitions', async () => {
    const { decisionsHash } = await (await ran(history, someWeeks)).hashes()
    for (const partitions of [4, 12])
      expect((await (await ran(history, someWeeks, { partitions })).hashes()).decisionsHash).toBe(decisionsHash)
  })
})
