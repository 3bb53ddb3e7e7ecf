import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Decision, type DeferredCandidate, type LedgerRow } from '../../schemas/generated.ts'
import { days, hours, minutes } from '../../schemas/record.ts'
import { joinedLedgers } from '../contact-policy/ledger-rows.ts'
import { cap, contact, Household } from '../contact-policy/test/household.ts'
import { decisionIdOfEvent } from '../hashing/ids.ts'
import type { Release, Suppression } from '../release/release.ts'
import { action, frozen, noRelease, personEvent, recordOf, releaseRow, versions } from '../test/fixtures.ts'
import { consents } from './consent-join.ts'
import { fatigueLedger, ledger } from './fatigue-ledger.ts'

const noon = Date.UTC(2017, 4, 3, 12)
const treatment = (channel: 'email' | 'push' | 'sms') => ({ id: channel, channel, parameters: { template: channel } })
/** An action that is sent whenever it is open: it is worth a lot, and nothing is explored. */
const exploration = { algorithm: 'epsilon-greedy', epsilon: 0, floor: 0, model: 'model' } as const
const offer = action({ id: 'offer', purpose: 'marketing', treatments: [treatment('email')], value: '100.0' })
const daily = cap({ id: 'daily', max: 1, windowMs: days(1) })
const unwanted: Suppression = {
  ...{ id: 'unwanted', outcomes: ['rejected'], count: 1, withinMs: days(1) },
  ...{ pauses: 'action', pauseMs: days(1) },
}
/** A candidate for marketing by e-mail that quiet hours keep out. */
const waits = (parts: Partial<DeferredCandidate>): DeferredCandidate => ({
  ...{ purpose: 'marketing', channel: 'email', journey: '', stage: '', decisionId: 'd', notBefore: 0 },
  ...parts,
})
const household = (parts: Partial<Release> = {}) => new Household({ actions: [offer], exploration, ...parts })

const exposure = (eventId: string, at: number, until: number | null = null, actionId = 'offer') =>
  personEvent('exposure', { actionId, channel: 'email', until }, { eventId, occurredAt: at })
const redemption = (eventId: string, at: number, actionId = 'offer') =>
  personEvent('redemption', { actionId, couponId: 'c', value: 7 }, { eventId, occurredAt: at })
const withdrawal = (
  at: number,
  parts: { purpose?: string; channel?: string | null; status?: 'granted' | 'withdrawn' } = {},
) =>
  personEvent(
    'consent_changed',
    {
      ...{ purpose: 'marketing', channel: null, status: 'withdrawn', lawfulBasis: '', jurisdiction: 'US' },
      ...{ wordingVersion: '1', effectiveAt: at, recordedAt: at },
      ...parts,
    },
    { eventId: `w${at}`, occurredAt: at },
  )

describe('a decision to act', () => {
  test('reserves the contact, and sends once what was decided', () => {
    const home = household({
      actions: [{ ...offer, tags: ['coupon'], placement: 'top', expiresAfterMs: hours(2) }],
      budget: { points: 10, windowMs: days(7), cost: { email: 2 }, exempt: [] },
    })
    const decision = home.ask('d1', noon)
    expect(decision.outcome.kind).toBe('ACT')
    expect(decision.fatigue.reservation).toBe('d1')
    expect(home.row.contacts).toEqual([
      contact({ decisionId: 'd1', at: noon, points: 2, tags: ['coupon'], placement: 'top' }),
    ])
    expect(home.sends).toEqual([
      {
        decisionId: 'd1',
        idempotencyKey: 'd1/0',
        kind: 'send',
        personId: 'p',
        addressToken: 'p',
        actionId: 'offer',
        treatmentId: 'email',
        channel: 'email',
        purpose: 'marketing',
        parameters: { template: 'email' },
        notBefore: null,
        expiresAt: noon + hours(2),
        reason: '',
      },
    ])
  })

  test('is passed on byte for byte, but for its reservation', () => {
    const decision = household().ask('d1', noon)
    const incoming = { ...decision, fatigue: { ...decision.fatigue, reservation: null } }
    const { emit } = fatigueLedger.on.decision(
      recordOf(frozen(incoming), noon),
      ledger.empty,
      frozen({ release: releaseRow({ actions: [offer], exploration }), consents: consents.empty, versions }),
    )
    const emitted = emit!.filter(({ to }) => to === 'decision').map(({ value }) => value as Decision)
    expect(emitted).toHaveLength(1)
    const restored = { ...emitted[0]!, fatigue: { ...emitted[0]!.fatigue, reservation: null } }
    expect(Buffer.from(Decision.encode(restored)).equals(Buffer.from(Decision.encode(incoming)))).toBe(true)
    expect(emitted[0]!.fatigue.reservation).toBe('d1')
  })

  test('that is mandatory is booked as well', () => {
    const home = household({ actions: [{ ...offer, mandatory: true }], caps: [daily] })
    expect(home.ask('d1', noon).outcome.kind).toBe('MANDATORY')
    expect(home.ask('d2', noon + 1).outcome.kind).toBe('SILENCE')
    expect(home.sends.map(({ decisionId }) => decisionId)).toEqual(['d1'])
  })
})

