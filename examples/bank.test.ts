import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { verify } from '../audit/verify.ts'
import { jsonLines } from '../connectors/adapters/json-lines.ts'
import { builtInEvents } from '../schemas/catalog/built-in-events.ts'
import { catalogOf } from '../schemas/catalog/catalog.ts'
import type { InputRecord } from '../schemas/input-record.ts'
import { days, hours, minutes, type Time } from '../schemas/record.ts'
import { foreignTopic, sendsOn, topics } from '../schemas/topics.ts'
import { encodeValue } from '../schemas/wire.ts'
import { readReleaseFile } from '../scripts/input/release-file.ts'
import { sourceLines } from '../scripts/input/source-lines.ts'
import { TopologyTest } from '../testing/topology-test.ts'
import { journey } from '../topology/journey.ts'
import { controlRecord, releaseControl } from '../topology/replay/control-record.ts'

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url))
const release = {
  ...readReleaseFile(here('bank.yaml')),
  exploration: { algorithm: 'epsilon-greedy', epsilon: 0, floor: 0, model: 'uniform' },
} as const
const words = release.catalog!
const topology = journey({ secret: 'the secret of the bank', catalog: catalogOf(words, builtInEvents) })

/** A Tuesday, two in the morning in Berlin: nobody is offered anything now. */
const night = Date.UTC(2026, 10, 3, 1)
const noon = night + hours(10)

const written = (topic: string, at: Time, value: object): InputRecord => ({
  ...{ topic, key: 'k', timestamp: at },
  value: encodeValue(foreignTopic(topic).types.record, {
    ...{ key: 'k', headers: {} },
    value: Buffer.from(JSON.stringify(value)),
  }),
})
let ids = 0
const alert = (at: Time, customer: string, euros: number, score = 0.9) =>
  written('fraud.alerts', at, { alert: ids++, at, score, customer, cents: euros * 100 })
const allowed = (at: Time, customer: string, isAllowed = true) =>
  written('crm.permissions', at, { id: `p${ids++}`, changedAt: at, customer, allowed: isAllowed })
const viewed = (at: Time, customer: string) =>
  written('web.visits', at, {
    ...{
      specversion: '1.0',
      id: `v${ids++}`,
      source: 'web',
      type: 'bank.rates.viewed',
      time: new Date(at).toISOString(),
    },
    data: { customer, device: `d-${customer}` },
  })
const own = (at: Time, customer: string, type: string, data: object): InputRecord => ({
  ...{ topic: 'events', key: customer, timestamp: at },
  value: Buffer.from(
    JSON.stringify({
      ...{ eventId: `e${ids++}`, type, occurredAt: at, source: 'core', data },
      identifiers: [{ type: 'customer_no', value: customer }],
    }),
  ),
})

async function lived(...history: readonly InputRecord[]) {
  const bench = await TopologyTest.open(topology, { partitions: 3 })
  const ordered = [...history].sort((a, b) => a.timestamp - b.timestamp)
  const last = own(ordered.at(-1)!.timestamp + days(20), 'nobody', 'complaint_filed', { topic: 'the end' })
  await bench.run([controlRecord(releaseControl(release), ordered[0]!.timestamp - 1), ...ordered, last])
  const sent = await Promise.all(words.channels.map(channel => bench.read(sendsOn(channel), 'send')))
  const report = await verify(bench.log)
  expect(report.laws.flatMap(({ violations }) => violations)).toEqual([])
  return {
    decisions: (await bench.read(topics.decisions, 'decision')).map(({ value }) => value),
    sent: sent
      .flat()
      .sort((a, b) => a.timestamp - b.timestamp)
      .map(
        ({ value, timestamp }) =>
          `${value.kind} ${value.actionId} by ${value.channel} at ${(timestamp - night) / hours(1)}`,
      ),
    letters: (await bench.read(topics.deadLetters, 'letter')).map(({ value }) => value),
    ended: (await bench.read(topics.journeys, 'ended')).map(
      ({ value }) => `${value.journeyId}/${value.stage}: ${value.how}`,
    ),
  }
}

