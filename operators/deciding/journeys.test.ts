import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { EventData, EventType } from '../../schemas/event-data.ts'
import type { JourneyEnding, JourneysRow } from '../../schemas/generated.ts'
import { days, hours, minutes } from '../../schemas/record.ts'
import { decisionIdOfEvent, decisionIdOfTimer } from '../hashing/ids.ts'
import type { Journey, JourneyStage } from '../release/release.ts'
import { feature, frozen, noRelease, personEvent, recordOf, releaseRow, versions } from '../test/fixtures.ts'
import { journeys } from './journeys.ts'
import { features, windowedFeatures } from './windowed-features.ts'

const { empty, merge } = journeys.writes!
const on = (event: EventType, when: string | null = null) => ({ event, when })
const stage = (id: string, waitMs: number, parts: Partial<JourneyStage> = {}): JourneyStage => ({
  id,
  waitMs,
  holdUntil: null,
  reset: null,
  decide: true,
  ...parts,
})
const cart: Journey = {
  id: 'cart',
  trigger: on('product_added', 'event.price >= 10'),
  stages: [stage('remind', minutes(30)), stage('offer', hours(1))],
  goal: on('order_completed'),
  exit: [on('product_removed')],
  timeoutMs: days(1),
  reentryAfterMs: null,
}
const t0 = Date.UTC(2024, 2, 25, 9)

/** Returns the id that a decision on an event of the traveller has. */
const idOf = (type: EventType, at: number): string =>
  decisionIdOfEvent(personEvent(type, defaults[type] ?? {}, { eventId: `${type}-${at}`, occurredAt: at }), at)

/** One person, moved by the operator itself; timers fire before the next event, as in the fold. */
class Traveller {
  row: JourneysRow
  timer: number | null = null
  readonly asked: string[] = []
  readonly ids: string[] = []
  readonly ended: [string, string, JourneyEnding, number][] = []
  readonly cancelled: string[] = []
  readonly failed: string[] = []
  #features = features.empty
  readonly #reads

  constructor(list: readonly Journey[], row = empty) {
    this.row = row
    const orders = feature({ name: 'orders', kind: 'count', windowMs: days(7) })
    this.#reads = { release: releaseRow({ journeys: list, features: [orders] }) }
  }

  event<T extends EventType>(type: T, at: number, data: Partial<EventData<T>> = {}): this {
    this.until(at)
    const fields = { ...defaults[type], ...data } as Partial<EventData<T>>
    const event = personEvent(type, fields, { eventId: `${type}-${at}`, occurredAt: at })
    this.#features = windowedFeatures.on.event(recordOf(event, at), this.#features, this.#all()).row ?? this.#features
    this.#take(journeys.on.event(frozen(recordOf(event, at)), frozen(this.row), frozen(this.#all())))
    return this
  }

  until(at: number): this {
    while (this.timer !== null && this.timer <= at) {
      const due = this.timer
      this.timer = null
      this.#take(journeys.timer!(recordOf(null, due), frozen(this.row), frozen(this.#all())))
    }
    return this
  }

  #all() {
    return { ...this.#reads, features: this.#features, reference: () => undefined, versions }
  }

  #take({ row, emit = [], timer }: ReturnType<typeof journeys.on.event>): void {
    if (row) this.row = row
    if (timer !== undefined) this.timer = timer
    for (const { to, value } of emit) {
      if (to === 'request') {
        const { journey, stage, begunBy, type } = value.trigger
        expect(type).toBe('journeys')
        expect(value.decisionId).toBe(decisionIdOfTimer('journeys', ['p', journey, stage, begunBy], value.occurredAt))
        this.ids.push(value.decisionId)
        this.asked.push(`${journey}/${stage} at ${(value.occurredAt - t0) / minutes(1)}`)
      } else if (to === 'ended')
        this.ended.push([value.journeyId, value.stage, value.how, (value.at - t0) / minutes(1)])
      else if (to === 'cancel') this.cancelled.push(value.journeyId)
      else this.failed.push(value.detail)
    }
  }
}
const defaults: Partial<Record<EventType, object>> = {
  product_added: { cartId: 'c', sku: 's', quantity: 1, price: 20 },
  product_removed: { cartId: 'c', sku: 's', quantity: 1, price: 20 },
  order_completed: { orderId: 'o', value: 20, lines: [] },
  page_viewed: { url: '/' },
  ticket_opened: { topic: 'bill' },
  bill_issued: { amount: 50, delta: 0.2, dueAt: 0 },
}