describe('a cap', () => {
  test('binds: the second contact of a day is not made, and the silence is passed on', () => {
    const home = household({ caps: [daily] })
    home.ask('d1', noon)
    expect(home.ask('d2', noon + days(1) - 1).outcome.kind).toBe('SILENCE')
    expect(home.ask('d3', noon + days(1)).outcome.kind).toBe('ACT')
    expect(home.decisions).toHaveLength(3)
    expect(home.decisions[1]!.fatigue).toMatchObject({ reservation: null, caps: [{ cap: 'daily', used: 1, limit: 1 }] })
    expect(home.row.contacts.map(({ decisionId }) => decisionId)).toEqual(['d1', 'd3'])
  })

  test('has room again after a bounce', () => {
    const home = household({ caps: [daily] })
    home.ask('d1', noon)
    home.receipt('d1', 'bounced', noon + minutes(1))
    expect(home.row).toEqual({ ...ledger.empty, counters: { ...ledger.empty.counters, returned: 1 } })
    expect(home.ask('d2', noon + minutes(2)).outcome.kind).toBe('ACT')
  })

  test('lets an exempt purpose pass, and counts it all the same', () => {
    const notice = { ...offer, id: 'notice', purpose: 'service', value: '1.0' }
    const caps = [{ ...daily, exempt: ['service'], countsExempt: true }]
    const home = new Household({ actions: [notice, offer], exploration, caps })
    expect(home.ask('d1', noon).outcome.actionId).toBe('offer')
    expect(home.ask('d2', noon + 1).outcome.actionId).toBe('notice')
    home.receipt('d1', 'bounced', noon + 2)
    // The offer was given back, but the notice fills the cap.
    expect(home.ask('d3', noon + 3).outcome.actionId).toBe('notice')
  })

  test('holds over the merge of two persons', () => {
    const [one, other] = [household({ caps: [daily] }), household({ caps: [daily] })]
    one.ask('d1', noon)
    other.ask('d2', noon + hours(5))
    one.row = joinedLedgers(one.row, other.row)
    expect(one.row.contacts).toHaveLength(2)
    expect(one.ask('d3', noon + days(1) + hours(1)).outcome.kind).toBe('SILENCE')
    expect(one.ask('d4', noon + days(1) + hours(5)).outcome.kind).toBe('ACT')
  })
})

