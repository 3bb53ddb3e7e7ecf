import { describe, expect, test } from 'vitest'
import { action, releaseRow } from '../../operators/test/fixtures.ts'
import type { Candidate, Decision } from '../../schemas/generated.ts'
import { sha256 } from './hashes.ts'
import { releaseOf } from './releases.ts'
import { type WaitingDecision, waitingBreach } from './waiting.ts'

/** Ten in the evening in New York, and eight the next morning. */
const night = Date.UTC(2024, 4, 7, 2)
const morning = Date.UTC(2024, 4, 7, 12)
const closed = { id: 'night', channels: ['email', 'sms'], fromMinute: 1260, toMinute: 480, closedDays: [], exempt: [] }
const { document } = releaseRow({
  actions: ['mail', 'text', 'app'].map(id =>
    action({ id, purpose: 'marketing', treatments: [], mandatory: id === 'text' }),
  ),
  quietHours: [closed as never],
})
const active = releaseOf({ controlId: 'r', kind: 'release', document, hash: sha256(document) })!

const removal = (stage: 'quiet_hours' | 'cap') => ({ rule: 'r', version: 1, stage, reason: stage })
const candidate = (actionId: string, channel: string, priority: number, stage?: 'quiet_hours' | 'cap') =>
  ({ actionId, channel, priority, removedBy: stage ? removal(stage) : null }) as Candidate
const silence = candidate('silence', 'none', 0)

const breach = (
  candidates: readonly Candidate[],
  kind: Decision['outcome']['kind'],
  notBefore: number | null,
  {
    reasons = [],
    waiting = [],
    eventBytes = 9,
    deferred = [],
  }: {
    reasons?: readonly string[]
    waiting?: readonly WaitingDecision[]
    eventBytes?: number
    deferred?: readonly string[]
  } = {},
) =>
  waitingBreach(
    {
      candidates: [...candidates, silence],
      outcome: { kind },
      time: { decidedAt: night, notBefore },
      trigger: { deferred },
      subject: { timeZone: 'America/New_York' },
      explanation: { reasons },
    } as unknown as Decision,
    active,
    new Map(waiting.map((one, n) => [`${n}`, one])),
    eventBytes,
  )
const mail = (priority: number) => candidate('mail', 'email', priority, 'quiet_hours')
const text = (priority: number) => candidate('text', 'sms', priority, 'quiet_hours')
const app = (priority: number) => candidate('app', 'inapp', priority)

describe('the audit accepts', () => {
  test('that the best candidate is waited for, until its channel opens', () => {
    expect(breach([mail(2), app(1)], 'DEFER', morning)).toBeNull()
    expect(breach([mail(2), text(1), app(3)], 'DEFER', morning)).toBeNull()
  })

  test('that one that is open and as good is taken, or one that is better', () => {
    expect(breach([mail(1), app(1)], 'ACT', null)).toBeNull()
    expect(breach([mail(1), app(2)], 'SILENCE', null)).toBeNull()
  })
})

describe('the audit finds', () => {
  test.each([
    ['a better candidate that was passed over', breach([mail(2), app(1)], 'ACT', null), /mail was the best candidate/],
    ['a mandatory one that lost', breach([text(0.1), app(9)], 'ACT', null), /text was the best candidate/],
    ['a deferral for one that is worse', breach([mail(1), app(2)], 'DEFER', morning), /none of the candidates/],
    ['a deferral for what a cap removed', breach([candidate('mail', 'email', 2, 'cap')], 'DEFER', morning), /none/],
    ['a deferral until another time', breach([mail(2)], 'DEFER', morning + 60_000), /none of the candidates/],
    ['a deferral to no later time', breach([mail(2)], 'DEFER', night), /no later time/],
  ])('%s', (_, found, message) => expect(found).toMatch(message))

  test('a request that did not wait although few others do', () => {
    const reasons = ['too-many-waiting']
    const one = { occurredAt: 0, journey: '', stage: '', bytes: 10, firstAt: night, notBefore: morning, scopes: [] }
    expect(breach([mail(2)], 'SILENCE', null, { reasons })).toBe('it could have waited')
    expect(breach([mail(2)], 'SILENCE', null, { reasons, waiting: Array(50).fill(one) })).toBeNull()
    expect(breach([mail(2)], 'SILENCE', null, { reasons, waiting: [one], eventBytes: 65_526 })).not.toBeNull()
    expect(breach([mail(2)], 'SILENCE', null, { reasons, waiting: [one], eventBytes: 65_527 })).toBeNull()
  })

  test('a request that waits for longer than fourteen days, or gives up before', () => {
    const since = (days: number) => ({
      deferred: ['0'],
      waiting: [
        {
          occurredAt: 0,
          journey: '',
          stage: '',
          bytes: 10,
          firstAt: night - days * 86_400_000,
          notBefore: night,
          scopes: [],
        },
      ],
    })
    expect(breach([mail(2)], 'DEFER', morning, since(13))).toBeNull()
    expect(breach([mail(2)], 'DEFER', morning, since(14))).toBe('it has waited for fourteen days')
    const reasons = ['waited-too-long']
    expect(breach([mail(2)], 'SILENCE', null, { ...since(13), reasons })).toBe('it could have waited on')
    expect(breach([mail(2)], 'SILENCE', null, { ...since(14), reasons })).toBeNull()
  })
})