describe('a journey', () => {
  test('begins with its trigger, if the condition holds, and once', () => {
    const anna = new Traveller([cart]).event('product_added', t0, { price: 5 })
    expect(anna.row).toEqual(empty)
    anna.event('product_added', t0 + 1).event('product_added', t0 + 2)
    const run = {
      id: 'cart',
      stage: 'remind',
      passed: 0,
      enteredAt: t0 + 1,
      waitingUntil: t0 + 1 + minutes(30),
      begunBy: idOf('product_added', t0 + 1),
    }
    expect(anna.row).toEqual({ runs: [run], ended: [] })
    expect(anna.timer).toBe(run.waitingUntil)
  })

  test('does nothing before the first release, nor for an event of no journey', () => {
    const event = personEvent('product_added', defaults.product_added!, { eventId: 'e', occurredAt: t0 })
    const step = journeys.on.event(recordOf(event, t0), empty, {
      release: noRelease,
      features: features.empty,
      reference: () => undefined,
      versions,
    })
    expect(step).toEqual({})
    expect(new Traveller([cart]).event('page_viewed', t0)).toMatchObject({ row: empty, timer: null })
  })

  test('waits in each stage, requests a decision where it should, and ends at its timeout', () => {
    const silent = { ...cart, stages: [stage('look', minutes(10), { decide: false }), ...cart.stages] }
    const anna = new Traveller([silent]).event('product_added', t0).until(t0 + minutes(45))
    expect(anna.row.runs).toMatchObject([{ stage: 'offer', passed: 2, waitingUntil: t0 + minutes(100) }])
    anna.until(t0 + days(1) - 1)
    expect(anna.row.runs).toMatchObject([{ stage: 'offer', passed: 3, waitingUntil: t0 + days(1) }])
    anna.until(t0 + days(9))
    expect(anna.asked).toEqual(['cart/remind at 40', 'cart/offer at 100'])
    expect(anna.ended).toEqual([['cart', 'offer', 'timeout', 24 * 60]])
    expect(anna).toMatchObject({ cancelled: [], timer: null, row: { runs: [] } })
    expect(anna.row.ended).toEqual([{ id: 'cart', how: 'timeout', at: t0 + days(1), goals: 0 }])
  })

  test.each([
    ['goal', 'order_completed', 1],
    ['exit', 'product_removed', 0],
  ] as const)('ends at once by its %s, and cancels what waits to be sent', (how, type, goals) => {
    const anna = new Traveller([cart]).event('product_added', t0).event(type, t0 + minutes(40))
    expect(anna.until(t0 + days(9)).asked).toEqual(['cart/remind at 30'])
    expect(anna.ended).toEqual([['cart', 'offer', how, 40]])
    expect(anna.cancelled).toEqual(['cart'])
    expect(anna.row).toEqual({ runs: [], ended: [{ id: 'cart', how, at: t0 + minutes(40), goals }] })
  })

  test('may ask about features as of the event, and a condition that can’t be evaluated does not hold, and says so', () => {
    const second = { ...cart, goal: on('order_completed', 'features.orders >= 2') }
    const anna = new Traveller([second]).event('product_added', t0).event('order_completed', t0 + 1)
    expect(anna.ended).toEqual([])
    expect(anna.event('order_completed', t0 + minutes(1)).ended).toEqual([['cart', 'remind', 'goal', 1]])
    const broken = { ...cart, goal: on('order_completed', '1 / int(event.value - 20) > 0') }
    const bert = new Traveller([broken]).event('product_added', t0).event('order_completed', t0 + 1)
    expect(bert).toMatchObject({
      ended: [],
      failed: ["the goal of journey 'cart' could not be evaluated on this event, and counts as not met"],
    })
  })

  test('is neither begun nor ended by an event that came after the backfill', () => {
    const late = (row: JourneysRow, backfillMs: number, type: 'product_added' | 'order_completed') => {
      const event = personEvent(type, defaults[type]!, { eventId: type, occurredAt: t0 - days(3) })
      const reads = { release: releaseRow({ journeys: [cart], backfillMs }), features: features.empty }
      return journeys.on.event(recordOf(event, t0), row, { ...reads, reference: () => undefined, versions }).row ?? row
    }
    expect(late(empty, days(3) - 1, 'product_added')).toEqual(empty)
    const begun = late(empty, days(3), 'product_added')
    expect(begun.runs).toMatchObject([{ id: 'cart', enteredAt: t0 }])
    expect(late(begun, days(3) - 1, 'order_completed')).toEqual(begun)
  })
})

