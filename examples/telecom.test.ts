import { describe, expect, test } from 'vitest'
import type { InputRecord } from '../schemas/input-record.ts'
import { days, hours, minutes, type Time } from '../schemas/record.ts'
import {
  changes,
  consents,
  fewDays,
  happens,
  type Pace,
  receipt,
  Stories,
  type StoryOptions,
  someWeeks,
  stageDecision,
  withoutChance,
} from '../testing/test/stories.ts'
import type { BuiltEventType } from '../testing/usual-events.ts'

const file = new URL('./telecom.yaml', import.meta.url)
/** A Monday, ten in the morning in Berlin. */
const t0 = Date.UTC(2024, 3, 8, 8)
const operator = new Stories(file, t0, withoutChance)

const plan = changes(
  { 'joai.ReferenceSet': { key: 'plan/m', attributes: [{ name: 'gb', number: 20, text: null }] } },
  Date.UTC(2024, 1, 1),
)
const incident = (cellId: string, severity: number, hour: number): InputRecord =>
  changes({ 'joai.NetworkIncident': { cellId, severity } }, t0 + hours(hour))
const ran = (history: readonly InputRecord[], pace: Pace, options: StoryOptions = {}) =>
  operator.ran([plan, ...history], pace, options)

type What = BuiltEventType
/** Builds the events of a customer in Berlin of two years' standing, in hours from the entry. */
const life =
  (...happenings: readonly [hour: number, what: What, parts?: object][]) =>
  (who: string): InputRecord[] => [
    happens(who, 'profile_changed', t0 - days(4), { timeZone: 'Europe/Berlin' }),
    happens(`${who} m-${who}`, 'contract_changed', t0 - days(4)),
    ...happenings.map(([hour, what, parts]) => happens(who, what, t0 + hours(hour), parts)),
  ]

/** Ticks are closer than the hours between events, because within a tick records that take more hops come later. */
const aMonth = { tickMs: minutes(30), restMs: days(31) }

const save = 'churn-save'
const end = 'end-of-contract'
const hour = 60
type Told = Partial<Awaited<ReturnType<typeof operator.told>>>
const stories: Readonly<Record<string, readonly [(who: string) => InputRecord[], Told]>> = {
  'T3, T4: a risen bill that nobody asks about is explained, and ten days later comes an offer to stay': [
    life([0, 'bill_issued']),
    {
      decided: [
        `${save}/explain: T3 at ${12 * hour}`,
        `${save}/retain: DEFER at ${252 * hour}`,
        `${save}/retain: T4 at ${262 * hour}`,
      ],
      ended: [`${save}/retain: timeout at ${720 * hour}`],
    },
  ],
  'a bill that hardly rose begins nothing': [life([0, 'bill_issued', { delta: 0.1 }]), { decided: [], ended: [] }],
  'who asks about the bill in time needs no explanation; other questions do not count': [
    life([0, 'bill_issued'], [1, 'ticket_opened', { topic: 'roaming' }], [11, 'ticket_opened']),
    { ended: [`${save}/explain: exit at ${11 * hour}`], sent: [] },
  ],
  'the end of the contract is the time for the offer, and another plan the goal': [
    life([0, 'bill_issued'], [48, 'contract_end_near', { days: 90 }], [72, 'contract_end_near'], [73, 'plan_changed']),
    {
      decided: [
        `${save}/explain: T3 at ${12 * hour}`,
        `contract_end_near: SILENCE at ${48 * hour}`,
        `contract_end_near: SILENCE at ${72 * hour}`,
        `${save}/retain: T4 at ${72 * hour}`,
      ],
      ended: [`${save}/retain: goal at ${73 * hour}`, `${end}/retain: goal at ${73 * hour}`],
      cancelled: expect.arrayContaining(['T3: journey-ended', 'T4: journey-ended']),
    },
  ],
  'a payment that failed makes the offer wait anew': [
    life([0, 'bill_issued'], [100, 'payment_failed']),
    {
      decided: [
        `${save}/explain: T3 at ${12 * hour}`,
        `payment_failed: T7 at ${100 * hour}`,
        `${save}/retain: SILENCE at ${340 * hour}`,
      ],
    },
  ],
  'who asks to leave is on no journey any more': [
    life([0, 'bill_issued'], [48, 'port_out_requested']),
    { ended: [`${save}/retain: exit at ${48 * hour}`], cancelled: ['T3: journey-ended'] },
  ],
  'a contract that ends, and no new plan within twelve hours, brings the offer too': [
    life([0, 'contract_end_near'], [1, 'ticket_opened', { topic: 'other' }]),
    {
      decided: [
        `contract_end_near: SILENCE at 0`,
        `ticket_opened: SILENCE at ${hour}`,
        `${end}/retain: DEFER at ${12 * hour}`,
        `${end}/retain: T4 at ${22 * hour}`,
      ],
      ended: [`${end}/retain: timeout at ${36 * hour}`],
    },
  ],
  'a new plan in time needs no offer': [
    life([0, 'contract_end_near'], [11, 'plan_changed']),
    { ended: [`${end}/retain: goal at ${11 * hour}`], sent: [] },
  ],
  'nor does who leaves in time get one': [
    life([0, 'contract_end_near'], [11, 'port_out_requested']),
    { ended: [`${end}/retain: exit at ${11 * hour}`], sent: [] },
  ],
  'T1: whose cell failed within a day gets one apology, at night too': [
    who => [
      ...life([11, 'usage_rated'], [12, 'usage_rated'], [40, 'usage_rated'])(who),
      happens(who, 'contract_changed', t0 - days(1), { cellId: `cell-${who}` }),
      incident(`cell-${who}`, 2, 9),
    ],
    {
      decided: [
        `usage_rated: T1 at ${11 * hour}`,
        `usage_rated: SILENCE at ${12 * hour}`,
        `usage_rated: SILENCE at ${40 * hour}`,
      ],
    },
  ],
  'nobody gets one for what is small, or elsewhere': [
    who => [
      ...life([11, 'usage_rated'])(who),
      happens(who, 'contract_changed', t0 - days(1), { cellId: `cell-${who}` }),
      incident(`cell-${who}`, 1, 9),
      incident(`not-${who}`, 3, 9),
    ],
    { sent: [] },
  ],
  'T2: who has nearly used up the plan is offered more data': [
    life([0, 'usage_rated', { gb: 17 }], [2, 'usage_rated', { gb: 1 }]),
    { decided: ['usage_rated: SILENCE at 0', `usage_rated: T2 at ${2 * hour}`] },
  ],
  'T5: who hardly uses the plan for three months is offered a smaller one': [
    life(...Array.from({ length: 90 }, (_, day): [number, What] => [24 * day, 'usage_rated'])),
    {
      decided: [
        ...Array.from({ length: 74 }, (_, day) => `usage_rated: SILENCE at ${24 * day * hour}`),
        // The call is due again every 72 hours, because no receipt came.
        ...Array.from(
          { length: 16 },
          (_, n) => `usage_rated: ${n % 3 === 0 ? 'T5' : 'SILENCE'} at ${24 * (74 + n) * hour}`,
        ),
      ],
    },
  ],
  'T7: whoever could not pay must be offered a plan to pay, and no marketing for two weeks': [
    life([0, 'payment_failed'], [1, 'usage_rated', { gb: 19 }], [14 * 24 + 2, 'usage_rated', { gb: 19 }]),
    {
      decided: [
        'payment_failed: T7 at 0',
        `usage_rated: SILENCE at ${hour}`,
        `usage_rated: T2 at ${(14 * 24 + 2) * hour}`,
      ],
    },
  ],
}

