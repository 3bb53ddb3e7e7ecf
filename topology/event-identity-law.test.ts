// @module-tag law

import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { verify } from '../audit/verify.ts'
import { tokens } from '../operators/identity/tokens.ts'
import type { Decision, Identifier } from '../schemas/generated.ts'
import type { InputRecord } from '../schemas/input-record.ts'
import { days, hours } from '../schemas/record.ts'
import { sendsOn, topics } from '../schemas/topics.ts'
import { consent, event, releaseFrom } from '../testing/builders.ts'
import { TopologyTest } from '../testing/topology-test.ts'
import { journey } from './journey.ts'

const secret = 'the secret of the laws'
const topology = journey({ secret })
const t0 = Date.UTC(2024, 4, 6, 15)
const dedupMs = days(2)
const text = `release: identity
version: 1
seed: identity
person: { jurisdiction: US, country: US, timeZone: America/New_York }
identifiers: { types: [{ type: customer_id, priority: 1, limit: 9 }, { type: device_id, priority: 2, limit: 9 }] }
dedup: 2d
consent: { regimes: { US: opt-out }, exemptPurposes: [service] }
triggers: [order_completed]
actions: [{ id: thanks, purpose: marketing, treatments: [email], value: 9 }]
quietHours: [{ id: night, channels: [email], from: "21:00", to: "08:00" }]
exploration: { algorithm: epsilon-greedy, epsilon: 0, floor: 0 }
`

/** One event of a history: few names and few times, so that all that can coincide does. */
interface Happening {
  readonly kind: 'order' | 'consent' | 'login'
  readonly source: string
  readonly eventId: string
  readonly identifiers: readonly Identifier[]
  /** The time since the event before. */
  readonly after: number
}

const customers = ['c1', 'c2', 'c3'].map(value => ({ type: 'customer_id', value }))
const devices = ['d1', 'd2'].map(value => ({ type: 'device_id', value }))
const alone = fc.constantFrom(...customers).map(one => [one])
const any = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...customers, ...devices).map(one => [one]) },
  { weight: 1, arbitrary: fc.shuffledSubarray([...customers, ...devices], { minLength: 2, maxLength: 2 }) },
)
const histories = (identifiers: fc.Arbitrary<readonly Identifier[]>, kinds: readonly Happening['kind'][]) =>
  fc.array(
    fc.record<Happening>({
      kind: fc.constantFrom(...kinds),
      source: fc.constantFrom('', 'shop', 'shop', '1'),
      eventId: fc.constantFrom('1', '2', '11'),
      identifiers,
      after: fc.constantFrom(0, 0, 0, 0, 0, 0, 1, 1_000, hours(5), hours(11), dedupMs - 1, dedupMs),
    }),
    { minLength: 20, maxLength: 50 },
  )

interface Timed extends Happening {
  readonly at: number
}

function timed(history: readonly Happening[]): readonly Timed[] {
  let at = t0
  return history.map(one => {
    at += one.after
    return { ...one, at }
  })
}

const recordOf = ({ kind, source, eventId, identifiers, at }: Timed): InputRecord => {
  const about = { at, source, eventId, identifiers }
  if (kind === 'consent') return consent({ status: 'granted' }, about)
  return kind === 'order' ? event('order_completed', {}, about) : event('identity_linked', {}, about)
}

async function ran(history: readonly Timed[], partitions = 3) {
  const bench = await TopologyTest.open(topology, { partitions })
  const last = { kind: 'login', source: 'end', eventId: 'end', identifiers: customers.slice(0, 1) } as const
  const end = { ...last, after: 0, at: history.at(-1)!.at + days(1) }
  await bench.run([releaseFrom(text, { at: t0 - 1 }), ...[...history, end].map(recordOf)], {
    until: { multipleOf: hours(1) },
  })
  const decisions = (await bench.read(topics.decisions, 'decision')).map(({ value }) => value)
  const sent = (await bench.read(sendsOn('email'), 'send')).map(({ value }) => value)
  const keys = sent.flatMap(({ kind, idempotencyKey }) => (kind === 'send' ? [idempotencyKey] : []))
  const merges = (await bench.read(topics.people, 'moved')).length
  return { bench, decisions, keys, merges }
}

const isOfEvent = ({ trigger }: Decision) => trigger.eventId !== ''
const hash = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 32)