describe('a hold', () => {
  const until = on('page_viewed', "event.url == '/cart'")
  const holding = {
    ...cart,
    stages: [stage('back', hours(2), { holdUntil: until, reset: on('product_added') }), stage('offer', hours(1))],
  }

  test('ends with the event that it waits for, or when its time is over', () => {
    const anna = new Traveller([holding]).event('product_added', t0)
    anna.event('page_viewed', t0 + minutes(5)).event('page_viewed', t0 + minutes(9), { url: '/cart' })
    expect(anna.until(t0 + hours(5)).asked).toEqual(['cart/back at 9', 'cart/offer at 69'])
    const bert = new Traveller([holding]).event('product_added', t0).until(t0 + hours(5))
    expect(bert.asked).toEqual(['cart/back at 120', 'cart/offer at 180'])
  })

  test('begins anew with its reset, but never outlasts the journey', () => {
    const anna = new Traveller([holding]).event('product_added', t0).event('product_added', t0 + minutes(100))
    expect(anna.until(t0 + minutes(219)).asked).toEqual([])
    expect(anna.until(t0 + minutes(220)).asked).toEqual(['cart/back at 220'])
    const bert = new Traveller([{ ...holding, timeoutMs: hours(3) }]).event('product_added', t0)
    bert.event('product_added', t0 + minutes(100)).until(t0 + days(1))
    expect(bert).toMatchObject({ asked: [], ended: [['cart', 'back', 'timeout', 180]] })
  })

  test('of a wait: a basket is idle half an hour after the last product', () => {
    const idle = { ...cart, stages: [stage('remind', minutes(30), { reset: on('product_added') })] }
    const anna = new Traveller([idle]).event('product_added', t0).event('product_added', t0 + minutes(29))
    expect(anna.until(t0 + hours(2)).asked).toEqual(['cart/remind at 59'])
  })
})

describe('a journey that ended', () => {
  const again = (reentryAfterMs: number | null) => {
    const anna = new Traveller([{ ...cart, reentryAfterMs }]).event('product_added', t0)
    anna.event('order_completed', t0 + minutes(10))
    return (at: number) => anna.event('product_added', t0 + minutes(10) + at).row.runs.length
  }
  test('never begins again if the release says so', () => expect(again(null)(days(900))).toBe(0))
  test('always begins again, but not at the time of its end', () => {
    const begins = again(0)
    expect([begins(0), begins(1)]).toEqual([0, 1])
  })
  test('begins again after a while', () => {
    const begins = again(days(7))
    expect([begins(days(7) - 1), begins(days(7))]).toEqual([0, 1])
  })
  test('and again at its goal has reached it twice', () => {
    const anna = new Traveller([{ ...cart, reentryAfterMs: 0 }])
      .event('product_added', t0)
      .event('order_completed', t0 + 1)
    anna.event('product_added', t0 + 2).event('order_completed', t0 + 3)
    expect(anna.row.ended).toMatchObject([{ goals: 2, at: t0 + 3 }])
  })
})

describe('a sequence', () => {
  /** A bill that is much higher, and no call to the service within two days. */
  const unasked: Journey = {
    id: 'bill-shock',
    trigger: on('bill_issued', 'event.delta > 0.15'),
    stages: [stage('explain', days(2))],
    goal: on('ticket_closed'),
    exit: [on('ticket_opened')],
    timeoutMs: days(5),
    reentryAfterMs: 0,
  }

  test('A then not B within T asks once T is over', () => {
    expect(new Traveller([unasked]).event('bill_issued', t0).until(t0 + days(9)).asked).toEqual([
      'bill-shock/explain at 2880',
    ])
  })
  test('and does not when B came in time', () => {
    const anna = new Traveller([unasked]).event('bill_issued', t0).event('ticket_opened', t0 + days(2) - 1)
    expect(anna.until(t0 + days(9)).asked).toEqual([])
    const bert = new Traveller([unasked]).event('bill_issued', t0).event('ticket_opened', t0 + days(2))
    expect(bert.asked).toEqual(['bill-shock/explain at 2880'])
  })
})

describe('two journeys at once', () => {
  const again: Journey = { ...cart, id: 'browse', goal: on('ticket_opened'), stages: [stage('look', minutes(30))] }

  test('proceed independently, share one timer, and request decisions in order of their names', () => {
    const anna = new Traveller([cart, again]).event('product_added', t0).until(t0 + minutes(30))
    expect(anna.asked).toEqual(['browse/look at 30', 'cart/remind at 30'])
    expect(anna.timer).toBe(t0 + minutes(90))
    anna.event('order_completed', t0 + minutes(31)).until(t0 + days(2))
    expect(anna.ended).toEqual([
      ['cart', 'offer', 'goal', 31],
      ['browse', 'look', 'timeout', 24 * 60],
    ])
    expect(anna.cancelled).toEqual(['cart'])
  })

  test('one that a release no longer holds stays where it is until one does again', () => {
    const { row } = new Traveller([cart, again]).event('product_added', t0)
    const gone = new Traveller([again], row).event('product_added', t0 + 1).until(t0 + hours(1))
    expect(gone.asked).toEqual(['browse/look at 30'])
    expect(gone.row.runs).toMatchObject([{ id: 'browse', passed: 1 }, row.runs[1]!])
    const back = new Traveller([cart, again], gone.row).event('product_added', t0 + hours(2)).until(t0 + hours(2))
    expect(back.asked).toEqual(['cart/remind at 120'])
  })
})