describe('a receipt', () => {
  test('of delivery confirms the contact, of an answer rewards the model', () => {
    const home = household()
    home.ask('d1', noon)
    home.receipt('d1', 'delivered', noon + 1)
    expect(home.row.contacts[0]).toMatchObject({ state: 'confirmed', personId: '' })
    expect(home.rewards).toEqual([])
    home.receipt('d1', 'clicked', noon + 2)
    expect(home.rewards).toEqual([
      {
        modelId: 'model',
        personId: 'p',
        actionId: 'offer',
        decisionId: 'd1',
        imported: false,
        kind: 'clicked',
        value: 1,
        at: noon + 2,
      },
    ])
  })

  test('for an unknown decision is counted and dead-lettered, and is no error', () => {
    const home = household()
    home.receipt('stranger', 'clicked', noon)
    expect(home.letters).toMatchObject([{ reason: 'unknown-receipt', at: noon }])
    expect(home.row).toEqual({ ...ledger.empty, counters: { ...ledger.empty.counters, unknown: 1 } })
    expect(home.rewards).toEqual([])
  })

  test('never answers an imported exposure, whose id is an event', () => {
    const home = household()
    home.event(exposure('e1', noon), noon)
    home.receipt('e1', 'bounced', noon + 1)
    expect(home.row.contacts).toHaveLength(1)
    expect(home.row.counters.unknown).toBe(1)
    expect(home.letters).toHaveLength(1)
  })

  test('of a second ignored message pauses the action, until the pause is over', () => {
    const suppressions: Release['suppressions'] = [
      { id: 'ignored', outcomes: ['ignored'], count: 2, withinMs: days(30), pauses: 'action', pauseMs: days(60) },
    ]
    const home = household({ suppressions })
    home.ask('d1', noon)
    home.receipt('d1', 'ignored', noon + days(1))
    home.ask('d2', noon + days(2))
    home.receipt('d2', 'ignored', noon + days(3))
    const until = noon + days(63)
    expect(home.row.suppressions).toEqual([{ id: 'ignored', scope: 'action', of: 'offer', until }])
    const silence = home.ask('d3', until - 1)
    expect(silence.candidates[0]!.removedBy).toMatchObject({ stage: 'suppression', rule: 'ignored' })
    expect(home.ask('d4', until).outcome.kind).toBe('ACT')
  })

  test('before the first release changes nothing but its contact', () => {
    const row = { ...ledger.empty, contacts: [contact({ decisionId: 'd1', at: noon })] }
    const receipt = {
      personId: 'p',
      receiptId: 'r',
      source: '',
      decisionId: 'd1',
      kind: 'clicked',
      value: 0,
      occurredAt: noon,
    } as const
    const origin = { topic: 'receipts', partition: 0, offset: 0 }
    const step = fatigueLedger.on.receipt(recordOf({ ...receipt, origin }, noon), frozen(row), {
      release: noRelease,
      consents: consents.empty,
      versions,
    })
    expect(step).toEqual({ row: { ...row, contacts: [{ ...row.contacts[0]!, state: 'confirmed', personId: '' }] } })
  })
})

describe('an exposure by another policy', () => {
  test('is a contact of its own kind, and costs no points', () => {
    const home = household({ budget: { points: 1, windowMs: days(7), cost: { email: 1 }, exempt: [] } })
    home.event(exposure('e1', noon, noon + days(40)), noon)
    expect(home.row.contacts).toEqual([
      contact({
        ...{ decisionId: decisionIdOfEvent(exposure('e1', noon), noon), at: noon, state: 'imported', treatmentId: '' },
        until: noon + days(40),
        personId: '',
      }),
    ])
    expect(home.ask('d1', noon + 1).outcome.kind).toBe('ACT')
    expect(home.sends).toHaveLength(1)
  })

  test('is credited with the redemption that follows, and our own later contact before it', () => {
    const home = household()
    home.event(exposure('e1', noon), noon)
    home.event(redemption('r1', noon + days(1)), noon + days(1))
    home.ask('d1', noon + days(2))
    home.event(redemption('r2', noon + days(3)), noon + days(3))
    home.event(redemption('r3', noon + days(4), 'other'), noon + days(4))
    expect(
      home.rewards.map(({ decisionId, imported, kind, value }) => ({ decisionId, imported, kind, value })),
    ).toEqual([
      { decisionId: decisionIdOfEvent(exposure('e1', noon), noon), imported: true, kind: 'converted', value: 7 },
      { decisionId: 'd1', imported: false, kind: 'converted', value: 7 },
    ])
    expect(home.row.counters.unjoined).toBe(1)
    expect(home.row.contacts.map(({ state }) => state)).toEqual(['imported', 'confirmed'])
  })

  test('is credited for ninety days, or as long as it has effect, and no longer', () => {
    const rewards = (until: number | null, after: number) => {
      const home = household()
      home.event(exposure('e1', noon, until), noon)
      home.event(redemption('r1', noon + after), noon + after)
      return home.rewards.length
    }
    expect(rewards(null, days(90))).toBe(1)
    expect(rewards(null, days(90) + 1)).toBe(0)
    expect(rewards(noon + days(120), days(120))).toBe(1)
    expect(rewards(noon + days(120), days(120) + 1)).toBe(0)
  })

  test('of the same id at another system is another contact', () => {
    const home = household()
    home.event(exposure('1', noon), noon)
    home.event({ ...exposure('1', noon), source: 'till' }, noon)
    expect(home.row.contacts).toHaveLength(2)
  })

  test('a redemption is not credited to a contact that came after it', () => {
    const home = household()
    home.event(exposure('e1', noon + 5), noon + 5)
    home.event(redemption('r1', noon), noon)
    expect(home.rewards).toEqual([])
  })
})

