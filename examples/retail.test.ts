import { describe, expect, test } from 'vitest'
import type { InputRecord } from '../schemas/input-record.ts'
import { hours, minutes, type Time } from '../schemas/record.ts'
import { topics } from '../schemas/topics.ts'
import {
  changes,
  consents,
  fewDays,
  happens,
  type Pace,
  personIs,
  receipt,
  Stories,
  type StoryOptions,
  stageDecision,
  withoutChance,
} from '../testing/test/stories.ts'
import type { BuiltEventType } from '../testing/usual-events.ts'

const file = new URL('./retail.yaml', import.meta.url)
/** A Monday, ten in the morning in Berlin. */
const t0 = Date.UTC(2024, 3, 8, 8)
const shop = new Stories(file, t0, withoutChance)

const product = (sku: string, onHand: number, margin = 0.4, at: Time = Date.UTC(2024, 1, 1)): InputRecord => {
  const attributes = Object.entries({ onHand, margin }).map(([name, number]) => ({ name, number, text: null }))
  return changes({ 'joai.ReferenceSet': { key: `product/${sku}`, attributes } }, at)
}
const stock = (sku: string, onHand: number, minute: number): InputRecord =>
  changes({ 'joai.StockChanged': { sku, onHand } }, t0 + minutes(minute))
/** Stock of every story. */
const shelf = [product('s', 20), product('dear', 20, 0.2), product('gone', 0), product('rare', 3)]

const ran = (history: readonly InputRecord[], pace: Pace, options: StoryOptions = {}) =>
  shop.ran([...shelf, ...history], pace, options)

type What = BuiltEventType
/** Builds the events of a customer in Berlin, in minutes from the entry. */
const life =
  (...happenings: readonly [minute: number, what: What, parts?: object][]) =>
  (who: string): InputRecord[] => [
    happens(who, 'profile_changed', t0 - hours(1), { timeZone: 'Europe/Berlin' }),
    ...happenings.map(([minute, what, parts]) => happens(who, what, t0 + minutes(minute), parts)),
  ]
/** Builds the same events after a refusal of channels. */
const refusing =
  (channels: readonly string[], story: (who: string) => InputRecord[]) =>
  (who: string): InputRecord[] => [
    ...channels.map(channel => consents(who, t0 - hours(2), { status: 'withdrawn', channel })),
    ...story(who),
  ]

const cart = (price: number, sku = 's') => ({ price, sku })
const onWeb = (value: number) => ({ storeId: 'web', value })

