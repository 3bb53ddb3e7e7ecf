import { describe, expect, test } from 'vitest'
import type { LedgerRow } from '../../schemas/generated.ts'
import { decisionIdOfEvent, decisionIdOfTimer } from '../hashing/ids.ts'
import type { QuietHours } from '../release/release.ts'
import { requestOfTimer } from '../request.ts'
import { action, feature, frozen, noRelease, personEvent, recordOf, releaseRow } from '../test/fixtures.ts'
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
const empty = { wakes: 0 }

const waiting = (notBefore: number, decisionIds = ['d1', 'd2']): LedgerRow => ({
  ...ledger.empty,
  deferred: { decisionIds, notBefore, waiting: [] },
})

const onEvent = (at: number, { active = release, booked = ledger.empty, known = features.empty } = {}) =>
  agenda.on.event(
    frozen(recordOf(viewed(at - 5), at)),
    empty,
    frozen({ release: active, ledger: booked, features: known }),
  )

const onTimer = (due: number, booked: LedgerRow, active = release) =>
  agenda.timer!(recordOf(null, due), empty, frozen({ release: active, ledger: booked, features: features.empty }))

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
            eventId: 'e',
            type: 'page_viewed',
            journey: '',
            stage: '',
            deferred: [],
          },
          occurredAt: clock(12) - 5,
          event: viewed(clock(12) - 5),
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
    expect(step).toMatchObject({ row: empty, timer: clock(8, 7) })
  })

  test('on a Sunday at noon only calls are closed: on Monday at nine', () => {
    expect(onEvent(clock(12, 7)).timer).toBe(clock(9, 8))
  })

  test('by the clock of the place where the person is', () => {
    const moved = personEvent('profile_changed', { timeZone: 'Asia/Kolkata' }, { eventId: 'm', occurredAt: 0 })
    const known = windowedFeatures.on.event(recordOf(moved, 0), features.empty, { release }).row!
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
    expect(onEvent(clock(12, 7), { booked: waiting(clock(13, 7)) }).timer).toBe(clock(13, 7))
    expect(onEvent(clock(12, 7), { booked: waiting(clock(11, 7)) }).timer).toBe(clock(9, 8))
  })
})

describe('a stage of a journey', () => {
  const request = requestOfTimer('d', 'journeys', clock(22), { journey: 'cart', stage: 'remind' })
  const asked = (at: number) =>
    agenda.on.request(recordOf(request, at), empty, frozen({ release, ledger: ledger.empty, features: features.empty }))

  test('asks for one decision, in its own name, and again when the first channel opens', () => {
    expect(asked(clock(12))).toEqual({ emit: [request] })
    expect(asked(clock(22))).toEqual({ row: empty, emit: [request], timer: clock(8, 7) })
  })

  test('keeps its name when its deferred decision is requested again', () => {
    const due = clock(9, 8)
    const candidate = { purpose: 'marketing', channel: 'email' }
    const own = { ...candidate, journey: 'cart', stage: 'remind' }
    const booked = waiting(due)
    const deferred = { ...booked.deferred!, waiting: [{ ...candidate, journey: '', stage: '' }, own] }
    const step = onTimer(due, { ...booked, deferred })
    expect(step.emit).toMatchObject([{ trigger: { type: 'agenda', journey: 'cart', stage: 'remind' } }])
  })
})

describe('a timer', () => {
  test('requests one new decision for everything that was deferred', () => {
    const due = clock(9, 8)
    expect(onTimer(due, waiting(due))).toEqual({
      row: { wakes: 1 },
      emit: [
        {
          decisionId: decisionIdOfTimer('agenda', ['p', 'd1', 'd2'], due),
          trigger: {
            origin: { topic: '', partition: -1, offset: -1 },
            source: '',
            eventId: '',
            type: 'agenda',
            journey: '',
            stage: '',
            deferred: ['d1', 'd2'],
          },
          occurredAt: due,
          event: null,
        },
      ],
      timer: null,
    })
  })

  test('is set again if a channel is still closed then', () => {
    expect(onTimer(clock(8, 7), waiting(clock(8, 7)))).toMatchObject({ emit: [{ event: null }], timer: clock(9, 8) })
  })

  test('waits for a deferral that lasts longer', () => {
    expect(onTimer(clock(8, 7), waiting(clock(9, 8)))).toEqual({ row: empty, timer: clock(9, 8) })
  })

  test('requests nothing if nothing is deferred any more, or before the first release', () => {
    expect(onTimer(clock(8, 7), ledger.empty)).toEqual({})
    expect(onTimer(clock(8, 7), waiting(clock(8, 7)), noRelease)).toEqual({})
  })
})

test('a merged person keeps the count of both', () => {
  expect(agenda.writes!.merge!({ wakes: 2 }, { wakes: 3 })).toEqual({ wakes: 5 })
})
