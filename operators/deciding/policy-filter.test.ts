import { describe, expect, test } from 'vitest'
import { days, hours } from '../../schemas/record.ts'
import { cap, consented, contact, Household, outcome, type RequestParts } from '../contact-policy/test/household.ts'
import type { QuietHours, Release } from '../release/release.ts'
import type { ConsentedRequest, Option } from '../request.ts'
import { action, emptyReads, feature, frozen, recordOf, releaseRow } from '../test/fixtures.ts'
import { ledger } from './fatigue-ledger.ts'
import { policyFilter } from './policy-filter.ts'

const noon = Date.UTC(2017, 4, 3, 12)
const treatment = (channel: 'email' | 'push' | 'sms' | 'call') => ({ id: channel, channel, parameters: {} })
const offer = action({ id: 'offer', purpose: 'marketing', treatments: [treatment('email')] })
const night: QuietHours = {
  id: 'night',
  channels: ['email', 'push'],
  fromMinute: 21 * 60,
  toMinute: 8 * 60,
  closedDays: [],
  exempt: ['service'],
}

/** Filters the candidates of a release, and returns their options. */
function fates(
  parts: Partial<Release>,
  at = noon,
  row = ledger.empty,
  asked: RequestParts = {},
  stopped: readonly string[] = [],
) {
  const release = { ...releaseRow({ triggers: ['page_viewed'], ...parts }), stopped }
  const reads = frozen({ ...emptyReads(policyFilter.reads!), release, ledger: row })
  const request = frozen({ ...consented('d', at, { triggers: ['page_viewed'], ...parts }, asked), experiments: [] })
  const { options } = policyFilter.on.request(recordOf(request, at), undefined, reads).emit![0]!
  return options
}

const fate = (...args: Parameters<typeof fates>): Option => fates(...args)[0]!
const why = ({ removedBy }: Option) => removedBy && `${removedBy.stage} ${removedBy.rule} ${removedBy.reason}`

