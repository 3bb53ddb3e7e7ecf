import fc from 'fast-check'
import moment from 'moment-timezone'
import { describe, expect, test } from 'vitest'
import { days, hours, minutes } from '../../schemas/record.ts'
import { localMinute, localMonth, localWeekday, zoneOf, zonesOfCountry } from '../calendar/zones.ts'
import type { QuietHours } from '../release/release.ts'
import { isQuiet, nextOpening } from './quiet-hours.ts'

const quiet = (from: number, to: number, rest: Partial<QuietHours> = {}): QuietHours => ({
  id: 'night',
  channels: ['push', 'email', 'sms', 'call'],
  fromMinute: Math.round(from * 60),
  toMinute: Math.round(to * 60),
  closedDays: [],
  exempt: [],
  ...rest,
})

const at = (text: string) => Date.parse(text)
const opening = (rules: QuietHours[], zone: string | null, from: string, purpose = 'marketing', country = 'US') => {
  const open = nextOpening(rules, zone, country, 'push', purpose, at(from))
  return open === null ? null : new Date(open).toISOString()
}

/** Decides what is quiet by moment's own wall clock, independently of the tested code. */
function isQuietByMoment(rules: readonly QuietHours[], zones: readonly string[], instant: number): boolean {
  return zones.some(zone => {
    const wall = moment.tz(instant, zone)
    const minute = wall.hours() * 60 + wall.minutes()
    return rules.some(({ fromMinute: from, toMinute: to, closedDays }) => {
      const isNight = from <= to ? minute >= from && minute < to : minute >= from || minute < to
      return isNight || closedDays.includes(wall.day())
    })
  })
}

function firstOpen(rules: readonly QuietHours[], zones: readonly string[], from: number, to: number, every: number) {
  for (let t = from; t < to; t += every) if (!isQuietByMoment(rules, zones, t)) return t
  return null
}

describe('quiet hours', () => {
  const night = [quiet(21, 8)]

  test('an open channel opens at the very instant asked about, seconds and all', () => {
    expect(opening(night, 'America/New_York', '2017-06-01T16:00:01.234Z')).toBe('2017-06-01T16:00:01.234Z')
  })

  test('the last millisecond before nine in the evening is open, nine is not', () => {
    expect(opening(night, 'America/New_York', '2017-06-02T00:59:59.999Z')).toBe('2017-06-02T00:59:59.999Z')
    expect(opening(night, 'America/New_York', '2017-06-02T01:00:00.000Z')).toBe('2017-06-02T12:00:00.000Z')
    expect(opening(night, 'America/New_York', '2017-06-02T11:59:59.999Z')).toBe('2017-06-02T12:00:00.000Z')
  })

  test('an exempt purpose and another channel keep no quiet hours', () => {
    const rules = [quiet(21, 8, { exempt: ['service'], channels: ['push'] })]
    expect(opening(rules, 'UTC', '2017-06-01T23:00:00.000Z', 'service')).toBe('2017-06-01T23:00:00.000Z')
    expect(isQuiet(rules, 'UTC', 'US', 'email', 'marketing', at('2017-06-01T23:00:00Z'))).toBe(false)
    expect(isQuiet(rules, 'UTC', 'US', 'push', 'marketing', at('2017-06-01T23:00:00Z'))).toBe(true)
  })

  test('a call on Saturday evening waits until Monday at nine', () => {
    const calls = [quiet(19, 9, { closedDays: [0] })]
    expect(opening(calls, 'Europe/Berlin', '2017-06-03T18:00:00.000Z')).toBe('2017-06-05T07:00:00.000Z')
    expect(opening(calls, 'Europe/Berlin', '2017-06-04T10:00:00.000Z')).toBe('2017-06-05T07:00:00.000Z')
  })

  test('two sets of quiet hours must both be open', () => {
    const rules = [quiet(21, 8), quiet(7, 10, { id: 'morning' }), quiet(9.5, 10.5, { id: 'later' })]
    expect(opening(rules, 'UTC', '2017-06-01T22:00:00.000Z')).toBe('2017-06-02T10:30:00.000Z')
  })

  test('quiet hours that begin where they end close nothing but their closed days', () => {
    expect(opening([quiet(8, 8)], 'UTC', '2017-06-01T08:00:00.000Z')).toBe('2017-06-01T08:00:00.000Z')
    expect(opening([quiet(0, 0, { closedDays: [4] })], 'UTC', '2017-06-01T08:00:00.000Z')).toBe(
      '2017-06-02T00:00:00.000Z',
    )
  })

  test('a channel that is closed all day on all days never opens', () => {
    expect(opening([quiet(0, 24)], 'UTC', '2017-06-01T08:00:00.000Z')).toBe(null)
    expect(opening([quiet(0, 0, { closedDays: [0, 1, 2, 3, 4, 5, 6] })], 'UTC', '2017-06-01T08:00:00.000Z')).toBe(null)
  })
})

