import { describe, expect, test } from 'vitest'
import type { LedgerRow, PersonEvent, WaitingRequest } from '../../schemas/generated.ts'
import { days } from '../../schemas/record.ts'
import { decisionIdOfEvent, decisionIdOfTimer } from '../hashing/ids.ts'
import type { QuietHours } from '../release/release.ts'
import { requestOfTimer } from '../request.ts'
import { action, feature, frozen, noRelease, personEvent, recordOf, releaseRow, versions } from '../test/fixtures.ts'
import { agenda } from './agenda.ts'
import { ledger } from './fatigue-ledger.ts'
import { features, windowedFeatures } from './windowed-features.ts'

const night: QuietHours = {
  id: 'night',
  channels: ['email', 'sms'],
  fromMinute: 21 * 60,
  toMinute: 8 * 60,
  closedDays: [],
  exempt: ['service'],
}
const calls: QuietHours = {
  id: 'calls',
  channels: ['call'],
  fromMinute: 19 * 60,
  toMinute: 9 * 60,
  closedDays: [0],
  exempt: [],
}
const treatment = (channel: 'email' | 'call' | 'push') => ({ id: `offer-${channel}`, channel, parameters: {} })

const parts = {
  triggers: ['page_viewed'],
  person: { jurisdiction: 'DE', country: 'DE', timeZone: 'UTC', jurisdictionFeature: null, timeZoneFeature: 'zone' },
  features: [feature({ name: 'zone', kind: 'last', event: 'profile_changed', field: 'timeZone', type: 'text' })],
  quietHours: [night, calls],
  actions: [
    action({
      id: 'offer',
      purpose: 'marketing',
      treatments: [treatment('email'), treatment('call'), treatment('push')],
    }),
  ],
}
const release = releaseRow(parts)
/** Of Saturday, 6 May 2017, and the days after. */
const clock = (hour: number, day = 6) => Date.UTC(2017, 4, day, hour)
const viewed = (occurredAt: number) => personEvent('page_viewed', { url: '/' }, { eventId: 'e', occurredAt })
const { empty } = agenda.writes!

/** A ledger in which these decisions are deferred until these times. */
const waiting = (times: Readonly<Record<string, number>>): LedgerRow => ({
  ...ledger.empty,
  deferred: {
    decisionIds: Object.keys(times).sort(),
    notBefore: Math.min(...Object.values(times)),
    waiting: Object.entries(times).map(([decisionId, notBefore]) => ({
      ...{ purpose: 'marketing', channel: 'email', journey: '', stage: '', decisionId, notBefore },
    })),
  },
})
/** A request that the agenda kept. */
const kept = (decisionId: string, parts: Partial<WaitingRequest> = {}): WaitingRequest => ({
  ...{ decisionId, askedAt: clock(22), journey: '', stage: '', event: viewed(clock(22)) },
  ...parts,
})

const onEvent = (at: number, { active = release, booked = ledger.empty, known = features.empty, row = empty } = {}) =>
  agenda.on.event(
    frozen(recordOf(viewed(at - 5), at)),
    frozen(row),
    frozen({ release: active, ledger: booked, features: known }),
  )

const onTimer = (due: number, booked: LedgerRow, requests: readonly WaitingRequest[] = [], active = release) =>
  agenda.timer!(
    recordOf(null, due),
    frozen({ wakes: 0, waiting: requests }),
    frozen({ release: active, ledger: booked, features: features.empty }),
  )

describe('a trigger asks for one decision', () => {
  test('named by the event, while every channel is open', () => {
    const step = onEvent(clock(12))
    expect(step).toEqual({
      emit: [
        {
          decisionId: decisionIdOfEvent(viewed(0), clock(12)),
          trigger: {
            origin: viewed(0).origin,
            source: 'test',
            begunBy: '',
            eventId: 'e',
            type: 'page_viewed',
            journey: '',
            stage: '',
            deferred: [],
          },
          occurredAt: clock(12) - 5,
          event: viewed(clock(12) - 5),
          canWait: true,
        },
      ],
    })
  })

  test('and nothing else does', () => {
    expect(onEvent(clock(12), { active: releaseRow({ ...parts, triggers: ['order_completed'] }) })).toEqual({})
    expect(onEvent(clock(12), { active: noRelease })).toEqual({})
  })
})