describe('a withdrawal', () => {
  test('cancels sends that are on their way once, and their contacts count until a receipt gives them back', () => {
    const home = household({ caps: [daily] })
    home.ask('d1', noon)
    home.event(withdrawal(noon + 1), noon + 1)
    expect(home.sends[1]).toEqual({
      ...home.sends[0]!,
      ...{ kind: 'cancel', parameters: {}, reason: 'consent-withdrawn', expiresAt: null },
    })
    expect(home.row).toMatchObject({
      contacts: [{ decisionId: 'd1', state: 'reserved', cancelled: true }],
      counters: { cancelled: 1 },
    })
    home.event(withdrawal(noon + 2), noon + 2)
    expect(home.sends).toHaveLength(2)
    home.event(withdrawal(noon + 3, { status: 'granted' }), noon + 3)
    expect(home.ask('d2', noon + 4).candidates[0]).toMatchObject({ removedBy: { reason: 'cap-reached' } })
    home.receipt('d1', 'rejected', noon + 5)
    expect(home.row).toMatchObject({ contacts: [], outcomes: [], counters: { cancelled: 1, returned: 1 } })
    expect(home.ask('d3', noon + 6).outcome.kind).toBe('ACT')
  })

  test('that came too late is confirmed by a receipt of delivery, and its contact stays', () => {
    const home = household({ suppressions: [unwanted] })
    home.ask('d1', noon)
    home.event(withdrawal(noon + 1), noon + 1)
    home.receipt('d1', 'delivered', noon + 2)
    expect(home.row.contacts).toMatchObject([{ decisionId: 'd1', state: 'confirmed', cancelled: true }])
    home.receipt('d1', 'rejected', noon + 3)
    expect(home.row.outcomes).toMatchObject([{ kind: 'rejected' }])
  })

  test('a cancelled send that was not delivered is no outcome of its action', () => {
    const home = household({ suppressions: [unwanted] })
    home.ask('d1', noon)
    home.event(withdrawal(noon + 1), noon + 1)
    home.receipt('d1', 'rejected', noon + 2)
    expect(home.row).toMatchObject({ contacts: [], outcomes: [], suppressions: [] })
  })

  test('of another purpose or channel, or a grant, cancels nothing', () => {
    const home = household()
    home.ask('d1', noon)
    home.event(withdrawal(noon + 1, { purpose: 'profiling' }), noon + 1)
    home.event(withdrawal(noon + 2, { channel: 'sms' }), noon + 2)
    home.event(withdrawal(noon + 3, { status: 'granted' }), noon + 3)
    expect(home.sends).toHaveLength(1)
    expect(home.row.contacts).toHaveLength(1)
    home.event(withdrawal(noon + 4, { channel: 'email' }), noon + 4)
    expect(home.sends).toHaveLength(2)
  })

  test('does not cancel sends that have arrived, nor those of another policy', () => {
    const home = household()
    home.ask('d1', noon)
    home.receipt('d1', 'delivered', noon + 1)
    home.event(exposure('e1', noon + 2), noon + 2)
    home.ask('d2', noon + 3)
    home.event(withdrawal(noon + 4), noon + 4)
    expect(home.sends.filter(({ kind }) => kind === 'cancel').map(({ decisionId }) => decisionId)).toEqual(['d2'])
    expect(home.row.contacts.map(({ state, cancelled }) => `${state} ${cancelled}`)).toEqual([
      'confirmed false',
      'imported false',
      'reserved true',
    ])
  })

  test('does not cancel sends that have expired', () => {
    const home = household({ actions: [{ ...offer, expiresAfterMs: hours(1) }] })
    home.ask('d1', noon)
    home.ask('d2', noon + 1)
    home.event(withdrawal(noon + hours(1)), noon + hours(1))
    expect(home.sends.filter(({ kind }) => kind === 'cancel').map(({ decisionId }) => decisionId)).toEqual(['d2'])
    expect(home.row.contacts.map(({ cancelled }) => cancelled)).toEqual([false, true])
  })

  test('follows the send to the partition it was keyed to, also after a merge', () => {
    const home = household()
    home.row = joinedLedgers(home.row, {
      ...ledger.empty,
      contacts: [contact({ decisionId: 'd9', at: noon, personId: 'loser' })],
    })
    home.event(withdrawal(noon + 1), noon + 1)
    expect(home.sends).toMatchObject([{ kind: 'cancel', decisionId: 'd9', personId: 'loser', addressToken: 'loser' }])
  })
})