describe('a candidate', () => {
  test('that passes everything is open, with its context, value, lever and cost', () => {
    const worthy = { ...offer, context: '0.5', value: '2.0 + 1.0', lever: 1.5, cost: 0.25 }
    expect(fate({ actions: [worthy] })).toEqual({
      actionId: 'offer',
      treatmentId: 'email',
      channel: 'email',
      removedBy: null,
      context: 0.5,
      value: 3,
      lever: 1.5,
      cost: 0.25,
      purpose: 'marketing',
      mandatory: false,
      opensAt: null,
    })
  })

  test('that was stopped is out, whatever else holds', () => {
    const row = { ...ledger.empty, outcomes: [] }
    expect(why(fate({ actions: [{ ...offer, unsupported: 'no slots' }] }, noon, row, {}, ['offer']))).toBe(
      'stopped offer stopped',
    )
  })

  test('that is not valid yet, is no longer valid, or is not supported yet, is out', () => {
    const at = (parts: Partial<typeof offer>) => why(fate({ actions: [{ ...offer, ...parts }] }))
    expect(at({ validFromMs: noon + 1 })).toBe('validity offer not-yet-valid')
    expect(at({ validFromMs: noon, validToMs: noon })).toBe(null)
    expect(at({ validToMs: noon - 1 })).toBe('validity offer no-longer-valid')
    expect(at({ unsupported: 'needs a stock feed' })).toBe('validity offer not-supported-yet')
  })

  test('without consent is out: withdrawn, unknown, and not even asked about', () => {
    const found = { purpose: 'marketing', channel: 'email', allowed: false, lawfulBasis: '', records: [] }
    const given = (consent: ConsentedRequest['consent']) =>
      why(fate({ actions: [offer] }, noon, ledger.empty, { consent }))
    expect(given([{ ...found, state: 'withdrawn' }])).toBe('consent marketing/email consent-withdrawn')
    expect(given([{ ...found, state: 'unknown' }])).toBe('consent marketing/email consent-unknown')
    expect(given([])).toBe('consent marketing/email consent-unknown')
    expect(given([{ ...found, channel: 'sms', state: 'granted', allowed: true }])).toBe(
      'consent marketing/email consent-unknown',
    )
    expect(given([{ ...found, state: 'unknown', allowed: true }])).toBe(null)
  })

  test('falls at the first rule that says no: eligibility before applicability before suitability', () => {
    const no = (id: string) => [{ id, when: 'features.visits > 100.0' }]
    const visits = feature({ name: 'visits', kind: 'count', event: 'page_viewed', windowMs: days(7) })
    const tiers = { eligibility: no('e'), applicability: no('a'), suitability: no('s') }
    const at = (parts: Partial<typeof tiers>) =>
      why(fate({ features: [visits], actions: [{ ...offer, ...tiers, ...parts }] }))
    expect(at({})).toBe('eligibility e not-eligible')
    expect(at({ eligibility: [] })).toBe('applicability a not-applicable')
    expect(at({ eligibility: [], applicability: [] })).toBe('suitability s not-suitable')
    expect(at({ eligibility: [], applicability: [], suitability: [] })).toBe(null)
  })

  test('whose rule, context or value cannot be computed is out, and the others are not', () => {
    const zero = feature({ name: 'zero', kind: 'count', event: 'page_viewed', windowMs: days(7) })
    const rule = { id: 'broken', when: '[1.0][int(features.zero) + 5] > 0.0' }
    const actions = [
      { ...offer, id: 'rule', applicability: [rule] },
      { ...offer, id: 'context', context: '1.0 / features.zero' },
      { ...offer, id: 'value', value: '1.0 / features.zero' },
      { ...offer, id: 'sound' },
    ]
    const options = fates({ features: [zero], actions })
    expect(options.map(why)).toEqual([
      'applicability broken rule-error',
      'suitability context rule-error',
      'suitability value rule-error',
      null,
    ])
    expect(options[2]).toMatchObject({ context: 0, value: 0 })
  })

  test('sees the hour and the month of the person, and how long ago the last contact was', () => {
    const suitability = [
      { id: 'may-evening', when: 'context.hour == 17.0 && context.weekday == 3.0 && context.month == 5.0' },
      { id: 'rested', when: 'ledger.days_since_contact > 1.0 && ledger.contacts_7d == 1.0' },
    ]
    const parts = { actions: [{ ...offer, suitability }] }
    const row = { ...ledger.empty, contacts: [contact({ decisionId: 'x', at: noon - days(2) })] }
    expect(why(fate(parts, noon, row, { locale: { timeZone: 'Asia/Kolkata' } }))).toBe(null)
    expect(why(fate(parts, noon, row, { locale: { timeZone: 'UTC' } }))).toBe('suitability may-evening not-suitable')
    expect(why(fate(parts, noon, ledger.empty, { locale: { timeZone: 'Asia/Kolkata' } }))).toBe(
      'suitability rested not-suitable',
    )
  })

  test('that was ignored too often is paused', () => {
    const ignored = {
      id: 'ignored',
      outcomes: ['ignored'],
      count: 2,
      withinMs: days(30),
      pauses: 'action',
      pauseMs: days(60),
    }
    const row = {
      ...ledger.empty,
      outcomes: [outcome({ id: 'a', at: noon - days(20) }), outcome({ id: 'b', at: noon - days(1) })],
    }
    const suppressions = [ignored] as Release['suppressions']
    const other = { ...offer, id: 'other' }
    expect(fates({ actions: [offer, other], suppressions }, noon, row).map(why)).toEqual([
      'suppression ignored suppressed',
      null,
    ])
  })

  test('that would overspend the budget is out, one that just fits is not', () => {
    const budget = { points: 5, windowMs: days(10), cost: { email: 2, push: 1 }, exempt: ['service'] }
    const treatments = [treatment('email'), treatment('push')]
    const service = { ...offer, id: 'notice', purpose: 'service' }
    // Half a window ago: half of the eight points are back.
    const row = { ...ledger.empty, contacts: [contact({ decisionId: 'x', at: noon - days(5), points: 8 })] }
    const options = fates({ actions: [{ ...offer, treatments }, service], budget }, noon, row)
    expect(options.map(why)).toEqual(['budget budget budget-spent', null, null])
  })

  test('that only quiet hours close says when it opens', () => {
    const late = noon + hours(10)
    const option = fate({ actions: [offer], quietHours: [night] }, late)
    expect(why(option)).toBe('quiet_hours night quiet-hours')
    expect(option).toMatchObject({ opensAt: noon + hours(20), context: 1, value: 1 })
    const ended = { ...offer, validToMs: noon + hours(19) }
    expect(fate({ actions: [ended], quietHours: [night] }, late)).toMatchObject({ opensAt: null })
    const capped = { actions: [offer], quietHours: [night], caps: [cap({ id: 'daily', max: 1, windowMs: days(1) })] }
    const row = { ...ledger.empty, contacts: [contact({ decisionId: 'x', at: noon })] }
    expect(fate(capped, late, row)).toMatchObject({ removedBy: { stage: 'cap' }, opensAt: null, value: 0 })
  })

  test('of an unknown zone keeps the quiet hours of every zone of the country', () => {
    // Noon in London: six in the morning in Chicago, two at night in Honolulu.
    const asked = { locale: { timeZone: null, timeZoneSource: 'unknown' } as const }
    const option = fate({ actions: [offer], quietHours: [night] }, noon, ledger.empty, asked)
    expect(option).toMatchObject({ removedBy: { rule: 'night' }, opensAt: noon + hours(6) })
  })

  test('that is mandatory keeps caps and budget like any other, unless the release exempts its purpose', () => {
    const daily = cap({ id: 'daily', max: 1, windowMs: days(1) })
    const row = { ...ledger.empty, contacts: [contact({ decisionId: 'x', at: noon - 1 })] }
    const actions = [{ ...offer, purpose: 'service', mandatory: true }]
    expect(why(fate({ actions, caps: [daily] }, noon, row))).toBe('cap daily cap-reached')
    expect(fate({ actions, caps: [{ ...daily, exempt: ['service'] }] }, noon, row)).toMatchObject({
      removedBy: null,
      mandatory: true,
    })
  })
})