test('the release has no problems, as it is and without chance', () => {
  expect(new Stories(file, t0).problems).toEqual([])
  expect(operator.problems).toEqual([])
})

describe('from entry to each exit', () => {
  test.each(Object.entries(stories))('%s', async (_, [story, expected]) => {
    const told = await operator.told(await ran(story('bert'), someWeeks))
    expect(told).toMatchObject(expected)
    expect(told.violations).toEqual([])
  })
})

test('T6, T8: an action that needs an approval or a capacity, which do not exist yet, is removed with that reason', async () => {
  const history = life([0, 'contract_end_near'], [1, 'port_out_requested'])('bert')
  const { decisions } = await operator.told(await ran(history, fewDays))
  expect(decisions.length).toBeGreaterThan(1)
  for (const { candidates } of decisions) {
    const removed = candidates.filter(({ actionId }) => ['T6', 'T8'].includes(actionId))
    expect(removed.map(({ removedBy }) => removedBy?.reason)).toEqual(['not-supported-yet', 'not-supported-yet'])
  }
})

test('one in twenty is held out of all but service, and of others one in twenty of the journey', {
  tags: ['law'],
}, async () => {
  const history = Array.from({ length: 300 }, (_, n) => n).flatMap(n =>
    life([0, 'bill_issued'], [1, 'usage_rated', { gb: 19 }])(`c${n}`),
  )
  const shipped = new Stories(file, t0)
  const bench = await shipped.ran([plan, ...history], fewDays)
  const { decisions, sent, violations } = await shipped.told(bench)
  expect(violations).toEqual([])
  const variantIn = (id: string) =>
    decisions.filter(({ experiments }) => experiments.some(one => one.id === id && one.variant !== 'policy'))
  const [everything, journey] = [variantIn('global-holdout'), variantIn('churn-holdout')]
  for (const held of [everything, journey]) {
    const persons = new Set(held.map(({ subject }) => subject.personId)).size
    expect(persons).toBeGreaterThan(5)
    expect(persons).toBeLessThan(30)
  }
  const offered = (of: typeof decisions) => new Set(of.map(({ outcome }) => outcome.actionId))
  expect([...offered(everything)].sort()).toEqual(['T3', 'silence'])
  expect(journey.every(({ trigger }) => trigger.journey === save)).toBe(true)
  expect(sent.filter(actionId => actionId === 'T2').length).toBeGreaterThan(200)
})