describe('the nights when the clocks change', () => {
  test('an opening that the clock skips is at the change', () => {
    expect(opening([quiet(1, 2.5)], 'America/New_York', '2017-03-12T06:15:00.000Z')).toBe('2017-03-12T07:00:00.000Z')
  })

  test('quiet hours that the clock skips altogether close nothing', () => {
    expect(opening([quiet(2, 3)], 'America/New_York', '2017-03-12T06:59:59.999Z')).toBe('2017-03-12T06:59:59.999Z')
    expect(opening([quiet(2, 3)], 'America/New_York', '2017-03-12T07:00:00.000Z')).toBe('2017-03-12T07:00:00.000Z')
  })

  test('the short night still ends at eight', () => {
    expect(opening([quiet(21, 8)], 'America/New_York', '2017-03-12T03:00:00.000Z')).toBe('2017-03-12T12:00:00.000Z')
  })

  test('the long night still ends at eight', () => {
    expect(opening([quiet(21, 8)], 'America/New_York', '2017-11-05T03:00:00.000Z')).toBe('2017-11-05T13:00:00.000Z')
  })

  test('an hour that comes twice is quiet twice', () => {
    const rules = [quiet(21, 1.5)]
    expect(opening(rules, 'America/New_York', '2017-11-05T05:10:00.000Z')).toBe('2017-11-05T05:30:00.000Z')
    expect(opening(rules, 'America/New_York', '2017-11-05T05:45:00.000Z')).toBe('2017-11-05T05:45:00.000Z')
    expect(opening(rules, 'America/New_York', '2017-11-05T06:10:00.000Z')).toBe('2017-11-05T06:30:00.000Z')
  })

  test('half an hour of summer time counts as half an hour', () => {
    // Lord Howe Island goes from +10:30 to +11:00 at 02:00 on 1 October 2017.
    expect(opening([quiet(1, 2.25)], 'Australia/Lord_Howe', '2017-09-30T15:00:00.000Z')).toBe(
      '2017-09-30T15:30:00.000Z',
    )
  })
})

describe('odd zones', () => {
  test('zones of half and three quarter hours open at their own eight', () => {
    expect(opening([quiet(21, 8)], 'Asia/Kolkata', '2017-06-01T20:00:00.000Z')).toBe('2017-06-02T02:30:00.000Z')
    expect(opening([quiet(21, 8)], 'Asia/Kathmandu', '2017-06-01T20:00:00.000Z')).toBe('2017-06-02T02:15:00.000Z')
    expect(opening([quiet(21, 8)], 'Pacific/Chatham', '2017-06-01T12:00:00.000Z')).toBe('2017-06-01T19:15:00.000Z')
  })

  test('on Kiritimati it is already Sunday while it is Saturday in Honolulu', () => {
    const sundays = [quiet(0, 0, { closedDays: [0] })]
    const instant = '2017-06-03T12:00:00.000Z'
    expect(opening(sundays, 'Pacific/Kiritimati', instant)).toBe('2017-06-04T10:00:00.000Z')
    expect(opening(sundays, 'Pacific/Honolulu', instant)).toBe(instant)
  })

  test('the Friday that Samoa skipped is no day to wait for', () => {
    const thursdays = [quiet(0, 0, { closedDays: [4] })]
    expect(opening(thursdays, 'Pacific/Apia', '2011-12-30T00:00:00.000Z')).toBe('2011-12-30T10:00:00.000Z')
    const fridays = [quiet(0, 0, { closedDays: [5] })]
    expect(opening(fridays, 'Pacific/Apia', '2011-12-30T09:59:00.000Z')).toBe('2011-12-30T09:59:00.000Z')
    expect(localWeekday(zoneOf('Pacific/Apia')!, at('2011-12-30T10:00:00Z'))).toBe(6)
  })
})