const recovery = 'cart-recovery'
const left = 'checkout-left'
type Told = Partial<Awaited<ReturnType<typeof shop.told>>>
const stories: Readonly<Record<string, readonly [(who: string) => InputRecord[], Told]>> = {
  'R1: a cart that is forgotten is reminded of, and given up in the end': [
    life([0, 'product_added', cart(50)]),
    {
      decided: [
        'product_added: SILENCE at 0',
        `${recovery}/remind: R1 at 30`,
        `${recovery}/write: SILENCE at 60`,
        `${recovery}/offer: SILENCE at 300`,
      ],
      ended: [`${recovery}/offer: timeout at 1200`],
      cancelled: [],
    },
  ],
  'each product that is added makes the reminder wait anew': [
    life([0, 'product_added', cart(50)], [20, 'product_added', cart(50)], [40, 'product_added', cart(50)]),
    { sent: ['R1'], ended: [`${recovery}/offer: timeout at 1200`] },
  ],
  'a cart that is bought leads to no more reminders, and what still waits is cancelled': [
    life([0, 'product_added', cart(50)], [40, 'order_completed', onWeb(50)]),
    { ended: [`${recovery}/write: goal at 40`], cancelled: ['R1: journey-ended'] },
  ],
  'an order in a store is not the goal of a cart on the web': [
    life([0, 'product_added', cart(50)], [10, 'order_completed', { storeId: '12' }]),
    { ended: [`${recovery}/offer: timeout at 1200`] },
  ],
  'a cart that is emptied leads to no reminder, one that gets smaller is not': [
    life(
      [0, 'product_added', cart(50)],
      [5, 'product_added', cart(30)],
      [10, 'product_removed', cart(30)],
      [50, 'product_removed', cart(50)],
    ),
    { ended: [`${recovery}/write: exit at 50`], cancelled: ['R1: journey-ended'] },
  ],
  'R2: whoever refuses push gets an e-mail about the cart': [
    refusing(['push'], life([0, 'product_added', cart(20)])),
    {
      decided: [
        'product_added: SILENCE at 0',
        `${recovery}/remind: SILENCE at 30`,
        `${recovery}/write: R2 at 60`,
        `${recovery}/offer: SILENCE at 300`,
      ],
    },
  ],
  'R3: shipping is free for a cart of 30 to 80': [
    refusing(['push'], life([0, 'product_added', cart(50)])),
    { sent: ['R3'] },
  ],
  'R4: ten per cent are for whom the margin allows it, once checkout has begun': [
    refusing(['push', 'email'], life([0, 'product_added', cart(100)], [70, 'checkout_started'])),
    {
      decided: [
        'product_added: SILENCE at 0',
        `${recovery}/remind: SILENCE at 30`,
        `${recovery}/write: SILENCE at 60`,
        'checkout_started: SILENCE at 70',
        `${recovery}/offer: R4 at 70`,
        `${left}/ask: SILENCE at 90`,
      ],
      ended: [`${left}/ask: timeout at 790`, `${recovery}/offer: timeout at 1200`],
    },
  ],
  'ten per cent are for nothing that earns too little': [
    refusing(['push', 'email'], life([0, 'product_added', cart(100, 'dear')], [70, 'checkout_started'])),
    { sent: [] },
  ],
  'nothing is said of what is sold out': [
    life([0, 'product_added', cart(50, 'gone')]),
    { sent: [], ended: [`${recovery}/offer: timeout at 1200`] },
  ],
  'R5: who waits for what is nearly gone is told so': [
    life([0, 'product_added', cart(50, 'rare')]),
    { decided: expect.arrayContaining([`${recovery}/remind: R5 at 30`]) },
  ],
  'and is not when enough came in over night': [
    who => [
      ...life([645, 'product_added', cart(50, `rare-${who}`)])(who),
      product(`rare-${who}`, 3),
      stock(`rare-${who}`, 9, 1000),
    ],
    { sent: ['R1'] },
  ],
  'nor when the last one went': [
    who => [
      ...life([645, 'product_added', cart(50, `rare-${who}`)])(who),
      product(`rare-${who}`, 3),
      stock(`rare-${who}`, 0, 1000),
    ],
    { sent: [] },
  ],
  'R7: who looks at what is sold out is shown what is like it': [
    life([0, 'page_viewed', { productId: 'gone' }], [1, 'page_viewed', { productId: 's' }]),
    { decided: ['page_viewed: R7 at 0', 'page_viewed: SILENCE at 1'] },
  ],
  'R6: who looks at two sizes is told which one fits': [
    life([0, 'page_viewed', { productId: 'boots-40' }], [1, 'page_viewed', { productId: 'boots-42' }]),
    { decided: ['page_viewed: SILENCE at 0', 'page_viewed: R6 at 1'] },
  ],
  'R8: who buys without a card is asked to join': [
    life([0, 'order_completed', { storeId: '12' }]),
    { decided: ['order_completed: R8 at 0'] },
  ],
  'who has a card is not': [
    (who: string) => [
      ...life()(who),
      happens(`${who} l-${who}`, 'identity_linked', t0 - hours(3), { reason: 'loyalty' }),
      happens(who, 'order_completed', t0),
    ],
    { decided: ['order_completed: SILENCE at 0'] },
  ],
  'R9: who fills a large cart is offered a chat': [
    life([0, 'product_added', cart(200)], [3, 'product_added', cart(129)]),
    { decided: expect.arrayContaining(['product_added: SILENCE at 0', 'product_added: R9 at 3']) },
  ],
  'a checkout that is left is asked about after 20 minutes, and bought after all': [
    life([0, 'checkout_started'], [60, 'order_completed', onWeb(20)]),
    { ended: [`${left}/ask: goal at 60`] },
  ],
  'a checkout that is taken back is over': [
    life([0, 'product_added', cart(50)], [1, 'checkout_started'], [10, 'product_removed', cart(50)]),
    { ended: [`${recovery}/remind: exit at 10`, `${left}/ask: exit at 10`], sent: [] },
  ],
  'a cart of the evening is reminded of in the morning, if it is still there': [
    life([11 * 60 - 15, 'product_added', cart(50)]),
    {
      decided: [
        'product_added: SILENCE at 645',
        `${recovery}/remind: DEFER at 675`,
        `${recovery}/write: DEFER at 705`,
        `${recovery}/offer: DEFER at 945`,
        // The cap of a day leaves room for what the first of them asks for.
        `${recovery}/remind: R1 at 1320`,
        `${recovery}/write: SILENCE at 1320`,
        `${recovery}/offer: SILENCE at 1320`,
      ],
    },
  ],
  'and to none if it was bought in the night': [
    life([645, 'product_added', cart(50)], [800, 'order_completed', onWeb(50)]),
    { sent: ['R8'], ended: [`${recovery}/offer: goal at 800`] },
  ],
  'the next cart begins anew, an hour after the last one ended': [
    life(
      [0, 'product_added', cart(50)],
      [1, 'order_completed', onWeb(50)],
      [30, 'product_added', cart(50)],
      [62, 'product_added', cart(50)],
      [63, 'order_completed', onWeb(100)],
    ),
    { ended: [`${recovery}/remind: goal at 1`, `${recovery}/remind: goal at 63`] },
  ],
}

