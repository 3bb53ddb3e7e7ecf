import { describe, expect, test } from 'vitest'
import { verify } from '../audit/verify.ts'
import { openMemoryLog } from '../connectors/embedded/memory-log.ts'
import { decisionIdOfTimer } from '../operators/hashing/ids.ts'
import type { Decision } from '../schemas/generated.ts'
import type { InputRecord } from '../schemas/input-record.ts'
import { days, hours, minutes, type Topic } from '../schemas/record.ts'
import { sendsOn, topics } from '../schemas/topics.ts'
import { decodeValue, encodeValue } from '../schemas/wire.ts'
import { fewDays, happens, receipt, Stories, someWeeks, stageDecision } from '../testing/test/stories.ts'
import type { LogRecord, NewRecord } from './log/log.ts'
import { chance } from './test/random-history.ts'

/** A Monday, ten in the morning in Berlin. */
const t0 = Date.UTC(2024, 3, 8, 8)
const tales = new Stories(new URL('test/journeys.yaml', import.meta.url), t0)

const added = happens('anna', 'product_added', t0)
/** For each story: events by minutes after the entry, and the expected results. */
const cart = 'cart-recovery'
const churn = 'churn-save'
const stories: Readonly<Record<string, readonly [InputRecord[], Partial<Awaited<ReturnType<typeof tales.told>>>]>> = {
  'a cart that is bought leads to no more reminders': [
    [happens('anna', 'product_added', t0), happens('anna', 'order_completed', t0 + minutes(40))],
    {
      decided: [`${cart}/remind: cart_reminder at 30`],
      ended: [`${cart}/offer: goal at 40`],
      cancelled: ['cart_reminder: journey-ended'],
    },
  ],
  'a send that was delivered before is not cancelled': [
    [
      added,
      receipt('anna', stageDecision('anna', `${cart}/remind`, t0 + minutes(30), added), t0 + minutes(35)),
      happens('anna', 'order_completed', t0 + minutes(40)),
    ],
    { sent: ['cart_reminder'], ended: [`${cart}/offer: goal at 40`], cancelled: [] },
  ],
  'a cart that is emptied leads to no reminder': [
    [happens('anna', 'product_added', t0), happens('anna', 'product_removed', t0 + minutes(10))],
    { decided: [], ended: [`${cart}/remind: exit at 10`], cancelled: [] },
  ],
  'a forgotten cart leads to a reminder, then to free shipping, then to the end of the journey': [
    [happens('anna', 'product_added', t0), happens('anna', 'product_added', t0 + minutes(20))],
    {
      decided: [`${cart}/remind: cart_reminder at 50`, `${cart}/offer: free_shipping at 110`],
      ended: [`${cart}/offer: timeout at 2880`],
      cancelled: [],
    },
  ],
  'a cart of small value begins no journey': [
    [happens('anna', 'product_added', t0, { price: 5 })],
    { decided: [], ended: [] },
  ],
  'a cart that is forgotten at night leads to what each of its stages asks for in the morning': [
    [happens('anna', 'product_added', t0 + hours(12)), happens('anna', 'product_removed', t0 + hours(23))],
    {
      decided: [
        `${cart}/remind: DEFER at 750`,
        `${cart}/offer: DEFER at 810`,
        `${cart}/remind: cart_reminder at 1320`,
        `${cart}/offer: free_shipping at 1320`,
      ],
      ended: [`${cart}/offer: exit at 1380`],
      cancelled: ['free_shipping: journey-ended', 'cart_reminder: journey-ended'],
    },
  ],
  'and to none if it was bought in the night': [
    [happens('anna', 'product_added', t0 + hours(12)), happens('anna', 'order_completed', t0 + hours(20))],
    { decided: [`${cart}/remind: DEFER at 750`, `${cart}/offer: DEFER at 810`], sent: [] },
  ],
  'a high bill is explained to a customer who does not ask, and the end of the contract brings an offer': [
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
  'a customer who asks about the bill in time gets no explanation': [
    [
      happens('bert', 'bill_issued', t0),
      happens('bert', 'ticket_opened', t0 + hours(1), { topic: 'roaming' }),
      happens('bert', 'ticket_opened', t0 + hours(23)),
    ],
    { decided: [], ended: [`${churn}/explain: exit at 1380`] },
  ],
  'a customer who leaves gets no offer': [
    [happens('bert', 'bill_issued', t0), happens('bert', 'port_out_requested', t0 + days(2))],
    { ended: [`${churn}/retain: exit at 2880`], cancelled: ['bill_explainer: journey-ended'] },
  ],
  'a customer whose contract does not end gets an offer all the same': [
    [happens('bert', 'bill_issued', t0)],
    {
      decided: [`${churn}/explain: bill_explainer at 1440`, `${churn}/retain: retention_discount at 15840`],
      ended: [`${churn}/retain: timeout at 43200`],
    },
  ],
  'an order of another day begins a new cart': [
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

test('the release has no problems', () => expect(tales.problems).toEqual([]))

describe('from entry to each exit', () => {
  test.each(Object.entries(stories))('%s', async (_, [history, expected]) => {
    const story = await tales.told(await tales.ran(history, history[0]!.key === 'bert' ? someWeeks : fewDays))
    expect(story).toMatchObject(expected)
    expect(story.violations).toEqual([])
    const own = story.decisions.filter(({ trigger }) => trigger.type === 'journeys')
    for (const { decisionId, trigger, time, subject } of own)
      expect(decisionId).toBe(
        decisionIdOfTimer(
          'journeys',
          [subject.personId, trigger.journey, trigger.stage, trigger.begunBy],
          time.decidedAt,
        ),
      )
  })
})

describe('when persons merge while a journey waits', () => {
  test('two carts of one person become one journey, with one decision in each stage', async () => {
    const story = await tales.told(
      await tales.ran(
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

  test('a send to one of them is cancelled when either reaches the goal', async () => {
    const story = await tales.told(
      await tales.ran(
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

  test('a purchase of one of them ends the cart of the other', async () => {
    const story = await tales.told(
      await tales.ran(
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

describe('verify detects', () => {
  const bought = [added, happens('anna', 'order_completed', t0 + minutes(40))]

  /** Verifies the log of a cart that was bought, with the records of one topic changed. */
  async function foundWith(topic: Topic, change: (record: LogRecord) => NewRecord): Promise<string[]> {
    const { log } = await tales.ran(bought, fewDays)
    const forged = openMemoryLog()
    for (const [name, partitions] of log.topics()) {
      await forged.createTopic(name, partitions)
      const records = await log.read(name, 0, 0, await log.end(name, 0))
      const kept = records.map(record => (name === topic.name ? change(record) : record))
      await forged.append(kept.map(record => ({ ...record, topic: name, partition: 0 })))
    }
    const { laws } = await verify(forged)
    return laws
      .filter(({ law }) => law === 'sends' || law === 'ids' || law === 'one-decision-per-trigger')
      .flatMap(({ violations }) => violations.map(({ detail }) => detail))
  }
  const asStage = (parts: Partial<Decision['trigger']>, named: string) => (record: LogRecord) => {
    const decision = decodeValue(topics.decisions.types.decision, record.value)
    const decisionId = stageDecision('anna', named, decision.time.decidedAt, added)
    const forged = { ...decision, decisionId, trigger: { ...decision.trigger, ...parts } }
    return { ...record, value: encodeValue(topics.decisions.types.decision, forged) }
  }

  test('nothing if nothing was changed', async () => {
    expect(await foundWith(topics.decisions, record => record)).toEqual([])
  })

  test('a cancellation before the journey ended', async () => {
    const early = (record: LogRecord) => {
      const isCancel = decodeValue(sendsOn('push').types.send, record.value).kind === 'cancel'
      // The records are the release, the product and the order: this names the product as the cause.
      return isCancel ? { ...record, cause: { ...record.cause!, position: 1 } } : record
    }
    expect(await foundWith(sendsOn('push'), early)).toEqual([
      'it was cancelled, though no consent for it was withdrawn, no journey of it ended, and its action was not stopped',
    ])
  })

  test('a decision of a stage that has the id of another', async () => {
    expect(await foundWith(topics.decisions, asStage({}, `${cart}/offer`))).toContain('its id is not that of its timer')
  })

  test('a decision of a stage that the release does not have', async () => {
    const details = await foundWith(topics.decisions, asStage({ stage: 'beg' }, `${cart}/beg`))
    expect(details).toContain('no stage of the release asks for this decision')
  })

  test('a decision of a journey that an unknown event began', async () => {
    const begunBy = '0'.repeat(32)
    const details = await foundWith(topics.decisions, asStage({ begunBy }, `${cart}/remind`))
    expect(details).toContain(`no event has the id '${begunBy}', which began its journey`)
  })

  test('a decision of a journey that nothing began', async () => {
    const parts = { journey: churn, stage: 'explain' }
    const details = await foundWith(topics.decisions, asStage(parts, `${churn}/explain`))
    expect(details).toContain(`nothing began its journey '${churn}'`)
  })
})

/** Makes a month of customers and devices on both journeys at once. */
function crowd(seed: number): InputRecord[] {
  const random = chance(seed)
  const one = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!
  const types = [
    'product_added',
    'product_removed',
    'order_completed',
    'page_viewed',
    'bill_issued',
    'contract_end_near',
    'plan_changed',
    'ticket_opened',
    'port_out_requested',
  ] as const
  const likely = [...types, ...Array<(typeof types)[number]>(6).fill('product_added'), 'bill_issued' as const]
  let now = t0
  return Array.from({ length: 500 }, () => {
    now += Math.floor(random() * minutes(170))
    const [customer, device] = [`c${Math.floor(random() * 9)}`, `d-${Math.floor(random() * 14)}`]
    const names = one([customer, customer, device, device, random() < 0.3 ? `${customer} ${device}` : customer])
    return happens(names, one(likely), now)
  })
}

describe('many persons on both journeys', { tags: ['law'] }, () => {
  const history = crowd(2024)

  test('covers the hard cases, and verify finds no violation', async () => {
    const bench = await tales.ran(history, someWeeks, { partitions: 4 })
    const { ended, cancelled, decisions, violations } = await tales.told(bench)
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

  test('leads to the same decisions in batches of 1, 7 and 500, and across restarts', async () => {
    const whole = await (await tales.ran(history, someWeeks, { partitions: 3 })).hashes()
    for (const batch of [1, 7])
      expect(await (await tales.ran(history, someWeeks, { partitions: 3, batch })).hashes()).toEqual(whole)
    const bench = await tales.ran(history, someWeeks, { partitions: 3, batch: 5, restartEvery: 60 })
    expect(bench.restarts).toBeGreaterThan(5)
    expect(await bench.hashes()).toEqual(whole)
  })

  test('leads to the same decisions on any number of partitions', async () => {
    const { decisionsHash } = await (await tales.ran(history, someWeeks)).hashes()
    for (const partitions of [4, 12])
      expect((await (await tales.ran(history, someWeeks, { partitions })).hashes()).decisionsHash).toBe(decisionsHash)
  })
})