describe('a request in quiet hours is repeated when the first channel opens', () => {
  test('in the evening: at eight the next morning, Sunday or not', () => {
    const step = onEvent(clock(22))
    expect(step.emit).toHaveLength(1)
    const request = {
      decisionId: decisionIdOfEvent(viewed(clock(22) - 5), clock(22)),
      askedAt: clock(22),
      event: viewed(clock(22) - 5),
    }
    expect(step).toMatchObject({ row: { wakes: 0, waiting: [request] }, timer: clock(8, 7) })
  })

  test('on a Sunday at noon only calls are closed: on Monday at nine', () => {
    expect(onEvent(clock(12, 7)).timer).toBe(clock(9, 8))
  })

  test('by the clock of the place where the person is', () => {
    const moved = personEvent('profile_changed', { timeZone: 'Asia/Kolkata' }, { eventId: 'm', occurredAt: 0 })
    const known = windowedFeatures.on.event(recordOf(moved, 0), features.empty, { release, versions }).row!
    // 22:00 UTC is half past three in the night there.
    expect(onEvent(clock(22), { known }).timer).toBe(clock(2, 7) + 30 * 60_000)
  })

  test('unless no action keeps them', () => {
    const exempt = releaseRow({
      ...parts,
      actions: [action({ id: 'a', purpose: 'service', treatments: [treatment('email'), treatment('push')] })],
    })
    expect(onEvent(clock(22), { active: exempt }).timer).toBeUndefined()
  })

  test('no later than an earlier deferral', () => {
    expect(onEvent(clock(12, 7), { booked: waiting({ d: clock(13, 7) }) }).timer).toBe(clock(13, 7))
    expect(onEvent(clock(12, 7), { booked: waiting({ d: clock(11, 7) }) }).timer).toBe(clock(9, 8))
  })

  test('and is forgotten with the next one, if it was not deferred', () => {
    const row = { wakes: 0, waiting: [kept('d1'), kept('d2')] }
    const step = onEvent(clock(23), { row, booked: waiting({ d2: clock(8, 7) }) })
    expect(step.row!.waiting.map(({ decisionId }) => decisionId)).toEqual([
      'd2',
      decisionIdOfEvent(viewed(clock(23) - 5), clock(23)),
    ])
  })
})

describe('a person keeps at most fifty requests, and 64 KiB of their events', () => {
  const numbers = Array.from({ length: 50 }, (_, n) => `d${n}`)
  const until8 = (ids: readonly string[]) => Object.fromEntries(ids.map(id => [id, clock(8, 7)]))
  const booked = waiting(until8(numbers))

  test('the next one is asked all the same, but can’t wait', () => {
    const full = { wakes: 0, waiting: numbers.map(id => kept(id)) }
    expect(onEvent(clock(23), { row: full, booked })).toMatchObject({
      row: full,
      emit: [{ decisionId: decisionIdOfEvent(viewed(clock(23) - 5), clock(23)), canWait: false }],
      timer: clock(8, 7),
    })
    const almost = { wakes: 0, waiting: full.waiting.slice(1) }
    const step = onEvent(clock(23), { row: almost, booked: waiting(until8(numbers.slice(1))) })
    expect(step).toMatchObject({ emit: [{ canWait: true }], row: { waiting: { length: 50 } } })
  })

  test('however few the events are', () => {
    const event = { ...viewed(clock(22)), payload: new Uint8Array(64 * 1024) }
    const row = { wakes: 0, waiting: [kept('d1', { event })] }
    expect(onEvent(clock(23), { row, booked: waiting({ d1: clock(8, 7) }) }).emit).toMatchObject([{ canWait: false }])
    expect(onEvent(clock(23), { row }).emit).toMatchObject([{ canWait: true }])
  })
})

describe('a stage of a journey', () => {
  const request = requestOfTimer('d', 'journeys', clock(22), { journey: 'cart', stage: 'remind' })
  const asked = (at: number) =>
    agenda.on.request(recordOf(request, at), empty, frozen({ release, ledger: ledger.empty, features: features.empty }))

  test('asks for one decision, in its own name, and again when the first channel opens', () => {
    expect(asked(clock(12))).toEqual({ emit: [request] })
    const own = { decisionId: 'd', askedAt: clock(22), journey: 'cart', stage: 'remind', event: null }
    expect(asked(clock(22))).toEqual({ row: { wakes: 0, waiting: [own] }, emit: [request], timer: clock(8, 7) })
  })

  test('keeps its name when its deferred decision is requested again', () => {
    const due = clock(9, 8)
    const step = onTimer(due, waiting({ d: due }), [kept('d', { journey: 'cart', stage: 'remind', event: null })])
    expect(step.emit).toMatchObject([
      { trigger: { type: 'agenda', journey: 'cart', stage: 'remind', deferred: ['d'] }, event: null, occurredAt: due },
    ])
  })
})