test('of two caps that are full, the first of the file is named', () => {
  const caps = [cap({ id: 'daily', max: 1, windowMs: days(1) }), cap({ id: 'weekly', max: 1, windowMs: days(7) })]
  const row = { ...ledger.empty, contacts: [contact({ decisionId: 'x', at: noon - 1 })] }
  expect(why(fate({ actions: [offer], caps }, noon, row))).toBe('cap daily cap-reached')
  expect(why(fate({ actions: [offer], caps: caps.toReversed() }, noon, row))).toBe('cap weekly cap-reached')
})

test('every cap that was checked is on the record once, or once an action where it counts by action', () => {
  const household = new Household({
    actions: [offer, { ...offer, id: 'other' }, { ...offer, id: 'notice', purpose: 'service' }],
    caps: [
      cap({ id: 'daily', max: 1, windowMs: days(1), exempt: ['service'] }),
      cap({ id: 'same', max: 1, windowMs: days(3), per: 'action' }),
      cap({ id: 'sms', max: 1, windowMs: days(7), channel: 'sms' }),
    ],
    budget: { points: 10, windowMs: days(7), cost: { email: 2 }, exempt: [] },
  })
  household.row = { ...ledger.empty, contacts: [contact({ decisionId: 'x', at: noon - days(2), points: 7 })] }
  const { caps, points, pointsMax } = household.filter('d', noon)
  expect(caps).toEqual([
    { cap: 'daily', actionId: '', windowMs: days(1), used: 0, limit: 1 },
    { cap: 'same', actionId: 'offer', windowMs: days(3), used: 1, limit: 1 },
    { cap: 'same', actionId: 'other', windowMs: days(3), used: 0, limit: 1 },
    { cap: 'same', actionId: 'notice', windowMs: days(3), used: 0, limit: 1 },
  ])
  expect(points).toBeCloseTo(5, 12)
  expect(pointsMax).toBe(10)
})

test('the variables that expressions of the release name are recorded, as rules saw them', () => {
  const rested = { id: 'rested', when: 'ledger.contacts_7d < 2 && context.trigger == "event"' }
  const parts: Partial<Release> = {
    features: [feature({ name: 'last_sku', kind: 'last', event: 'product_added', field: 'sku', type: 'text' })],
    reference: [{ name: 'place', kind: 'place', key: 'person.time_zone', attributes: [] }],
    actions: [{ ...offer, suitability: [rested], value: 'ledger.points_used + 1.0' }],
  }
  const home = new Household(parts)
  home.row = { ...home.row, contacts: [contact({ decisionId: 'x', at: noon - days(1) })] }
  expect(home.filter('d', noon).variables).toEqual([
    { name: 'context.trigger', number: null, text: 'event' },
    { name: 'ledger.contacts_7d', number: 1, text: null },
    { name: 'ledger.points_used', number: 0, text: null },
    { name: 'person.time_zone', number: null, text: 'UTC' },
  ])
  expect(new Household({ actions: [offer] }).filter('d', noon).variables).toEqual([])
})
