import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ConsentChanged, ConsentRow } from '../../schemas/generated.ts'
import { days } from '../../schemas/record.ts'
import { action, feature, frozen, noRelease, personEvent, recordOf, releaseRow, versions } from '../test/fixtures.ts'
import { consentJoin, consents } from './consent-join.ts'
import { features, windowedFeatures } from './windowed-features.ts'

const day = (n: number) => days(17_000 + n)

const release = releaseRow({
  person: {
    jurisdiction: 'DE',
    country: 'DE',
    timeZone: 'Europe/Berlin',
    jurisdictionFeature: 'jurisdiction',
    timeZoneFeature: 'zone',
  },
  consent: { regimes: { DE: 'opt-in', US: 'opt-out' }, exemptPurposes: ['service'] },
  features: [
    feature({ name: 'jurisdiction', kind: 'last', event: 'profile_changed', field: 'jurisdiction', type: 'text' }),
    feature({ name: 'zone', kind: 'last', event: 'profile_changed', field: 'timeZone', type: 'text' }),
  ],
  actions: [
    action({
      id: 'offer',
      purpose: 'marketing',
      treatments: [
        { id: 'offer-mail', channel: 'email', parameters: {} },
        { id: 'offer-mail-2', channel: 'email', parameters: {} },
        { id: 'offer-text', channel: 'sms', parameters: {} },
      ],
    }),
    action({ id: 'notice', purpose: 'service', treatments: [{ id: 'notice-mail', channel: 'email', parameters: {} }] }),
  ],
})

interface Word extends Partial<ConsentChanged> {
  readonly id?: string
  readonly heardAt?: number
}

const hear = (words: readonly Word[], row: ConsentRow = consents.empty): ConsentRow =>
  words.reduce((row, { id, heardAt, ...change }, i) => {
    const effectiveAt = change.effectiveAt ?? day(0)
    const full = {
      purpose: 'marketing',
      channel: 'email',
      status: 'granted',
      recordedAt: effectiveAt,
      ...change,
      effectiveAt,
    } as const
    const event = personEvent('consent_changed', full, { eventId: id ?? `c${i}`, occurredAt: effectiveAt })
    const record = recordOf({ ...event, origin: { topic: 'consents', partition: 0, offset: i } }, heardAt ?? day(0))
    return consentJoin.on.event(frozen(record), frozen(row), frozen({ features: features.empty, release, versions }))
      .row!
  }, row)

const profile = (data: { jurisdiction?: string; timeZone?: string }) =>
  windowedFeatures.on.event(
    recordOf(personEvent('profile_changed', data, { eventId: 'p1', occurredAt: day(0) }), day(0)),
    features.empty,
    {
      release,
      versions,
    },
  ).row!

const request = {
  decisionId: 'd',
  trigger: {
    origin: { topic: 'events', partition: 0, offset: 1 },
    source: '',
    begunBy: '',
    eventId: 'e',
    type: 'page_viewed',
    journey: '',
    stage: '',
    deferred: [],
  },
  occurredAt: day(0),
  event: null,
  canWait: true,
}

const ask = (row: ConsentRow, at = day(0), featuresRow = features.empty, active = release) =>
  consentJoin.on.request(recordOf(request, at), row, { features: featuresRow, release: active, versions }).emit?.[0]

const found = (row: ConsentRow, at = day(0), featuresRow = features.empty) =>
  Object.fromEntries(
    ask(row, at, featuresRow)!.consent.map(({ purpose, channel, state, allowed }) => [
      `${purpose} ${channel}`,
      [state, allowed],
    ]),
  )

const mail = (row: ConsentRow, at = day(0)) => found(row, at)['marketing email']
const US = profile({ jurisdiction: 'US' })

describe('unknown consent means no where the law says opt-in', () => {
  test('without any consent record only exempt purposes are allowed', () => {
    expect(found(consents.empty)).toEqual({
      'marketing email': ['unknown', false],
      'marketing sms': ['unknown', false],
      'service email': ['unknown', true],
    })
  })

  test('opt-out allows every purpose that was not withdrawn', () => {
    expect(found(consents.empty, day(0), US)).toMatchObject({ 'marketing email': ['unknown', true] })
    expect(found(hear([{ status: 'withdrawn' }]), day(0), US)).toMatchObject({
      'marketing email': ['withdrawn', false],
      'marketing sms': ['unknown', true],
    })
  })

  test('a jurisdiction without a regime is opt-in, also one with a strange name', () => {
    for (const jurisdiction of ['FR', 'constructor', '__proto__'])
      expect(found(consents.empty, day(0), profile({ jurisdiction }))).toMatchObject({
        'marketing email': ['unknown', false],
      })
  })

  test('a withdrawal of a purpose that needs no consent is found, and the purpose allowed', () => {
    expect(found(hear([{ purpose: 'service', status: 'withdrawn' }]))).toMatchObject({
      'service email': ['withdrawn', true],
    })
  })
})