describe('a warning of fraud', () => {
  test('reaches a phone at once, in the night, without consent, and whatever was sent before', async () => {
    const many = Array.from({ length: 12 }, (_, n) => alert(night + minutes(n), 'anna', 480))
    const { sent, decisions } = await lived(...many)
    expect(sent).toHaveLength(12)
    for (const one of sent) expect(one).toMatch(/^send fraud_warning by (push|sms) at 0/)
    expect(new Set(decisions.map(({ outcome }) => outcome.kind))).toEqual(new Set(['MANDATORY']))
  })

  test('is not sent for one small payment, but for the third within an hour', async () => {
    const { sent } = await lived(...[0, 20, 40].map(minute => alert(night + minutes(minute), 'ben', 9)))
    expect(sent).toHaveLength(1)
    expect(sent[0]).toMatch(/^send fraud_warning by (push|sms) at 0\.66/)
  })
})

describe('an offer to extend a loan', () => {
  const ends = (customer: string) => own(noon, customer, 'loan_ends_soon', { loanId: 'L1', days: 45 })

  test('waits for a yes, and comes by day', async () => {
    expect((await lived(ends('anna'))).sent).toEqual([])
    const { sent, ended } = await lived(allowed(night - days(1), 'anna'), ends('anna'))
    expect(sent.length).toBeGreaterThan(0)
    for (const one of sent) expect(one).toMatch(/^send rate_offer by (email|letter)/)
    expect(ended).toEqual([])
  })

  test('becomes a call back for whoever looks at the rates, and ends with the loan extended', async () => {
    const story = [
      ...[allowed(night - days(1), 'anna'), ends('anna'), viewed(noon + hours(2), 'anna')],
      own(noon + hours(30), 'anna', 'loan_extended', { loanId: 'L1' }),
    ]
    const { sent, ended } = await lived(...story)
    expect(sent.some(one => one.startsWith('send adviser_call_back by sms'))).toBe(true)
    expect(ended).toEqual([expect.stringMatching(/^keep_loan\/.*: goal$/)])
  })

  test('is not made to somebody who complained, and no more than two a month to anybody', async () => {
    const complains = own(noon - hours(3), 'ben', 'complaint_filed', { topic: 'fees' })
    expect((await lived(allowed(night - days(1), 'ben'), complains, ends('ben'))).sent).toEqual([])
    const salaries = [1, 2, 3, 4, 5].map(day => own(noon + days(day), 'anna', 'salary_received', { amount: 3000 }))
    const { sent, decisions } = await lived(allowed(night - days(1), 'anna'), ...salaries)
    expect(sent.filter(one => one.startsWith('send'))).toHaveLength(2)
    const capped = decisions.filter(({ candidates }) =>
      candidates.some(({ removedBy }) => removedBy?.rule === 'offers-30d'),
    )
    expect(capped.length).toBeGreaterThan(2)
  })
})

test('the samples of the sources become what the mappings say; what can not be mapped is told with its expression', async () => {
  const files = { alerts: 'alerts', accounts: 'accounts', web: 'visits', permissions: 'permissions' }
  const samples: InputRecord[] = []
  for (const [source, file] of Object.entries(files))
    for await (const record of jsonLines.read(here(`bank/${file}.jsonl`), {
      sort: true,
      line: sourceLines(words, source),
    }))
      samples.push(record)
  const { sent, letters, decisions } = await lived(...samples)
  expect(samples).toHaveLength(17)
  expect(letters.map(({ reason, position }) => `${position.topic}: ${reason}`).sort()).toEqual([
    'fraud.alerts: unmappable',
    'web.visits: unmappable',
  ])
  expect(decisions.map(({ trigger }) => trigger.type).sort()).toEqual([
    ...['account_closed', 'fraud_suspected', 'fraud_suspected', 'salary_received'],
  ])
  expect(sent).toEqual([
    expect.stringMatching(/^send fraud_warning by (push|sms)/),
    expect.stringMatching(/^send savings_plan by email/),
    expect.stringMatching(/^send goodbye_letter by letter/),
  ])
})