describe('a deferral', () => {
  const night = {
    id: 'night',
    channels: ['email', 'push'],
    fromMinute: 1260,
    toMinute: 480,
    closedDays: [],
    exempt: [],
  }
  const quietHours = [night] as Release['quietHours']
  const evening = noon + hours(10)
  const morning = noon + hours(20)
  const timer = (deferred: readonly string[]) => ({
    request: {
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
        deferred,
      },
      event: null,
    },
  })

  test('waits in the ledger, sends nothing, and is decided again in the morning', () => {
    const home = household({ quietHours })
    expect(home.ask('d2', evening).outcome.kind).toBe('DEFER')
    home.ask('d1', evening + 1)
    const waiting = ['d1', 'd2'].map(decisionId => waits({ decisionId, notBefore: morning }))
    expect(home.row.deferred).toEqual({ decisionIds: ['d1', 'd2'], notBefore: morning, waiting })
    expect(home.sends).toEqual([])
    expect(home.ask('t1', morning, timer(['d2'])).outcome.kind).toBe('ACT')
    expect(home.row.deferred).toEqual({ decisionIds: ['d1'], notBefore: morning, waiting: waiting.slice(0, 1) })
    expect(home.ask('t2', morning, timer(['d1'])).outcome.kind).toBe('ACT')
    expect(home.row.deferred).toBe(null)
    expect(home.sends).toHaveLength(2)
  })

  test('ends also when the morning brings silence', () => {
    const home = household({ quietHours, caps: [daily] })
    home.ask('d1', evening)
    home.row = { ...home.row, contacts: [contact({ decisionId: 'x', at: evening })] }
    expect(home.ask('t1', morning, timer(['d1'])).outcome.kind).toBe('SILENCE')
    expect(home.row.deferred).toBe(null)
  })

  test('that is deferred again waits for the new time, not for the one that has passed', () => {
    const home = household({ quietHours })
    home.ask('d1', evening)
    expect(home.ask('t1', evening + days(1), timer(['d1'])).outcome.kind).toBe('DEFER')
    expect(home.row.deferred).toMatchObject({ decisionIds: ['t1'], notBefore: morning + days(1) })
  })

  test('outlives a decision that does not replace it', () => {
    const notice = { ...offer, id: 'notice', purpose: 'service', value: '900.0' }
    const home = household({ actions: [offer, notice], quietHours: [{ ...quietHours[0]!, exempt: ['service'] }] })
    home.row = { ...ledger.empty, deferred: { decisionIds: ['d0'], notBefore: morning, waiting: [] } }
    expect(home.ask('d1', evening).outcome.actionId).toBe('notice')
    expect(home.row.deferred?.decisionIds).toEqual(['d0'])
  })

  test('ends when consent for the last candidate that it waits for is withdrawn', () => {
    const home = household({ actions: [{ ...offer, treatments: [treatment('email'), treatment('push')] }], quietHours })
    home.ask('d1', evening)
    home.event(withdrawal(evening + 1, { channel: 'sms' }), evening + 1)
    expect(home.row.deferred?.waiting).toHaveLength(2)
    home.event(withdrawal(evening + 2, { channel: 'push' }), evening + 2)
    expect(home.row.deferred?.waiting).toMatchObject([{ purpose: 'marketing', channel: 'email' }])
    home.event(withdrawal(evening + 3, { channel: 'email' }), evening + 3)
    expect(home.row.deferred).toBe(null)
    expect(home.sends).toEqual([])
  })
})