describe('the newest consent record counts', () => {
  test('in whatever order records arrive', () => {
    const words: Word[] = [
      { id: 'a', status: 'granted', effectiveAt: day(-3) },
      { id: 'b', status: 'withdrawn', effectiveAt: day(-2) },
      { id: 'c', status: 'granted', effectiveAt: day(-1) },
    ]
    expect(mail(hear(words))).toEqual(['granted', true])
    expect(mail(hear(words.toReversed()))).toEqual(['granted', true])
    expect(hear(words).records).toHaveLength(1)
  })

  test('of two records of the same time the stricter one counts', () => {
    const words: Word[] = [
      { id: 'b', status: 'withdrawn' },
      { id: 'z', status: 'granted' },
    ]
    expect(mail(hear(words))).toEqual(['withdrawn', false])
    expect(mail(hear(words.toReversed()))).toEqual(['withdrawn', false])
  })

  test('a withdrawal counts at once, also one that names a later time', () => {
    const row = hear([
      { status: 'granted', effectiveAt: day(-5) },
      { status: 'withdrawn', effectiveAt: day(5) },
    ])
    expect(mail(row)).toEqual(['withdrawn', false])
  })

  test('a grant counts from its time on; until then the record before it counts', () => {
    const row = hear([
      { status: 'withdrawn', effectiveAt: day(-5) },
      { status: 'granted', effectiveAt: day(5) },
    ])
    expect(mail(row, day(5) - 1)).toEqual(['withdrawn', false])
    expect(mail(row, day(5))).toEqual(['granted', true])
    expect(mail(hear([{ effectiveAt: day(5) }]))).toEqual(['unknown', false])
  })

  test('any set of records in any order gives what the rule says, at any time', () => {
    const words = fc.uniqueArray(
      fc.record({
        id: fc.nat(99).map(String),
        status: fc.constantFrom('granted' as const, 'withdrawn' as const),
        effectiveAt: fc.integer({ min: -3, max: 6 }).map(day),
      }),
      { selector: ({ id }) => id, maxLength: 8 },
    )
    const states: Record<string, number> = {}
    fc.assert(
      fc.property(words, fc.infiniteStream(fc.nat()), fc.integer({ min: 0, max: 7 }).map(day), (given, keys, at) => {
        const shuffled = given.map(word => ({ word, key: keys.next().value! })).sort((a, b) => a.key - b.key)
        const row = hear(shuffled.map(({ word }) => word))
        const counting = given.filter(({ status, effectiveAt }) => status === 'withdrawn' || effectiveAt <= at)
        const newest = Math.max(...counting.map(({ effectiveAt }) => effectiveAt))
        const standing = counting.filter(({ effectiveAt }) => effectiveAt === newest).map(({ status }) => status)
        const state = standing.includes('withdrawn') ? 'withdrawn' : standing.length > 0 ? 'granted' : 'unknown'
        states[state] = (states[state] ?? 0) + 1
        expect(mail(row, at)).toEqual([state, state === 'granted'])
        expect(row).toEqual({
          records: hear(given.map(word => word)).records.map((own, i) => ({ ...own, origin: row.records[i]!.origin })),
        })
      }),
    )
    expect(Object.keys(states).sort()).toEqual(['granted', 'unknown', 'withdrawn'])
  })
})

describe('a record for all channels and one for the channel both count', () => {
  test('a grant of either is enough', () => {
    expect(found(hear([{ channel: null }]))).toMatchObject({
      'marketing email': ['granted', true],
      'marketing sms': ['granted', true],
    })
    expect(found(hear([{ channel: 'sms' }]))).toMatchObject({
      'marketing email': ['unknown', false],
      'marketing sms': ['granted', true],
    })
  })

  test('and so is a withdrawal', () => {
    const general = hear([
      { channel: null, status: 'withdrawn' },
      { effectiveAt: day(1), heardAt: day(1) },
    ])
    expect(found(general, day(1))).toMatchObject({ 'marketing email': ['withdrawn', false] })
    const own = hear([{ channel: null }, { status: 'withdrawn' }])
    expect(found(own)).toMatchObject({ 'marketing email': ['withdrawn', false], 'marketing sms': ['granted', true] })
  })
})

