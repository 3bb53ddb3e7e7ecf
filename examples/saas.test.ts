import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { verify } from '../audit/verify.ts'
import { builtInEvents } from '../schemas/catalog/built-in-events.ts'
import { catalogOf } from '../schemas/catalog/catalog.ts'
import type { InputRecord } from '../schemas/input-record.ts'
import { days, hours, type Time } from '../schemas/record.ts'
import { sendsOn, topics } from '../schemas/topics.ts'
import { readReleaseFile } from '../scripts/input/release-file.ts'
import { TopologyTest } from '../testing/topology-test.ts'
import { journey } from '../topology/journey.ts'
import { controlRecord, releaseControl } from '../topology/replay/control-record.ts'

const exploration = { algorithm: 'epsilon-greedy', epsilon: 0, floor: 0, model: 'uniform' } as const
const release = { ...readReleaseFile(fileURLToPath(new URL('saas.yaml', import.meta.url))), exploration }
const words = release.catalog!
const topology = journey({ secret: 'the secret of the software', catalog: catalogOf(words, builtInEvents) })
/** A Monday, ten in the morning in New York. */
const t0 = Date.UTC(2026, 10, 2, 15)

let ids = 0
const happens = (at: Time, who: Readonly<Record<string, string>>, type: string, data: object = {}): InputRecord => ({
  ...{ topic: 'events', key: Object.values(who)[0]!, timestamp: t0 + at },
  value: Buffer.from(
    JSON.stringify({
      ...{ eventId: `e${ids++}`, type, occurredAt: t0 + at, source: 'app', data },
      identifiers: Object.entries(who).map(([name, value]) => ({ type: name, value })),
    }),
  ),
})

async function lived(...history: readonly InputRecord[]) {
  const bench = await TopologyTest.open(topology, { partitions: 3 })
  const ordered = [...history].sort((a, b) => a.timestamp - b.timestamp)
  const last = happens(ordered.at(-1)!.timestamp - t0 + days(20), { account_id: 'nobody' }, 'feature_used', {
    feature: 'end',
  })
  await bench.run([controlRecord(releaseControl(release), ordered[0]!.timestamp - 1), ...ordered, last])
  const sent = (await Promise.all(words.channels.map(channel => bench.read(sendsOn(channel), 'send')))).flat()
  const report = await verify(bench.log)
  expect(report.laws.flatMap(({ violations }) => violations)).toEqual([])
  return {
    sent: sent
      .filter(({ value }) => value.kind === 'send')
      .sort((a, b) => a.timestamp - b.timestamp)
      .map(
        ({ value, timestamp }) =>
          `${value.actionId} by ${value.channel} on day ${Math.floor((timestamp - t0) / days(1))}`,
      ),
    ended: (await bench.read(topics.journeys, 'ended')).map(
      ({ value }) => `${value.journeyId}/${value.stage}: ${value.how}`,
    ),
    decisions: (await bench.read(topics.decisions, 'decision')).map(({ value }) => value),
  }
}

const acme = { account_id: 'acme' }
const signsUp = happens(0, { ...acme, user_id: 'u1' }, 'signed_up', { plan: 'trial' })

describe('onboarding', () => {
  test('shows the next step after a day, and whoever is stuck on the third gets help by a person, by day', async () => {
    const { sent, ended } = await lived(signsUp)
    expect(sent).toEqual(['next_step by in-app on day 1', 'help_by_a_person by call on day 3'])
    expect(ended).toEqual([expect.stringMatching(/^onboarding\/.*: timeout$/)])
  })

  test('is over once three steps are done, whoever of the account did them', async () => {
    const steps = ['project', 'import', 'invite'].map((step, n) =>
      happens(hours(n + 1), { ...acme, user_id: `u${n}` }, 'step_done', { step }),
    )
    const { sent, ended } = await lived(signsUp, ...steps)
    expect(sent).toEqual([])
    expect(ended).toEqual(['onboarding/first-day: goal'])
  })
})

describe('a trial', () => {
  const uses = (count: number) =>
    Array.from({ length: count }, (_, n) => happens(hours(n), acme, 'feature_used', { feature: 'report' }))
  const ends = happens(hours(10), acme, 'trial_ends_soon', { days: 7 })

  test('that is used is asked to subscribe, once a week at most; one that is not used is left alone', async () => {
    const { sent, decisions } = await lived(...uses(5), ends)
    expect(sent.filter(one => one.startsWith('subscribe'))).toHaveLength(1)
    const capped = decisions.filter(({ candidates }) =>
      candidates.some(({ removedBy }) => removedBy?.rule === 'sales-7d'),
    )
    expect(capped).toHaveLength(1)
    expect((await lived(...uses(1), ends)).sent).toEqual([])
  })

  test('ends with the subscription', async () => {
    const { ended } = await lived(
      ...[...uses(5), ends],
      happens(hours(20), acme, 'subscribed', { plan: 'team', seats: 5, monthly: 90 }),
    )
    expect(ended).toEqual(['trial/last-call: goal'])
  })
})

describe('an account', () => {
  const full = (at: Time, who = acme) => happens(at, who, 'seats_used', { used: 10, paid: 10 })

  test('that outgrows its seats is offered more once a week, through whichever user it is known', async () => {
    const known = happens(0, { ...acme, user_id: 'u7' }, 'feature_used', { feature: 'board' })
    const { sent } = await lived(known, full(hours(1)), full(hours(2), { user_id: 'u7' } as never), full(days(9)))
    expect(sent.map(one => one.replace(/by (in-app|email)/, 'by mail or app'))).toEqual([
      'more_seats by mail or app on day 0',
      'more_seats by mail or app on day 9',
    ])
  })

  test('that can not pay gets help, and no offer', async () => {
    const { sent } = await lived(happens(0, acme, 'payment_declined', { code: '51' }), full(hours(1)))
    expect(sent).toEqual(['payment_help by email on day 0'])
  })
})