test('the release has no problems, as it is and without chance', () => {
  expect(new Stories(file, t0).problems).toEqual([])
  expect(shop.problems).toEqual([])
})

describe('from entry to each exit', () => {
  test.each(Object.entries(stories))('%s', async (_, [story, expected]) => {
    const told = await shop.told(await ran(story('anna'), fewDays))
    expect(told).toMatchObject(expected)
    expect(told.violations).toEqual([])
  })
})

test('restarts during a wait change nothing', { tags: ['law'] }, async () => {
  const history = Object.values(stories).flatMap(([story], n) => story(`customer-${n}`))
  const whole = await ran(history, fewDays, { partitions: 3 })
  const broken = await ran(history, fewDays, { partitions: 3, restartEvery: 5 })
  expect(broken.restarts).toBeGreaterThan(20)
  expect(await broken.hashes()).toEqual(await whole.hashes())
})

describe('when a device turns out to belong to a customer during a wait', () => {
  const told = async (history: readonly InputRecord[]) =>
    shop.told(await ran([...life()('anna'), ...life()('d-1'), ...history], fewDays, { partitions: 4 }))
  const login = (minute: number) => happens('anna d-1', 'identity_linked', t0 + minutes(minute), { reason: 'login' })

  test('the cart goes on as the customer’s, with one reminder', async () => {
    const story = await told([
      happens('d-1', 'product_added', t0, cart(50)),
      happens('anna', 'product_added', t0 + minutes(5), cart(30)),
      login(20),
    ])
    expect(story.sent).toEqual(['R1'])
    expect(story.ended).toEqual([`${recovery}/offer: timeout at 1200`])
    expect(story.violations).toEqual([])
  })

  test('a purchase by the customer ends it, and cancels the send to the device', async () => {
    const story = await told([
      happens('d-1', 'product_added', t0, cart(50)),
      login(40),
      happens('anna', 'order_completed', t0 + minutes(50), onWeb(50)),
    ])
    expect(story).toMatchObject({
      // It may have been delivered before, so the cap of a day leaves no room for another one.
      sent: ['R1'],
      cancelled: ['R1: journey-ended'],
      ended: [`${recovery}/write: goal at 50`],
      violations: [],
    })
  })

  test('the contacts of both count for the caps of the one', async () => {
    const added = happens('d-1', 'product_added', t0, cart(50))
    const story = await told([
      added,
      happens('anna', 'order_completed', t0 + minutes(35)),
      login(40),
      receipt('d-1', stageDecision('d-1', `${recovery}/remind`, t0 + minutes(30), added), t0 + minutes(45)),
    ])
    expect(story.sent.sort()).toEqual(['R1', 'R8'])
    const write = story.decisions.find(({ trigger }) => trigger.stage === 'write')!
    expect(write.subject.personId).toBe([personIs('anna'), personIs('d-1')].sort()[0])
    const used = write.fatigue.caps.find(({ cap }) => cap === 'marketing-daily')
    expect(used).toMatchObject({ used: 2, limit: 1 })
  })
})