describe('when two persons merge while a journey waits', () => {
  const on2 = (at: number, until: number) => new Traveller([cart]).event('product_added', t0 + at).until(t0 + until).row
  const run = { id: 'cart', stage: 'remind', passed: 0, enteredAt: 0, waitingUntil: 0, begunBy: '' }

  test('the run that is further on stays; of two in the same stage, the one that waits for less', () => {
    const far = on2(0, minutes(40))
    const near = on2(minutes(20), minutes(40))
    expect(merge!(far, near)).toEqual(far)
    expect(merge!(near, far)).toEqual(far)
    expect(merge!(near, on2(minutes(35), minutes(40))).runs).toEqual(near.runs)
  })

  test('a stage that both ask for at one time has two ids, even if the rows of one came late', () => {
    const anna = new Traveller([cart]).event('product_added', t0).until(t0 + days(3))
    expect(anna.row.runs).toEqual([])
    const late = new Traveller([cart]).event('product_added', t0)
    const runOfBert = { ...late.row.runs[0]!, begunBy: idOf('product_added', t0 - 1) }
    const joined = new Traveller([cart], merge!(anna.row, { ...late.row, runs: [runOfBert] }))
    joined.timer = runOfBert.waitingUntil
    joined.until(t0 + days(3))
    expect(joined.asked).toEqual(anna.asked)
    expect(joined.ids).not.toEqual(anna.ids)
  })

  test('a goal of one ends the other’s run at its next event, and cancels; at its next timer nothing is requested', () => {
    const bought = new Traveller([cart]).event('product_added', t0).event('order_completed', t0 + minutes(20)).row
    const waiting = on2(minutes(10), minutes(20))
    const anna = new Traveller([cart], merge!(bought, waiting)).event('product_added', t0 + minutes(25))
    expect(anna).toMatchObject({ ended: [['cart', 'remind', 'goal', 25]], cancelled: ['cart'], row: { runs: [] } })
    const bert = new Traveller([cart], merge!(bought, waiting))
    bert.timer = t0 + minutes(40)
    bert.until(t0 + days(1))
    expect(bert).toMatchObject({ ended: [['cart', 'remind', 'goal', 40]], asked: [], cancelled: [], row: { runs: [] } })
  })

  test('a run that began after the other’s end goes on', () => {
    const before = { runs: [], ended: [{ id: 'cart', how: 'goal', at: t0 - 1, goals: 1 }] } as const
    const anna = new Traveller([cart], merge!(before, on2(0, 0)))
    anna.timer = t0 + minutes(30)
    expect(anna.until(t0 + minutes(30)).asked).toEqual(['cart/remind at 30'])
  })

  const times = fc.integer({ min: 0, max: 3 })
  const ids = fc.subarray(['browse', 'cart', 'churn'])
  const rows = fc.record({ runs: ids, ended: ids, n: fc.array(times, { minLength: 24, maxLength: 24 }) }).map(
    ({ runs, ended, n }): JourneysRow => ({
      runs: runs.map((id, i) => ({
        ...run,
        id,
        passed: n[i]!,
        stage: `s${n[i + 3]!}`,
        enteredAt: n[i + 6]!,
        begunBy: String(n[i]! % 2),
        waitingUntil: n[i + 9]!,
      })),
      ended: ended.map((id, i) => ({
        id,
        how: (['goal', 'exit', 'timeout'] as const)[n[i + 12]! % 3]!,
        at: n[i + 15]!,
        goals: n[i + 18]!,
      })),
    }),
  )

  test('the order in which two or three persons merge changes nothing', () => {
    fc.assert(
      fc.property(rows, rows, rows, (a, b, c) => {
        const [x, y, z] = frozen([a, b, c])
        expect(merge!(x!, y!)).toEqual(merge!(y!, x!))
        expect(merge!(merge!(x!, y!), z!)).toEqual(merge!(x!, merge!(y!, z!)))
      }),
      { numRuns: 500, seed: 7 },
    )
  })
})