test('restarts during a wait change nothing', { tags: ['law'] }, async () => {
  const history = Object.values(stories).flatMap(([story], n) => story(`customer-${n}`))
  const whole = await ran(history, someWeeks, { partitions: 3 })
  const broken = await ran(history, someWeeks, { partitions: 3, restartEvery: 7 })
  expect(broken.restarts).toBeGreaterThan(20)
  expect(await broken.hashes()).toEqual(await whole.hashes())
})

describe('when a phone turns out to belong to a customer during a wait', () => {
  const zone = happens('bert', 'profile_changed', t0 - hours(1), { timeZone: 'Europe/Berlin' })
  const told = async (history: readonly InputRecord[]) =>
    operator.told(await ran([zone, ...history], aMonth, { partitions: 4 }))
  const linked = (hour: number) => happens('bert m-1', 'contract_changed', t0 + hours(hour))

  test('the bill of the phone is explained to the customer, once', async () => {
    const story = await told([
      happens('m-1', 'bill_issued', t0),
      happens('bert', 'bill_issued', t0 + hours(1)),
      linked(5),
    ])
    expect(story.sent).toEqual(['T3', 'T4'].reverse())
    expect(story.ended).toEqual([`${save}/retain: timeout at ${720 * hour}`])
    expect(story.violations).toEqual([])
  })

  test('a question under the other identifier counts', async () => {
    const story = await told([
      happens('m-1', 'bill_issued', t0),
      linked(5),
      happens('bert', 'ticket_opened', t0 + hours(6)),
    ])
    expect(story).toMatchObject({ sent: [], ended: [`${save}/explain: exit at ${6 * hour}`], violations: [] })
  })

  test('a send that was delivered before is not cancelled, and one that was not is', async () => {
    const billed = happens('m-1', 'bill_issued', t0)
    const explained = stageDecision('m-1', `${save}/explain`, t0 + hours(12), billed)
    const history = [billed, linked(13), happens('bert', 'plan_changed', t0 + hours(15))]
    expect((await told(history)).cancelled).toEqual(['T3: journey-ended'])
    expect((await told([...history, receipt('m-1', explained, t0 + hours(14))])).cancelled).toEqual([])
  })
})

/** Runs an offer that is due on a Saturday at eight in the evening, up to the Monday at nine when a call is allowed. */
const weekends: Readonly<Record<string, readonly [zone: string, due: string, monday: string]>> = {
  'over the gap of spring': ['Europe/Berlin', '2024-03-30T19:00Z', '2024-04-01T07:00Z'],
  'over the overlap of autumn': ['Europe/Berlin', '2024-10-26T18:00Z', '2024-10-28T08:00Z'],
  'in a zone of half hours': ['Asia/Kolkata', '2024-04-06T14:30Z', '2024-04-08T03:30Z'],
  'in a zone of three quarters': ['Asia/Kathmandu', '2024-04-06T14:15Z', '2024-04-08T03:15Z'],
  'in a zone of three quarters, over its overlap': ['Pacific/Chatham', '2024-04-06T06:15Z', '2024-04-07T20:15Z'],
  'west of the date line, where Sunday ends last': ['Pacific/Pago_Pago', '2024-04-07T07:00Z', '2024-04-08T20:00Z'],
  'east of it, where Monday begins first': ['Pacific/Kiritimati', '2024-04-06T06:00Z', '2024-04-07T19:00Z'],
}

describe('a customer who refuses mail is called, but not on a Saturday evening or a Sunday', () => {
  test.each(Object.entries(weekends))('%s', async (_, [timeZone, saturday, monday]) => {
    const [due, opening] = [saturday, monday].map(text => Date.parse(text)) as [Time, Time]
    const history = [
      happens('bert', 'profile_changed', due - days(2), { timeZone }),
      happens('bert m-1', 'contract_changed', due - days(2)),
      consents('bert', due - days(2), { status: 'withdrawn', channel: 'email' }),
      happens('bert', 'ticket_opened', due - days(1), { topic: 'other' }),
      happens('bert', 'contract_end_near', due - hours(12)),
    ]
    const { decisions, sent, violations } = await operator.told(await ran(history, fewDays))
    const staged = decisions.filter(({ trigger }) => trigger.journey === end)
    expect(staged.map(({ outcome, time }) => [outcome.kind, time.decidedAt])).toEqual([
      ['DEFER', due],
      ['ACT', opening],
    ])
    expect(staged[1]!.outcome.channel).toBe('call')
    expect(sent).toEqual(['T4'])
    expect(opening - due).toBeGreaterThanOrEqual(hours(36))
    expect(violations).toEqual([])
  })
})