test('contacts that no window reaches are dropped, others are kept', () => {
  const home = household({ caps: [cap({ id: 'quarter', max: 9, windowMs: days(80) })] })
  home.ask('d1', noon)
  home.ask('d2', noon + days(81))
  expect(home.row.contacts).toHaveLength(2)
  home.ask('d3', noon + days(83))
  expect(home.row.contacts.map(({ decisionId }) => decisionId)).toEqual(['d2', 'd3'])
})

describe('laws', () => {
  type Move = {
    readonly kind: 'ask' | 'bounced' | 'delivered' | 'ignored' | 'exposure'
    readonly gap: number
    readonly of: number
  }
  const moves: fc.Arbitrary<Move[]> = fc.array(
    fc.record({
      kind: fc.constantFrom('ask', 'ask', 'ask', 'ask', 'bounced', 'delivered', 'ignored', 'exposure'),
      // Records can overtake each other by a little.
      gap: fc.integer({ min: -minutes(90), max: hours(30) }),
      of: fc.nat({ max: 5 }),
    }),
    { minLength: 20, maxLength: 60 },
  )
  const caps = [
    cap({ id: 'daily', max: 2, windowMs: days(1), countsImported: true }),
    cap({ id: 'weekly', max: 4, windowMs: days(7) }),
    cap({ id: 'email', max: 2, windowMs: days(3), channel: 'email' }),
    cap({ id: 'same', max: 1, windowMs: hours(36), per: 'action' }),
  ]
  const actions = ['a', 'b', 'c'].map(id => ({ ...offer, id, treatments: [treatment('email'), treatment('push')] }))
  const budget = { points: 5, windowMs: days(7), cost: { email: 2, push: 1 }, exempt: [] }
  const parts = { actions, caps, budget, exploration: { ...exploration, epsilon: 0.5 } }

  /** Every contact that was made and not returned, however long ago, kept by the test and not by the ledger. */
  function live(list: readonly Move[]) {
    const home = new Household(parts)
    const book = new Map<string, { at: number; actionId: string; channel: string; imported: boolean }>()
    let at = noon
    list.forEach(({ kind, gap, of }, i) => {
      at = Math.max(noon, at + gap)
      const sent = [...book.entries()].filter(([, { imported }]) => !imported).map(([id]) => id)
      if (kind === 'ask') {
        const { outcome } = home.ask(`d${i}`, at)
        const { actionId, channel } = outcome
        if (outcome.kind === 'ACT') book.set(`d${i}`, { at, actionId, channel, imported: false })
      } else if (kind === 'exposure') {
        home.event(exposure(`e${i}`, at, null, 'a'), at)
        book.set(`e${i}`, { at, actionId: 'a', channel: 'email', imported: true })
      } else {
        const decisionId = sent.at(-1 - of)
        if (decisionId === undefined) return
        home.receipt(decisionId, kind, at)
        if (kind === 'bounced') book.delete(decisionId)
      }
    })
    return { home, book: [...book.values()] }
  }

  test('no sliding window ever holds more of our contacts than its cap', () => {
    let [sent, held] = [0, 0]
    fc.assert(
      fc.property(moves, list => {
        const { home, book } = live(list)
        sent += home.sends.length
        held += home.decisions.filter(({ candidates }) =>
          candidates.some(({ removedBy }) => removedBy?.stage === 'cap'),
        ).length
        const own = book.filter(({ imported }) => !imported)
        for (const { windowMs, max, channel, per } of caps)
          for (const first of own) {
            const inside = own.filter(
              one =>
                one.at >= first.at &&
                one.at < first.at + windowMs &&
                (channel === null || one.channel === channel) &&
                (per === null || one.actionId === first.actionId),
            )
            expect(inside.length).toBeLessThanOrEqual(max)
          }
      }),
      { numRuns: 60 },
    )
    expect(sent).toBeGreaterThan(300)
    expect(held).toBeGreaterThan(300)
  })

  test('each request leads to one decision, and each act to one send and one reservation', () => {
    let acts = 0
    fc.assert(
      fc.property(moves, list => {
        const { home } = live(list)
        const acting = home.decisions
          .filter(({ outcome }) => outcome.kind === 'ACT')
          .map(({ decisionId }) => decisionId)
        acts += acting.length
        expect(home.decisions).toHaveLength(list.filter(({ kind }) => kind === 'ask').length)
        expect(home.sends.map(({ decisionId }) => decisionId)).toEqual(acting)
        expect(home.decisions.filter(({ fatigue }) => fatigue.reservation !== null)).toHaveLength(acting.length)
      }),
      { numRuns: 25 },
    )
    expect(acts).toBeGreaterThan(100)
  })

  test('ledgers that operators wrote merge to the same bytes, whichever came first', () => {
    let contacts = 0
    fc.assert(
      fc.property(moves, moves, (one, other) => {
        const renamed = (row: LedgerRow): LedgerRow => ({
          ...row,
          contacts: row.contacts.map(own => ({ ...own, decisionId: `other-${own.decisionId}` })),
        })
        const [a, b] = [live(one).home.row, renamed(live(other).home.row)]
        const merged = joinedLedgers(frozen(a), frozen(b))
        contacts += merged.contacts.length
        expect(merged).toEqual(joinedLedgers(b, a))
        expect(merged.contacts).toHaveLength(a.contacts.length + b.contacts.length)
      }),
      { numRuns: 25 },
    )
    expect(contacts).toBeGreaterThan(100)
  })
})