/** The definition of before: an event was its id, whoever and whatever had it. */
const oldId = ({ trigger, subject, time }: Decision): string =>
  hash(trigger.eventId === '' ? `timer\0agenda/${subject.personId}/${time.decidedAt}` : `event\0${trigger.eventId}`)

/** Counts values that are there more than once. */
const doubled = (values: readonly string[]): number => values.length - new Set(values).size

// .ci/long asks for more runs, from a seed that it prints.
const { JOAI_RUNS = '4', JOAI_SEED = '2017' } = process.env
const runs = { numRuns: 8 * Number(JOAI_RUNS), seed: Number(JOAI_SEED) }

test('no decision id and no idempotency key is used twice, whoever shares sources, ids, identifiers and times', async () => {
  const seen = {
    decisions: 0,
    persons: 0,
    sources: 0,
    repeats: 0,
    dropped: 0,
    merges: 0,
    together: 0,
    deferred: 0,
    old: 0,
  }
  await fc.assert(
    fc.asyncProperty(histories(any, ['order', 'order', 'order', 'consent', 'login']), async given => {
      const history = timed(given)
      const { bench, decisions, keys, merges } = await ran(history)
      expect(doubled(decisions.map(({ decisionId }) => decisionId))).toBe(0)
      expect(doubled(keys)).toBe(0)
      const { laws } = await verify(bench.log)
      expect(laws.flatMap(({ violations }) => violations)).toEqual([])
      expect(laws.find(({ law }) => law === 'ids')!.checked).toBeGreaterThanOrEqual(2 * decisions.length)

      const idsOf = (of: readonly Decision[]) => of.map(({ decisionId }) => decisionId).sort()
      expect(idsOf((await ran(history, 1)).decisions)).toEqual(idsOf(decisions))
      const onEvents = decisions.filter(isOfEvent)
      const named = ({ source, eventId }: Decision['trigger']) => JSON.stringify([source, eventId])
      const at = ({ subject, trigger }: Decision) => JSON.stringify([subject.personId, named(trigger)])
      const names = new Set(onEvents.map(({ trigger }) => named(trigger)))
      const names1 = new Set(onEvents.map(at))
      const ids = new Set(onEvents.map(({ subject, trigger }) => JSON.stringify([subject.personId, trigger.eventId])))
      seen.decisions += decisions.length
      seen.persons += names1.size - names.size
      seen.sources += names1.size - ids.size
      seen.repeats += onEvents.length - names1.size
      seen.dropped += history.filter(({ kind }) => kind === 'order').length - onEvents.length
      seen.merges += merges
      seen.together += doubled(onEvents.map(one => `${named(one.trigger)} ${one.time.receivedAt}`))
      seen.deferred += decisions.length - onEvents.length
      seen.old += doubled(decisions.map(oldId))
    }),
    runs,
  )
  for (const [what, count] of Object.entries(seen)) expect(count, what).toBeGreaterThan(20)
})

test('each customer’s events are decided once for each source and id, and again when those are forgotten', async () => {
  const seen = { decided: 0, dropped: 0, again: 0, kinds: 0, old: 0 }
  const tokenOf = tokens(secret)
  await fc.assert(
    fc.asyncProperty(histories(alone, ['order', 'order', 'consent']), async given => {
      const history = timed(given)
      const expected: string[] = []
      const last = new Map<string, number>()
      for (const { kind, source, eventId, identifiers, at } of history) {
        const { token } = tokenOf(identifiers[0]!)
        const name = JSON.stringify([kind, source, eventId, token])
        const before = last.get(name)
        if (before !== undefined && at - before < dedupMs) {
          seen.dropped++
          continue
        }
        if (before !== undefined) seen.again++
        last.set(name, at)
        if (last.has(name.replace('order', 'consent')) && kind === 'order') seen.kinds++
        if (kind === 'order') expected.push(hash(JSON.stringify(['event', source, eventId, token, at])))
      }
      const decisions = (await ran(history)).decisions.filter(isOfEvent)
      expect(decisions.map(({ decisionId }) => decisionId).sort()).toEqual(expected.sort())
      seen.decided += decisions.length
      seen.old += doubled(decisions.map(oldId))
    }),
    runs,
  )
  for (const [what, count] of Object.entries(seen)) expect(count, what).toBeGreaterThan(20)
})