describe('when two persons merge, the strictest record wins', () => {
  const grant: Word = { id: 'g', effectiveAt: day(-1) }
  const withdrawal: Word = { id: 'w', status: 'withdrawn', effectiveAt: day(-9) }

  test('an older withdrawal over a newer grant, until a later grant lifts it', () => {
    const merged = consents.merge!(hear([grant]), hear([withdrawal]))
    expect(mail(merged)).toEqual(['withdrawn', false])
    expect(mail(hear([{ id: 'h', effectiveAt: day(1), heardAt: day(1) }], merged), day(1))).toEqual(['granted', true])
  })

  test('a purpose of only one of them keeps its records, with grants that are still to begin', () => {
    const waiting = hear([withdrawal, { id: 'g', effectiveAt: day(3) }])
    expect(consents.merge!(waiting, consents.empty)).toEqual(waiting)
    expect(consents.merge!(hear([{ channel: 'sms' }]), waiting).records).toHaveLength(3)
  })

  test('whichever merges into which, and in whatever order three do', () => {
    const word = fc.record({
      id: fc.nat(5).map(String),
      purpose: fc.constantFrom('marketing', 'profiling'),
      channel: fc.constantFrom(null, 'email'),
      status: fc.constantFrom('granted' as const, 'withdrawn' as const),
      effectiveAt: fc.integer({ min: -3, max: 3 }).map(day),
    })
    const row = fc.array(word, { maxLength: 5 }).map(words => hear(words))
    const merge = consents.merge!
    let refused = 0
    fc.assert(
      fc.property(row, row, row, (a, b, c) => {
        expect(merge(a, b)).toEqual(merge(b, a))
        expect(merge(merge(a, b), c)).toEqual(merge(a, merge(b, c)))
        const stands = (own: ConsentRow) => mail(own, day(9))?.[0]
        if (stands(a) === 'withdrawn' || stands(b) === 'withdrawn') {
          refused++
          expect(stands(merge(a, b))).toBe('withdrawn')
        }
      }),
    )
    expect(refused).toBeGreaterThan(3)
  })
})

test('a decision can name the records that it relied on, and their lawful basis', () => {
  const row = hear([
    { channel: null, lawfulBasis: 'contract', wordingVersion: 'v1', jurisdiction: 'DE' },
    { channel: 'email', lawfulBasis: 'consent', wordingVersion: 'v2' },
  ])
  const [email, sms] = ask(row)!.consent
  expect(email).toMatchObject({ lawfulBasis: 'consent', records: [{ offset: 1 }, { offset: 0 }] })
  expect(sms).toMatchObject({ lawfulBasis: 'contract', records: [{ topic: 'consents', partition: 0, offset: 0 }] })
  expect(row.records[0]).toMatchObject({
    wordingVersion: 'v1',
    jurisdiction: 'DE',
    source: 'test',
    eventId: 'c0',
    recordedAt: day(0),
  })
})

test('the locale is that of the profile, else the one that the release assumes', () => {
  const where = (own: ReturnType<typeof profile>, active = release) => {
    const { jurisdiction, timeZone, timeZoneSource } = ask(consents.empty, day(0), own, active)!.locale
    return [jurisdiction, timeZone, timeZoneSource]
  }
  expect(where(features.empty)).toEqual(['DE', 'Europe/Berlin', 'release'])
  expect(where(profile({ jurisdiction: 'US', timeZone: 'America/Chicago' }))).toEqual([
    'US',
    'America/Chicago',
    'person',
  ])
  expect(where(profile({ timeZone: 'Mars/Phobos' }))).toEqual(['DE', null, 'unknown'])
  expect(where(features.empty, releaseRow({}))).toEqual(['US', null, 'unknown'])
})

test('other events change no consent, and before the first release nothing is emitted', () => {
  const event = personEvent('page_viewed', { url: '/' }, { eventId: 'e', occurredAt: day(0) })
  expect(
    consentJoin.on.event(recordOf(event, day(0)), consents.empty, { features: features.empty, release, versions }),
  ).toEqual({})
  expect(ask(consents.empty, day(0), features.empty, noRelease)).toBeUndefined()
})
