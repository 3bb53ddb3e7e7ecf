import { describe, expect, test } from 'vitest'
import type { InputRecord } from '../schemas/input-record.ts'
import { days, hours, minutes } from '../schemas/record.ts'
import { happens } from '../testing/test/stories.ts'
import { ran, shop } from './test/shop.ts'

/** A Monday, eleven in the morning in New York. */
const t0 = Date.UTC(2024, 4, 6, 15)
const release = (law = 'US') =>
  shop(`triggers: [order_completed]
features:
  - { name: home_zone, event: profile_changed, kind: last, field: timeZone, type: text }
  - { name: home_law, event: profile_changed, kind: last, field: jurisdiction, type: text }
actions:
  - { id: mail, treatments: [email], value: 10 }
  - { id: slip, purpose: service, treatments: [push], value: 1 }
quietHours: [{ id: night, channels: [email, sms], from: "21:00", to: "08:00" }]
`)
    .replace('timeZone: America/New_York', '$&, timeZoneFeature: home_zone, jurisdictionFeature: home_law')
    .replace('jurisdiction: US,', `jurisdiction: ${law},`)
    .replace('regimes: { US: opt-out }', 'regimes: { US: opt-out, DE: opt-in }')

const json = (topic: string, value: unknown, at: number): InputRecord => ({
  topic,
  key: '',
  timestamp: at,
  value: Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
})

const said = (change: object, at = t0, name = 'anna') =>
  json(
    'consents',
    {
      eventId: `c-${at}`,
      identifiers: [{ type: 'customer_id', value: name }],
      change: { purpose: 'marketing', status: 'withdrawn', effectiveAt: at, recordedAt: at, ...change },
    },
    at,
  )
const order = (at: number, name = 'anna') => happens(name, 'order_completed', at, { value: 42.5 })
const outcomes = async (history: readonly InputRecord[], law?: string) => {
  const last = Math.max(...history.map(({ timestamp }) => timestamp))
  const { decisions, sends, letters, violations } = await ran(release(law), history, last + minutes(5))
  expect(violations).toEqual([])
  return {
    actions: decisions.map(({ outcome }) => outcome.actionId || outcome.kind),
    cancelled: sends.filter(({ kind }) => kind === 'cancel').map(({ actionId }) => actionId),
    reasons: letters.map(({ reason }) => reason),
    zones: decisions.map(({ subject }) => [subject.timeZone, subject.timeZoneSource]),
    laws: decisions.map(({ subject }) => subject.jurisdiction),
  }
}

describe('a withdrawal counts in any case and with blanks around its words', () => {
  test.each([
    [{}],
    [{ purpose: 'Marketing' }],
    [{ purpose: 'marketing ' }],
    [{ channel: 'Email' }],
    [{ channel: ' EMAIL\n' }],
    [{ channel: '' }],
    [{ channel: ' ' }],
    [{ channel: null }],
    [{ status: 'Withdrawn ' }],
    [{ lawfulBasis: null }],
  ])('%j', async change => {
    const { actions, reasons } = await outcomes([said(change), order(t0 + 1)])
    expect(actions).toEqual(['slip'])
    expect(reasons).toEqual([])
  })
})

describe('a consent that can’t be used is a dead letter, and its person counts as having said no', () => {
  const cut = JSON.stringify({ eventId: 'c', identifiers: [{ type: 'customer_id', value: 'anna' }], change: 1 })
  const unusable: readonly (readonly [string, InputRecord])[] = [
    ['unknown-purpose', said({ purpose: 'newsletter' })],
    ['missing-purpose', said({ purpose: ' ' })],
    ['null-field', said({ purpose: null })],
    ['unknown-channel', said({ channel: 'fax' })],
    ['wrong-type', said({ status: 'opted out' })],
    ['null-field', said({ status: null })],
    ['absurd-timestamp', said({ effectiveAt: 0 })],
    ['absurd-timestamp', said({ effectiveAt: t0 + days(3654) })],
    ['absurd-timestamp', said({ recordedAt: t0 + hours(1) })],
    ['wrong-type', said({ effectiveAt: 'yesterday' })],
    ['wrong-type', json('consents', cut, t0)],
    ['bad-json', json('consents', cut.slice(0, -12), t0)],
    [
      'missing-event-id',
      json(
        'consents',
        cut
          .replace('"c"', '""')
          .replace(
            '"change":1',
            `"change":${JSON.stringify({ purpose: 'marketing', status: 'withdrawn', effectiveAt: t0, recordedAt: t0 })}`,
          ),
        t0,
      ),
    ],
  ]
  test.each(unusable)('%s', async (reason, record) => {
    const { actions, reasons } = await outcomes([record, order(t0 + 1), order(t0 + 2, 'ben')])
    expect(reasons).toEqual([reason])
    expect(actions.toSorted()).toEqual(['mail', 'slip'])
  })

  test('so a mail on its way is cancelled', async () => {
    const { cancelled } = await outcomes([order(t0), said({ purpose: 'newsletter' }, t0 + 1)])
    expect(cancelled).toEqual(['mail'])
  })

  test('until a later consent says yes, for the channel or for all of them', async () => {
    for (const channel of ['email', null])
      expect(
        await outcomes([
          said({ purpose: 'newsletter' }),
          order(t0 + 1),
          said({ status: 'granted', channel }, t0 + 2),
          order(t0 + 3),
        ]),
      ).toMatchObject({ actions: ['slip', 'mail'] })
  })

  test('but one that names another channel takes nothing from this one', async () => {
    expect(await outcomes([said({ purpose: 'newsletter', channel: 'sms' }), order(t0 + 1)])).toMatchObject({
      actions: ['mail'],
      reasons: ['unknown-purpose'],
    })
  })

  test('and what can be read to be a grant neither gives nor takes', async () => {
    const odd = said({ purpose: 'newsletter', status: 'granted' }, t0 + 1)
    expect(await outcomes([odd, order(t0 + 2)], 'DE')).toMatchObject({ actions: ['slip'] })
    expect(await outcomes([said({ status: 'granted' }), odd, order(t0 + 2)], 'DE')).toMatchObject({ actions: ['mail'] })
  })

  test('and where no identifier can be read, it stands for nobody', async () => {
    expect(await outcomes([json('consents', '{"eventId":', t0), order(t0 + 1)])).toMatchObject({
      actions: ['mail'],
      reasons: ['bad-json'],
    })
  })
})