describe('an unknown zone', () => {
  test('opens when every zone of the country is open', () => {
    // 20:30 in New York is open, 21:00 is not; Honolulu opens at 18:00 UTC.
    expect(opening([quiet(21, 8)], null, '2017-06-02T00:30:00.000Z')).toBe('2017-06-02T00:30:00.000Z')
    expect(opening([quiet(21, 8)], null, '2017-06-02T01:00:00.000Z')).toBe('2017-06-02T18:00:00.000Z')
    expect(opening([quiet(21, 8)], 'Mars/Olympus', '2017-06-02T01:00:00.000Z')).toBe('2017-06-02T18:00:00.000Z')
    expect(opening([quiet(21, 8)], 'constructor', '2017-06-02T01:00:00.000Z')).toBe('2017-06-02T18:00:00.000Z')
  })

  test('never opens when the zones leave no common hour', () => {
    expect(opening([quiet(13, 9)], null, '2017-06-02T01:00:00.000Z')).toBe(null)
  })

  test('in an unknown country is never open, unless nothing keeps it quiet', () => {
    expect(opening([quiet(21, 8)], null, '2017-06-02T12:00:00.000Z', 'marketing', 'Atlantis')).toBe(null)
    expect(opening([], null, '2017-06-02T12:00:00.000Z', 'marketing', 'Atlantis')).toBe('2017-06-02T12:00:00.000Z')
  })
})

describe('laws', () => {
  const names = [
    ...['America/New_York', 'America/St_Johns', 'Europe/Dublin', 'Africa/Casablanca', 'Asia/Kolkata', 'Asia/Kathmandu'],
    ...['Australia/Lord_Howe', 'Pacific/Apia', 'Pacific/Kiritimati', 'Pacific/Chatham', 'Asia/Tehran', 'UTC'],
    ...['America/Sao_Paulo', 'Asia/Pyongyang', 'Antarctica/Troll', 'America/Caracas'],
  ]
  const instants = fc.integer({ min: at('2005-01-01T00:00:00Z'), max: at('2030-01-01T00:00:00Z') })
  /** Instants of zone changes, near which mistakes are likely. */
  const changes = names.flatMap(name => zoneOf(name)!.untils.filter(until => until > 1.1e12 && until < 1.9e12))
  const nearChange = fc
    .tuple(fc.constantFrom(...changes), fc.integer({ min: -hours(30), max: hours(6) }))
    .map(([change, off]) => change + off)
  const rule = fc.record({
    from: fc.integer({ min: 0, max: 1439 }),
    to: fc.integer({ min: 0, max: 1440 }),
    closed: fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { maxLength: 2 }),
  })
  const rules = fc
    .array(rule, { minLength: 1, maxLength: 3 })
    .map(list => list.map(({ from, to, closed }) => quiet(from / 60, to / 60, { closedDays: closed })))

  test('the wall clock agrees with moment in every zone and year', () => {
    let checked = 0
    fc.assert(
      fc.property(fc.constantFrom(...moment.tz.names()), fc.integer({ min: -2e12, max: 4e12 }), (name, instant) => {
        const zone = zoneOf(name)!
        const wall = moment.tz(instant, name)
        if (zone.offsets.some(offset => offset % minutes(1) !== 0) && instant < 0) return
        checked++
        expect(localMinute(zone, instant)).toBe(wall.hours() * 60 + wall.minutes())
        expect(localWeekday(zone, instant)).toBe(wall.day())
        expect(localMonth(zone, instant)).toBe(wall.month() + 1)
      }),
      { numRuns: 5_000 },
    )
    expect(checked).toBeGreaterThan(3_000)
  })

  test('nothing before the opening is open, and the opening is', () => {
    let waited = 0
    fc.assert(
      fc.property(fc.constantFrom(...names), rules, fc.oneof(instants, nearChange), (name, list, instant) => {
        const open = nextOpening(list, name, 'US', 'push', 'marketing', instant)
        const end = open ?? instant + days(14)
        expect(firstOpen(list, [name], instant, Math.min(end, instant + days(3)), minutes(1))).toBe(null)
        if (open === null) return
        expect(isQuietByMoment(list, [name], open)).toBe(false)
        expect(isQuiet(list, name, 'US', 'push', 'marketing', open)).toBe(false)
        if (open === instant) return
        waited++
        expect(isQuietByMoment(list, [name], open - 1)).toBe(true)
      }),
      { numRuns: 250 },
    )
    expect(waited).toBeGreaterThan(50)
  })

  test('for an unknown zone, an opening is open everywhere in the country, and not a minute earlier', () => {
    let waited = 0
    const everywhere = (country: string) => zonesOfCountry(country).map(({ name }) => name)
    fc.assert(
      fc.property(fc.constantFrom('US', 'AU', 'RU', 'DE'), rules, nearChange, (country, list, instant) => {
        const open = nextOpening(list, null, country, 'push', 'marketing', instant)
        if (open === null || open === instant) return
        waited++
        expect(isQuietByMoment(list, everywhere(country), open)).toBe(false)
        expect(isQuietByMoment(list, everywhere(country), open - 1)).toBe(true)
        for (let t = instant; t < open; t += minutes(17))
          expect(isQuietByMoment(list, everywhere(country), t)).toBe(true)
      }),
      { numRuns: 150 },
    )
    expect(waited).toBeGreaterThan(20)
  })
})