/** Runs a cart that is filled at 20:45, up to eight the next morning, by the clock of that zone. */
const nights: Readonly<Record<string, readonly [zone: string, evening: string, morning: string]>> = {
  'over the gap of spring': ['Europe/Berlin', '2024-03-30T19:45Z', '2024-03-31T06:00Z'],
  'over the overlap of autumn': ['Europe/Berlin', '2024-10-26T18:45Z', '2024-10-27T07:00Z'],
  'over a gap in the south': ['Pacific/Chatham', '2024-09-28T08:00Z', '2024-09-28T18:15Z'],
  'over an overlap in the south': ['Pacific/Chatham', '2024-04-06T07:00Z', '2024-04-06T19:15Z'],
  'over a change of half an hour': ['Australia/Lord_Howe', '2024-10-05T10:15Z', '2024-10-05T21:00Z'],
  'in a zone of half hours': ['Asia/Kolkata', '2024-04-08T15:15Z', '2024-04-09T02:30Z'],
  'in a zone of three quarters': ['Asia/Kathmandu', '2024-04-08T15:00Z', '2024-04-09T02:15Z'],
  'west of the date line, where the day ends last': ['Pacific/Pago_Pago', '2024-04-09T07:45Z', '2024-04-09T19:00Z'],
  'east of it, where the day begins first': ['Pacific/Kiritimati', '2024-04-08T06:45Z', '2024-04-08T18:00Z'],
}

describe('a cart of the evening is decided anew at eight in the morning', () => {
  test.each(Object.entries(nights))('%s', async (_, [timeZone, evening, morning]) => {
    const [from, opening] = [evening, morning].map(text => Date.parse(text)) as [Time, Time]
    const history = [
      happens('anna', 'profile_changed', from - hours(1), { timeZone }),
      happens('anna', 'product_added', from, cart(20)),
    ]
    const bench = await ran(history, fewDays)
    const { decisions, violations } = await shop.told(bench)
    const deferred = decisions.filter(({ outcome }) => outcome.kind === 'DEFER')
    expect(deferred.map(({ time }) => time.notBefore)).toEqual(deferred.map(() => opening))
    expect(deferred[0]!.time.decidedAt).toBe(from + minutes(30))
    const sent = decisions.filter(({ outcome }) => outcome.kind === 'ACT')
    expect(sent.map(({ time }) => time.decidedAt)).toEqual([opening])
    expect(sent[0]!.trigger.deferred).toEqual([deferred[0]!.decisionId])
    const repeated = decisions.flatMap(({ trigger }) => trigger.deferred)
    expect(repeated).toEqual(deferred.map(({ decisionId }) => decisionId))
    expect(sent[0]!.subject.timeZone).toBe(timeZone)
    expect(violations).toEqual([])
  })
})

test('for a customer without a time zone, every zone of the country counts', async () => {
  const history = [happens('anna', 'product_added', t0, cart(20))]
  const { decisions } = await shop.told(await ran(history, fewDays))
  const { time } = decisions.find(({ outcome }) => outcome.kind === 'DEFER')!
  // Eight in Adak and Honolulu; in New York it is not nine in the evening yet.
  expect(new Date(time.notBefore!).toISOString()).toBe('2024-04-08T18:00:00.000Z')
})

test('no consent means no where the law of the home asks for it, and yes from the next record on', async () => {
  const home = happens('anna', 'profile_changed', t0 - hours(1), { timeZone: 'Europe/Berlin', jurisdiction: 'DE' })
  const history = [home, happens('anna', 'product_added', t0, cart(20))]
  const refused = await shop.told(await ran(history, fewDays))
  expect(refused.sent).toEqual([])
  const asked = await ran([...history, consents('anna', t0 + minutes(29), { jurisdiction: 'DE' })], fewDays)
  expect((await shop.told(asked)).sent).toEqual(['R1'])
  expect(await asked.read(topics.deadLetters, 'letter')).toEqual([])
})