describe('a timer', () => {
  test('asks again for each decision that was deferred, with the event that asked, in the order in which they were asked', () => {
    const due = clock(9, 8)
    const later = { ...viewed(clock(23)), eventId: 'later' }
    const requests = [kept('d2'), kept('d1', { askedAt: clock(23), event: later })]
    const asked = (deferred: string, event: PersonEvent) => ({
      decisionId: decisionIdOfTimer('agenda', ['p', deferred], due),
      trigger: {
        ...{
          origin: { topic: '', partition: -1, offset: -1 },
          source: '',
          begunBy: '',
          eventId: '',
          type: 'agenda',
          journey: '',
          stage: '',
        },
        deferred: [deferred],
      },
      occurredAt: event.occurredAt,
      event,
      canWait: true,
    })
    expect(onTimer(due, waiting({ d1: due, d2: due }), requests)).toEqual({
      row: { wakes: 2, waiting: [] },
      emit: [asked('d2', viewed(clock(22))), asked('d1', later)],
      timer: null,
    })
  })

  test('keeps what it asks again while a channel is still closed, under its new name', () => {
    const due = clock(8, 7)
    const decisionId = decisionIdOfTimer('agenda', ['p', 'd1'], due)
    expect(onTimer(due, waiting({ d1: due }), [kept('d1')])).toMatchObject({
      row: { waiting: [{ decisionId, askedAt: clock(22), event: viewed(clock(22)) }] },
      emit: [{ decisionId, canWait: true }],
      timer: clock(9, 8),
    })
    const since = (askedAt: number) => onTimer(due, waiting({ d1: due }), [kept('d1', { askedAt })]).emit
    expect(since(due - days(14) + 1)).toMatchObject([{ canWait: true }])
    expect(since(due - days(14))).toMatchObject([{ canWait: false }])
  })

  test('waits for what is deferred longer', () => {
    const requests = [kept('d1'), kept('d2')]
    const step = onTimer(clock(9, 8), waiting({ d1: clock(9, 8), d2: clock(10, 8) }), requests)
    expect(step).toMatchObject({
      row: { waiting: [{ decisionId: 'd2' }] },
      emit: [{ trigger: { deferred: ['d1'] } }],
      timer: clock(10, 8),
    })
    expect(onTimer(clock(8, 7), waiting({ d1: clock(9, 8) }), requests)).toMatchObject({
      row: { waiting: [{ decisionId: 'd1' }] },
      timer: clock(9, 8),
    })
  })

  test('asks nothing if nothing is deferred any more, or before the first release', () => {
    expect(onTimer(clock(8, 7), ledger.empty, [kept('d1')])).toEqual({ row: empty, timer: null })
    expect(onTimer(clock(8, 7), waiting({ d1: clock(8, 7) }), [kept('d1')], noRelease)).toEqual({})
  })

  test('asks without an event for decisions that were deferred before requests were kept', () => {
    const due = clock(9, 8)
    const stage = { journey: 'cart', stage: 'remind', decisionId: '', notBefore: 0 }
    const old = {
      decisionIds: ['d1', 'd2'],
      notBefore: due,
      waiting: [{ purpose: 'marketing', channel: 'email', ...stage }],
    }
    expect(onTimer(due, { ...ledger.empty, deferred: old }).emit).toMatchObject([
      { trigger: { deferred: ['d1'], journey: 'cart', stage: 'remind' }, event: null },
      { trigger: { deferred: ['d2'], journey: 'cart', stage: 'remind' }, event: null },
    ])
  })
})

test('a merged person keeps the count and the requests of both', () => {
  const [a, b] = [kept('a'), kept('b', { askedAt: 1 })]
  const { merge } = agenda.writes!
  const both = { wakes: 5, waiting: [b, a] }
  expect(merge!({ wakes: 2, waiting: [a] }, { wakes: 3, waiting: [b] })).toEqual(both)
  expect(merge!({ wakes: 3, waiting: [b] }, { wakes: 2, waiting: [a] })).toEqual(both)
})