describe('the end of a journey', () => {
  const stageOf = (journey: string) => ({
    ...{
      origin: { topic: '', partition: -1, offset: -1 },
      source: '',
      begunBy: '',
      eventId: '',
      type: 'journeys',
      deferred: [],
    },
    ...{ journey, stage: 'remind' },
  })
  const left = (home: ReturnType<typeof household>, at: number) => {
    const ended = { personId: 'p', journeyId: 'cart', stage: 'remind', how: 'goal', at } as const
    return fatigueLedger.on.left(recordOf(ended, at), home.row, {
      release: noRelease,
      consents: consents.empty,
      versions,
    })
  }

  test('cancels its sends that no receipt has confirmed, and no others; their contacts go on counting', () => {
    const home = household({})
    home.ask('d1', noon, { request: { trigger: stageOf('cart'), event: null } })
    home.ask('d2', noon + 1, { request: { trigger: stageOf('cart'), event: null } })
    home.ask('d3', noon + 2, { request: { trigger: stageOf('churn'), event: null } })
    home.ask('d4', noon + 3)
    home.receipt('d1', 'delivered', noon + 4)
    const { row, emit } = left(home, noon + 5)
    expect(row!.contacts.map(({ decisionId, journey, cancelled }) => [decisionId, journey, cancelled])).toEqual([
      ['d1', 'cart', false],
      ['d2', 'cart', true],
      ['d3', 'churn', false],
      ['d4', '', false],
    ])
    expect(emit).toMatchObject([
      { to: 'send', value: { decisionId: 'd2', kind: 'cancel', reason: 'journey-ended', personId: 'p' } },
    ])
    expect(row!.counters.cancelled).toBe(1)
  })

  test('ends a deferral that waited for nothing else', () => {
    const home = household({})
    const cart = waits({ decisionId: 'd1', journey: 'cart', notBefore: noon + 9 })
    const other = waits({ decisionId: 'd2', notBefore: noon + 20 })
    const deferred = { decisionIds: ['d1', 'd2'], notBefore: noon + 9, waiting: [cart, other] }
    home.row = { ...ledger.empty, deferred }
    expect(left(home, noon).row!.deferred).toEqual({ decisionIds: ['d2'], notBefore: noon + 20, waiting: [other] })
    home.row = { ...ledger.empty, deferred: { decisionIds: ['d1'], notBefore: noon + 9, waiting: [cart] } }
    expect(left(home, noon).row!.deferred).toBe(null)
    expect(left(household({}), noon)).toEqual({})
  })
})