describe('a zone is understood in any case, and an unknown one is read strictly', () => {
  const profile = (timeZone: string | null, at = t0) =>
    json(
      'events',
      {
        eventId: `p-${at}`,
        type: 'Profile_Changed',
        occurredAt: at,
        identifiers: [{ type: 'Customer_ID', value: 'anna' }],
        data: { timeZone },
      },
      at,
    )
  /** A quarter past eleven in the evening in Kathmandu, and half past one in the afternoon in New York. */
  const night = t0 + hours(2.5)

  test.each(['Asia/Kathmandu', 'asia/kathmandu', 'Asia/Kathmandu '])('%s', async zone => {
    expect(await outcomes([profile(zone), order(night)])).toMatchObject({
      actions: ['DEFER'],
      zones: [['Asia/Kathmandu', 'person']],
      reasons: [],
    })
  })

  test.each([null, '', ' '])('a zone that is %j is not given, and leaves the one before', async zone => {
    expect(await outcomes([profile('Asia/Kathmandu'), profile(zone, t0 + 1), order(night)])).toMatchObject({
      zones: [['Asia/Kathmandu', 'person']],
      reasons: [],
    })
  })

  test.each(['+05:45', 'Nepal Standard Time', 'constructor'])('%s is reported', async zone => {
    expect(await outcomes([profile(zone), order(night)])).toMatchObject({
      actions: ['DEFER'],
      zones: [['', 'unknown']],
      reasons: ['unknown-zone'],
    })
  })
})

describe('a jurisdiction', () => {
  const profile = (jurisdiction: string) => happens('anna', 'profile_changed', t0, { jurisdiction })

  test('is understood in any case', async () => {
    expect(await outcomes([profile(' de'), order(t0 + 1)])).toMatchObject({
      laws: ['DE'],
      actions: ['slip'],
      reasons: [],
    })
  })

  test('that is no code is reported, and is opt-in', async () => {
    expect(await outcomes([profile('Germany'), order(t0 + 1)])).toMatchObject({
      actions: ['slip'],
      reasons: ['unknown-jurisdiction'],
    })
  })
})

test('events and receipts of 1990 to five minutes ahead are taken, what holds may lie ten years ahead', async () => {
  const exposure = (at: number, until: number) =>
    json(
      'events',
      {
        eventId: `x${at}/${until}`,
        type: 'exposure',
        occurredAt: at,
        identifiers: [{ type: 'customer_id', value: 'anna' }],
        data: { actionId: 'a', channel: 'email', until },
      },
      t0,
    )
  const receipt = (at: number) =>
    json('receipts', { receiptId: `r${at}`, decisionId: 'd', personId: 'p', kind: 'Delivered', occurredAt: at }, t0)
  const { reasons } = await outcomes([
    exposure(Date.UTC(1990, 0, 1), t0 + days(3650)),
    exposure(t0 + minutes(5), t0),
    exposure(Date.UTC(1989, 11, 31), t0),
    exposure(t0 + minutes(5) + 1, t0),
    exposure(t0, t0 + days(3654)),
    exposure(t0, 5),
    receipt(t0 + minutes(5) + 1),
    receipt(t0),
  ])
  expect(reasons.toSorted()).toEqual([...Array(5).fill('absurd-timestamp'), 'unknown-receipt'])
})