describe('a stop of an action', () => {
  const other = { ...offer, id: 'other' }
  const rows = { personId: 'p', from: 'q', rows: [] }
  const stopping = { controlId: 'stop/offer', kind: 'stop', document: '{"actionId":"offer"}', hash: '' } as const
  const stopped = (parts: Partial<Release> = {}) => {
    const row = releaseRow({ actions: [offer, other], exploration, ...parts })
    return frozen({ release: { ...row, stopped: ['offer'] }, consents: consents.empty, versions })
  }
  const waiting: LedgerRow = {
    ...ledger.empty,
    contacts: [
      contact({ decisionId: 'd1', at: noon, state: 'confirmed' }),
      contact({ decisionId: 'd2', at: noon, actionId: 'other' }),
      contact({ decisionId: 'd3', at: noon }),
      contact({ decisionId: 'd4', at: noon, state: 'imported' }),
    ],
    deferred: {
      ...{ decisionIds: ['d0'], notBefore: noon + 9 },
      waiting: [waits({ decisionId: 'd0', notBefore: noon + 9 })],
    },
  }

  test.each([
    ['as it comes', () => fatigueLedger.on.stop(recordOf(stopping, noon + 1), frozen(waiting), stopped())],
    [
      'when its person arrives after it',
      () => fatigueLedger.on.rows(recordOf(rows, noon + 1), frozen(waiting), stopped()),
    ],
  ])('cancels what waits to be sent, %s, and nothing else; what is deferred is decided afresh', (_, take) => {
    const { row, emit } = take()
    expect(emit).toMatchObject([
      { to: 'send', value: { decisionId: 'd3', kind: 'cancel', reason: 'action-stopped', personId: 'p' } },
    ])
    expect(row).toEqual({
      ...waiting,
      contacts: waiting.contacts.map(one => ({ ...one, cancelled: one.decisionId === 'd3' })),
      counters: { ...waiting.counters, cancelled: 1 },
    })
  })

  test('cancels nothing if every send has arrived or expired, if nothing is stopped, or before the first release', () => {
    const at = noon + hours(2)
    const brief = stopped({ actions: [{ ...offer, expiresAfterMs: hours(1) }] })
    expect(fatigueLedger.on.stop(recordOf(stopping, at), frozen(waiting), brief)).toEqual({})
    const none = frozen({ release: releaseRow({ actions: [offer], exploration }), consents: consents.empty, versions })
    expect(fatigueLedger.on.rows(recordOf(rows, at), frozen(waiting), none)).toEqual({})
    expect(
      fatigueLedger.on.rows(recordOf(rows, at), frozen(waiting), {
        release: noRelease,
        consents: consents.empty,
        versions,
      }),
    ).toEqual({})
  })
})
